/** @file Cuppen's divide and conquer for the symmetric tridiagonal eigenproblem. */

import { kernels } from '../kernels/select.ts';
import type { Vec } from '../matrix.ts';
import { Portions } from '../portions.ts';
import { exponentOf, scalingByPowerOfTwo } from '../power-of-two.ts';
import { workspace } from '../workspace.ts';
import type { Coupling } from './cauchy-factors.ts';
import { cauchyProduct, type Half, productRoom } from './cauchy-product.ts';
import { deflate, type Support } from './deflation.ts';
import { implicitQl } from './implicit-ql.ts';
import type { RowEigen } from './jacobi.ts';
import { loewnerWeights, secularRoot } from './secular-equation.ts';

/** Blocks up to this order are solved by QL iterations. */
const LEAF = 32;

/** The tridiagonal matrix under work, and its eigenvectors in rows, [n, n] at the front of the room; the rest is scratch. */
interface Problem {
  readonly d: Vec;
  readonly e: Vec;
  readonly room: Vec;
  readonly n: number;
  /** Eigenvalues whose vectors were not wanted. */
  readonly rest: number[];
}

/** Doubles that {@link divideAndConquer} works in: n² for the vectors, n² for those of the halves, and what a merge takes besides. */
export function mergeRoom(n: number): number {
  return 2 * n * n + productRoom(n) + 12 * n + 8;
}

/** Given all eigenvalues, says which are wanted. */
export type Selection = (values: Vec) => (lambda: number) => boolean;

/**
 * Eigenpairs of T = tridiag(e, d, e).
 *
 * T falls apart where |e_i| ≤ ε √|d_i d_{i+1}|; each part is scaled by a power of two, torn in halves by a rank-one change,
 * T = diag(T₁, T₂) + ρ u uᵀ, down to leaves, and put together again by deflation, the secular equation and the products of {@link cauchyProduct}.
 *
 * @param d - Diagonal, [n]. Overwritten. @param e - Off-diagonal, [n] with a last entry that is ignored. Overwritten.
 * @param select - Asked in the last merge of each part, with the eigenvalues of the part; it computes only the vectors that are wanted.
 * @param room - {@link mergeRoom} doubles or more. The vectors are returned in its first n² places; the rest is free afterwards.
 * @returns the eigenpairs, not sorted, with `select` at least those that are wanted; and `rest`, the other eigenvalues.
 * @throws {ConvergenceError} QL or the secular iteration ran into its cap.
 * Cost: up to n³ flops for n ≤ 500, less for larger n (a third of n³ at 2,000) and where pairs deflate; about 2n² doubles.
 * References: Cuppen (1981), A divide and conquer method for the symmetric tridiagonal eigenproblem, Numer. Math. 36; Gu and
 * Eisenstat (1995), SIAM J. Matrix Anal. Appl. 16.
 */
export function divideAndConquer(
  d: Vec,
  e: Vec,
  select?: Selection,
  room: Vec = workspace(mergeRoom(d.length)),
): RowEigen & { readonly rest: readonly number[] } {
  const n = d.length;
  const rest: number[] = [];
  const problem: Problem = { d, e, room, n, rest };
  room.fill(0, 0, n * n);
  let kept = 0;
  for (let start = 0; start < n; ) {
    let end = start + 1; // one past the part
    while (end < n && !negligible(d, e, end - 1)) end++;
    const count = solvePart(problem, start, end - start, select);
    if (kept < start) {
      room.copyWithin(kept * n, start * n, (start + count) * n);
      d.copyWithin(kept, start, start + count);
    }
    kept += count;
    start = end;
  }
  return { values: d.subarray(0, kept), rows: room.subarray(0, kept * n), rest };
}

function negligible(d: Vec, e: Vec, i: number): boolean {
  return Math.abs(e[i]) <= Number.EPSILON * Math.sqrt(Math.abs(d[i])) * Math.sqrt(Math.abs(d[i + 1]));
}

/** Solves the unreduced part of order n at `start`, scaled to size 1; returns how many pairs it left there. */
function solvePart(problem: Problem, start: number, n: number, select: Selection | undefined): number {
  const { d, e, rest } = problem;
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
  const known = rest.length;
  const count = solveBlock(
    problem,
    start,
    n,
    select &&
      ((values) => {
        const wanted = select(values.map(unscale));
        return (lambda) => wanted(unscale(lambda));
      }),
  );
  for (let i = known; i < rest.length; i++) rest[i] = unscale(rest[i]);
  for (let i = start; i < start + count; i++) d[i] = unscale(d[i]);
  return count;
}

