/** @file LDLᵀ factorisation of symmetric indefinite matrices. */
import { asMatrix, asVectorOrMatrix, type MatrixInput } from '../border/matrix.ts';
import type { VectorInput } from '../border/vector.ts';
import { checkFinite, checkLength, checkShape, checkSquare } from '../checks.ts';
import { log } from '../elementary.ts';
import { SingularError } from '../errors.ts';
import { kernels } from '../kernels/select.ts';
import { triangle, trsm } from '../kernels/trsm.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { exponentOf } from '../power-of-two.ts';
import { matmul } from '../products.ts';
import { checkRepresentable, columnByColumn, timesPowerOfTwo } from '../safe-scale.ts';
import { maxAbs, sum } from '../sum.ts';

/** (1 + √17) / 8: bounds the growth of both kinds of pivots alike. */
const ALPHA = 0.6403882032022076;

/** The signs of the eigenvalues, counted. */
export interface Inertia {
  readonly positive: number;
  readonly negative: number;
  readonly zero: number;
}

/** P A Pᵀ = L D Lᵀ, as {@link ldlt} returns it. */
export class Ldlt {
  /** L, shape [n, n]: unit diagonal, zeros above it, no element larger than 2.8. */
  readonly lower: Matrix;
  /** D, shape [n, n]: blocks of order one, and of order two with a negative determinant. */
  readonly middle: Matrix;
  /** Row i of P A Pᵀ is row permutation[i] of A, shape [n]. */
  readonly permutation: Int32Array;
  /** D of 2^−exponent A, whose size is 1. */
  private readonly blocks: Matrix;
  private readonly exponent: number;

  /** Made by {@link ldlt}. */
  constructor(lower: Matrix, blocks: Matrix, permutation: Int32Array, exponent: number) {
    this.lower = lower;
    this.blocks = blocks;
    this.permutation = permutation;
    this.exponent = exponent;
    this.middle = new Matrix(blocks.rows, blocks.cols, timesPowerOfTwo(blocks.data, exponent));
  }

  /**
   * A⁻¹ b.
   *
   * @param b - A vector, shape [n], or one right-hand side per column, shape [n, k]. Not modified.
   * @returns the solution, shaped as b. @throws {ShapeError} b has another number of rows. @throws {SingularError} a block of D is exactly singular.
   * @throws {NumericalError} an element of x is beyond the largest double. Not checked: a matrix that is nearly singular.
   * Cost: 2n²k flops. Accuracy as tested: ‖A x − b‖ ≤ 8 n ε ‖A‖ ‖x‖.
   */
  solve(b: Matrix | readonly VectorInput[]): Matrix;
  solve(b: VectorInput): Vec;
  solve(b: VectorInput | MatrixInput): Vec | Matrix;
  solve(b: VectorInput | MatrixInput): Vec | Matrix {
    const where = 'Ldlt.solve';
    const n = this.lower.rows;
    const right = asVectorOrMatrix(where, 'b', b);
    if (right instanceof Matrix) checkShape(where, 'b', right, n, right.cols);
    else checkLength(where, 'b', right, n);
    for (const [k, [p, q, r]] of this.pivots())
      if (p === 0 && q === 0 && r === 0)
        throw new SingularError(where, 0, `Block ${k} of D is zero. Use leastSquares or symmetricEigen.`);
    if (!(right instanceof Matrix)) return this.solved(where, new Matrix(n, 1, right)).data;
    return columnByColumn(right, (column) => this.solve(column)) ?? this.solved(where, right);
  }

  /** How many eigenvalues of A are positive, negative and zero: those of D, by Sylvester's law. A tiny one may have the wrong sign. */
  inertia(): Inertia {
    const count = { positive: 0, negative: 0, zero: 0 };
    for (const [, [p, , , order]] of this.pivots())
      if (order === 2) {
        count.positive++;
        count.negative++;
      } else count[p > 0 ? 'positive' : p < 0 ? 'negative' : 'zero']++;
    return count;
  }

  /** log |det A| and the sign of det A: −1, 0 or 1 (then the logarithm is −∞). */
  logDeterminant(): { logAbsolute: number; sign: number } {
    const n = this.lower.rows;
    let sign = 1;
    const logs = [n * this.exponent * Math.LN2];
    for (const [, [p, q, r, order]] of this.pivots()) {
      const block = order === 1 ? p : p * r - q * q;
      sign *= Math.sign(block);
      logs.push(log(Math.abs(block)));
    }
    return sign === 0 ? { logAbsolute: Number.NEGATIVE_INFINITY, sign: 0 } : { logAbsolute: sum(logs), sign };
  }

