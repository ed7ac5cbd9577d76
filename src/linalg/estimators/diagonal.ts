/** @file The diagonal of an operator from a few products with it. */
import { checkFinite } from '../checks.ts';
import type { Vec } from '../matrix.ts';
import type { OperatorInput } from '../operators/checked-operator.ts';
import type { LinearOperator } from '../operators/linear-operator.ts';
import { matmul } from '../products.ts';
import type { Rng } from '../random/random.ts';
import { norm2 } from '../sum.ts';
import { signProbes } from './probes.ts';
import { RangeSketch } from './range-sketch.ts';
import { checkEstimate, type EstimateOptions, type EstimateStats, inStages, type Stage } from './stages.ts';
import { exactDiagonal } from './trace.ts';

/** Which estimator. */
export type DiagonalMethod = 'bekas' | 'xdiag';

/** Options of {@link estimateDiagonal}. Tolerances are of the norms of the vectors of values and of standard errors. */
export interface DiagonalOptions extends EstimateOptions {
  /** Default 'xdiag'. */
  readonly method?: DiagonalMethod;
}

/** An estimate of a diagonal. */
export interface DiagonalEstimate {
  /** Shape [n]. */
  readonly values: Vec;
  /** Of each element, from the spread of the samples, shape [n]; 0 where the operator was seen completely. Those of `xdiag` share their sketch. */
  readonly standardErrors: Vec;
  /** `standardError` is the norm of `standardErrors`. */
  readonly stats: EstimateStats;
}

interface Diagonal {
  readonly values: Vec;
  readonly standardErrors: Vec;
}

const LEAST: Readonly<Record<DiagonalMethod, number>> = { bekas: 2, xdiag: 4 };

/**
 * diag A of a symmetric A without its other elements. With m products:
 *
 * - `bekas`: the mean of ω ⊙ Aω over m sign vectors. The variance of element i is Σ_{j≠i} a_ij² / m.
 * - `xdiag`: diag(QQᵀA) for Q = orth(AΩ) of m/2 sign vectors, plus the same estimate of the rest, by leaving each vector out in turn.
 *   Falls as the spectrum does.
 *
 * Both are unbiased for a fixed number of products. From n products on the diagonal is computed, not estimated; so it is where the range is
 * exhausted.
 *
 * @param operator - A, shape [n, n], symmetric. @param random - Gives the probes: n words of the stream each.
 * @returns values with standard errors, and `stats`; with `onFailure: 'return'` look at `stats.status`.
 * @throws as {@link estimateTrace}. Cost: the products; for `xdiag` 4nm² flops and 2nm numbers.
 * References: Bekas, Kokiopoulou and Saad 2007, An estimator for the diagonal of a matrix; Epperly, Tropp and Webber 2024, XTrace: making the
 * most of every sample in stochastic trace estimation, §2.4.
 * @example estimateDiagonal(hessianOperator(problem), rng(0, 'diagonal'), { maxProducts: 60 }).values;
 */
export function estimateDiagonal(
  operator: OperatorInput,
  random: Rng,
  options: DiagonalOptions = {},
): DiagonalEstimate {
  const where = 'estimateDiagonal';
  const { op, method } = checkEstimate(where, operator, random, options, LEAST, 'xdiag');
  const n = op.cols;
  const estimator = (method === 'bekas' ? bekas : xdiag)(where, op, random);
  let spent = 0;
  const { result, stats } = inStages(where, options, (products) => {
    const stage = products >= n ? exact(exactDiagonal(where, op), spent + n) : estimator(products);
    spent = stage.products;
    return stage;
  });
  return { ...result, stats };
}

function bekas(where: string, op: LinearOperator, random: Rng): (products: number) => Stage<Diagonal> {
  const moments = new Moments(op.cols);
  return (products) => {
    const probes = signProbes(random, products - moments.count, op.cols);
    const images = op.applyRows(probes);
    checkFinite(where, 'A ω', images.data);
    for (let i = 0; i < probes.rows; i++) {
      const [w, image] = [probes.row(i), images.row(i)];
      moments.add(w.map((sign, j) => sign * image[j]));
    }
    return moments.stage(new Float64Array(op.cols), products);
  };
}

/**
 * With P = QQᵀ − (Qs)(Qs)ᵀ, the projection on the images of all probes but ω: diag(PA) + ω ⊙ (I − P)Aω, and since Aω = Qr the rest is
 * (sᵀr) Qs.
 */
function xdiag(where: string, op: LinearOperator, random: Rng): (products: number) => Stage<Diagonal> {
  const n = op.cols;
  const sketch = new RangeSketch(op, (count) => signProbes(random, count, n));
  return (products) => {
    sketch.extend(Math.floor(products / 2), where);
    const { basis, products: z, probes, size: k } = sketch;
    const known = new Float64Array(n);
    for (let i = 0; i < basis.data.length; i++) known[i % n] += basis.data[i] * z.data[i];
    if (sketch.complete) return exact(known, 2 * k);
    const s = sketch.leftOut();
    const own = sketch.ownParts(s);
    const [qs, zs] = [matmul(s, basis), matmul(s, z)];
    const moments = new Moments(n);
    for (let i = 0; i < k; i++) {
      const [q, image, w] = [qs.row(i), zs.row(i), probes.row(i)];
      moments.add(q.map((value, j) => value * (own[i] * w[j] - image[j])));
    }
    return moments.stage(known, 2 * k);
  };
}

function exact(values: Vec, products: number): Stage<Diagonal> {
  const standardErrors = new Float64Array(values.length);
  return { result: { values, standardErrors }, size: norm2(values), standardError: 0, products, exact: true };
}

/** Means and squares of deviations, updated one sample at a time (Welford 1962). */
class Moments {
  count = 0;
  private readonly mean: Float64Array;
  private readonly squares: Float64Array;

  constructor(n: number) {
    this.mean = new Float64Array(n);
    this.squares = new Float64Array(n);
  }

  add(sample: Vec): void {
    this.count++;
    for (let j = 0; j < sample.length; j++) {
      const off = sample[j] - this.mean[j];
      this.mean[j] += off / this.count;
      this.squares[j] += off * (sample[j] - this.mean[j]);
    }
  }

  /** The mean, with a known part added. */
  stage(known: Vec, products: number): Stage<Diagonal> {
    const { count, mean, squares } = this;
    const values = mean.map((value, j) => known[j] + value);
    const standardErrors = squares.map((square) => Math.sqrt(square / (count * (count - 1))));
    const standardError = norm2(standardErrors);
    return { result: { values, standardErrors }, size: norm2(values), standardError, products, exact: false };
  }
}
