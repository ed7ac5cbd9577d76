/** @file The symmetric eigendecomposition: checks, scaling, choice of algorithm, order and signs. */
import { checkBoolean, checkOneOf, checkOptions } from '../border/arguments.ts';
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { checkFinite, checkInteger, checkNonNegative, checkSquare } from '../checks.ts';
import { DomainError } from '../errors.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { exponentOf, factorsOfPowerOfTwo, scalingByPowerOfTwo } from '../power-of-two.ts';
import { maxAbs } from '../sum.ts';
import { withWorkspace } from '../workspace.ts';
import { multiplyByReflections, reflectionRoom } from './compact-wy.ts';
import { divideAndConquer, mergeRoom, type Selection } from './divide-and-conquer.ts';
import { implicitQl } from './implicit-ql.ts';
import { jacobiRows, type RowEigen } from './jacobi.ts';
import { reductionRoom, type Tridiagonalisation, tridiagonalise } from './tridiagonal.ts';

/** `auto`: jacobi up to order `JACOBI_LIMIT`, dc above. */
export type EigenMethod = 'auto' | 'jacobi' | 'ql' | 'dc';

export interface SymmetricEigenOptions {
  readonly method?: EigenMethod;
  /** Return only the eigenpairs with |λ| > above, in the units of A. Default: all of them. */
  readonly above?: number;
  /**
   * Return only so many eigenpairs, those with the largest |λ|; of two with the same |λ| the positive one comes first. All of them
   * when there are no more. Excludes `above`.
   */
  readonly largest?: number;
  /** false: values only, `vectors` is [n, 0]. Default true. */
  readonly vectors?: boolean;
  /** true: also return the eigenvalues that `above` or `largest` leaves out. Default false. */
  readonly discarded?: boolean;
  /** true: the memory of `a` may be used as workspace, its contents are lost. Default false. */
  readonly overwrite?: boolean;
}

export interface SymmetricEigen {
  /** λ ascending, shape [kept]. */
  readonly values: Vec;
  /** Q, shape [n, kept], column i ↔ values[i]; [n, 0] when vectors were not asked for. */
  readonly vectors: Matrix;
  /** The other n − kept eigenvalues, ascending; only when asked for. */
  readonly discarded?: Vec;
}

/** Largest order at which `auto` takes Jacobi: within twice the time of QL there, and more accurate on graded matrices. */
export const JACOBI_LIMIT = 16;

/** |a_ij − a_ji| up to this multiple of max |A| counts as rounding and is averaged away. */
export const ASYMMETRY_LIMIT = 1e-8;

/** Transpositions go by tiles: so many cache lines of either side. */
const TILE = 8;

const METHODS: readonly EigenMethod[] = ['auto', 'jacobi', 'ql', 'dc'];
const OPTIONS = ['method', 'above', 'largest', 'vectors', 'discarded', 'overwrite'];

/**
 * Eigendecomposition A = Q diag(λ) Qᵀ of a real symmetric matrix.
 *
 * `jacobi` rotates in the plane until A is diagonal: for positive definite graded matrices also the smallest eigenvalues have
 * small relative errors. `ql` reduces to tridiagonal form and iterates. `dc` reduces and then divides and conquers; it
 * is the fastest and the only one that saves work when `above` or `largest` discards eigenpairs (in the last merge and the
 * back-transformation). A is scaled by a power of two first, so the answer for 2ᵏA is 2ᵏ times that for A, bit for bit
 * (barring underflow in the result), and no tolerance is absolute.
 *
 * @param matrix - A, symmetric, shape [n, n], not modified unless `overwrite`. Rounding asymmetry is averaged away.
 * @param options - `method` (default `auto`); `above`: keep |λ| > above; `largest`: keep so many of the largest |λ|; `vectors`: false for values
 * only; `discarded`: true for the eigenvalues that are not kept, as well; `overwrite`: true to hand over the memory of `a`.
 * @returns `values` ascending, shape [kept]; `vectors` [n, kept], orthonormal columns, column i ↔ values[i], signed so that
 * the entry of largest magnitude (the first such) is positive. Inside a cluster of equal eigenvalues the basis is arbitrary.
 * @throws {ShapeError} `a` is not square. @throws {NonFiniteError} `a` holds NaN or ±∞, with the flat index.
 * @throws {DomainError} |a_ij − a_ji| > `ASYMMETRY_LIMIT`·max|A| somewhere; an unknown method; `above` negative or NaN; `largest` not
 * a whole number, negative, or given together with `above`.
 * @throws {ConvergenceError} an iteration ran into its cap; carries residual and tolerance. Never seen on finite input.
 * Not checked: an eigenvalue beyond the largest double becomes ±∞.
 * Cost: dc 4n³/3 flops for the reduction, n³/3 to n³ for the merges (less for large n), 2n²·kept for the back-transformation;
 * ql about 9n³; jacobi 40 to 60 n³. Values only: 4n³/3 + O(n²). Memory beside `a` and the result: 3n² doubles with dc, 2n² with ql
 * and jacobi; n² less with `overwrite`. Accuracy as tested: ‖AQ − QΛ‖_F ≤ 10 n ε ‖A‖_F and ‖QᵀQ − I‖_F ≤ 10 n ε.
 * References: Golub and Van Loan, Matrix Computations (4th ed., 2013), §8.3–8.5; Gu and Eisenstat (1995), A
 * divide-and-conquer algorithm for the symmetric tridiagonal eigenproblem, SIAM J. Matrix Anal. Appl. 16.
 * @example symmetricEigen(Matrix.of([[2, 1], [1, 2]])).values; // Float64Array [1, 3]
 */
