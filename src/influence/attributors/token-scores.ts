/** @file Scores of pairs of output positions: which tokens of which training sequences speak for which tokens of a query. */
import { asModel } from '../../autodiff/as-model.ts';
import { asDataset, type Dataset, type DatasetInput, datasetSize } from '../../autodiff/dataset.ts';
import type { ExampleFunction } from '../../autodiff/functions.ts';
import type { Network } from '../../autodiff/network.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import { checkFunction, checkOptions } from '../../linalg/border/arguments.ts';
import { asMatrix } from '../../linalg/border/matrix.ts';
import { checkShape } from '../../linalg/checks.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { matmul } from '../../linalg/products.ts';
import type { FittedModel } from '../attributor.ts';
import { type Measurement, measurementFunction } from '../measurement.ts';
import { asFittedModel, CHUNK_NUMBERS, chunks } from './bilinear-scores.ts';

export interface TokenScoresOptions {
  /** What is measured on a query: the sum of it over its output positions, each times its weight. Default 'loss'. */
  readonly measurement?: Measurement;
}

/**
 * score[(q, t), (i, s)] = C⁻¹(w_qt ∇m_qt) · (w_is ∇ℓ_is) for output positions t of query q and s of training example i: the parts of the score of
 * (q, i), which is their sum over t and s, as the loss of an example is Σ_s w_is ℓ_is. Positions of weight 0 have score 0.
 *
 * @param queries - With weights of the same T̄ as the training examples': see `positionWeights`.
 * @param transform - C⁻¹ on each row of [k, D], linear; e.g. that of an influence function, `(g) => c.applyInverse(g, rule)`.
 * @returns [nQuery · P, N · P], position t of query q in row q·P + t.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ or data do not fit the model, or `transform` returns another shape.
 * Cost: P gradients per example, each a sweep over all positions; nQuery · P transforms, 2 · nQuery · N · P² · D flops. Memory: the query's side
 * [nQuery · P, D], chunks of the training set's, the scores.
 * @example
 * const c = ggn({ model, loss, theta, data: train });
 * tokenScores({ model, loss, theta }, train, queries, (g) => c.applyInverse(g, { kind: 'damped', lambda: 1e-3 }));
 */
export function tokenScores(
  fittedModel: FittedModel,
  train: DatasetInput,
  queries: DatasetInput,
  transform: (gradients: Matrix) => Matrix,
  options: TokenScoresOptions = {},
): Matrix {
  const where = 'tokenScores';
  checkFunction(where, 'transform', transform);
  checkOptions(where, options, ['measurement']);
  const { fitted, train: examples } = asFittedModel(where, fittedModel, train as Dataset);
  const { model, loss, theta } = fitted;
  const f = measurementFunction(options.measurement ?? 'loss', loss);
  const asked = asDataset(where, model, f, queries);
  const { outputPositions: positions, parameterCount: size } = model;
  const own = positionGradients(model, f, theta, asked, 0, datasetSize(asked));
  const transformed = asMatrix(where, 'transform(gradients)', transform(own));
  checkShape(where, 'transform(gradients)', transformed, own.rows, size);
  const out = new Matrix(own.rows, datasetSize(examples) * positions);
  const atOnce = Math.max(1, Math.floor(CHUNK_NUMBERS / (size * positions)));
  for (const [start, end] of chunks(datasetSize(examples), atOnce)) {
    const part = matmul(transformed, positionGradients(model, loss, theta, examples, start, end), {
      transposeB: true,
    });
    for (let r = 0; r < part.rows; r++) out.data.set(part.row(r), r * out.cols + start * positions);
  }
  return out;
}

/** w_nt ∇f_nt for every output position t of examples start..end−1, [(end − start) · P, D], position t of example n in row n·P + t. */
function positionGradients(
  model: Network,
  f: ExampleFunction,
  theta: Vec,
  data: Dataset,
  start: number,
  end: number,
): Matrix {
  const { outputPositions: positions } = asModel('tokenScores', 'model', model);
  if (positions === 1) return perExampleGradients(model, f, theta, data, start, end);
  const { inputs } = data;
  const weights = data.weights ?? new Matrix(inputs.rows, positions, new Float64Array(inputs.rows * positions).fill(1 / positions)); // biome-ignore format: one line
  const out = new Matrix((end - start) * positions, model.parameterCount);
  for (let t = 0; t < positions; t++) {
    const only = new Matrix(weights.rows, positions);
    for (let n = start; n < end; n++) only.data[n * positions + t] = weights.at(n, t);
    const g = perExampleGradients(model, f, theta, { ...data, weights: only }, start, end);
    for (let n = 0; n < g.rows; n++) out.data.set(g.row(n), (n * positions + t) * out.cols);
  }
  return out;
}
