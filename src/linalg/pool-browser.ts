/** @file The pool of scratch arrays where typedarray-pool cannot run: it needs Node's `global` and `buffer`. */

/** Free arrays by length rounded up to a power of two: `shelves[e]` holds buffers of 2^e doubles. */
const shelves: ArrayBuffer[][] = [];

/** The exponent e of the smallest 2^e ≥ length. */
function exponentFor(length: number): number {
  return length <= 1 ? 0 : 32 - Math.clz32(length - 1);
}

/** An array of exactly `length` doubles with undefined contents. */
function mallocDouble(length: number): Float64Array {
  const exponent = exponentFor(length);
  const buffer = shelves[exponent]?.pop() ?? new ArrayBuffer(8 * 2 ** exponent);
  return new Float64Array(buffer, 0, length);
}

/** Takes back an array that {@link mallocDouble} gave; the caller must not touch it again. */
function freeDouble(array: Float64Array): void {
  const { buffer } = array;
  if (!(buffer instanceof ArrayBuffer)) return;
  const exponent = exponentFor(buffer.byteLength / 8);
  while (shelves.length <= exponent) shelves.push([]);
  shelves[exponent].push(buffer);
}

const pool: { mallocDouble(length: number): Float64Array; freeDouble(array: Float64Array): void } = {
  mallocDouble,
  freeDouble,
};
export default pool;