  /** Pᵀ L D Lᵀ P, shape [n, n]: A up to rounding. */
  reconstruct(): Matrix {
    const n = this.lower.rows;
    const product = matmul(matmul(this.lower, this.blocks), this.lower, { transposeB: true });
    const out = new Matrix(n, n);
    for (const [i, p] of this.permutation.entries())
      for (const [j, q] of this.permutation.entries()) out.data[p * n + q] = product.data[i * n + j];
    out.data.set(timesPowerOfTwo(out.data, this.exponent));
    return out;
  }

  /** The blocks [[p, q], [q, r]] of D with their places; of order one p alone. */
  private *pivots(): Generator<readonly [k: number, block: readonly [number, number, number, 1 | 2]]> {
    const { data, rows: n } = this.blocks;
    for (let k = 0; k < n; k++) {
      const at = k * (n + 1);
      const q = k + 1 < n ? data[at + 1] : 0;
      if (q === 0) yield [k, [data[at], 0, 0, 1]];
      else yield [k++, [data[at], q, data[at + n + 1], 2]];
    }
  }

  private solved(where: string, b: Matrix): Matrix {
    const n = this.lower.rows;
    const size = maxAbs(b.data);
    const down = size > 0 && Number.isFinite(size) ? exponentOf(size) : 0;
    const x = new Matrix(n, b.cols);
    for (const [i, p] of this.permutation.entries()) x.row(i).set(timesPowerOfTwo(b.row(p), -down));
    const sides = { data: x.data, at: 0, cols: x.cols, stride: x.cols };
    trsm(kernels(), triangle(this.lower.data, n, { unit: true }), sides);
    for (const [k, [p, q, r, order]] of this.pivots())
      for (let j = 0; j < x.cols; j++) {
        const at = k * x.cols + j;
        if (order === 1) {
          x.data[at] /= p;
          continue;
        }
        const [y, z] = [x.data[at] / q, x.data[at + x.cols] / q]; // over q, the largest of the block
        const d = (p / q) * (r / q) - 1;
        x.data[at] = ((r / q) * y - z) / d;
        x.data[at + x.cols] = ((p / q) * z - y) / d;
      }
    trsm(kernels(), triangle(this.lower.data, n, { upper: true, unit: true, transposed: true }), sides);
    const out = new Matrix(n, x.cols);
    for (const [i, p] of this.permutation.entries()) out.row(p).set(x.row(i));
    out.data.set(timesPowerOfTwo(out.data, down - this.exponent));
    checkRepresentable(where, b.data, out.data);
    return out;
  }
}

/**
 * Factors P A Pᵀ = L D Lᵀ for a symmetric A of any signs, by Bunch and Kaufman's pivots of order one and two, searched as a rook moves.
 *
 * @param a - Shape [n, n]; only the lower triangle is read. Not modified. Any scale. May be singular: then a block is zero, and solving throws.
 * @returns the factors with what they are good for: solve, inertia, logDeterminant, reconstruct.
 * @throws {ShapeError} a is not square. @throws {NonFiniteError} the lower triangle holds NaN or ±∞. Not checked: the upper triangle.
 * Cost: 2n³/3 flops and at most as many comparisons, usually O(n²). Accuracy as tested: ‖A − Pᵀ L D Lᵀ P‖_F ≤ 8 n ε ‖A‖_F.
 * References: Bunch and Kaufman (1977), Some stable methods for calculating inertia and solving symmetric linear systems, Math. Comput.
 * 31; Ashcraft, Grimes and Lewis (1998), Accurate symmetric indefinite linear equation solvers, SIAM J. Matrix Anal. Appl. 20.
 * @example ldlt([[0, 1], [1, 0]]).solve([2, 3]); // Float64Array [3, 2]
 */
