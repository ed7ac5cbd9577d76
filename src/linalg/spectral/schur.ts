/** @file The real Schur form of a general matrix. */
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { checkNoMore } from '../border/no-more.ts';
import { checkFinite, checkSquare } from '../checks.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { exponentOf } from '../power-of-two.ts';
import { transpose } from '../products.ts';
import { timesPowerOfTwo } from '../safe-scale.ts';
import { maxAbs } from '../sum.ts';
import { francis } from './francis.ts';
import { reduceToHessenberg } from './hessenberg.ts';

/** Complex numbers, zₖ = real[k] + i imaginary[k]. */
export interface ComplexVector {
  readonly real: Vec;
  readonly imaginary: Vec;
}

/** A = Q T Qᵀ, as {@link schur} returns it. */
export interface Schur {
  /** Q, shape [n, n]. */
  readonly orthogonal: Matrix;
  /** T, shape [n, n]: upper triangular but for 2×2 blocks [[a, b], [c, a]], b c < 0, one for each conjugate pair a ± i √(−b c). */
  readonly triangular: Matrix;
  /** The eigenvalues in the order of the diagonal of T; of a pair the one with positive imaginary part first. */
  readonly values: ComplexVector;
}

/**
 * The real Schur form A = Q T Qᵀ of any square matrix: Q orthogonal, T quasi-triangular with the eigenvalues on its diagonal.
 *
 * @param a - Shape [n, n]. Not modified. Any scale. @throws {ShapeError} a is not square. @throws {NonFiniteError} a holds NaN or ±∞.
 * @throws {ConvergenceError} the QR iteration ran into its cap; never seen on finite input.
 * Cost: about 30n³ flops, 3n² doubles. Accuracy as tested: ‖A − Q T Qᵀ‖_F ≤ 8 n ε ‖A‖_F, ‖QᵀQ − I‖_F ≤ 8 n ε.
 * References: Francis (1961), The QR transformation, Comput. J. 4; Golub and Van Loan, Matrix Computations (4th ed., 2013), §7.5.
 * @example schur([[1, 2], [0, 3]]).values.real; // Float64Array [1, 3]
 */
export function schur(a: MatrixInput): Schur;
export function schur(a: MatrixInput, more?: unknown, list?: unknown): Schur {
  checkNoMore('schur', 'the form is the real one', a, more, list);
  const matrix = asMatrix('schur', 'a', a);
  const { n, h, exponent } = scaledCopy('schur', matrix);
  const q = reduceToHessenberg(h, n, true) as Vec;
  francis(n, h, q);
  const t = timesPowerOfTwo(h, exponent);
  return {
    orthogonal: transpose(new Matrix(n, n, q)),
    triangular: new Matrix(n, n, t),
    values: valuesOf(t, n),
  };
}

/** 2^−exponent A, a copy of size 1, checked. */
export function scaledCopy(where: string, a: Matrix): { n: number; h: Vec; exponent: number } {
  checkSquare(where, 'a', a);
  checkFinite(where, 'a', a.data);
  const size = maxAbs(a.data);
  const exponent = size === 0 ? 0 : exponentOf(size);
  return { n: a.rows, h: exponent === 0 ? a.data.slice() : timesPowerOfTwo(a.data, -exponent), exponent };
}

/** The eigenvalues of a quasi-triangular T in standard form. */
export function valuesOf(t: Vec, n: number): ComplexVector {
  const [real, imaginary] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n; k++) {
    real[k] = t[k * n + k];
    const below = k + 1 < n ? t[(k + 1) * n + k] : 0;
    if (below === 0) continue;
    imaginary[k] = Math.sqrt(Math.abs(t[k * n + k + 1])) * Math.sqrt(Math.abs(below));
    real[k + 1] = real[k];
    imaginary[k + 1] = -imaginary[k];
    k++;
  }
  return { real, imaginary };
}
