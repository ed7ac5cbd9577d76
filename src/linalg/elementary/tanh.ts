/** @file The hyperbolic tangent, whose bits do not depend on the engine. */
import { checkNumber } from '../border/arguments.ts';
import { TANH_TABLE } from './tanh-table.ts';

/**
 * tanh x with its table as an argument. Numbers stand here as literals, and loops fetch the table once: V8 (Node 20) does
 * not fold module constants into a loop, and the loop below ran 1.4 times longer with them.
 * 19.0625 = 610/32: from there on tanh is 1 to the last bit. 6755399441055744 = 1.5·2⁵²: adding and subtracting it
 * rounds to the nearest integer, ties to even. The polynomial is printed by test/reference/elementary-coefficients.py.
 */
function tanhKernel(x: number, table: Float64Array): number {
  let v = x;
  if (x > 19.0625) v = 19.0625;
  else if (x < -19.0625) v = -19.0625;
  const j = v * 32 + 6755399441055744 - 6755399441055744;
  const d = v - j * 0.03125;
  const z = d * d;
  const t = d * (1 + z * (-0.333333333333275 + z * (0.13333333188217222 + z * -0.05395799944887307)));
  const T = table[(j | 0) + 610];
  return T + ((1 - T * T) * t) / (1 + T * t);
}

/**
 * tanh x. With c the multiple of 1/32 nearest to x, T = tanh c from a table and t = tanh(x − c) from a short polynomial,
 * tanh x = T + (1 − T²)·t/(1 + T·t).
 *
 * @param x - Any double. tanh(±0) = ±0, tanh(±∞) = ±1, tanh(NaN) = NaN. Exactly odd.
 * @returns Within 1.5 ulp, as tested. Cost: one division, one table look-up, no branch that depends on the sign.
 * Reference: Tang, Table-lookup algorithms for elementary functions and their error analysis (ARITH 10, 1991).
 * @example tanh(0.5); // 0.46211715726000973
 */
export function tanh(x: number): number {
  checkNumber('tanh', 'x', x);
  return tanhKernel(x, TANH_TABLE);
}

/** out[o + i] ← tanh x[s + i] for 0 ≤ i < n. Kernel: no checks; `out` may be `x` with o = s. Same bits as {@link tanh}. */
export function tanhInto(out: Float64Array, x: Float64Array, n: number, o = 0, s = 0): void {
  const table = TANH_TABLE;
  for (let i = 0; i < n; i++) out[o + i] = tanhKernel(x[s + i], table);
}