export function ldlt(a: MatrixInput): Ldlt {
  const matrix = asMatrix('ldlt', 'a', a);
  checkSquare('ldlt', 'a', matrix);
  const n = matrix.rows;
  const full = matrix.map((_, i, j) => matrix.data[Math.max(i, j) * n + Math.min(i, j)]);
  checkFinite('ldlt', 'a', full.data);
  const size = maxAbs(full.data);
  const exponent = size === 0 ? 0 : exponentOf(size);
  const w = timesPowerOfTwo(full.data, -exponent);
  const state = { n, w, lower: Matrix.identity(n), permutation: Int32Array.from({ length: n }, (_, i) => i) };
  const blocks = new Matrix(n, n);
  for (let k = 0; k < n; ) {
    const [first, second] = findPivot(state, k);
    exchange(state, k, first, k);
    if (second === undefined) {
      blocks.data[k * n + k] = w[k * n + k];
      eliminateOne(state, k);
      k++;
      continue;
    }
    exchange(state, k + 1, second === k ? first : second, k);
    for (const i of [k, k + 1]) for (const j of [k, k + 1]) blocks.data[i * n + j] = w[i * n + j];
    eliminateTwo(state, k);
    k += 2;
  }
  return new Ldlt(state.lower, blocks, state.permutation, exponent);
}

interface Elimination {
  readonly n: number;
  /** The symmetric matrix that is left, in full, from row and column k on. */
  readonly w: Vec;
  readonly lower: Matrix;
  readonly permutation: Int32Array;
}

/** The row of a pivot of order one, or both rows of one of order two, among k … n−1. */
function findPivot({ n, w }: Elimination, k: number): readonly [number, number?] {
  const offDiagonal = (row: number): readonly [number, number] => {
    let [best, at] = [0, row];
    for (let j = k; j < n; j++) {
      const size = Math.abs(w[row * n + j]);
      if (j !== row && size > best) [best, at] = [size, j];
    }
    return [best, at];
  };
  let [row, [size, next]] = [k, offDiagonal(k)];
  if (Math.abs(w[k * n + k]) >= ALPHA * size) return [k];
  for (;;) {
    const [other, after] = offDiagonal(next);
    if (Math.abs(w[next * n + next]) >= ALPHA * other) return [next];
    if (other <= size) return [Math.min(row, next), Math.max(row, next)];
    [row, size, next] = [next, other, after];
  }
}

/** Rows and columns i and j change places, from column `done` on; and the rows of L before it. */
function exchange({ n, w, lower, permutation }: Elimination, i: number, j: number, done: number): void {
  if (i === j) return;
  for (let c = done; c < n; c++) [w[i * n + c], w[j * n + c]] = [w[j * n + c], w[i * n + c]];
  for (let r = done; r < n; r++) [w[r * n + i], w[r * n + j]] = [w[r * n + j], w[r * n + i]];
  for (let c = 0; c < done; c++)
    [lower.data[i * n + c], lower.data[j * n + c]] = [lower.data[j * n + c], lower.data[i * n + c]];
  [permutation[i], permutation[j]] = [permutation[j], permutation[i]];
}

function eliminateOne({ n, w, lower }: Elimination, k: number): void {
  const pivot = w[k * n + k];
  const rest = n - k - 1;
  if (pivot === 0 || rest === 0) return; // the column is zero
  const l = new Float64Array(rest);
  for (let i = 0; i < rest; i++) {
    l[i] = w[(k + 1 + i) * n + k] / pivot;
    lower.data[(k + 1 + i) * n + k] = l[i];
  }
  kernels().ger(rest, rest, -1, l, 0, w, k * n + k + 1, w, (k + 1) * (n + 1), n);
}

function eliminateTwo({ n, w, lower }: Elimination, k: number): void {
  const at = k * n + k;
  const [p, q, r] = [w[at], w[at + 1], w[at + n + 1]];
  const rest = n - k - 2;
  if (rest === 0) return;
  const d = (p / q) * (r / q) - 1;
  const [l, m] = [new Float64Array(rest), new Float64Array(rest)];
  for (let i = 0; i < rest; i++) {
    const row = (k + 2 + i) * n + k;
    const [y, z] = [w[row] / q, w[row + 1] / q];
    l[i] = ((r / q) * y - z) / d;
    m[i] = ((p / q) * z - y) / d;
    lower.data[row] = l[i];
    lower.data[row + 1] = m[i];
  }
  const corner = (k + 2) * (n + 1);
  kernels().ger(rest, rest, -1, l, 0, w, at + 2, w, corner, n);
  kernels().ger(rest, rest, -1, m, 0, w, at + n + 2, w, corner, n);
}
