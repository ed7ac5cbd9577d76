/** @file x^p with the same bits on every engine. */
import { exp } from '../../linalg/elementary/exp.ts';
import { log } from '../../linalg/elementary/log.ts';

/** Larger whole powers go by logarithms. */
const MOST = 64;

/** x^n, n ≥ 0 whole, by squaring. */
function whole(x: number, n: number): number {
  let result = 1;
  for (let base = x, left = n; left > 0; left = Math.floor(left / 2), base *= base)
    if (left % 2 === 1) result *= base;
  return result;
}

/** x^p: NaN for x < 0 unless p is whole. */
export function power(x: number, p: number): number {
  const size = Math.abs(p);
  if (!Number.isInteger(4 * p) || size > MOST)
    return x === 0 ? (p > 0 ? 0 : p < 0 ? Infinity : 1) : exp(p * log(x));
  const n = Math.floor(size);
  const rest = size - n;
  let result = n === 0 ? 1 : whole(x, n);
  if (rest > 0) {
    const half = Math.sqrt(x);
    if (rest >= 0.5) result *= half;
    if (rest !== 0.5) result *= Math.sqrt(half);
  }
  return p < 0 ? 1 / result : result;
}
