/** @file Scores that are sums of inner products over moments of training. */
import { asDataset, type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { dot, matmul } from '../../linalg/products.ts';
import type { FittedModel, LayeredAttributor } from '../attributor.ts';
import { CHUNK_NUMBERS, chunks, isLarge, QUERY_NUMBERS } from '../attributors/bilinear-scores.ts';
import { type Measurement, measurementFunction } from '../measurement.ts';
import { GradientProducts } from '../solvers/gradient-products.ts';

/** What distinguishes one method from another. */
export interface TrajectoryMethod {
  readonly fitted: FittedModel;
  readonly train: Dataset;
  readonly measurement: Measurement;
  /** Per term, the θ whose training gradients are averaged: ḡ_t(z) = mean of ∇L(z, θ). */
  readonly points: readonly (readonly Vec[])[];
  /** v_t for the queries start..end−1, one matrix [end − start, D] per term. Row by row: chunks must not change it. */
  readonly queryVectors: (queries: Dataset, start: number, end: number) => readonly Matrix[];
  /** Queries per chunk; see {@link trajectoryChunk}. */
  readonly chunk?: number;
}

/** Queries per chunk: as many as have their vectors of all terms in 128 MiB, unless given. Changes memory and rounding only. */
export function trajectoryChunk(parameters: number, terms: number, chunk?: number): number {
  if (chunk !== undefined) checkInteger('Attributor.fit', 'chunk', chunk, 1, Number.POSITIVE_INFINITY);
  return chunk ?? Math.max(1, Math.floor(QUERY_NUMBERS / (parameters * terms)));
}

/**
 * score[q, i] = Σ_t v_t(z_q) · ḡ_t(z_i). Training gradients of a large network (D > 16,384) are never formed, see
 * {@link GradientProducts}; those of a small one in chunks of 16 MiB.
 *
 * @param method - Its model, data and points are checked by the caller.
 * Cost of `score`: the query vectors once; per chunk of queries one sweep over the training set per point, and 2·nQuery·N·D flops per
 * point in all. Memory: the vectors of a chunk, and the scores. `selfInfluence` forms the gradients of one chunk.
 */
export function trajectoryAttributor(method: TrajectoryMethod): LayeredAttributor {
  const { fitted, train, measurement, points, queryVectors } = method;
  const { model, loss } = fitted;
  const f = measurementFunction(measurement, loss);
  const n = datasetSize(train);
  const size = trajectoryChunk(model.parameterCount, points.length, method.chunk);

  const overTerms = (
    queries: Dataset,
    body: (v: Matrix, points: readonly Vec[], start: number) => void,
  ): void => {
    for (const [start, end] of chunks(datasetSize(queries), size))
      for (const [t, v] of queryVectors(queries, start, end).entries()) body(v, points[t], start);
  };
  return {
    score(queries) {
      queries = asDataset('FittedAttributor.score', model, f, queries);
      const out = new Matrix(datasetSize(queries), n);
      overTerms(queries, (v, own, start) => {
        const share = meanProducts(fitted, train, own, v).data;
        for (let k = 0, at = start * n; k < share.length; k++, at++) out.data[at] += share[k];
      });
      return out;
    },
    scoreByLayer(queries) {
      queries = asDataset('FittedAttributor.scoreByLayer', model, f, queries);
      const out = model.blocks.map(() => new Matrix(datasetSize(queries), n));
      overTerms(queries, (v, own, start) => addProducts(fitted, train, own, v, (block) => out[block], start));
      return out;
    },
    selfInfluence() {
      const out = new Float64Array(n);
      for (const [start, end] of chunks(n, size))
        for (const [t, v] of queryVectors(train, start, end).entries()) {
          const g = meanGradients(fitted, train, points[t], start, end);
          for (let i = start; i < end; i++) out[i] += dot(v.row(i - start), g.row(i - start));
        }
      return out;
    },
  };
}

/**
 * v_q · (mean over the points of ∇L(z_i, θ)), shape [k, N]. Of a small network the mean gradients are formed, chunk by chunk: one
 * product for all points then costs less than one for each.
 */
export function meanProducts(fitted: FittedModel, train: Dataset, points: readonly Vec[], v: Matrix): Matrix {
  const n = datasetSize(train);
  const out = new Matrix(v.rows, n);
  const chunk = Math.floor(CHUNK_NUMBERS / v.cols);
  if (isLarge(v.cols)) {
    addProducts(fitted, train, points, v, () => out, 0);
    return out;
  }
  for (const [start, end] of chunks(n, chunk)) {
    const share = matmul(v, meanGradients(fitted, train, points, start, end), { transposeB: true });
    for (let q = 0; q < v.rows; q++) out.row(q).set(share.row(q), start);
  }
  return out;
}

/** Mean over the points of ∇L(z_i, θ), i = start..end−1, shape [end − start, D]. */
function meanGradients(
  { model, loss }: FittedModel,
  train: Dataset,
  points: readonly Vec[],
  start: number,
  end: number,
): Matrix {
  const mean = perExampleGradients(model, loss, points[0], train, start, end);
  if (points.length === 1) return mean;
  for (const theta of points.slice(1)) {
    const { data } = perExampleGradients(model, loss, theta, train, start, end);
    for (let k = 0; k < data.length; k++) mean.data[k] += data[k];
  }
  for (let k = 0; k < mean.data.length; k++) mean.data[k] /= points.length;
  return mean;
}

/** Adds the same without forming gradients, layer by layer, to out(l)[row + q, i]. */
function addProducts(
  { model, loss }: FittedModel,
  train: Dataset,
  points: readonly Vec[],
  v: Matrix,
  out: (block: number) => Matrix,
  row: number,
): void {
  const products = new GradientProducts(model, v);
  for (const theta of points) products.add(loss, theta, train, 1 / points.length, out, row);
}
