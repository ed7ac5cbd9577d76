/** @file Student's t: the quantile that an interval of few networks takes in place of the normal one. */
import { checkNumber } from '../../linalg/border/arguments.ts';
import { above } from '../../linalg/border/fields.ts';
import { exp, log } from '../../linalg/elementary.ts';
import { DomainError } from '../../linalg/errors.ts';
import { normalQuantile } from '../../linalg/random/normal-quantile.ts';

/** From so many degrees of freedom on the normal quantile with two terms of its expansion has all the digits. */
const MANY = 1e5;

/**
 * The p-quantile of Student's t with ν degrees of freedom: the t with P(T ≤ t) = p, where for t > 0
 * P(T > t) = ½ I_x(ν/2, ½), x = ν/(ν + t²), and I is the regularised incomplete beta function.
 *
 * @param p - In (0, 1). @param degrees - ν > 0, need not be whole; Infinity gives the normal quantile.
 * @throws {DomainError} p or ν outside. Cost: about 60 continued fractions. Accuracy: 1e-11 relative for ν ≥ 0.5, as tested.
 * Reference: Abramowitz & Stegun (1964), 26.5.8 and 26.7.1.
 * @example studentQuantile(0.975, 9); // 2.262157…
 */
export function studentQuantile(p: number, degrees: number): number {
  checkNumber('studentQuantile', 'p', p);
  if (!(p > 0 && p < 1)) throw new DomainError('studentQuantile', 'p', 'in (0, 1)', p);
  if (degrees !== Number.POSITIVE_INFINITY) above(0)('studentQuantile', 'degrees', degrees as never);
  if (p === 0.5) return 0;
  if (degrees >= MANY) {
    const z = normalQuantile(p);
    const s = z * z;
    return z + (z / degrees) * ((s + 1) / 4 + ((5 * s + 16) * s + 3) / (96 * degrees));
  }
  const tail = Math.min(p, 1 - p);
  // bisection in log t: the tail falls with t
  let [low, high] = [-40, 700];
  for (let step = 0; step < 70; step++) {
    const middle = (low + high) / 2;
    if (upperTail(exp(middle), degrees) > tail) low = middle;
    else high = middle;
  }
  const t = exp((low + high) / 2);
  return p < 0.5 ? -t : t;
}

/** P(T > t), t > 0. */
function upperTail(t: number, degrees: number): number {
  const square = t * t;
  const x = degrees / (degrees + square);
  const y = square / (degrees + square);
  const a = degrees / 2;
  // x^a y^½ / B(a, ½)
  const front = exp(a * log(x)) * Math.sqrt(y) * betaInverse(a);
  return x < (a + 1) / (a + 2.5)
    ? (0.5 * front * continuedFraction(a, 0.5, x)) / a
    : 0.5 - front * continuedFraction(0.5, a, y);
}

/** 1 / B(a, ½) = Γ(a + ½) / (Γ(a) √π): shifted to where four terms of the asymptotic series suffice. */
function betaInverse(a: number): number {
  let factor = 1;
  let n = a;
  for (; n < 100; n++) factor *= n / (n + 0.5);
  const u = 1 / n;
  const series = 1 + u * (-1 / 8 + u * (1 / 128 + u * (5 / 1024 + u * (-21 / 32768 - (u * 399) / 262144))));
  return (factor * Math.sqrt(n) * series) / Math.sqrt(Math.PI);
}

/** Of I_x(a, b): x^a (1 − x)^b / (a B(a, b)) times this, by the method of Lentz. */
function continuedFraction(a: number, b: number, x: number): number {
  const nonzero = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / nonzero(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m < 10000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonzero(1 + even * d);
    c = nonzero(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonzero(1 + odd * d);
    c = nonzero(1 + odd / c);
    const change = d * c;
    h *= change;
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return h;
}
