/*
 * Python within this page, worker or process: Pyodide. The same frames as with a process, given to
 * the same _server.py.
 */

const FOLDER = '.';
const MODULES = [];

let instances = 0;

export async function connect(options, received, ended) {
  const pyodide = await loaded(options.pyodide);
  const home = `/hatch_intent/${(instances += 1)}`;
  const server = await source('_server.py');
  const modules = await Promise.all(MODULES.map((name) => source(`${FOLDER}/${name}.py`)));
  pyodide.FS.mkdirTree(home);
  for (const [index, text] of modules.entries()) {
    await pyodide.loadPackagesFromImports(text); // nothing to load for the standard library
    pyodide.FS.writeFile(`${home}/${MODULES[index]}.py`, text);
  }
  const namespace = pyodide.globals.get('dict')();
  namespace.set('__name__', 'hatch_intent_server');
  pyodide.runPython(server, { globals: namespace });
  namespace.set('HOME', home);
  const answer = namespace.get('answer');
  let open = true;
  return {
    send(text) {
      for (const frame of text.trimEnd().split('\n')) if (open) received(answer(frame));
      return true;
    },
    drained: async () => {},
    hold() {},
    async close() {
      open = false;
      answer.destroy();
      namespace.destroy();
      ended('Python ended (closed)');
    },
  };
}

async function loaded(given) {
  const found = await given;
  if (typeof found !== 'string' && !(found instanceof URL)) return found;
  const { loadPyodide } = await import(/* @vite-ignore */ /* webpackIgnore: true */ String(found));
  return loadPyodide();
}

async function source(path) {
  const url = new URL(path, import.meta.url);
  if (url.protocol === 'file:') return (await import('node:fs/promises')).readFile(url, 'utf8');
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} can't be fetched: ${answer.status}`);
  return answer.text();
}
