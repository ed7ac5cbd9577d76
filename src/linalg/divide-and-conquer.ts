/** @file Cuppen's divide and conquer for the symmetric tridiagonal eigenproblem. */
import { deflate } from './deflation.ts';
import { implicitQl } from './implicit-ql.ts';
import type { RowEigen } from './jacobi.ts';
import { kernels } from './kernels/select.ts';
import type { Vec } from './matrix.ts';
import { exponentOf, scalingByPowerOfTwo } from './power-of-two.ts';
import { loewnerWeights, secularRoot } from './secular-equation.ts';
import { workspace } from './workspace.ts';

/** Blocks up to this order are solved by QL iterations. */
const LEAF = 32;

/** The tridiagonal matrix under work, and its eigenvectors in the rows of an [n, n] array. */
interface Problem {
  readonly d: Vec;
  readonly e: Vec;
  readonly rows: Vec;
  readonly scratch: Vec;
  readonly n: number;
}

/** Doubles that {@link divideAndConquer} works in: n² for the vectors, 2n² for the merges, and what {@link coupledPairs} takes. */
export function mergeRoom(n: number): number {
  return 3 * n * n + 4 * n + 8;
}

type Keep = (lambda: number) => boolean;

/**
 * Eigenpairs of T = tridiag(e, d, e).
 *
 * T falls apart where |e_i| ≤ ε √|d_i d_{i+1}|; each part is scaled by a power of two, torn in halves by a rank-one change,
 * T = diag(T₁, T₂) + ρ u uᵀ, down to leaves, and put together again by deflation, the secular equation and two matrix products.
 *
 * @param d - Diagonal, [n]. Overwritten. @param e - Off-diagonal, [n] with a last entry that is ignored. Overwritten.
 * @param keep - The last merge of each part computes only the vectors whose eigenvalue it accepts.
 * @param room - {@link mergeRoom} doubles or more. The vectors are returned in its first n² places; the rest is free afterwards.
 * @returns the eigenpairs, not sorted; with `keep` at least those that it accepts.
 * @throws {ConvergenceError} QL or the secular iteration ran into its cap.
 * Cost: 4n³/3 flops when nothing deflates, most of them in the last merge, often far less; about 3n² doubles.
 * References: Cuppen (1981), A divide and conquer method for the symmetric tridiagonal eigenproblem, Numer. Math. 36; Gu and
 * Eisenstat (1995), SIAM J. Matrix Anal. Appl. 16.
 */
export function divideAndConquer(
  d: Vec,
  e: Vec,
  keep?: Keep,
  room: Vec = workspace(mergeRoom(d.length)),
): RowEigen {
  const n = d.length;
  const problem: Problem = { d, e, rows: room.subarray(0, n * n), scratch: room.subarray(n * n), n };
  problem.rows.fill(0);
  let kept = 0;
  for (let start = 0; start < n; ) {
    let end = start + 1; // one past the part
    while (end < n && !negligible(d, e, end - 1)) end++;
    const count = solvePart(problem, start, end - start, keep);
    if (kept < start) {
      problem.rows.copyWithin(kept * n, start * n, (start + count) * n);
      d.copyWithin(kept, start, start + count);
    }
    kept += count;
    start = end;
  }
  return { values: d.subarray(0, kept), rows: problem.rows.subarray(0, kept * n) };
}

function negligible(d: Vec, e: Vec, i: number): boolean {
  return Math.abs(e[i]) <= Number.EPSILON * Math.sqrt(Math.abs(d[i])) * Math.sqrt(Math.abs(d[i + 1]));
}

/** Solves the unreduced part of order n at `start`, scaled to size 1; returns how many pairs it left there. */
function solvePart(problem: Problem, start: number, n: number, keep: Keep | undefined): number {
  const { d, e } = problem;
  let largest = 0;
  for (let i = start; i < start + n; i++) {
    largest = Math.max(largest, Math.abs(d[i]));
    if (i < start + n - 1) largest = Math.max(largest, Math.abs(e[i]));
  }
  const exponent = largest === 0 ? 0 : exponentOf(largest);
  const scale = scalingByPowerOfTwo(-exponent);
  const unscale = scalingByPowerOfTwo(exponent);
  for (let i = start; i < start + n; i++) {
    d[i] = scale(d[i]);
    e[i] = scale(e[i]);
  }
  const count = solveBlock(problem, start, n, keep && ((lambda) => keep(unscale(lambda))));
  for (let i = start; i < start + count; i++) d[i] = unscale(d[i]);
  return count;
}

/** The same after scaling, by recursion. `keep` concerns the outermost merge only. */
function solveBlock(problem: Problem, start: number, n: number, keep?: Keep): number {
  const { d, e, rows, n: stride } = problem;
  if (n <= LEAF) {
    const offset = start * stride + start;
    for (let i = 0; i < n; i++) rows[offset + i * stride + i] = 1;
    implicitQl(n, d, start, e, start, { data: rows, offset, stride, cols: n });
    return n;
  }
  const n1 = n >> 1;
  const cut = start + n1;
  const rho = e[cut - 1];
  d[cut - 1] -= Math.abs(rho);
  d[cut] -= Math.abs(rho);
  solveBlock(problem, start, n1);
  solveBlock(problem, cut, n - n1);
  return merge(problem, start, n1, n - n1, rho, keep);
}

