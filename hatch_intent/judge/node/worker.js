// One worker: takes one module, answers calls one at a time. Given to node as text.
//
// The process is the boundary; nothing in here is. What this file takes from the language it
// takes before any generated code runs, and afterwards it calls no method by name, iterates
// over nothing, and reads no property that a prototype could supply: so a module that patches
// JSON, Object, Array or Symbol.iterator changes its own answers and no more.
"use strict";
{
  const { readSync, writeSync, openSync, closeSync, statSync } = require("node:fs");
  const { SourceTextModule } = require("node:vm");
  const { isProxy, isPromise, isMap, isSet, isTypedArray, isAsyncFunction, isGeneratorFunction } =
    require("node:util").types;
  const { apply, ownKeys, getPrototypeOf, getOwnPropertyDescriptor } = Reflect;
  const { parse, stringify } = JSON;
  const { isArray } = Array;
  const { hasOwn } = Object;
  const { byteLength, allocUnsafeSlow } = Buffer;
  const big = BigInt;
  const uncurry = Function.prototype.bind.bind(Function.prototype.call);
  const latin1Slice = uncurry(Buffer.prototype.latin1Slice);
  const utf8Write = uncurry(Buffer.prototype.utf8Write);
  const sourceOf = uncurry(Function.prototype.toString);
  const slice = uncurry(String.prototype.slice);
  const leave = process.reallyExit;
  const { argv, env, execPath, ppid } = process;
  const kill = process.kill;
  const process_ = process;

  const OBJECT = Object.prototype;
  const ARRAY = Array.prototype;
  const QUESTIONS = +argv[1];
  const ANSWERS = +argv[2];
  const HEADER = 21;
  const NONCE = 16;
  const MAX_FRAME = 1 << 20;
  const MAX_DEPTH = 100;
  const MAX_PARTS = 600_000; // more can't fit into a frame
  const TOO_LARGE = "too large: ";
  const SAFE = 9007199254740991;
  const TEXT = 500;
  const STACK = 4000;
  const LOADED = 0, ANSWER = 1, RAISED = 2, MUTATED = 3, UNFIT = 4, UNSAFE = 5;

  // What a function that computes on its arguments may find. Deleting the rest is a courtesy:
  // "process is not defined" says more than an answer that only differs in users' browsers.
  const KEPT = new Set(
    ("globalThis Infinity NaN undefined eval parseInt parseFloat isNaN isFinite decodeURI " +
      "decodeURIComponent encodeURI encodeURIComponent escape unescape Object Function Array " +
      "Number Boolean String Symbol Date Promise RegExp Error AggregateError EvalError " +
      "RangeError ReferenceError SyntaxError TypeError URIError SuppressedError " +
      "DisposableStack AsyncDisposableStack JSON Math Intl Temporal " +
      "ArrayBuffer SharedArrayBuffer Atomics Uint8Array Int8Array Uint16Array Int16Array " +
      "Uint32Array Int32Array Float16Array Float32Array Float64Array Uint8ClampedArray " +
      "BigUint64Array BigInt64Array DataView Map BigInt Set WeakMap WeakSet WeakRef Proxy " +
      "Reflect Iterator FinalizationRegistry console structuredClone URL URLSearchParams " +
      "TextEncoder TextDecoder atob btoa").split(" "),
  );

  function hideGlobals() {
    for (const name of ownKeys(globalThis)) {
      if (typeof name === "string" && !KEPT.has(name)) delete globalThis[name];
    }
  }

  // --- frames

  function receive(size) {
    const whole = allocUnsafeSlow(size);
    let at = 0;
    while (at < size) {
      const count = readSync(QUESTIONS, whole, at, size - at, null);
      if (count === 0) leave(0);
      at += count;
    }
    return whole;
  }

  function ask() {
    const header = receive(HEADER);
    const size = header[0] + header[1] * 0x100 + header[2] * 0x10000 + header[3] * 0x1000000;
    return { header, body: size ? latin1Slice(receive(size), 0, size) : "" };
  }

  function answer(question, kind, text) {
    let size = byteLength(text);
    if (size > MAX_FRAME) {
      kind = UNFIT;
      text = `"${TOO_LARGE}more than ${MAX_FRAME} bytes"`;
      size = byteLength(text);
    }
    const frame = allocUnsafeSlow(HEADER + size);
    for (let i = 0; i < 4; i++) frame[i] = (size >>> (8 * i)) & 255;
    for (let i = 0; i < NONCE; i++) frame[4 + i] = question.header[4 + i];
    frame[HEADER - 1] = kind;
    utf8Write(frame, text, HEADER, size);
    let at = 0;
    while (at < HEADER + size) at += writeSync(ANSWERS, frame, at, HEADER + size - at, null);
  }

  // --- from what a function returned to JSON, without running any of its code

  class Unfit {
    constructor(why) {
      this.why = why;
    }
  }

  let parts = 0;

  function plain(value, depth) {
    if (value === null) return "null";
    switch (typeof value) {
      case "string":
        if (value.length > MAX_FRAME) throw new Unfit(`${TOO_LARGE}more than ${MAX_FRAME} bytes`);
        return stringify(value);
      case "boolean":
        return value ? "true" : "false";
      case "number":
        return number(value);
      case "undefined":
        throw new Unfit("undefined is not a JSON value; return null");
      case "bigint":
        throw new Unfit("a BigInt is not a JSON value; return a number");
      case "object":
        break;
      default:
        throw new Unfit(`a ${typeof value} is not a JSON value`);
    }
    parts += 1;
    if (depth > MAX_DEPTH) throw new Unfit(`nested deeper than ${MAX_DEPTH} levels`);
    if (parts > MAX_PARTS) throw new Unfit(`${TOO_LARGE}more than ${MAX_PARTS} parts`);
    if (isProxy(value)) throw new Unfit("a Proxy is not a JSON value");
    return isArray(value) ? list(value, depth) : record(value, depth);
  }

  function number(value) {
    if (value !== value || value === Infinity || value === -Infinity) {
      throw new Unfit(`${value} is not a JSON number`);
    }
    // One type of number: a whole one is an integer, -0 is 0, and digits are never rounded.
    if (value % 1 !== 0) return `${value}`;
    return value <= SAFE && value >= -SAFE ? `${value}` : `${big(value)}`;
  }

  function list(value, depth) {
    const kind = getPrototypeOf(value);
    if (kind !== ARRAY) throw new Unfit(`${className(kind) || "an array of another kind"} is not a plain array`);
    const size = value.length;
    let text = "[";
    for (let i = 0; i < size; i++) {
      const item = getOwnPropertyDescriptor(value, i);
      if (item === undefined) throw new Unfit(`item ${i} of ${size} is a hole: the array is sparse`);
      if (!hasOwn(item, "value")) throw new Unfit(`item ${i} is a getter, not a value`);
      if (item.value === undefined) throw new Unfit(`item ${i} is undefined; make it null`);
      text += (i ? "," : "") + plain(item.value, depth + 1);
      bounded(text);
    }
    if (ownKeys(value).length !== size + 1) throw new Unfit("an array with keys beside its items");
    return text + "]";
  }

  function record(value, depth) {
    const kind = getPrototypeOf(value);
    if (kind !== OBJECT && kind !== null) throw new Unfit(instance(value, kind));
    const keys = ownKeys(value);
    let text = "{";
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (typeof key !== "string") throw new Unfit("a key is a symbol, not a string");
      const item = getOwnPropertyDescriptor(value, key);
      const name = stringify(key);
      if (!hasOwn(item, "value")) throw new Unfit(`${name} is a getter, not a value`);
      if (!item.enumerable) throw new Unfit(`${name} is hidden: it is not enumerable`);
      if (item.value === undefined) throw new Unfit(`${name} is undefined; leave it out, or make it null`);
      text += (i ? "," : "") + name + ":" + plain(item.value, depth + 1);
      bounded(text);
    }
    return text + "}";
  }

  // Or else V8 throws a RangeError for a text that is too long, as if the function had.
  function bounded(text) {
    if (text.length > MAX_FRAME) throw new Unfit(`${TOO_LARGE}more than ${MAX_FRAME} bytes`);
  }

  function instance(value, kind) {
    if (isPromise(value)) return "a promise is not a JSON value; the function has to be synchronous";
    if (isSet(value)) return "a Set is not a JSON value; return an array";
    if (isMap(value)) return "a Map is not a JSON value; return an object";
    if (isTypedArray(value)) return `${className(kind) || "a typed array"} is not a JSON value; return an array`;
    return `${className(kind) || "an object of a class"} is not a JSON value`;
  }

  function data(object, key) {
    const found = isProxy(object) ? undefined : getOwnPropertyDescriptor(object, key);
    return found !== undefined && hasOwn(found, "value") ? found.value : undefined;
  }

  function className(kind) {
    const maker = kind === null ? undefined : data(kind, "constructor");
    const name = typeof maker === "function" ? data(maker, "name") : undefined;
    return typeof name === "string" ? slice(name, 0, TEXT) : "";
  }

  // --- errors

  function report(error) {
    const names = { text: "", count: 0 };
    let message = "", stack = "", code;
    try {
      if ((typeof error === "object" && error !== null) || typeof error === "function") {
        const said = data(error, "message");
        message = typeof said === "string" ? slice(said, 0, TEXT) : "";
        if (message === "Array buffer allocation failed") add(names, "MemoryError");
        classes(error, names);
        code = data(error, "code");
        const trace = isProxy(error) ? "" : error.stack; // may run the module's code
        stack = typeof trace === "string" ? slice(trace, 0, STACK) : "";
      } else {
        add(names, typeof error);
        message = typeof error === "symbol" ? "" : slice(`${error}`, 0, TEXT);
      }
    } catch {
      // whatever its getters throw: what is known so far will do
    }
    const refused = code === "ERR_ACCESS_DENIED" || code === "EPERM" || code === "EACCES" ||
      code === "EMFILE" || code === "ERR_DLOPEN_DISABLED";
    return `{"classes":[${names.text}],"message":${stringify(message)},` +
      `"stack":${stringify(stack)},"tried":"","refused":${refused}}`;
  }

  function add(names, name) {
    names.text += (names.count++ ? "," : "") + stringify(name);
  }

  function classes(error, names) {
    const own = data(error, "name");
    if (typeof own === "string" && own) add(names, slice(own, 0, TEXT));
    let kind = isProxy(error) ? null : getPrototypeOf(error);
    while (kind !== null && kind !== OBJECT && names.count < 20 && !isProxy(kind)) {
      const name = className(kind);
      if (name) add(names, name);
      kind = getPrototypeOf(kind);
    }
    if (names.count === 0) add(names, "Object");
  }

  // --- loading

  let problem = "";

  async function load(job) {
    const known = new Map();
    for (const [name, source] of job.uses) {
      known.set(`./${name}.js`, new SourceTextModule(source, { identifier: `<${name}>` }));
    }
    let main;
    try {
      main = new SourceTextModule(job.source, { identifier: job.file });
    } catch (error) {
      problem = syntax(error);
      throw error;
    }
    const allowed = new Set(job.allowed.map((name) => `./${name}.js`));
    await main.link((specifier, from) => {
      if (known.has(specifier) && (from !== main || allowed.has(specifier))) return known.get(specifier);
      problem = allowed.has(specifier)
        ? `uses ${specifier.slice(2, -3)}, of which there is no module yet`
        : `imports ${stringify(specifier)}, which is not allowed; the function may only compute on its arguments`;
      throw new Error(problem);
    }).catch((error) => {
      if (!problem) problem = syntax(error); // such as a name that isn't exported
      throw error;
    });
    await main.evaluate();
    return { __proto__: null, namespace: main.namespace }; // which may export a `then` of its own
  }

  function syntax(error) {
    const line = /^<[^>]*>:(\d+)/.exec(`${error.stack}`);
    return `${line ? `line ${line[1]}: ` : ""}does not parse: ${error.message}`;
  }

  function exported(namespace, name) {
    const found = hasOwn(namespace, name) ? namespace[name] : undefined;
    if (typeof found === "function") return found;
    problem = `does not export function ${name}`;
    throw new Unfit(problem);
  }

  function about(found) {
    const text = sourceOf(found);
    const kind = isAsyncFunction(found) ? "async" : isGeneratorFunction(found) ? "generator" : "";
    return `{"tried":"","kind":${stringify(kind)},"head":${stringify(slice(text, 0, STACK))}}`;
  }

  // --- calls

  function call(found, body) {
    const { args, missing } = parse(body);
    for (let i = 0; i < missing.length; i++) args[missing[i]] = undefined;
    let watched = false;
    for (let i = 0; i < args.length; i++) watched ||= typeof args[i] === "object" && args[i] !== null;
    parts = 0;
    const before = watched ? given(args) : "";
    const returned = apply(found, undefined, args);
    const text = written(returned);
    parts = 0;
    const kind = watched && !unchanged(args, before) ? MUTATED : ANSWER;
    return { kind, text: `{"value":${text},"tried":""}` };
  }

  function written(returned) {
    parts = 0;
    try {
      return plain(returned, 0);
    } catch (error) {
      if (isUnfit(error)) throw error;
      throw new Unfit("too deep or too large"); // the function has returned: it raised nothing
    }
  }

  function given(args) {
    let text = "";
    for (let i = 0; i < args.length; i++) text += (args[i] === undefined ? "-" : plain(args[i], 1)) + ",";
    return text;
  }

  function unchanged(args, before) {
    try {
      return given(args) === before;
    } catch {
      return false;
    }
  }

  function respond(question, found) {
    let kind, text;
    try {
      ({ kind, text } = call(found, question.body));
    } catch (error) {
      const unfit = isUnfit(error);
      kind = unfit ? UNFIT : RAISED;
      text = unfit ? stringify(error.why) : report(error);
    }
    answer(question, kind, text);
  }

  const UNFIT_KIND = Unfit.prototype;

  function isUnfit(error) {
    return typeof error === "object" && error !== null && !isProxy(error) &&
      getPrototypeOf(error) === UNFIT_KIND;
  }

  // --- what the system refuses, tried from inside

  function refused() {
    const { spawnSync } = require("node:child_process");
    const attempts = {
      socket: () => {
        const { TCP, constants } = process_.binding("tcp_wrap");
        const socket = new TCP(constants.SERVER);
        const failed = socket.bind("127.0.0.1", 0);
        socket.close();
        if (failed) throw new Error(`${failed}`);
      },
      read: () => closeSync(openSync(execPath, "r")),
      write: () => closeSync(openSync("/dev/null", "w")),
      stat: () => statSync("/"),
      fork: () => {
        const { error } = spawnSync(execPath, ["--version"]);
        if (error) throw error;
      },
      signal: () => kill(ppid, 0),
    };
    const succeeds = (attempt) => {
      try {
        attempt();
        return true;
      } catch {
        return false;
      }
    };
    return Object.keys(attempts).filter((name) => !succeeds(attempts[name]));
  }

  // --- the order of things

  async function main() {
    await undefined; // node puts `module` back when this script has run
    const layers = parse(env.HATCH_INTENT_LAYERS || "{}");
    const strict = env.HATCH_INTENT_STRICT === "1";
    let question = ask(); // "are you there?"
    answer(question, LOADED, "{}");
    question = ask();
    const job = parse(question.body);
    if (job.probe) {
      answer(question, ANSWER, stringify({ ...layers, refused: refused() }));
      return leave(0);
    }
    if (strict && layers.missing.length) {
      answer(question, UNSAFE, stringify(layers.missing.join("; ")));
      return leave(0);
    }
    hideGlobals();
    const waits = () => answer(question, UNFIT, stringify("waits at its top level for what never comes"));
    process_.once("beforeExit", waits);
    let found;
    try {
      found = exported((await load(job)).namespace, job.name);
    } catch (error) {
      if (problem) answer(question, UNFIT, stringify(problem));
      else answer(question, RAISED, report(error));
      return leave(0);
    }
    answer(question, LOADED, about(found));
    for (;;) respond(ask(), found);
  }

  main();
}
