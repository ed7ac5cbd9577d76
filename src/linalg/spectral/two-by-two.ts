/** @file The Schur form of a real matrix of order two. */
import { hypotenuse } from '../hypotenuse.ts';

/** [[a, b], [c, d]] after a rotation: c = 0, or a = d and b c < 0; and the rotation, whose columns are (cos, sin) and (−sin, cos). */
export interface StandardBlock {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly cos: number;
  readonly sin: number;
}

/**
 * Rotates [[a, b], [c, d]] to its standard form: upper triangular for real eigenvalues, equal diagonal elements for a conjugate pair,
 * which is then a ± i √|b| √|c|.
 *
 * Reference: Bai and Demmel (1993), On swapping diagonal blocks in real Schur form, Linear Algebra Appl. 186.
 */
export function standardise(a: number, b: number, c: number, d: number): StandardBlock {
  if (c === 0) return { a, b, c, d, cos: 1, sin: 0 };
  if (b === 0) return { a: d, b: -c, c: 0, d: a, cos: 0, sin: 1 };
  const difference = a - d;
  if (difference === 0 && Math.sign(b) !== Math.sign(c)) return { a, b, c, d, cos: 1, sin: 0 };
  const half = difference / 2;
  const larger = Math.max(Math.abs(b), Math.abs(c));
  const smaller = Math.min(Math.abs(b), Math.abs(c)) * Math.sign(b) * Math.sign(c);
  const scale = Math.max(Math.abs(half), larger);
  const discriminant = (half / scale) * half + (larger / scale) * smaller; // over scale
  if (discriminant >= 4 * Number.EPSILON * scale) {
    const root = Math.sqrt(scale) * Math.sqrt(discriminant);
    const z = half + (half < 0 ? -root : root);
    const length = hypotenuse(c, z);
    return { a: d + z, b: b - c, c: 0, d: d - (larger / z) * smaller, cos: z / length, sin: c / length };
  }
  return equalDiagonal(a, b, c, d);
}

/** A conjugate pair, or eigenvalues too near to each other to tell. */
function equalDiagonal(a: number, b: number, c: number, d: number): StandardBlock {
  const sigma = b + c;
  const length = hypotenuse(sigma, a - d);
  const cos = Math.sqrt((1 + Math.abs(sigma) / length) / 2);
  const sin = -((a - d) / 2 / (length * cos)) * (sigma < 0 ? -1 : 1);
  const [aa, bb] = [a * cos + b * sin, b * cos - a * sin];
  const [cc, dd] = [c * cos + d * sin, d * cos - c * sin];
  const mean = (aa * cos + cc * sin + dd * cos - bb * sin) / 2;
  const [upper, lower] = [bb * cos + dd * sin, cc * cos - aa * sin];
  if (lower === 0) return { a: mean, b: upper, c: 0, d: mean, cos, sin };
  if (upper === 0) return { a: mean, b: -lower, c: 0, d: mean, cos: -sin, sin: cos };
  if (Math.sign(upper) !== Math.sign(lower)) return { a: mean, b: upper, c: lower, d: mean, cos, sin };
  const [p, q] = [Math.sqrt(Math.abs(upper)), Math.sqrt(Math.abs(lower))]; // real after all
  const shift = (lower < 0 ? -1 : 1) * p * q;
  const unit = 1 / Math.sqrt(Math.abs(upper + lower));
  const [c1, s1] = [p * unit, q * unit];
  return {
    a: mean + shift,
    b: upper - lower,
    c: 0,
    d: mean - shift,
    cos: cos * c1 - sin * s1,
    sin: cos * s1 + sin * c1,
  };
}
