/** @file Scores that are inner products of short feature vectors: the training features are kept, not recomputed. */
import { asDataset, type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import type { ExampleFunction } from '../../autodiff/functions.ts';
import { Matrix } from '../../linalg/matrix.ts';
import { dot, matmul } from '../../linalg/products.ts';
import type { FittedAttributor, FittedModel } from '../attributor.ts';
import { type Discarded, discardedShares } from '../attributors/discarded.ts';
import { type Measurement, measurementFunction } from '../measurement.ts';
import { gradientNorms } from '../solvers/gradient-products.ts';

/** What distinguishes one such method from another. */
export interface FeatureMethod {
  readonly fitted: FittedModel;
  readonly train: Dataset;
  readonly measurement: Measurement;
  /** Features of examples start..end−1 under f, shape [end − start, k]; row by row. */
  readonly features: (f: ExampleFunction, data: Dataset, start: number, end: number) => Matrix;
  /** Applied to the features of queries, row by row. */
  readonly transform: (features: Matrix) => Matrix;
  /** Examples per call of `features`. */
  readonly chunk: number;
  /** Features of the training set under the loss, [N, k], where they are known. */
  readonly training?: Matrix | undefined;
}

/** Shares below this are rounding. */
const ROUNDING = 1e-12;

/** An attributor that sees no more of a gradient than its features. */
export interface FeatureAttributor extends FittedAttributor {
  /** Features of the training set under the loss, [N, k]. */
  readonly training: Matrix;
  /**
   * 1 − Σ‖φ‖²/Σ‖∇‖², over the queries and over the training examples: what is discarded where features are coordinates in an
   * orthonormal set of directions. Undefined otherwise.
   *
   * @param used - Which features count; default all.
   * Cost: the features of the queries and a sweep over either set.
   */
  outside(queries: Dataset, used?: (feature: number) => boolean): Discarded;
}

/**
 * score[q, i] = transform(features(∇m(z_q))) · features(∇L(z_i)).
 *
 * Cost: the features of the training set once, [N, k] doubles kept; `score` then takes 2 nQuery N k flops.
 */
export function featureAttributor(method: FeatureMethod): FeatureAttributor {
  const { fitted, train, measurement, features, transform, chunk } = method;
  const { model, loss } = fitted;
  const f = measurementFunction(measurement, loss);
  const all = (of: ExampleFunction, data: Dataset): Matrix => {
    const n = datasetSize(data);
    const parts: Matrix[] = [];
    for (let start = 0; start < n; start += chunk)
      parts.push(features(of, data, start, Math.min(start + chunk, n)));
    return stack(parts);
  };
  const training = method.training ?? all(loss, train);
  return {
    training,
    score(queries) {
      queries = asDataset('FittedAttributor.score', model, f, queries);
      return matmul(transform(all(f, queries)), training, { transposeB: true });
    },
    selfInfluence() {
      const own = transform(f === loss ? training : all(f, train));
      return Float64Array.from({ length: training.rows }, (_, i) => dot(own.row(i), training.row(i)));
    },
    outside(queries, used = () => true) {
      const share = (features: Matrix, of: ExampleFunction, data: Dataset): number | undefined => {
        const total = gradientNorms(model, of, fitted.theta, data).reduce((sum, norm) => sum + norm ** 2, 0);
        if (total === 0) return undefined;
        const outside = 1 - squares(features, used) / total;
        return outside < ROUNDING ? 0 : outside;
      };
      return discardedShares(share(all(f, queries), f, queries), share(training, loss, train));
    },
  };
}

/** The sum of squares in some columns. */
function squares({ rows, cols, data }: Matrix, used: (column: number) => boolean): number {
  let sum = 0;
  for (let r = 0, k = 0; r < rows; r++)
    for (let c = 0; c < cols; c++, k++) if (used(c)) sum += data[k] * data[k];
  return sum;
}

/** One matrix under the other; all of one width. */
function stack(parts: readonly Matrix[]): Matrix {
  if (parts.length === 1) return parts[0];
  const rows = parts.reduce((total, part) => total + part.rows, 0);
  const out = new Matrix(rows, parts[0].cols);
  let at = 0;
  for (const part of parts) {
    out.data.set(part.data, at * out.cols);
    at += part.rows;
  }
  return out;
}
