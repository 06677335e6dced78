/*
 * Calls of Python functions from JavaScript. One Python process for all of them, started by the
 * first call, or a Pyodide where one was configured. Only the functions of the table in
 * _server.py can be called.
 */

import { pack, unpack } from './_values.mjs';

const PIECE = 1 << 16;

/** What a Python function raised. `name` is the exception's class. */
export class PythonError extends Error {
  constructor({ name, message, bases }) {
    super(message);
    this.name = name;
    /** The class and those above it, up to BaseException. */
    this.bases = bases;
  }
}

/** Python itself could not be reached, or ended amid a call. */
export class WrapperError extends Error {
  name = 'WrapperError';
}

let options = {};
let current = null;
let group = null;

/** Say where Python is, before the first call: `{ python }` or `{ pyodide }`. */
export function configure(changes) {
  if (current) throw new WrapperError('configure comes before the first call, or after close');
  options = { ...options, ...changes };
}

/**
 * Send the calls that `calls` makes in one frame, and wait for all of their answers.
 *
 * `calls` has to make them at once, before it returns; it returns their promises.
 */
export async function batch(calls) {
  if (group) throw new WrapperError('a batch can not be within a batch');
  const frames = [];
  let promises;
  group = frames;
  try {
    promises = calls();
  } finally {
    group = null;
    if (frames.length) connection().enqueue(`[${frames.join(',')}]`);
  }
  return Promise.all(promises);
}

/** End Python. Calls under way fail; the next one starts it anew. */
export async function close() {
  await current?.close();
}

/** For the functions of this folder: `numbers` are the places of the answer that hold a double. */
export function $call(name, given, numbers = []) {
  return new Promise((resolve, reject) => {
    const call = `"call":${JSON.stringify(name)},"arguments":${pack(given)}`;
    const line = connection();
    const frame = `{"id":${line.expect({ resolve, reject, numbers })},${call}}`;
    if (group) group.push(frame);
    else line.enqueue(frame);
  });
}

function connection() {
  current ??= new Connection(options);
  return current;
}

class Connection {
  #waiting = new Map();
  #queue = [];
  #flushing = false;
  #next = 1;
  #opened;
  #transport = null;

  constructor(settings) {
    this.#opened = open(settings, (text) => this.#receive(text), (error) => this.#end(error));
    this.#opened.then(
      (transport) => (this.#transport = transport),
      (error) => this.#end(new WrapperError(error.message, { cause: error })),
    );
  }

  /** Who waits for an answer gets a number. */
  expect(waiter) {
    this.#waiting.set(this.#next, waiter);
    return this.#next++;
  }

  /** Calls of the same tick leave together. */
  enqueue(frame) {
    this.#queue.push(frame);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => this.#flush());
  }

  async close() {
    this.#end(new WrapperError('closed'));
    const transport = await this.#opened.catch(() => null);
    await transport?.close();
  }

  async #flush() {
    const transport = this.#transport ?? (await this.#opened.catch(() => null));
    if (!transport) return;
    transport.hold(true);
    while (this.#queue.length) {
      const frames = this.#queue;
      this.#queue = [];
      for (const text of pieces(frames)) {
        // A full pipe is waited for here, so that frames don't pile up a second time.
        if (!transport.send(text)) await transport.drained();
      }
    }
    this.#flushing = false;
    if (!this.#waiting.size) transport.hold(false);
  }

  #receive(text) {
    const answer = unpack(text);
    for (const each of Array.isArray(answer) ? answer : [answer]) this.#settle(each);
    if (!this.#waiting.size) this.#transport?.hold(false);
  }

  #settle(answer) {
    const { resolve, reject, numbers } = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.error) reject(new PythonError(answer.error));
    else resolve(numbers.reduce((value, place) => doubled(value, place, 0), answer.result));
  }

  #end(error) {
    if (current === this) current = null;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#queue = [];
    for (const { reject } of waiting) reject(error);
  }
}

async function open(settings, received, ended) {
  const isNode = typeof globalThis.process?.versions?.node === 'string';
  if (!settings.pyodide && !isNode) {
    throw new WrapperError('there is no Python here; configure({ pyodide: a URL or an instance })');
  }
  const { connect } = await import(settings.pyodide ? './_pyodide.mjs' : './_node.mjs');
  return connect(settings, received, (reason) => ended(new WrapperError(reason)));
}

function* pieces(frames) {
  let text = '';
  for (const frame of frames) {
    text += `${frame}\n`;
    if (text.length < PIECE) continue;
    yield text;
    text = '';
  }
  if (text) yield text;
}

// Python's whole numbers have no bound; where the signature says number, the nearest double does.
function doubled(value, place, depth) {
  if (depth === place.length) return typeof value === 'bigint' ? Number(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  const keys = place[depth] === null ? Object.keys(value) : [place[depth]];
  for (const key of keys) {
    if (!Object.hasOwn(value, key)) continue;
    const before = value[key];
    const after = doubled(before, place, depth + 1);
    if (after !== before && key !== '__proto__') value[key] = after;
  }
  return value;
}
