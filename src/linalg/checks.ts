/** @file Validators for public boundaries: each names the function and the argument it speaks of. */
import { describe } from './border/describe.ts';
import { DomainError, NonFiniteError, ShapeError } from './errors.ts';
import type { Matrix, Vec } from './matrix.ts';

/** Throws {@link ShapeError} unless `x.length === length`. */
export function checkLength(where: string, argument: string, x: ArrayLike<number>, length: number): void {
  if (x.length !== length) throw new ShapeError(where, argument, `of length ${length}`, `length ${x.length}`);
}

/** Throws {@link ShapeError} unless `a` is [rows, cols]. */
export function checkShape(where: string, argument: string, a: Matrix, rows: number, cols: number): void {
  if (a.rows !== rows || a.cols !== cols)
    throw new ShapeError(where, argument, `[${rows}, ${cols}]`, `[${a.rows}, ${a.cols}]`);
}

/** Throws {@link ShapeError} unless `a` is square. */
export function checkSquare(where: string, argument: string, a: Matrix): void {
  if (a.rows !== a.cols) throw new ShapeError(where, argument, 'square', `[${a.rows}, ${a.cols}]`);
}

/** Throws {@link NonFiniteError} with the first offending index, counted from `first`. Cost: one pass. */
export function checkFinite(where: string, argument: string, x: Vec, first = 0): void {
  for (let i = 0; i < x.length; i++)
    if (!(Math.abs(x[i]) <= Number.MAX_VALUE)) throw new NonFiniteError(where, argument, first + i, x[i]);
}

/** Throws {@link DomainError} unless `value` is an integer in [low, high]. */
export function checkInteger(
  where: string,
  argument: string,
  value: number,
  low: number,
  high: number,
): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    const range = high === Number.POSITIVE_INFINITY ? `an integer ≥ ${low}` : `an integer in ${low}..${high}`;
    throw new DomainError(where, argument, range, value, describe(value));
  }
}

/** Throws {@link DomainError} unless `value` is a finite number ≥ 0. */
export function checkNonNegative(where: string, argument: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0))
    throw new DomainError(where, argument, 'finite and ≥ 0', value, describe(value));
}

/** Throws {@link DomainError} when `out` shares memory with `x`: the function reads x after writing out. */
export function checkNoAlias(where: string, x: Vec, out: Vec): void {
  if (x.buffer !== out.buffer) return;
  const overlap =
    x.byteOffset < out.byteOffset + out.byteLength && out.byteOffset < x.byteOffset + x.byteLength;
  if (overlap)
    throw new DomainError(where, 'out', 'an array that does not overlap the input', 'an overlapping one');
}