/** The same after scaling, by recursion. `select` concerns the outermost merge only. */
function solveBlock(problem: Problem, start: number, n: number, select?: Selection): number {
  const { d, e, room, n: stride } = problem;
  if (n <= LEAF) {
    const offset = start * stride + start;
    for (let i = 0; i < n; i++) room[offset + i * stride + i] = 1;
    implicitQl(n, d, start, e, start, { data: room, offset, stride, cols: n });
    return n;
  }
  const n1 = n >> 1;
  const cut = start + n1;
  const rho = e[cut - 1];
  d[cut - 1] -= Math.abs(rho);
  d[cut] -= Math.abs(rho);
  solveBlock(problem, start, n1);
  solveBlock(problem, cut, n - n1);
  return merge(problem, start, n1, n - n1, rho, select);
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
  select: Selection | undefined,
): number {
  const { d, room, n: stride, rest } = problem;
  const n = n1 + n2;
  const offset = start * stride + start;
  const weight = Math.sqrt(Math.abs(rho));
  const z = new Float64Array(n);
  for (let i = 0; i < n1; i++) z[i] = weight * room[offset + i * stride + n1 - 1];
  for (let i = n1; i < n; i++) z[i] = (rho < 0 ? -weight : weight) * room[offset + i * stride + n1];
  const { active, supports, deflated } = deflate(n, n1, d, start, z, room, offset, stride);

  const portions = new Portions(room, stride * stride); // the vectors come first
  const poles = portions.take(active.length);
  const couplings = portions.take(active.length);
  for (const [c, i] of active.entries()) {
    poles[c] = d[start + i];
    couplings[c] = z[i];
  }
  const { coupling, values } = couple(poles, couplings, portions);
  const fixed = Float64Array.from(deflated, (i) => d[start + i]);
  const isKept = select?.(Float64Array.of(...values, ...fixed));
  const kept = positions(values.length, (j) => isKept === undefined || isKept(values[j]));
  const spared = positions(fixed.length, (r) => isKept === undefined || isKept(fixed[r]));
  if (isKept !== undefined)
    for (const list of [values, fixed]) for (const x of list) if (!isKept(x)) rest.push(x);

  const scratch = portions.take(productRoom(n));
  const half = (absent: Support, column: number, width: number): Half => {
    const members = positions(active.length, (c) => supports[active[c]] !== absent);
    const [p, w] = [portions.take(members.length), portions.take(members.length)];
    const at = portions.reserve(members.length * width);
    for (let r = 0; r < members.length; r++) {
      const c = members[r];
      p[r] = poles[c];
      w[r] = coupling.weights[c];
      const from = offset + active[c] * stride + column;
      room.copyWithin(at + r * width, from, from + width);
    }
    return { members, poles: p, weights: w, vectors: room, at, width, column };
  };
  const halves = [half(2, 0, n1), half(0, n1, n2)];
  const aside = portions.reserve(spared.length * n);
  for (let r = 0; r < spared.length; r++) {
    const from = offset + deflated[spared[r]] * stride;
    room.copyWithin(aside + r * n, from, from + n);
  }

  for (let r = 0, at = offset; r < n; r++, at += stride) room.fill(0, at, at + n);
  cauchyProduct(coupling, values.length, halves, kept, room, offset, stride, scratch);
  for (let r = 0; r < kept.length; r++) d[start + r] = values[kept[r]];
  for (let r = 0; r < spared.length; r++) {
    d[start + kept.length + r] = fixed[spared[r]];
    room.copyWithin(offset + (kept.length + r) * stride, aside + r * n, aside + (r + 1) * n);
  }
  return kept.length + spared.length;
}

/** The i in 0 … count−1 that pass. */
function positions(count: number, passes: (i: number) => boolean): Int32Array {
  const found = new Int32Array(count);
  let length = 0;
  for (let i = 0; i < count; i++) if (passes(i)) found[length++] = i;
  return found.subarray(0, length);
}

/** The eigenvalues of diag(poles) + z zᵀ, ascending, and what describes its eigenvectors. */
function couple(poles: Vec, z: Vec, portions: Portions): { coupling: Coupling; values: Vec } {
  const k = poles.length;
  const [origins, offsets, scales, weights, sums] = [k, k, k, k, 8].map((length) => portions.take(length));
  const values = new Float64Array(k);
  for (let j = 0; j < k; j++) values[j] = secularRoot(k, j, poles, z, origins, offsets, sums);
  loewnerWeights(k, poles, z, origins, offsets, weights);
  kernels().secularScales(k, weights, 0, poles, 0, origins, 0, offsets, 0, scales, 0);
  return { coupling: { poles, weights, origins, offsets, scales }, values };
}
