/** @file The trace of an operator from a few products with it. */
import { checkFinite } from '../checks.ts';
import { Matrix } from '../matrix.ts';
import type { OperatorInput } from '../operators/checked-operator.ts';
import type { LinearOperator } from '../operators/linear-operator.ts';
import { dot, matmul } from '../products.ts';
import type { Rng } from '../random/random.ts';
import { sum } from '../sum.ts';
import { signProbes, sphereProbes, stacked } from './probes.ts';
import { RangeSketch } from './range-sketch.ts';
import {
  checkEstimate,
  type EstimateOptions,
  type EstimateStats,
  inStages,
  meanWithError,
  type Stage,
} from './stages.ts';

/** Which estimator. */
export type TraceMethod = 'hutchinson' | 'hutch++' | 'xtrace';

/** Options of {@link estimateTrace}. */
export interface TraceOptions extends EstimateOptions {
  /** Default 'xtrace'. */
  readonly method?: TraceMethod;
}

/** An estimate of a trace. */
export interface TraceEstimate {
  readonly value: number;
  /**
   * From the spread of the samples; 0 where the operator was seen completely. It is that of `hutchinson` and `hutch++`. Samples of `xtrace`
   * share their sketch, so that its errors are 1.1 to 1.5 standard errors in root mean square (200 draws of each of six spectra). Of a dozen
   * products or fewer any of them is a rough one: there are few samples.
   */
  readonly standardError: number;
  readonly stats: EstimateStats;
}

/** The fewest products that each can do with. */
const LEAST: Readonly<Record<TraceMethod, number>> = { hutchinson: 2, 'hutch++': 6, xtrace: 4 };

/**
 * tr A of a symmetric A without its elements. With m products:
 *
 * - `hutchinson`: the mean of ωᵀAω over m sign vectors ω. Error ∝ ‖A − diag A‖_F √(2/m), whatever the spectrum.
 * - `hutch++`: tr(QᵀAQ) for Q = orth(AΩ) of m/3 sign vectors, plus Hutchinson's estimate of the rest. Error ∝ 1/m for psd A.
 * - `xtrace`: the same with every one of m/2 vectors serving as sketch and as probe, by leaving each out in turn (exchangeability). As small
 *   or smaller, and falling as fast as the spectrum does.
 *
 * All three are unbiased for a fixed number of products; stopping by tolerance adds a bias that is small against the standard error. From n
 * products on the trace is computed, not estimated; so it is where the range is exhausted.
 *
 * @param operator - A, shape [n, n], symmetric. @param random - Gives the probes: n words of the stream each for signs, n normal numbers
 * for `xtrace`, whose probes are uniform on a sphere.
 * @returns value with standard error, and `stats`; with `onFailure: 'return'` look at `stats.status`.
 * @throws {ShapeError} A is not square. @throws {DomainError} options. @throws {NonFiniteError} a product with A is not finite.
 * @throws {ConvergenceError} a tolerance was asked for and not met within `maxProducts`. Not checked: symmetry.
 * Cost: the products; for the latter two 4nm² flops and 2nm numbers.
 * References: Hutchinson 1990; Meyer, Musco, Musco and Woodruff 2021, Hutch++: optimal stochastic trace estimation; Epperly, Tropp and Webber
 * 2024, XTrace: making the most of every sample in stochastic trace estimation.
 * @example estimateTrace(hessianOperator(problem), rng(0, 'trace'), { rtol: 0.01, maxProducts: 500 }).value;
 */
export function estimateTrace(
  operator: OperatorInput,
  random: Rng,
  options: TraceOptions = {},
): TraceEstimate {
  const where = 'estimateTrace';
  const { op, method } = checkEstimate(where, operator, random, options, LEAST, 'xtrace');
  const estimator = ESTIMATORS[method](where, op, random);
  const n = op.cols;
  let spent = 0;
  const { result, stats } = inStages(where, options, (products) => {
    const stage = products >= n ? exactTrace(where, op, spent) : estimator(products);
    spent = stage.products;
    return stage;
  });
  return { value: result, standardError: stats.standardError, stats };
}

/** Goes on from where it was to so many products in all. */
type Estimator = (products: number) => Stage<number>;

const ESTIMATORS: Readonly<
  Record<TraceMethod, (where: string, op: LinearOperator, random: Rng) => Estimator>
