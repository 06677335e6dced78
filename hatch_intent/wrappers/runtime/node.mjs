/*
 * Python as a child process of Node: one frame a line on its standard input and output. The child
 * ends when its input does, so that it never outlives this process, however that ends.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('./_server.py', import.meta.url));
const WINDOWS = process.platform === 'win32';

export async function connect(options, received, ended) {
  const child = await started(candidates(options.python));
  child.stdin.on('error', () => {}); // the process has ended; "close" tells of it
  child.stdout.setEncoding('utf8');
  let parts = [];
  child.stdout.on('data', (chunk) => {
    const lines = chunk.split('\n');
    parts.push(lines[0]);
    if (lines.length === 1) return;
    received(parts.join(''));
    for (const line of lines.slice(1, -1)) received(line);
    parts = [lines.at(-1)];
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.once('close', (code, signal) => ended(`Python ended (${signal ?? `exit code ${code}`})`));
  return {
    send: (text) => child.stdin.write(text),
    drained: () => Promise.race([once(child.stdin, 'drain'), closed]),
    hold(busy) {
      // Node may end while nobody waits for an answer.
      for (const each of [child, child.stdin, child.stdout]) busy ? each.ref() : each.unref();
    },
    async close() {
      child.ref();
      child.stdin.destroy();
      child.stdout.destroy();
      child.kill();
      await closed;
    },
  };
}

function candidates(configured) {
  const named = configured ?? process.env.HATCH_INTENT_PYTHON;
  if (named) return [named];
  const active = process.env.VIRTUAL_ENV;
  const inside = WINDOWS ? ['Scripts', 'python.exe'] : ['bin', 'python'];
  const usual = WINDOWS ? ['python', 'py'] : ['python3', 'python'];
  return active ? [join(active, ...inside), ...usual] : usual;
}

async function started(commands) {
  for (const command of commands) {
    const child = spawn(command, ['-X', 'utf8', SERVER], {
      stdio: ['pipe', 'pipe', 'inherit'],
      windowsHide: true,
    });
    try {
      await once(child, 'spawn');
      return child;
    } catch (error) {
      if (error.code !== 'ENOENT') throw failure(error, command);
    }
  }
  throw failure(null, commands.join(', '));
}

function failure(cause, tried) {
  const why = cause ? `${tried} can't be started: ${cause.message}` : `no Python found as ${tried}`;
  return new Error(`${why}; name one in HATCH_INTENT_PYTHON or configure({ python })`, { cause });
}