export function symmetricEigen(matrix: MatrixInput, options: SymmetricEigenOptions = {}): SymmetricEigen {
  const where = 'symmetricEigen';
  checkOptions(where, options, OPTIONS);
  const { method = 'auto', above, largest, vectors = true, discarded = false, overwrite = false } = options;
  for (const [name, value] of Object.entries({ vectors, discarded, overwrite }))
    checkBoolean(where, name, value);
  const a = asMatrix(where, 'a', matrix);
  checkSquare(where, 'a', a);
  const size = maxAbs(a.data);
  if (!Number.isFinite(size)) checkFinite(where, 'a', a.data);
  checkOneOf(where, 'method', method, METHODS);
  if (above !== undefined) checkNonNegative(where, 'above', above);
  if (largest !== undefined) {
    checkInteger(where, 'largest', largest, 0, Number.POSITIVE_INFINITY);
    if (above !== undefined) throw new DomainError(where, 'largest', 'absent beside `above`', largest);
  }
  const n = a.rows;
  const exponent = size === 0 ? 0 : exponentOf(size);
  const unscale = scalingByPowerOfTwo(exponent);
  const select = selection(above, largest, unscale);
  const memory = overwrite ? a.data : undefined;
  if (method === 'jacobi' || (method === 'auto' && n <= JACOBI_LIMIT)) {
    const work = memory ?? new Float64Array(n * n);
    symmetrise(a, exponent, size, work, true);
    return finish(jacobiRows(work, n, vectors));
  }
  if (!vectors || method === 'ql')
    return withWorkspace(reductionRoom(n), (work) => {
      symmetrise(a, exponent, size, work);
      return finish(byQl(tridiagonalise(work, n), vectors, memory));
    });
  // the vectors and what they are made in; the matrix lies behind, or there too if the reflectors can move to the memory of a
  const merging = Math.max(mergeRoom(n), n * n + reflectionRoom(n));
  const start = overwrite ? n * n : merging;
  return withWorkspace(Math.max(merging, start + reductionRoom(n)), (room) => {
    const work = room.subarray(start);
    symmetrise(a, exponent, size, work);
    let reduction = tridiagonalise(work, n);
    if (memory !== undefined) {
      memory.set(reduction.reflectors);
      reduction = { ...reduction, reflectors: memory };
    }
    const pairs = divideAndConquer(reduction.diagonal, reduction.offDiagonal, select, room);
    multiplyByReflections(pairs.rows, pairs.values.length, reduction, room.subarray(n * n));
    return finish(pairs, pairs.rest);
  });

  function finish(pairs: RowEigen, rest: readonly number[] = []): SymmetricEigen {
    const order = sortedSelection(pairs.values, rest, select, largest);
    const kept = arrange(pairs, order, n, vectors, unscale);
    if (!discarded) return kept;
    const chosen = new Set(order);
    const others = [...rest, ...pairs.values.filter((_, i) => !chosen.has(i))];
    return { ...kept, discarded: Float64Array.from(others).sort().map(unscale) };
  }
}

/** Which eigenvalues of the scaled matrix are asked for; undefined for all. With ties `largest` accepts more. */
function selection(
  above: number | undefined,
  largest: number | undefined,
  unscale: (lambda: number) => number,
): Selection | undefined {
  if (above !== undefined) return () => (lambda) => Math.abs(unscale(lambda)) > above;
  if (largest === undefined) return undefined;
  return (values) => {
    if (largest >= values.length) return () => true;
    const sizes = values.map(Math.abs).sort();
    const limit = largest === 0 ? Number.POSITIVE_INFINITY : sizes[sizes.length - largest];
    return (lambda) => Math.abs(lambda) >= limit;
  };
}