> = {
  hutchinson(where, op, random) {
    const samples: number[] = [];
    return (products) => {
      const probes = signProbes(random, products - samples.length, op.cols);
      const images = op.applyRows(probes);
      checkFinite(where, 'A ω', images.data);
      for (let i = 0; i < probes.rows; i++) samples.push(dot(probes.row(i), images.row(i)));
      return stageOf(0, samples, products, false);
    };
  },
  'hutch++'(where, op, random) {
    const sketch = new RangeSketch(op, (count) => signProbes(random, count, op.cols));
    let probes = new Matrix(0, op.cols);
    let images = probes;
    return (products) => {
      sketch.extend(Math.floor(products / 3), where);
      const fresh = signProbes(random, products - 2 * Math.floor(products / 3) - probes.rows, op.cols);
      const moved = op.applyRows(fresh);
      checkFinite(where, 'A ω', moved.data);
      probes = stacked(probes, fresh);
      images = stacked(images, moved);
      const inside = matmul(probes, sketch.basis, { transposeB: true });
      const rest = minus(probes, matmul(inside, sketch.basis));
      const restImages = minus(images, matmul(inside, sketch.products));
      const samples = Array.from({ length: probes.rows }, (_, i) => dot(rest.row(i), restImages.row(i)));
      return stageOf(sketch.compressedTrace(), samples, products, sketch.complete);
    };
  },
  xtrace(where, op, random) {
    const sketch = new RangeSketch(op, (count) => sphereProbes(random, count, op.cols));
    return (products) => {
      sketch.extend(Math.floor(products / 2), where);
      return stageOf(sketch.compressedTrace(), exchanged(sketch), 2 * sketch.size, sketch.complete);
    };
  },
};

/**
 * Per probe, by how much its own estimate differs from tr H: with P = QQᵀ − (Qs)(Qs)ᵀ, the projection on the images of the others, and
 * u = (I − P)ω, it is − sᵀHs + uᵀAu (n − k + 1)/‖u‖². The last factor is 1 on average, and takes the length of u out of the variance.
 */
function exchanged(sketch: RangeSketch): number[] {
  const { probes, images, basis, products, size: k } = sketch;
  const n = basis.cols;
  const s = sketch.leftOut();
  const h = sketch.compression();
  const inside = matmul(probes, basis, { transposeB: true }); // Qᵀω
  for (let i = 0; i < k; i++) {
    const along = dot(s.row(i), inside.row(i));
    const row = inside.row(i);
    for (let j = 0; j < k; j++) row[j] -= along * s.at(i, j);
  }
  const u = minus(probes, matmul(inside, basis));
  const moved = minus(images, matmul(inside, products));
  const hs = matmul(s, h);
  return Array.from({ length: k }, (_, i) => {
    const square = dot(u.row(i), u.row(i));
    return ((n - k + 1) / square) * dot(u.row(i), moved.row(i)) - dot(s.row(i), hs.row(i));
  });
}

/** A known part and the mean of samples of the rest. Nothing is left to estimate when the sketch is complete. */
function stageOf(known: number, samples: readonly number[], products: number, exact: boolean): Stage<number> {
  const { mean, error } = exact ? { mean: 0, error: 0 } : meanWithError(samples);
  const result = known + mean;
  return { result, size: Math.abs(result), standardError: error, products, exact };
}

/** Rows of the identity that are multiplied at once. */
const CHUNK = 64;

/** Σ eᵢᵀ A eᵢ, after products that have been spent already. */
function exactTrace(where: string, op: LinearOperator, spent: number): Stage<number> {
  const result = sum(exactDiagonal(where, op));
  return { result, size: Math.abs(result), standardError: 0, products: spent + op.cols, exact: true };
}

/** diag A by n products with unit vectors. */
export function exactDiagonal(where: string, op: LinearOperator): Float64Array {
  const n = op.cols;
  const out = new Float64Array(n);
  for (let start = 0; start < n; start += CHUNK) {
    const count = Math.min(CHUNK, n - start);
    const unit = new Matrix(count, n);
    for (let i = 0; i < count; i++) unit.set(i, start + i, 1);
    const images = op.applyRows(unit);
    checkFinite(where, 'A e', images.data);
    for (let i = 0; i < count; i++) out[start + i] = images.at(i, start + i);
  }
  return out;
}

function minus(a: Matrix, b: Matrix): Matrix {
  const out = a.clone();
  for (let k = 0; k < out.data.length; k++) out.data[k] -= b.data[k];
  return out;
}
