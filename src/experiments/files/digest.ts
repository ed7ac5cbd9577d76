/** @file SHA-256 of plain values, independent of key order: the names of stored results. */
import { createHash } from 'node:crypto';

/** What JSON can say exactly. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * JSON text with sorted keys and no spaces: equal values give equal text on every machine.
 *
 * @throws {TypeError} for anything that JSON would drop or bend: undefined, NaN, ±∞, functions, symbols, bigints,
 * typed arrays, class instances, sparse arrays, cycles. The message names the path. −0 is written as 0.
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$', new Set());
}

/** SHA-256 of {@link canonicalJson}, 64 hexadecimal digits. */
export function digest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value), 'utf8').digest('hex');
}

/** SHA-256 of bytes, 64 hexadecimal digits. */
export function digestBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** SHA-256 of the bytes of a vector of doubles. */
export function digestNumbers(x: Float64Array): string {
  return digestBytes(new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
}

function write(value: unknown, where: string, above: Set<object>): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw refusal(where, String(value));
      return JSON.stringify(value);
    case 'object':
      return value === null ? 'null' : writeObject(value, where, above);
    default:
      throw refusal(where, typeof value);
  }
}

function writeObject(value: object, where: string, above: Set<object>): string {
  if (above.has(value)) throw refusal(where, 'a cycle');
  above.add(value);
  let text: string;
  if (Array.isArray(value)) {
    const items = Array.from(value, (item: unknown, i) => write(item, `${where}[${i}]`, above));
    text = `[${items.join(',')}]`;
  } else {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null)
      throw refusal(where, value.constructor?.name ?? 'an instance of a class');
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    text = `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${write(item, `${where}.${key}`, above)}`).join(',')}}`;
  }
  above.delete(value);
  return text;
}

function refusal(where: string, what: string): TypeError {
  return new TypeError(`digest: ${where} is ${what}; only plain JSON values have a digest.`);
}
