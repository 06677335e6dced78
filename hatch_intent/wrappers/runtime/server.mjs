/*
 * The JavaScript side of the Python beside it: answers calls of the functions named here, and of
 * no others. One frame a line: a call is {"id": 1, "call": "f", "arguments": […]}, its answer
 * {"id": 1, "result": …} or {"id": 1, "error": {"name", "message"}}; an array of calls gets an
 * array of answers.
 */

import { readSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

import { pack, unpack } from './_values.mjs';

const FOLDER = '.';
const FUNCTIONS = [];

// A call may take all of this process's time; a thread of its own ends it with its parent.
const WATCH = `
  const { workerData } = require('node:worker_threads');
  const { Socket } = require('node:net');
  const held = new Socket({ fd: workerData, readable: true, writable: false });
  held.on('close', () => process.kill(process.pid, 'SIGKILL')).resume();
`;

const known = new Map();

async function functionNamed(name) {
  if (!known.has(name)) {
    if (!FUNCTIONS.includes(name)) throw new RangeError(`${name} is no function of this wrapper`);
    const module = await import(new URL(`${FOLDER}/${name}.js`, import.meta.url));
    known.set(name, module[name]);
  }
  return known.get(name);
}

async function answer(request) {
  try {
    const call = known.get(request.call) ?? (await functionNamed(request.call));
    return `{"id":${request.id},"result":${pack(call(...request.arguments))}}`;
  } catch (error) {
    const isError = error instanceof Error;
    const told = { name: isError ? String(error.name) : 'Error', message: String(isError ? error.message : error) };
    return `{"id":${request.id},"error":${pack(told)}}`;
  }
}

async function respond(frame) {
  const request = unpack(frame);
  if (!Array.isArray(request)) return answer(request);
  const answers = [];
  for (const each of request) answers.push(await answer(each));
  return `[${answers.join(',')}]`;
}

function write(text) {
  const bytes = Buffer.from(text);
  for (let sent = 0; sent < bytes.length; ) sent += writeSync(1, bytes, sent);
}

function read(buffer) {
  try {
    return readSync(0, buffer);
  } catch (error) {
    if (error.code === 'EOF') return 0; // how Windows says it
    throw error;
  }
}

// What functions print is no answer.
Object.defineProperty(process, 'stdout', { get: () => process.stderr });
process.on('SIGINT', () => {}); // a terminal's Ctrl-C is the parent's to take
if (process.argv[2]) new Worker(WATCH, { eval: true, workerData: Number(process.argv[2]) }).unref();

const buffer = Buffer.allocUnsafe(1 << 16);
let parts = [];
for (let size = read(buffer); size; size = read(buffer)) {
  const lines = buffer.latin1Slice(0, size).split('\n'); // frames are ASCII
  parts.push(lines[0]);
  for (const line of lines.slice(1)) {
    write(`${await respond(parts.join(''))}\n`);
    parts = [line];
  }
}
process.exit();
