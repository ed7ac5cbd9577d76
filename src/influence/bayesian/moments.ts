/** @file Means, variances and cross-covariances of many paired series, merged without loss of digits. */
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';

/** Sums over T draws of x in ℝⁿ and y in ℝ^q about their means: plain data. */
export interface Moments {
  /** T. */
  readonly count: number;
  /** x̄, shape [n]. */
  readonly meanX: Vec;
  /** ȳ, shape [q]. */
  readonly meanY: Vec;
  /** Σ (x_i − x̄_i)², shape [n]. */
  readonly squaresX: Vec;
  /** Σ (y_j − ȳ_j)², shape [q]. */
  readonly squaresY: Vec;
  /** Σ (y_j − ȳ_j)(x_i − x̄_i), shape [q, n] row-major. */
  readonly products: Vec;
}

/** Moments of no draws. */
export function emptyMoments(n: number, q: number): Moments {
  const zeros = (length: number): Vec => new Float64Array(length);
  return {
    count: 0,
    meanX: zeros(n),
    meanY: zeros(q),
    squaresX: zeros(n),
    squaresY: zeros(q),
    products: zeros(n * q),
  };
}

/**
 * The moments of the draws of both: with δ the difference of means and w = T_a T_b/(T_a + T_b), sums of products add up with
 * w δ_y δ_x, so that nothing cancels however far the means lie from zero.
 *
 * @returns new arrays; neither argument is modified.
 * @throws {ShapeError} different numbers of series.
 * Reference: Chan, Golub & LeVeque 1983, Algorithms for computing the sample variance, Eqs. 1.5a–b (there for one series).
 */
export function mergeMoments(a: Moments, b: Moments): Moments {
  const n = a.meanX.length;
  const q = a.meanY.length;
  if (b.meanX.length !== n || b.meanY.length !== q)
    throw new ShapeError(
      'mergeMoments',
      'b',
      `of ${n} and ${q} series`,
      `${b.meanX.length} and ${b.meanY.length}`,
    );
  if (b.count === 0) return a;
  if (a.count === 0) return b;
  const count = a.count + b.count;
  const weight = (a.count * b.count) / count;
  const meanX = a.meanX.map((mean, i) => mean + ((b.meanX[i] - mean) * b.count) / count);
  const meanY = a.meanY.map((mean, j) => mean + ((b.meanY[j] - mean) * b.count) / count);
  const gapX = b.meanX.map((mean, i) => mean - a.meanX[i]);
  const gapY = b.meanY.map((mean, j) => mean - a.meanY[j]);
  const products = new Float64Array(q * n);
  for (let j = 0, k = 0; j < q; j++) {
    const lift = weight * gapY[j];
    for (let i = 0; i < n; i++, k++) products[k] = a.products[k] + b.products[k] + lift * gapX[i];
  }
  return {
    count,
    meanX,
    meanY,
    squaresX: a.squaresX.map((sum, i) => sum + b.squaresX[i] + weight * gapX[i] * gapX[i]),
    squaresY: a.squaresY.map((sum, j) => sum + b.squaresY[j] + weight * gapY[j] * gapY[j]),
    products,
  };
}

/**
 * Cov(y_j, x_i) over the draws, with T − 1 below.
 *
 * @returns shape [q, n]. @throws {DomainError} fewer than two draws.
 */
export function covarianceOf(moments: Moments): Matrix {
  const { count, products, meanX, meanY } = moments;
  if (count < 2) throw new DomainError('covarianceOf', 'count', '≥ 2', count);
  return new Matrix(
    meanY.length,
    meanX.length,
    products.map((sum) => sum / (count - 1)),
  );
}

/**
 * Pearson's correlation of y_j and x_i over the draws; 0 where a series is constant.
 *
 * @returns shape [q, n], elements in [−1, 1]. @throws {DomainError} fewer than two draws.
 */
export function correlationOf(moments: Moments): Matrix {
  const { count, products, squaresX, squaresY } = moments;
  if (count < 2) throw new DomainError('correlationOf', 'count', '≥ 2', count);
  const n = squaresX.length;
  const out = new Matrix(squaresY.length, n);
  const lengthX = squaresX.map(Math.sqrt);
  const lengthY = squaresY.map(Math.sqrt);
  for (let j = 0, k = 0; j < out.rows; j++)
    for (let i = 0; i < n; i++, k++) {
      const scale = lengthY[j] * lengthX[i];
      out.data[k] = scale === 0 ? 0 : Math.max(-1, Math.min(1, products[k] / scale));
    }
  return out;
}
