/** @file Eigenvectors of a quasi-triangular matrix by back substitution in complex numbers. */
import type { Vec } from '../matrix.ts';
import { exponentOf, scalingByPowerOfTwo } from '../power-of-two.ts';
import type { ComplexVector } from './schur.ts';

/** Solutions larger than this are scaled down; the vector's length is free. */
const LARGE = 1e100;

/** A complex number, or two of them. */
type Complex = readonly [real: number, imaginary: number];

/**
 * x with (T − λ) x = 0 for the eigenvalue λ at place k of T, a pair's first place for both of its rows; x is zero below them.
 *
 * @param t - [n, n] row-major, standardised, ‖T‖ ≈ 1. @param values - Its eigenvalues. @param x - Parts of the vector, each [n], overwritten.
 * A pivot that is smaller than ε is taken for ε: with equal eigenvalues the vector is that of a matrix within rounding of T.
 * Cost: k² flops for a real λ, twice that for a pair. Reference: Golub and Van Loan, Matrix Computations (4th ed., 2013), §7.6.4.
 */
export function triangularEigenvector(
  t: Vec,
  n: number,
  values: ComplexVector,
  k: number,
  x: ComplexVector,
): void {
  const { real, imaginary } = x;
  real.fill(0);
  imaginary.fill(0);
  const omega = values.imaginary[k];
  const lambda: Complex = [values.real[k], omega];
  if (omega === 0) real[k] = 1;
  else {
    const [above, below] = [t[k * n + k + 1], t[(k + 1) * n + k]];
    if (Math.abs(above) >= Math.abs(below)) {
      real[k] = 1;
      imaginary[k + 1] = omega / above;
    } else {
      real[k] = -omega / below;
      imaginary[k + 1] = 1;
    }
  }
  const last = omega === 0 ? k : k + 1;
  const complex = omega !== 0;
  const rest = (i: number, from: number): Complex => [
    -rowTimes(t, i * n, real, from, last),
    complex ? -rowTimes(t, i * n, imaginary, from, last) : 0,
  ];
  for (let i = k - 1; i >= 0; i--) {
    if (values.imaginary[i] === 0) {
      [real[i], imaginary[i]] = over(rest(i, i + 1), away([t[i * n + i] - lambda[0], -lambda[1]]));
      shrink(x, i, last, Math.max(Math.abs(real[i]), Math.abs(imaginary[i])));
      continue;
    }
    i--;
    solveBlock(t, n, i, lambda, values.imaginary[i], [rest(i, i + 2), rest(i + 1, i + 2)], x);
    const size = Math.max(
      Math.abs(real[i]),
      Math.abs(imaginary[i]),
      Math.abs(real[i + 1]),
      Math.abs(imaginary[i + 1]),
    );
    shrink(x, i, last, size);
  }
}

/** Σ t x over columns from … last; rows are too short for a kernel, which copies them. */
function rowTimes(t: Vec, row: number, x: Vec, from: number, last: number): number {
  let sum = 0;
  for (let j = from; j <= last; j++) sum += t[row + j] * x[j];
  return sum;
}

/** Rows i and i + 1 of x from (T_block − λ) x = r by Cramer's rule; the determinant is a product of differences of eigenvalues. */
function solveBlock(
  t: Vec,
  n: number,
  i: number,
  lambda: Complex,
  beta: number,
  [r, s]: readonly [Complex, Complex],
  { real, imaginary }: ComplexVector,
): void {
  const at = i * n + i;
  const [b, c] = [t[at + 1], t[at + n]];
  let p: Complex = [t[at] - lambda[0], -lambda[1]];
  const factors = (): readonly Complex[] => [
    [p[0], p[1] - beta],
    [p[0], p[1] + beta],
  ];
  // an eigenvalue of the block too near to λ: the block moves by ε, diagonal and determinant alike
  if (factors().some(tiny)) p = [p[0] + Number.EPSILON, p[1]];
  const [first, second] = factors();
  const [pr, ps] = [times(p, r), times(p, s)];
  const solved = (x: Complex): Complex => over(over(x, first), second);
  [real[i], imaginary[i]] = solved([pr[0] - b * s[0], pr[1] - b * s[1]]);
  [real[i + 1], imaginary[i + 1]] = solved([ps[0] - c * r[0], ps[1] - c * r[1]]);
}

/** Parts first … last of x times a power of two, when their size is large. */
function shrink({ real, imaginary }: ComplexVector, first: number, last: number, size: number): void {
  if (!(size > LARGE)) return;
  const down = scalingByPowerOfTwo(-exponentOf(size));
  for (let j = first; j <= last; j++) {
    real[j] = down(real[j]);
    imaginary[j] = down(imaginary[j]);
  }
}

/** z, or ε where z is less. */
function away(z: Complex): Complex {
  return tiny(z) ? [Number.EPSILON, 0] : z;
}

function tiny(z: Complex): boolean {
  return Math.max(Math.abs(z[0]), Math.abs(z[1])) < Number.EPSILON;
}

function times(z: Complex, w: Complex): Complex {
  return [z[0] * w[0] - z[1] * w[1], z[0] * w[1] + z[1] * w[0]];
}

/** z / w by Smith's formula. */
export function over(z: Complex, w: Complex): Complex {
  if (w[1] === 0) return [z[0] / w[0], z[1] / w[0]];
  if (Math.abs(w[0]) >= Math.abs(w[1])) {
    const ratio = w[1] / w[0];
    const size = w[0] + w[1] * ratio;
    return [(z[0] + z[1] * ratio) / size, (z[1] - z[0] * ratio) / size];
  }
  const ratio = w[0] / w[1];
  const size = w[0] * ratio + w[1];
  return [(z[0] * ratio + z[1]) / size, (z[1] * ratio - z[0]) / size];
}
