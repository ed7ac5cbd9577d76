/** @file Scores that are sums of inner products over moments of training. */
import { checkDataset, type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { dot, matmul } from '../../linalg/products.ts';
import type { FittedModel, LayeredAttributor } from '../attributor.ts';
import { CHUNK_NUMBERS, chunks, columns } from '../bilinear-scores.ts';
import { type Measurement, measurementFunction } from '../measurement.ts';

/** What distinguishes one method from another. */
export interface TrajectoryMethod {
  readonly fitted: FittedModel;
  readonly train: Dataset;
  readonly measurement: Measurement;
  /** Per term, the θ whose training gradients are averaged: ḡ_t(z) = mean of ∇L(z, θ). */
  readonly points: readonly (readonly Vec[])[];
  /** v_t for the queries start..end−1, one matrix [end − start, D] per term. Row by row: chunks must not change it. */
  readonly queryVectors: (queries: Dataset, start: number, end: number) => readonly Matrix[];
  /** Examples per chunk. Default: as many as fit in 16 MiB. */
  readonly chunk?: number;
}

/** The chunks that a method with so many terms works in: the vectors of all terms live at once for queries. */
export function trajectoryChunks(
  parameters: number,
  terms: number,
  chunk?: number,
): { training: number; queries: number } {
  if (chunk !== undefined) checkInteger('Attributor.fit', 'chunk', chunk, 1, Number.POSITIVE_INFINITY);
  const training = chunk ?? Math.max(1, Math.floor(CHUNK_NUMBERS / parameters));
  return { training, queries: chunk ?? Math.max(1, Math.floor(training / terms)) };
}

/**
 * score[q, i] = Σ_t v_t(z_q) · ḡ_t(z_i).
 *
 * @param method - Its model, data and points are checked by the caller.
 * Cost of `score`: the query vectors once, O(nQuery · N · D) per term for the products, and the training gradients at every
 * point once per chunk of queries. Memory: a chunk per term, two more, and the scores; never [N, D].
 */
export function trajectoryAttributor(method: TrajectoryMethod): LayeredAttributor {
  const { fitted, train, measurement, points, queryVectors } = method;
  const { model, loss } = fitted;
  const f = measurementFunction(measurement, loss);
  const n = datasetSize(train);
  const size = trajectoryChunks(model.parameterCount, points.length, method.chunk);

  /** Calls `body` with V_t [q1−q0, D] and Ḡ_t [i1−i0, D] for every pair of chunks and every term. */
  const overTerms = (
    queries: Dataset,
    body: (v: Matrix, q0: number, g: Matrix, i0: number) => void,
  ): void => {
    checkDataset('FittedAttributor.score', model, f, queries);
    for (const [q0, q1] of chunks(datasetSize(queries), size.queries)) {
      const vectors = queryVectors(queries, q0, q1);
      for (const [i0, i1] of chunks(n, size.training))
        for (const [t, v] of vectors.entries())
          body(v, q0, averagedGradients(fitted, points[t], train, i0, i1), i0);
    }
  };

  return {
    score(queries) {
      const out = new Matrix(datasetSize(queries), n);
      overTerms(queries, (v, q0, g, i0) => addBlock(out, matmul(v, g, { transposeB: true }), q0, i0));
      return out;
    },
    scoreByLayer(queries) {
      const out = model.layers.map(() => new Matrix(datasetSize(queries), n));
      overTerms(queries, (v, q0, g, i0) => {
        for (const { index, offset, size: width } of model.layers) {
          const share = matmul(columns(v, offset, width), columns(g, offset, width), { transposeB: true });
          addBlock(out[index], share, q0, i0);
        }
      });
      return out;
    },
    selfInfluence() {
      const out = new Float64Array(n);
      for (const [i0, i1] of chunks(n, size.queries))
        for (const [t, v] of queryVectors(train, i0, i1).entries()) {
          const g = averagedGradients(fitted, points[t], train, i0, i1);
          for (let i = i0; i < i1; i++) out[i] += dot(v.row(i - i0), g.row(i - i0));
        }
      return out;
    },
  };
}

/** Mean over the points of ∇L(z_i, θ), i = start..end−1, shape [end − start, D]. */
export function averagedGradients(
  { model, loss }: FittedModel,
  points: readonly Vec[],
  data: Dataset,
  start: number,
  end: number,
): Matrix {
  const [first, ...others] = points;
  const mean = perExampleGradients(model, loss, first, data, start, end);
  if (others.length === 0) return mean;
  for (const theta of others) {
    const { data: more } = perExampleGradients(model, loss, theta, data, start, end);
    for (let k = 0; k < more.length; k++) mean.data[k] += more[k];
  }
  for (let k = 0; k < mean.data.length; k++) mean.data[k] /= points.length;
  return mean;
}

/** Adds `block` to `out` with its top left element at (row, col). */
function addBlock(out: Matrix, block: Matrix, row: number, col: number): void {
  for (let r = 0; r < block.rows; r++) {
    const to = out.row(row + r);
    const from = block.row(r);
    for (let c = 0; c < from.length; c++) to[col + c] += from[c];
  }
}
