/** @file Streaming cross-covariance of two sets of series: blocks of draws through matrix products, no traces kept. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { asVector } from '../../linalg/border/vector.ts';
import { checkInteger, checkLength } from '../../linalg/checks.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { matmul } from '../../linalg/products.ts';
import { asMoments, emptyMoments, type Moments, mergeMoments } from './moments.ts';

/** Draws that go through one product. */
export const COVARIANCE_BLOCK = 32;

/** Where a {@link CrossCovariance} stands: plain data. */
export interface CrossCovarianceState {
  /** Of all full blocks. */
  readonly moments: Moments;
  /** The draws of the block begun, shapes [k, n] and [k, q] row-major, k < `COVARIANCE_BLOCK`. */
  readonly pendingX: Vec;
  readonly pendingY: Vec;
}

/**
 * Accumulates draws (x, y) in ℝⁿ × ℝ^q, one by one. Every 32 draws the block is centred on its own means, and its products, with one
 * further row √w δ for the difference of means (see `mergeMoments`), are added by a single matrix product.
 *
 * Memory: q·n + 32(n + q) doubles, whatever the number of draws. Cost: 2qn flops per draw; nothing is allocated per draw.
 * Accuracy as tested: as two passes over the stored draws.
 * @example
 * const sums = new CrossCovariance(n, q);
 * sums.x.set(losses);
 * sums.y.set(measurements);
 * sums.push();
 * covarianceOf(sums.moments()); // [q, n]
 */
export class CrossCovariance {
  private readonly blockX: Matrix;
  private readonly blockY: Matrix;
  private readonly rowsX: readonly Vec[];
  private readonly rowsY: readonly Vec[];
  private readonly products: Matrix;
  private readonly full: { count: number } & Moments;
  private pending = 0;

  constructor(n: number, q: number, state?: CrossCovarianceState) {
    const where = 'CrossCovariance';
    checkInteger(where, 'n', n, 1, Number.MAX_SAFE_INTEGER);
    checkInteger(where, 'q', q, 1, Number.MAX_SAFE_INTEGER);
    if (state !== undefined) checkObject(where, 'state', state);
    const rows = COVARIANCE_BLOCK + 1; // the last holds the difference of means
    this.blockX = new Matrix(rows, n);
    this.blockY = new Matrix(rows, q);
    this.rowsX = Array.from({ length: rows }, (_, k) => this.blockX.row(k));
    this.rowsY = Array.from({ length: rows }, (_, k) => this.blockY.row(k));
    this.full = copied(
      state === undefined ? emptyMoments(n, q) : asMoments(where, 'state.moments', state.moments, n, q),
    );
    this.products = new Matrix(q, n, this.full.products);
    if (state !== undefined) {
      const pendingX = asVector(where, 'state.pendingX', state.pendingX);
      const pendingY = asVector(where, 'state.pendingY', state.pendingY);
      const pending = pendingX.length / n;
      checkInteger(where, 'draws in state.pendingX', pending, 0, COVARIANCE_BLOCK - 1);
      checkLength(where, 'state.pendingY', pendingY, pending * q);
      this.pending = pending;
      this.blockX.data.set(pendingX);
      this.blockY.data.set(pendingY);
    }
  }

  /** Where the next draw's x goes, shape [n]; `push` takes it. */
  get x(): Vec {
    return this.rowsX[this.pending];
  }

  /** Where the next draw's y goes, shape [q]. */
  get y(): Vec {
    return this.rowsY[this.pending];
  }

  /** Draws pushed. */
  get count(): number {
    return this.full.count + this.pending;
  }

  /** Counts the draw in `x` and `y`. */
  push(): void {
    if (++this.pending === COVARIANCE_BLOCK) this.absorb();
  }

  /** The moments of everything pushed: copies. */
  moments(): Moments {
    if (this.pending === 0) return copied(this.full);
    const { pendingX, pendingY, moments } = this.state();
    const rest = new CrossCovariance(this.blockX.cols, this.blockY.cols, {
      moments: emptyMoments(this.blockX.cols, this.blockY.cols),
      pendingX,
      pendingY,
    });
    rest.absorb();
    return mergeMoments(moments, rest.full);
  }

  /** A copy of where it stands. */
  state(): CrossCovarianceState {
    return {
      moments: copied(this.full),
      pendingX: this.blockX.data.slice(0, this.pending * this.blockX.cols),
      pendingY: this.blockY.data.slice(0, this.pending * this.blockY.cols),
    };
  }

  /** Takes the block's draws into the sums. */
  private absorb(): void {
    const { full, pending, blockX, blockY } = this;
    const total = full.count + pending;
    const weight = Math.sqrt((full.count * pending) / total);
    centre(blockX, pending, full.meanX, weight, total, full.squaresX);
    centre(blockY, pending, full.meanY, weight, total, full.squaresY);
    const used = (block: Matrix): Matrix =>
      new Matrix(pending + 1, block.cols, block.data.subarray(0, (pending + 1) * block.cols));
    matmul(used(blockY), used(blockX), { transposeA: true, out: this.products, accumulate: true });
    full.count = total;
    this.pending = 0;
  }
}

/** Subtracts the column means of the first `rows` rows, writes `weight` · (their difference to `mean`) below, and updates `mean` and `squares`. */
function centre(block: Matrix, rows: number, mean: Vec, weight: number, total: number, squares: Vec): void {
  const { data, cols } = block;
  const last = rows * cols;
  for (let i = 0; i < cols; i++) {
    // the first draw is taken off first, so that the sum stays small
    const base = data[i];
    let sum = 0;
    for (let k = i; k < last; k += cols) sum += data[k] - base;
    const own = base + sum / rows;
    let about = 0;
    for (let k = i; k < last; k += cols) {
      const gap = data[k] - own;
      data[k] = gap;
      about += gap * gap;
    }
    const shift = own - mean[i];
    data[last + i] = weight * shift;
    squares[i] += about + weight * shift * (weight * shift);
    mean[i] += (shift * rows) / total;
  }
}

function copied(moments: Moments): { count: number } & Moments {
  const { count, meanX, meanY, squaresX, squaresY, products } = moments;
  return {
    count,
    meanX: meanX.slice(),
    meanY: meanY.slice(),
    squaresX: squaresX.slice(),
    squaresY: squaresY.slice(),
    products: products.slice(),
  };
}
