/** @file Eigenvalues and eigenvectors of a symmetric band matrix. */
import { checkBoolean, checkOptions } from '../border/arguments.ts';
import type { MatrixInput } from '../border/matrix.ts';
import { implicitQl } from '../eigen/implicit-ql.ts';
import { arrange, type SymmetricEigen } from '../eigen/symmetric-eigen.ts';
import { type Band, bandOf } from '../factorisations/banded.ts';
import { hypotenuse } from '../hypotenuse.ts';
import { kernels } from '../kernels/select.ts';
import type { Vec } from '../matrix.ts';
import { scalingByPowerOfTwo } from '../power-of-two.ts';

/** Options of {@link bandedEigen}. */
export interface BandedEigenOptions {
  /** false: values only, `vectors` is [n, 0]. Default true. */
  readonly vectors?: boolean;
}

/**
 * Eigenvalues and vectors of a symmetric band matrix of order n and half-width w.
 *
 * @param band - The lower diagonals, shape [w + 1, n], as in `solveBanded`. Not modified. @param options - `vectors`: false for values only.
 * @returns `values` ascending, shape [n]; `vectors` [n, n], orthonormal columns, column i ↔ values[i], the largest element positive.
 * @throws {ShapeError} no row, or more than n. @throws {NonFiniteError} the band holds NaN or ±∞. @throws {ConvergenceError} the QL iteration ran into its
 * cap; never seen on finite input.
 * Cost: 6n²w flops for the values, in O(n w) memory; about 12n³ with vectors. Accuracy as tested: |Δλ| ≤ 4 n ε ‖A‖, ‖A Q − Q Λ‖_F ≤ 10 n ε ‖A‖_F.
 * Reference: Schwarz (1968), Tridiagonalization of a symmetric band matrix, Numer. Math. 12.
 * @example bandedEigen([[2, 2], [1, 0]]).values; // Float64Array [1, 3]
 */
export function bandedEigen(band: MatrixInput, options: BandedEigenOptions = {}): SymmetricEigen {
  checkOptions('bandedEigen', options, ['vectors']);
  const { vectors = true } = options;
  checkBoolean('bandedEigen', 'vectors', vectors);
  const a = bandOf('bandedEigen', band);
  const { n } = a;
  const rows = vectors ? new Float64Array(n * n) : undefined;
  if (rows !== undefined) for (let i = 0; i < n; i++) rows[i * (n + 1)] = 1;
  const [diagonal, offDiagonal] = tridiagonalOf(a, rows);
  implicitQl(n, diagonal, 0, offDiagonal, 0, rows && { data: rows, offset: 0, stride: n, cols: n });
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[i] - diagonal[j]);
  const pairs = { values: diagonal, rows: rows ?? new Float64Array(0) };
  return arrange(pairs, order, n, vectors, scalingByPowerOfTwo(a.exponent));
}

/**
 * T = Gᵀ A G by plane rotations: an element at the border of the band is rotated away, what appears beyond the border is chased
 * down and out. The rows given receive Gᵀ.
 */
function tridiagonalOf({ n, width: w, data }: Band, rows: Vec | undefined): readonly [Vec, Vec] {
  const a = new Float64Array((w + 2) * n); // one diagonal more, for what is chased
  a.set(data);
  const { rotate } = kernels();
  for (let j = 0; j < n - 2; j++)
    for (let d = Math.min(w, n - 1 - j); d >= 2; d--)
      for (let column = j, q = j + d; q < n; ) {
        const [x, y] = [a[(q - 1 - column) * n + column], a[(q - column) * n + column]];
        if (y !== 0) {
          const r = hypotenuse(x, y);
          const [c, s] = [x / r, y / r];
          rotatePlane(a, n, w + 1, q - 1, c, s);
          a[(q - column) * n + column] = 0;
          if (rows !== undefined) rotate(n, rows, (q - 1) * n, rows, q * n, c, s);
        }
        [column, q] = [q - 1, q + w];
      }
  const offDiagonal = new Float64Array(n);
  if (w > 0) offDiagonal.set(a.subarray(n, 2 * n - 1));
  return [a.slice(0, n), offDiagonal];
}

/** Rows and columns p and p + 1 of a symmetric band matrix rotated: x ← c x + s y, y ← c y − s x. */
function rotatePlane(a: Vec, n: number, width: number, p: number, c: number, s: number): void {
  const q = p + 1;
  const turn = (i: number, j: number): void => {
    const [x, y] = [a[i], a[j]];
    a[i] = c * x + s * y;
    a[j] = c * y - s * x;
  };
  for (let k = Math.max(0, q - width); k < p; k++) turn((p - k) * n + k, (q - k) * n + k);
  for (let k = q + 1; k <= Math.min(n - 1, p + width); k++) turn((k - p) * n + p, (k - q) * n + q);
  const [x, z, y] = [a[p], a[n + p], a[q]];
  const [cross, difference] = [2 * c * s * z, x - y];
  a[p] = c * c * x + cross + s * s * y;
  a[q] = s * s * x - cross + c * c * y;
  a[n + p] = (c - s) * (c + s) * z - c * s * difference;
}