/**
 * diag(T₁, T₂) + |ρ| u uᵀ with u = (0, …, 0, 1, ±1, 0, …): its eigenvectors are those of the halves times those of
 * diag(d) + z zᵀ. Surviving pairs are left in rows start, start+1, …; returns their number.
 */
function merge(
  problem: Problem,
  start: number,
  n1: number,
  n2: number,
  rho: number,
  keep: Keep | undefined,
): number {
  const { d, rows, scratch, n: stride } = problem;
  const n = n1 + n2;
  const offset = start * stride + start;
  const weight = Math.sqrt(Math.abs(rho));
  const z = new Float64Array(n);
  for (let i = 0; i < n1; i++) z[i] = weight * rows[offset + i * stride + n1 - 1];
  for (let i = n1; i < n; i++) z[i] = (rho < 0 ? -weight : weight) * rows[offset + i * stride + n1];
  const { active, supports, deflated } = deflate(n, n1, d, start, z, rows, offset, stride);
  const k = active.length;

  // columns of the small eigenvector matrix in the order: first half only, both, second half only
  const columns = [0, 1, 2].flatMap((kind) =>
    Array.from(active.keys()).filter((i) => supports[active[i]] === kind),
  );
  const only1 = active.filter((i) => supports[i] === 0).length;
  const only2 = active.filter((i) => supports[i] === 2).length;
  const top = k - only2; // rows with entries in the first half
  const bottom = k - only1;
  const spared = deflated.filter((i) => keep === undefined || keep(d[start + i]));
  // k² and, as k + spared ≤ n, at most n² more
  const small = scratch.subarray(0, k * k);
  const first = scratch.subarray(k * k, k * k + top * n1);
  const second = scratch.subarray(k * k + top * n1, k * k + top * n1 + bottom * n2);
  const untouched = scratch.subarray(k * k + top * n1 + bottom * n2);
  columns.forEach((i, c) => {
    const from = offset + active[i] * stride;
    if (c < top) first.set(rows.subarray(from, from + n1), c * n1);
    if (c >= only1) second.set(rows.subarray(from + n1, from + n), (c - only1) * n2);
  });
  for (const [r, i] of spared.entries())
    untouched.set(rows.subarray(offset + i * stride, offset + i * stride + n), r * n);
  const values = spared.map((i) => d[start + i]);

  const solved = coupledPairs(
    active,
    d,
    start,
    z,
    columns,
    small,
    scratch.subarray(2 * stride * stride),
    keep,
  );
  const count = solved.length;
  for (let r = 0; r < n; r++) rows.fill(0, offset + r * stride, offset + r * stride + n);
  const { gemm } = kernels();
  gemm(count, n1, top, 1, small, 0, k, 1, first, 0, n1, 1, rows, offset, stride);
  gemm(count, n2, bottom, 1, small, only1, k, 1, second, 0, n2, 1, rows, offset + n1, stride);
  d.set(solved, start);
  for (const [r, value] of values.entries()) {
    d[start + count + r] = value;
    rows.set(untouched.subarray(r * n, (r + 1) * n), offset + (count + r) * stride);
  }
  return count + values.length;
}

/**
 * Eigenpairs of diag(d) + z zᵀ on the active positions, those that `keep` accepts: returns the eigenvalues and leaves the
 * eigenvectors in the rows of `small` [·, k], their entries in the order `columns`. `scratch`: 4k + 5 doubles.
 */
function coupledPairs(
  active: readonly number[],
  d: Vec,
  start: number,
  z: Vec,
  columns: readonly number[],
  small: Vec,
  scratch: Vec,
  keep: Keep | undefined,
): Vec {
  const k = active.length;
  const [poles, weights, exact, row, sums] = [0, 1, 2, 3, 4].map((i) => scratch.subarray(i * k));
  for (const [c, i] of active.entries()) {
    poles[c] = d[start + i];
    weights[c] = z[i];
  }
  const values = new Float64Array(k);
  for (let j = 0; j < k; j++) values[j] = secularRoot(k, j, poles, weights, small, j * k, sums);
  loewnerWeights(k, poles, weights, small, exact);
  const { divide, dot } = kernels();
  const permutation = Int32Array.from(columns);
  let count = 0;
  for (let j = 0; j < k; j++) {
    if (keep !== undefined && !keep(values[j])) continue;
    divide(k, exact, 0, small, j * k, row, 0);
    const scale = 1 / Math.sqrt(dot(k, row, 0, row, 0));
    for (let c = 0; c < k; c++) small[count * k + c] = row[permutation[c]] * scale;
    values[count] = values[j];
    count++;
  }
  return values.subarray(0, count);
}
