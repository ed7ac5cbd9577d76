/** @file Eigenvalues and eigenvectors of a general square matrix. */
import { checkBoolean, checkOptions } from '../border/arguments.ts';
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { matmul } from '../products.ts';
import { timesPowerOfTwo } from '../safe-scale.ts';
import { norm2 } from '../sum.ts';
import { balance } from './balance.ts';
import { francis } from './francis.ts';
import { reduceToHessenberg } from './hessenberg.ts';
import { triangularEigenvector } from './quasi-triangular.ts';
import { type ComplexVector, scaledCopy, valuesOf } from './schur.ts';

/** A complex matrix, Z = real + i imaginary. */
export interface ComplexMatrix {
  readonly real: Matrix;
  readonly imaginary: Matrix;
}

/** Options of {@link eigen}. */
export interface EigenOptions {
  /** false: values only, `vectors` is [n, 0]. Default true. */
  readonly vectors?: boolean;
  /** Scale rows and columns first, by exact powers of two. Default true. */
  readonly balance?: boolean;
}

/** Eigenvalues with their vectors. */
export interface Eigen {
  /** λ, ascending by real part, then by imaginary part, shape [n]. */
  readonly values: ComplexVector;
  /** V, shape [n, n], column k ↔ values[k]: of length 1, the element of largest magnitude real and positive. [n, 0] when not asked for. */
  readonly vectors: ComplexMatrix;
}

/**
 * A V = V diag(λ) for a general real matrix. Where A is symmetric, `symmetricEigen` is faster and gives orthonormal vectors.
 *
 * @param a - Shape [n, n]. Not modified. Any scale. @param options - `vectors`: false for values only; `balance`: false to leave A as it is.
 * @returns values and vectors; conjugate pairs are exact conjugates. A defective matrix has fewer independent vectors than values: then
 * columns of V coincide up to rounding, and each is still a vector of a matrix near A.
 * @throws {ShapeError} a is not square. @throws {NonFiniteError} a holds NaN or ±∞. @throws {ConvergenceError} the QR iteration ran into its
 * cap; never seen on finite input. Not checked: an eigenvalue beyond the largest double becomes ±∞.
 * Cost: about 30n³ flops with vectors, 10n³ without. Accuracy as tested: ‖A v − λ v‖₂ ≤ 4 n ε ‖A‖_F for each pair without balancing; with it the
 * same for the balanced matrix. An eigenvalue of condition κ (one over the cosine of its left and right vector) moves by κ ε ‖A‖.
 * Reference: Golub and Van Loan, Matrix Computations (4th ed., 2013), §7.5–7.6.
 * @example eigen([[0, 1], [-1, 0]]).values.imaginary; // Float64Array [-1, 1]
 */
export function eigen(a: MatrixInput, options: EigenOptions = {}): Eigen {
  checkOptions('eigen', options, ['vectors', 'balance']);
  const { vectors = true, balance: balanced = true } = options;
  checkBoolean('eigen', 'vectors', vectors);
  checkBoolean('eigen', 'balance', balanced);
  const { n, h, exponent } = scaledCopy('eigen', asMatrix('eigen', 'a', a));
  const d = balanced ? balance(h, n) : undefined;
  const q = reduceToHessenberg(h, n, vectors);
  francis(n, h, q);
  const values = valuesOf(h, n);
  const order = Array.from(values.real.keys()).sort(
    (i, j) => values.real[i] - values.real[j] || values.imaginary[i] - values.imaginary[j],
  );
  const sorted = (x: Vec): Vec =>
    timesPowerOfTwo(Float64Array.from(order, (i) => x[i]), exponent); // biome-ignore format: one idea
  return {
    values: { real: sorted(values.real), imaginary: sorted(values.imaginary) },
    vectors:
      q === undefined
        ? { real: new Matrix(n, 0), imaginary: new Matrix(n, 0) }
        : basisOf(h, new Matrix(n, n, q), values, order, d),
  };
}

/** D Q X, each column of unit length: X the eigenvectors of T, in the order wanted. */
function basisOf(
  t: Vec,
  transposed: Matrix,
  values: ComplexVector,
  order: readonly number[],
  d: Vec | undefined,
): ComplexMatrix {
  const n = transposed.rows;
  const parts = { real: new Matrix(n, n), imaginary: new Matrix(n, n) }; // a vector of T in each row
  const x = { real: new Float64Array(n), imaginary: new Float64Array(n) };
  for (let k = 0; k < n; k++) {
    triangularEigenvector(t, n, values, k, x);
    const pair = values.imaginary[k] !== 0;
    parts.real.row(k).set(x.real);
    parts.imaginary.row(k).set(x.imaginary);
    if (!pair) continue;
    k++;
    parts.real.row(k).set(x.real);
    parts.imaginary.row(k).set(x.imaginary.map((value) => -value));
  }
  const rows = { real: matmul(parts.real, transposed), imaginary: matmul(parts.imaginary, transposed) };
  const out = { real: new Matrix(n, n), imaginary: new Matrix(n, n) };
  for (const [column, k] of order.entries()) {
    const [re, im] = unit(rows.real.row(k), rows.imaginary.row(k), d);
    for (let i = 0; i < n; i++) {
      out.real.data[i * n + column] = re[i];
      out.imaginary.data[i * n + column] = im[i];
    }
  }
  return out;
}

/** D z of length 1, turned so that its largest element is real and positive. */
function unit(real: Vec, imaginary: Vec, d: Vec | undefined): readonly [Vec, Vec] {
  const [re, im] = [real, imaginary].map((part) => (d === undefined ? part : part.map((x, i) => x * d[i])));
  const sizes = re.map((x, i) => norm2([x, im[i]]));
  const length = norm2(sizes);
  const at = sizes.reduce((best, size, i) => (size > sizes[best] ? i : best), 0);
  const [c, s] = [re[at] / sizes[at], im[at] / sizes[at]];
  const turned = re.map((x, i) => (x * c + im[i] * s) / length);
  const other = im.map((y, i) => (i === at ? 0 : (y * c - re[i] * s) / length));
  return [turned, other];
}
