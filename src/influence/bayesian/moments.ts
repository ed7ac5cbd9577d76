/** @file Means, variances and cross-covariances of many paired series, merged without loss of digits. */

import { allocate } from '../../linalg/border/allocate.ts';
import { checkObject } from '../../linalg/border/arguments.ts';
import { asVector } from '../../linalg/border/vector.ts';
import { checkInteger, checkLength } from '../../linalg/checks.ts';
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
  const where = 'emptyMoments';
  checkInteger(where, 'n', n, 0, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'q', q, 0, Number.MAX_SAFE_INTEGER);
  const zeros = (...shape: number[]): Vec => allocate(where, ...shape);
  return {
    count: 0,
    meanX: zeros(n),
    meanY: zeros(q),
    squaresX: zeros(n),
    squaresY: zeros(q),
    products: zeros(n, q),
  };
}

/**
 * The moments that `moments` stands for, plain lists made vectors; itself if it is that already.
 *
 * @param n - How many series of the first kind there must be. @param q - Of the second. Default: as many as there are.
 * @throws {DomainError} | {ShapeError} it is none. Cost: O(1) for vectors.
 */
export function asMoments(
  where: string,
  argument: string,
  moments: Moments,
  n?: number,
  q?: number,
): Moments {
  checkObject(where, argument, moments);
  checkInteger(where, `${argument}.count`, moments.count, 0, Number.MAX_SAFE_INTEGER);
  const vector = (name: Exclude<keyof Moments, 'count'>, length?: number): Vec => {
    const values = asVector(where, `${argument}.${name}`, moments[name]);
    if (length !== undefined) checkLength(where, `${argument}.${name}`, values, length);
    return values;
  };
  const meanX = vector('meanX', n);
  const meanY = vector('meanY', q);
  const squaresX = vector('squaresX', meanX.length);
  const squaresY = vector('squaresY', meanY.length);
  const products = vector('products', meanX.length * meanY.length);
  const checked = { count: moments.count, meanX, meanY, squaresX, squaresY, products };
  const same = (Object.keys(checked) as (keyof Moments)[]).every((name) => checked[name] === moments[name]);
  return same ? moments : checked;
}

/**
 * The moments of the draws of both: with δ the difference of means and w = T_a T_b/(T_a + T_b), sums of products add up with
 * w δ_y δ_x, so that nothing cancels however far the means lie from zero.
 *
 * @returns new arrays; neither argument is modified.
 * @throws {ShapeError} different numbers of series.
 * Reference: Chan, Golub & LeVeque 1983, Algorithms for computing the sample variance, Eqs. 1.5a–b (there for one series).
 */
export function mergeMoments(first: Moments, second: Moments): Moments {
  const a = asMoments('mergeMoments', 'a', first);
  const b = asMoments('mergeMoments', 'b', second);
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
  const { count, products, meanX, meanY } = asMoments('covarianceOf', 'moments', moments);
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
  const { count, products, squaresX, squaresY } = asMoments('correlationOf', 'moments', moments);
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
