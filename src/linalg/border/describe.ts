/** @file What a value is, in a few words, for messages. It never throws, whatever the value. */

/** Longer texts are cut. */
const TEXT_LIMIT = 40;

/**
 * "undefined", "'x'", "a Date", "an array of length 3": what came in place of what was expected.
 *
 * @example describe(new Map()); // a Map
 */
export function describe(value: unknown): string {
  try {
    return described(value);
  } catch {
    return 'an object that cannot be read';
  }
}

/** As {@link describe}, but a string stands for itself: callers that know more hand over their own words. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? value : describe(value);
}

/** Array.isArray, false of a revoked proxy. */
export function isArray(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

function described(value: unknown): string {
  if (typeof value === 'string')
    return `'${value.length > TEXT_LIMIT ? `${value.slice(0, TEXT_LIMIT)}…` : value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  const name = typeName(value);
  if (ArrayBuffer.isView(value) && 'length' in value) return `${article(name)} of length ${value.length}`;
  const { rows, cols } = value as { rows?: unknown; cols?: unknown };
  if (typeof rows === 'number' && typeof cols === 'number') return `${article(name)} [${rows}, ${cols}]`;
  return article(name);
}

function typeName(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  const name = prototype === null ? '' : (value.constructor as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? name : 'object';
}

function article(name: string): string {
  return `${/^[AEIOUaeiou]/.test(name) ? 'an' : 'a'} ${name}`;
}
