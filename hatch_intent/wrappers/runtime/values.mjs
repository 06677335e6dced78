/*
 * JSON, and what JSON can't hold: {"$": "NaN"}, "Infinity", "-Infinity", "-0", and whole numbers
 * beyond 2^53 as {"$": "9007199254740993"}. A record with a key "$" travels as {"$": {…}}.
 */

const MAX_DEPTH = 200;

/** A value as JSON text. Throws TypeError for what is no JSON value, RangeError for what is too deep. */
export function pack(value) {
  return JSON.stringify(carried(value, 0));
}

/** The value of a text that `pack` wrote, here or in Python. */
export function unpack(text) {
  const value = JSON.parse(text);
  return text.includes('"$"') ? restored(value) : value;
}

// The value itself where JSON can carry it, else a copy that it can.
function carried(value, depth) {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      return { $: Object.is(value, -0) ? '-0' : String(value) };
    case 'bigint':
      return { $: String(value) };
    case 'object':
      if (value === null) return null;
      if (depth > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH} levels`);
      if (Array.isArray(value)) return items(value, depth + 1);
      if (isRecord(value)) return fields(value, depth + 1);
  }
  throw new TypeError(`${described(value)} is no JSON value`);
}

function items(array, depth) {
  let copy = null;
  for (let index = 0; index < array.length; index += 1) {
    const item = array[index];
    const safe = carried(item, depth);
    if (safe !== item) (copy ??= array.slice())[index] = safe;
  }
  return copy ?? array;
}

// A key whose value is undefined is no key, as in JSON.stringify.
function fields(record, depth) {
  const keys = Object.keys(record);
  const copy = Object.create(null); // takes a key "__proto__" like any other
  let same = true;
  for (const key of keys) {
    const value = record[key];
    if (value === undefined) continue;
    copy[key] = carried(value, depth);
    same &&= copy[key] === value;
  }
  if (Object.hasOwn(record, '$')) return { $: copy };
  return same ? record : copy;
}

function isRecord(value) {
  const prototype = Object.getPrototypeOf(value);
  // Of any realm: a test runner's or a frame's objects have an Object.prototype of their own.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function described(value) {
  if (typeof value !== 'object') return typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`;
  return `an object of class ${value.constructor?.name ?? '?'}`;
}

function restored(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) value[index] = restored(value[index]);
    return value;
  }
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === '$') {
    const held = value.$;
    return typeof held === 'string' ? special(held) : restoredFields(held);
  }
  return restoredFields(value);
}

function restoredFields(record) {
  for (const key of Object.keys(record)) {
    const value = restored(record[key]);
    if (key !== '__proto__') record[key] = value;
    else Object.defineProperty(record, key, { value, configurable: true, enumerable: true, writable: true });
  }
  return record;
}

function special(text) {
  if (text === 'undefined') return undefined; // an argument that was left out
  return /^-?[1-9]\d*$/.test(text) ? BigInt(text) : Number(text);
}
