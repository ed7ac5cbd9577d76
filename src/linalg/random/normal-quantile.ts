/** @file The quantile function of the standard normal distribution, Φ⁻¹. */
import { checkNumber } from '../border/arguments.ts';
import { log, logInto } from '../elementary/log.ts';
import type { Vec } from '../matrix.ts';

type Eight = readonly [number, number, number, number, number, number, number, number];

/** Σ cᵢ xⁱ, by Horner's rule. */
function polynomial(c: Eight, x: number): number {
  return c[0] + x * (c[1] + x * (c[2] + x * (c[3] + x * (c[4] + x * (c[5] + x * (c[6] + x * c[7]))))));
}

// The coefficients of Wichura's PPND16 as the nearest doubles, lowest degree first.
const CENTRE_TOP: Eight = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
];
const CENTRE_BOTTOM: Eight = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
];
const MIDDLE_TOP: Eight = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
];
const MIDDLE_BOTTOM: Eight = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
];
const TAIL_TOP: Eight = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
];
const TAIL_BOTTOM: Eight = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
  1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15,
];

/**
 * Φ⁻¹(p): the x with P(N(0,1) ≤ x) = p, by rational approximations on three ranges.
 *
 * @param p - In [0, 1]; 0 gives −∞, 1 gives +∞, anything else outside gives NaN.
 * @returns x, odd about p = ½: normalQuantile(1 − p) = −normalQuantile(p) whenever 1 − p is exact. Relative error at most
 * 8 ε as tested, for p ≥ 1e-300.
 * Reference: Wichura, Algorithm AS 241: the percentage points of the normal distribution (Applied Statistics 37, 1988).
 * @example normalQuantile(0.975); // 1.959963984540054
 */
export function normalQuantile(p: number): number {
  checkNumber('normalQuantile', 'p', p);
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRE_TOP, r)) / polynomial(CENTRE_BOTTOM, r);
  }
  const tail = q < 0 ? p : 1 - p;
  if (!(tail > 0))
    return tail === 0 ? (q < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY) : Number.NaN;
  const r = Math.sqrt(-log(tail));
  const x =
    r <= 5
      ? polynomial(MIDDLE_TOP, r - 1.6) / polynomial(MIDDLE_BOTTOM, r - 1.6)
      : polynomial(TAIL_TOP, r - 5) / polynomial(TAIL_BOTTOM, r - 5);
  return q < 0 ? -x : x;
}

/**
 * x[i] ← Φ⁻¹(x[i]) for every element. Kernel: no checks. The bits of {@link normalQuantile}; nothing is allocated, where a
 * call per number would box argument and result.
 */
export function normalQuantileInto(x: Vec): void {
  for (let i = 0; i < x.length; i++) {
    const p = x[i];
    const q = p - 0.5;
    if (Math.abs(q) <= 0.425) {
      const r = 0.180625 - q * q;
      x[i] = (q * polynomial(CENTRE_TOP, r)) / polynomial(CENTRE_BOTTOM, r);
      continue;
    }
    const tail = q < 0 ? p : 1 - p;
    if (!(tail > 0)) {
      x[i] = normalQuantile(p);
      continue;
    }
    x[i] = tail;
    logInto(x, x, 1, i, i);
    const r = Math.sqrt(-x[i]);
    const value =
      r <= 5
        ? polynomial(MIDDLE_TOP, r - 1.6) / polynomial(MIDDLE_BOTTOM, r - 1.6)
        : polynomial(TAIL_TOP, r - 5) / polynomial(TAIL_BOTTOM, r - 5);
    x[i] = q < 0 ? -value : value;
  }
}
