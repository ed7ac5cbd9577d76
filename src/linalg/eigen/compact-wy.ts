/** @file Products with the orthogonal matrix of a tridiagonalisation, by blocks of reflections in compact WY form. */
import { kernels } from '../kernels/select.ts';
import type { Vec } from '../matrix.ts';
import { workspace } from '../workspace.ts';
import type { Tridiagonalisation } from './tridiagonal.ts';

/** Reflections gathered into one block H_k … H_{k+b−1} = I − Vᵀ S V, with the b vectors in the rows of V. */
const BLOCK = 64;
/** Elements of X that pass through all blocks together: 1 MB, half of a second-level cache. */
const STRIP = 2 ** 17;
/** At least so many rows of X at a time, since each block is packed once for each strip. */
const STRIP_ROWS = 64;

/** One block: V and Z = Sᵀ V, both [b, cols], at `v` and `z` of the scratch. */
interface Block {
  readonly first: number;
  readonly b: number;
  readonly cols: number;
  readonly v: number;
  readonly z: number;
}

/**
 * X ← X Qᵀ for the Q of A = Q T Qᵀ: rows that are eigenvectors of T become eigenvectors of A.
 *
 * @param x - [count, n] row-major, overwritten.
 * @param room - Scratch of length {@link reflectionRoom}, best from the memory of x; a new workspace when absent or shorter.
 * Cost: about 2·count·n² flops, all in matrix products. A row of the result does not depend on the other rows.
 * Reference: Schreiber and Van Loan (1989), A storage-efficient WY representation for products of Householder
 * transformations, SIAM J. Sci. Stat. Comput. 10.
 */
export function multiplyByReflections(
  x: Vec,
  count: number,
  reduction: Tridiagonalisation,
  room?: Vec,
): void {
  const { n } = reduction;
  const reflections = Math.max(n - 2, 0); // the last one acts on a single entry and is the identity
  if (count === 0 || reflections === 0) return;
  const size = Math.min(BLOCK, reflections);
  const strip = stripRows(n);
  const length = reflectionRoom(n);
  const scratch = room !== undefined && room.length >= length ? room : workspace(length);
  const blocks = plan(n, reflections, size, 2 * size * size + strip * size); // Gram matrix, S and Y come before the blocks
  for (const block of blocks) prepare(block, reduction, scratch, size);
  const { gemm } = kernels();
  const y = 2 * size * size;
  for (let start = 0; start < count; start += strip) {
    const rows = Math.min(strip, count - start);
    for (const { first, b, cols, v, z } of blocks) {
      const x0 = start * n + first + 1;
      scratch.fill(0, y, y + rows * b); // Y = X Vᵀ, X ← X − Y Z
      gemm(rows, b, cols, 1, x, x0, n, 1, scratch, v, 1, cols, scratch, y, b);
      gemm(rows, cols, b, -1, scratch, y, b, 1, scratch, z, cols, 1, x, x0, n);
    }
  }
}

/** Doubles of scratch that {@link multiplyByReflections} needs: about n². */
export function reflectionRoom(n: number): number {
  const pairs = n * (n + BLOCK); // V and Z: trapezia with n − 1, n − 2, … columns, but each block as wide as its first row
  return 2 * BLOCK * BLOCK + stripRows(n) * BLOCK + pairs;
}

function stripRows(n: number): number {
  return Math.min(n, Math.max(STRIP_ROWS, Math.floor(STRIP / n)));
}

/** The blocks, last first, from `at` on. */
function plan(n: number, reflections: number, size: number, at: number): Block[] {
  const blocks: Block[] = [];
  for (let first = Math.floor((reflections - 1) / size) * size; first >= 0; first -= size) {
    const b = Math.min(size, reflections - first);
    const cols = n - first - 1;
    blocks.push({ first, b, cols, v: at, z: at + b * cols });
    at += 2 * b * cols;
  }
  return blocks;
}

/** Fills V and Z of a block. */
function prepare(
  { first, b, cols, v, z }: Block,
  reduction: Tridiagonalisation,
  scratch: Vec,
  size: number,
): void {
  const { n, reflectors, taus } = reduction;
  const { gemm, syrk } = kernels();
  for (let r = 0; r < b; r++) {
    const from = (first + r) * n + first + 1; // row r is the reflector first + r, with zeros before its first entry
    scratch.fill(0, v + r * cols, v + r * cols + r);
    scratch.set(reflectors.subarray(from + r, from + cols), v + r * cols + r);
  }
  const s = size * size;
  scratch.fill(0, 0, b * b);
  syrk(b, cols, 1, scratch, v, cols, 1, scratch, 0, b);
  triangularFactor(b, taus.subarray(first), scratch.subarray(0, b * b), scratch.subarray(s, s + b * b));
  scratch.fill(0, z, z + b * cols);
  gemm(b, cols, b, 1, scratch, s, 1, b, scratch, v, cols, 1, scratch, z, cols);
}

/** The upper triangular S [b, b] with H_first … H_{first+b−1} = I − Vᵀ S V, from the Gram matrix V Vᵀ and τ_first, …. */
function triangularFactor(b: number, taus: Vec, gram: Vec, s: Vec): void {
  s.fill(0);
  for (let i = 0; i < b; i++) {
    const tau = taus[i];
    s[i * b + i] = tau;
    for (let r = 0; r < i; r++) {
      let sum = 0;
      for (let p = r; p < i; p++) sum += s[r * b + p] * gram[p * b + i];
      s[r * b + i] = -tau * sum;
    }
  }
}
