/** @file TRAK: influence in a random projection of the gradients of the model's output, over one model or several. */
import { asDataset, type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import { withAnswers } from '../../autodiff/losses/loss.ts';
import { LOSS_TABLE } from '../../autodiff/losses/table.ts';
import { checkOneOutput } from '../../autodiff/network.ts';
import { exampleValues, logits } from '../../autodiff/per-example.ts';
import { checkFunction, checkObject } from '../../linalg/border/arguments.ts';
import { type Check, checkFields, checkSeed } from '../../linalg/border/fields.ts';
import { asList } from '../../linalg/border/instances.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError, NotPositiveDefiniteError, ShapeError, SingularError } from '../../linalg/errors.ts';
import { type Cholesky, cholesky } from '../../linalg/factorisations/cholesky.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { dot, matmul, syrk, transpose } from '../../linalg/products.ts';
import type { Attributor, FittedAttributor, FittedModel } from '../attributor.ts';
import { asFittedModel } from '../attributors/bilinear-scores.ts';
import { type Measurement, measurementFunction } from '../measurement.ts';
import { CHUNKED, count, nonNegative } from '../option-checks.ts';
import { type ProjectedFunction, projectedGradients } from './projected-gradients.ts';
import {
  checkDistribution,
  type Projection,
  type ProjectionDistribution,
  randomProjection,
} from './random-projection.ts';

export interface TrakOptions {
  /** k, the dimension of the projected gradients. Default {@link TRAK_DIMENSION}. Without ridge, at most the rank of Φ. */
  readonly dimension?: number;
  /** ρ ≥ 0 in (ΦᵀΦ + ρI)⁻¹, in units of a SUM over examples of squared gradients. Default 0, as in the paper. */
  readonly ridge?: number;
  /**
   * Entries of the projection; default 'rademacher'. Or a projection of your own for model number `index` with D
   * parameters; then `dimension` and `seed` are not read.
   */
  readonly projection?: ProjectionDistribution | ((parameters: number, index: number) => Projection);
  /** Names the projections: model number m takes the stream (seed, 'projection', 'trak', m). Default 0. */
  readonly seed?: number;
  /** Default 'loss'. */
  readonly measurement?: Measurement;
  /** Default 'trak'. */
  readonly id?: string;
  /** Examples whose layer sides are held together. Changes memory and cost, not bits. */
  readonly chunk?: number;
}

/** The dimension of a TRAK projection by default. */
export const TRAK_DIMENSION = 512;

const OPTIONS = {
  ...CHUNKED,
  dimension: count,
  ridge: nonNegative,
  projection: ((where, argument, value: unknown) => {
    if (typeof value === 'function') return;
    checkDistribution(where, argument, value as never);
  }) as Check,
  seed: checkSeed,
};

/** An {@link Attributor} that also takes several models at once. */
export interface Trak extends Attributor {
  /** TRAK's own ensemble: kernels and output-to-loss slopes averaged separately. @throws {DomainError} no models. */
  fitMany(models: readonly FittedModel[], train: Dataset): FittedAttributor;
}

/**
 * TRAK. With f the model's output and L its loss as a function of f, φ_i = Pᵀ∇f(z_i), Φ their rows, ψ_q = Pᵀ∇m(z_q):
 *
 *   score[q, i] = N · mean_m[ψ_qᵀ (ΦᵀΦ + ρI)⁻¹ φ_i] · mean_m[∂L/∂f (z_i)],
 *
 * the means over models. For cross-entropy f is the margin log p/(1 − p), so ∂L/∂f = −(1 − p_i), which is minus the paper's Q.
 * Written so, a positive score says that leaving i out raises m, for the loss as for the margin, and the scale is that of
 * `Attributor`: with k = D, an orthogonal P and one model it is the influence function of the curvature (ΦᵀΦ + ρI)/N.
 * With m = margin, score = −N τ for the τ of the paper. **Regression** (½‖u − t‖²): f runs over the outputs u_c, ∂L/∂f is the
 * residual u_c − t_c, ΦᵀΦ = N PᵀGP with G the GGN, and products are summed over c.
 *
 * @returns An attributor. `fit` keeps Φ and a factor, [N·outputs + k, k] doubles per model; P is redrawn when needed, and never
 * [D, k] at once.
 * @throws {DomainError} options. From `fit`: {@link SingularError} ΦᵀΦ + ρI is not positive definite: k exceeds the rank of Φ.
 * Not done: the paper's soft threshold on scores, and its training of each model on a subset, which is the caller's choice.
 * Cost of `fit`: 2 N D k + N k² flops per model; of `score`: 2 nQuery (D + N) k.
 * Reference: Park, Georgiev, Ilyas, Leclerc & Mądry 2023, TRAK: Attributing Model Behavior at Scale, §3 and Algorithm 1.
 * @example trak({ dimension: 512, measurement: 'margin' }).fitMany(models, train).score(queries);
 */
export function trak(options: TrakOptions = {}): Trak {
  const where = 'trak';
  checkFields(where, options, OPTIONS);
  const { dimension = TRAK_DIMENSION, ridge = 0, projection = 'rademacher', seed = 0 } = options;
  const { measurement = 'loss', chunk } = options;
  const project = (parameters: number, index: number): Projection =>
    typeof projection === 'string'
      ? randomProjection({
          inputs: parameters,
          dimension,
          distribution: projection,
          seed,
          path: ['trak', index],
        })
      : projection(parameters, index);
  const fitMany = (models: readonly FittedModel[], train: Dataset): FittedAttributor => {
    asList('trak.fitMany', 'models', models, 'fitted models');
    if (models.length === 0) throw new DomainError('trak.fitMany', 'models', 'at least one', 'none');
    const members = models.map((fitted, index) => {
      ({ fitted, train } = asFittedModel('trak.fit', fitted, train));
      const own = project(fitted.model.parameterCount, index);
      checkObject('trak.fit', 'projection', own);
      checkFunction('trak.fit', 'projection.rows', own.rows);
      checkInteger('trak.fit', 'projection.dimension', own.dimension, 1, Number.MAX_SAFE_INTEGER);
      checkInteger('trak.fit', 'projection.inputs', own.inputs, fitted.model.parameterCount, own.inputs);
      return fitMember(fitted, train, own, ridge, chunk);
    });
    return fittedEnsemble(members, train, measurement, chunk);
  };
  return {
    id: options.id ?? 'trak',
    measurement,
    fit: (fitted, train) => fitMany([fitted], train),
    fitMany,
  };
}

/** One model with its projected training set. */
interface Member {
  readonly fitted: FittedModel;
  readonly projection: Projection;
  /** Φ, one matrix [N, k] per output that f runs over. */
  readonly features: readonly Matrix[];
  /** ∂L/∂f, one vector [N] per output. */
  readonly slopes: readonly Vec[];
  readonly kernel: Cholesky;
}

function fitMember(
  fitted: FittedModel,
  train: Dataset,
  projection: Projection,
  ridge: number,
  chunk: number | undefined,
): Member {
  const { model, theta } = fitted;
  const { functions, slopes } = outputs(fitted, train);
  const features = functions.map((f) =>
    projectedGradients(model, f, theta, train, projection, 0, datasetSize(train), chunk),
  );
  const k = projection.dimension;
  const gram = Matrix.zeros(k, k);
  for (const part of features) syrk(part, { transpose: true, out: gram, accumulate: true });
  for (let i = 0; i < k; i++) gram.data[i * (k + 1)] += ridge;
  return { fitted, projection, features, slopes, kernel: factorise(gram) };
}

function factorise(gram: Matrix): Cholesky {
  try {
    return cholesky(gram);
  } catch (error) {
    if (!(error instanceof NotPositiveDefiniteError)) throw error;
    throw new SingularError(
      'trak.fit',
      error.pivot,
      `The projected gradients span fewer than ${gram.rows} dimensions: take a smaller dimension, or a ridge.`,
    );
  }
}

/** What f is for a loss, and ∂L/∂f of every example. */
function outputs(
  { model, loss, theta }: FittedModel,
  train: Dataset,
): { functions: readonly ProjectedFunction[]; slopes: readonly Vec[] } {
  checkOneOutput('trak.fit', model);
  return withAnswers<{ functions: readonly ProjectedFunction[]; slopes: readonly Vec[] }>(
    LOSS_TABLE[loss],
    train,
    ({ linearised: { of, slope } }) => ({
      functions: [of],
      slopes: [exampleValues(model, of, theta, train).map(slope)],
    }),
    (definition, targets) => {
      const slopes = definition.gradient(transpose(logits(model, theta, train.inputs)), targets, 0);
      return {
        functions: Array.from({ length: model.outputs }, (_, logit) => ({ logit })),
        slopes: Array.from({ length: model.outputs }, (_, c) => slopes.row(c)),
      };
    },
  );
}

function fittedEnsemble(
  members: readonly Member[],
  train: Dataset,
  measurement: Measurement,
  chunk: number | undefined,
): FittedAttributor {
  const n = datasetSize(train);
  const counts = members[0].slopes.length;
  for (const { slopes } of members)
    if (slopes.length !== counts)
      throw new ShapeError('trak.fitMany', 'models', `of ${counts} outputs each`, `one of ${slopes.length}`);
  const weights = members[0].slopes.map((_, c) => {
    const mean = new Float64Array(n);
    for (const { slopes } of members) for (let i = 0; i < n; i++) mean[i] += slopes[c][i];
    return mean.map((total) => (n * total) / members.length ** 2); // once for the slopes, once for the kernels
  });
  /** (ΦᵀΦ + ρI)⁻¹ ψ of every query, one per row. */
  const solve = ({ fitted, projection, kernel }: Member, queries: Dataset): Matrix => {
    const { model, loss, theta } = fitted;
    const f = measurementFunction(measurement, loss);
    queries = asDataset('trak.score', model, f, queries);
    const psi = projectedGradients(model, f, theta, queries, projection, 0, datasetSize(queries), chunk);
    return transpose(kernel.solve(transpose(psi)));
  };
  return {
    score(queries) {
      const out = new Matrix(datasetSize(queries), n);
      const kernels = weights.map(() => new Matrix(out.rows, n));
      for (const member of members) {
        const solved = solve(member, queries);
        for (const [c, features] of member.features.entries())
          matmul(solved, features, { transposeB: true, out: kernels[c], accumulate: true });
      }
      for (const [c, kernel] of kernels.entries())
        for (let q = 0, at = 0; q < out.rows; q++)
          for (let i = 0; i < n; i++, at++) out.data[at] += kernel.data[at] * weights[c][i];
      return out;
    },
    selfInfluence() {
      const out = new Float64Array(n);
      for (const member of members) {
        const solved = solve(member, train);
        for (const [c, features] of member.features.entries())
          for (let i = 0; i < n; i++) out[i] += dot(solved.row(i), features.row(i)) * weights[c][i];
      }
      return out;
    },
  };
}