/** The positions of the eigenvalues that are asked for, in ascending order of the eigenvalues. */
function sortedSelection(
  values: Vec,
  rest: readonly number[],
  select: Selection | undefined,
  largest: number | undefined,
): number[] {
  const wanted = select?.(Float64Array.from([...values, ...rest]));
  let order = Array.from(values.keys()).filter((i) => wanted === undefined || wanted(values[i]));
  if (largest !== undefined && largest < order.length)
    order = order
      .sort((i, j) => Math.abs(values[j]) - Math.abs(values[i]) || values[j] - values[i] || i - j)
      .slice(0, largest);
  return order.sort((i, j) => values[i] - values[j] || i - j);
}

/** The first n² places of `out` ← 2^−exponent (A + Aᵀ)/2, its upper triangle or both; `out` may be the memory of A. */
function symmetrise(a: Matrix, exponent: number, size: number, out: Vec, both = false): void {
  const n = a.rows;
  const [first, second] = factorsOfPowerOfTwo(-exponent);
  const limit = ASYMMETRY_LIMIT * (size * first * second);
  for (let i0 = 0; i0 < n; i0 += TILE)
    for (let j0 = 0; j0 <= i0; j0 += TILE)
      for (let i = i0; i < n && i < i0 + TILE; i++)
        for (let j = j0; j <= i && j < j0 + TILE; j++) {
          const lower = a.data[i * n + j] * first * second;
          const upper = a.data[j * n + i] * first * second;
          if (Math.abs(lower - upper) > limit) throw asymmetry(a, i, j);
          const mean = 0.5 * (lower + upper);
          out[j * n + i] = mean;
          if (both) out[i * n + j] = mean;
        }
}

function asymmetry({ data, rows: n }: Matrix, i: number, j: number): DomainError {
  return new DomainError(
    'symmetricEigen',
    'a',
    `symmetric to ${ASYMMETRY_LIMIT} of its largest entry`,
    `${data[i * n + j]} at [${i}, ${j}] and ${data[j * n + i]} at [${j}, ${i}]`,
  );
}

/** Eigenpairs by QL; the vectors are computed in `memory`, shape [n, n], if given. */
function byQl(reduction: Tridiagonalisation, vectors: boolean, memory: Vec | undefined): RowEigen {
  const { n, diagonal, offDiagonal } = reduction;
  if (!vectors) return { values: allValues(reduction), rows: new Float64Array(0) };
  const rows = memory?.fill(0) ?? new Float64Array(n * n);
  for (let i = 0; i < n; i++) rows[i * n + i] = 1;
  implicitQl(n, diagonal, 0, offDiagonal, 0, { data: rows, offset: 0, stride: n, cols: n });
  multiplyByReflections(rows, n, reduction);
  return { values: diagonal, rows };
}

/** The eigenvalues alone, from copies of the diagonals. */
function allValues({ n, diagonal, offDiagonal }: Tridiagonalisation): Vec {
  const values = diagonal.slice();
  implicitQl(n, values, 0, offDiagonal.slice(), 0);
  return values;
}

/** The pairs at the positions `order`: signed, and rows turned into columns. */
export function arrange(
  pairs: RowEigen,
  order: readonly number[],
  n: number,
  vectors: boolean,
  unscale: (lambda: number) => number,
): SymmetricEigen {
  const { values, rows } = pairs;
  const sorted = Float64Array.from(order, (i) => unscale(values[i]));
  const columns = Matrix.zeros(n, vectors ? order.length : 0);
  const { cols, data } = columns;
  const signs = order.map((k) => (vectors ? signOf(rows, k * n, n) : 1));
  for (let k0 = 0; k0 < cols; k0 += TILE)
    for (let i0 = 0; i0 < n; i0 += TILE)
      for (let k = k0; k < cols && k < k0 + TILE; k++) {
        const sign = signs[k];
        const from = order[k] * n;
        const end = Math.min(i0 + TILE, n);
        for (let i = i0, p = i0 * cols + k; i < end; i++, p += cols) data[p] = sign * rows[from + i];
      }
  return { values: sorted, vectors: columns };
}

/** The sign of the first entry of largest magnitude. */
function signOf(rows: Vec, from: number, n: number): number {
  let at = from;
  let largest = 0;
  for (let i = from; i < from + n; i++) {
    const size = Math.abs(rows[i]);
    if (size > largest) {
      largest = size;
      at = i;
    }
  }
  return rows[at] < 0 ? -1 : 1;
}
