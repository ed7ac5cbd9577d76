/** @file TRAK: influence in a random projection of the gradients of the model's output, over one model or several. */
import { asDataset, type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import { asLoss } from '../../autodiff/functions.ts';
import { withAnswers } from '../../autodiff/losses/loss.ts';
import { exampleValues, logits } from '../../autodiff/per-example.ts';
import { checkFunction, checkObject } from '../../linalg/border/arguments.ts';
import { type Check, checkFields, checkSeed } from '../../linalg/border/fields.ts';
import { asList } from '../../linalg/border/instances.ts';
import { asMatrix } from '../../linalg/border/matrix.ts';
import { checkInteger, checkLength, checkShape } from '../../linalg/checks.ts';
import { DomainError, NotPositiveDefiniteError, ShapeError, SingularError } from '../../linalg/errors.ts';
import { Cholesky, cholesky } from '../../linalg/factorisations/cholesky.ts';
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

/** What is computed of one model and the training set: no query and no measurement takes part, nor does the projection, which is a named stream. */
export interface TrakFit {
  /** Φ, one matrix [N, k] per output that f runs over. */
  readonly features: readonly Matrix[];
  /** ∂L/∂f over √w, one vector [N] per output. */
  readonly slopes: readonly Vec[];
  /** L of ΦᵀΦ + ρI = LLᵀ, [k, k]. */
  readonly factor: Matrix;
}

/** Also tells what was computed of each model. */
export interface FittedTrak extends FittedAttributor {
  readonly fits: readonly TrakFit[];
}

/** An {@link Attributor} that also takes several models at once. */
export interface Trak extends Attributor {
  fit(model: FittedModel, train: Dataset): FittedTrak;
  /**
   * TRAK's own ensemble: kernels and output-to-loss slopes averaged separately.
   *
   * @param fits - Those of an earlier fit to the same models and training set under the same options, in its order: nothing is computed again.
   * @throws {DomainError} no models. @throws {ShapeError} fits of other shapes.
   */
  fitMany(models: readonly FittedModel[], train: Dataset, fits?: readonly TrakFit[]): FittedTrak;
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
 * residual u_c − t_c, ΦᵀΦ = N PᵀGP with G the GGN, and products are summed over c. **Outputs at several positions** are outputs f_t of their
 * own, each with its label: L = Σ_t w_t ℓ(f_t), rows of Φ are √w_t Pᵀ∇f_t, and products are summed over t. **Weights of examples** w_i likewise: the kernel is
 * ΦᵀWΦ, and ∂L/∂f has the factor w_i, so that an example of weight 2 scores as two copies of it do together, per N.
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
  const fitMany: Trak['fitMany'] = (models, train, fits) => {
    asList('trak.fitMany', 'models', models, 'fitted models');
    if (models.length === 0) throw new DomainError('trak.fitMany', 'models', 'at least one', 'none');
    const members = models.map((fitted, index) => {
      ({ fitted, train } = asFittedModel('trak.fit', fitted, train));
      const own = project(fitted.model.parameterCount, index);
      checkObject('trak.fit', 'projection', own);
      checkFunction('trak.fit', 'projection.rows', own.rows);
      checkInteger('trak.fit', 'projection.dimension', own.dimension, 1, Number.MAX_SAFE_INTEGER);
      checkInteger('trak.fit', 'projection.inputs', own.inputs, fitted.model.parameterCount, own.inputs);
      const fit = fits === undefined ? fitOne(fitted, train, own, ridge, chunk) : asTrakFit(fits[index], fitted, train, own); // biome-ignore format: one line
      return { ...fit, fitted, projection: own, kernel: new Cholesky(fit.factor) };
    });
    return {
      ...fittedEnsemble(members, train, measurement, chunk),
      fits: members.map(({ features, slopes, factor }) => ({ features, slopes, factor })),
    };
  };
  return {
    id: options.id ?? 'trak',
    measurement,
    fit: (fitted, train) => fitMany([fitted], train),
    fitMany,
  };
}

/** One model with its projected training set. */
interface Member extends TrakFit {
  readonly fitted: FittedModel;
  readonly projection: Projection;
  readonly kernel: Cholesky;
}

/** How many outputs f runs over. */
export function trakOutputs({ model, loss }: Pick<FittedModel, 'model' | 'loss'>): number {
  const { linearised } = asLoss('trak.fit', 'fitted.loss', loss);
  return model.outputPositions * (linearised === 'outputs' ? model.outputs : 1);
}

/** A fit that was made or read elsewhere, held against the model, training set and projection that it is used with. */
function asTrakFit(
  fit: TrakFit,
  { model, loss }: FittedModel,
  train: Dataset,
  { dimension }: Projection,
): TrakFit {
  const where = 'trak.fit';
  checkObject(where, 'fit', fit);
  const count = trakOutputs({ model, loss });
  const n = datasetSize(train);
  const features = asList(where, 'features', fit.features, 'matrices').map((a) =>
    asMatrix(where, 'features', a),
  );
  const slopes = asList(where, 'slopes', fit.slopes, 'vectors');
  for (const { length } of [features, slopes])
    if (length !== count) throw new ShapeError(where, 'fit', `of ${count} outputs`, `one of ${length}`);
  for (const part of features) checkShape(where, 'features', part, n, dimension);
  for (const part of slopes) checkLength(where, 'slopes', part, n);
  const factor = asMatrix(where, 'factor', fit.factor);
  checkShape(where, 'factor', factor, dimension, dimension);
  return { features, slopes, factor };
}

function fitOne(
  fitted: FittedModel,
  train: Dataset,
  projection: Projection,
  ridge: number,
  chunk: number | undefined,
): TrakFit {
  const { model, theta } = fitted;
  const all = outputs(fitted, train);
  const slopes = all.map((output) => output.slopes);
  const features = all.map(({ of, data, roots }) => {
    const rows = projectedGradients(model, of, theta, data, projection, 0, datasetSize(train), chunk);
    if (roots !== undefined)
      for (const [i, root] of roots.entries())
        for (let k = 0, row = rows.row(i); k < row.length; k++) row[k] *= root;
    return rows;
  });
  const k = projection.dimension;
  const gram = Matrix.zeros(k, k);
  for (const part of features) syrk(part, { transpose: true, out: gram, accumulate: true });
  for (let i = 0; i < k; i++) gram.data[i * (k + 1)] += ridge;
  return { features, slopes, factor: factorise(gram).lower };
}

function factorise(gram: Matrix): Cholesky {
  try {
    return cholesky(gram);
  } catch (error) {
    if (!(error instanceof NotPositiveDefiniteError)) throw error;
    const reason = gram.data.every((x) => x === 0)
      ? 'The projected gradients are all 0: no example has a weight above 0, or the margin does not depend on the parameters.'
      : `The projected gradients span fewer than ${gram.rows} dimensions: take a smaller dimension, or a ridge.`;
    throw new SingularError('trak.fit', error.pivot, reason);
  }
}

/** An output f of every example, with what becomes of it. */
interface Output {
  readonly of: ProjectedFunction;
  /** The examples, so weighted that `of` is f. */
  readonly data: Dataset;
  /** √w of the example, or of the position that f is of, [N]; undefined: 1. */
  readonly roots: Vec | undefined;
  /** ∂L/∂f, [N], over √w. */
  readonly slopes: Vec;
}

/** What f is for a loss, and ∂L/∂f of every example: one output for each position, and for each of the numbers that it predicts. */
function outputs({ model, loss, theta }: FittedModel, train: Dataset): readonly Output[] {
  const { outputPositions: positions, outputs: width } = model;
  const n = datasetSize(train);
  return withAnswers<readonly Output[]>(
    asLoss('trak.fit', 'fitted.loss', loss),
    train,
    ({ linearised: { of, slope } }) =>
      Array.from({ length: positions }, (_, position) => {
        const { data, roots } = atPosition(train, positions, position);
        const slopes = exampleValues(model, of, theta, data).map(slope);
        return { of, data, roots, slopes: timesRoots(slopes, roots) };
      }),
    (definition, targets) => {
      const all = logits(model, theta, train.inputs);
      return Array.from({ length: positions }, (_, position) => {
        const { roots } = atPosition(train, positions, position);
        const own = (a: Matrix): Matrix => columnRange(a, position * width, width);
        const slopes = definition.gradient(transpose(own(all)), own(targets), 0);
        return Array.from({ length: width }, (_, logit) => ({
          of: { logit, position },
          data: train,
          roots,
          slopes: timesRoots(slopes.row(logit), roots),
        }));
      }).flat();
    },
  );

  function timesRoots(slopes: Vec, roots: Vec | undefined): Vec {
    return roots === undefined ? slopes : Float64Array.from({ length: n }, (_, i) => slopes[i] * roots[i]);
  }
}

/** The examples with weight 1 at one position, where it counts at all, and √w; as they are if there is but one, and no weights. */
export function atPosition(
  data: Dataset,
  positions: number,
  position: number,
): { readonly data: Dataset; readonly roots: Vec | undefined } {
  if (positions === 1 && data.weights === undefined) return { data, roots: undefined };
  const n = datasetSize(data);
  const weight = (i: number): number => data.weights?.at(i, position) ?? 1 / positions;
  const weights = Matrix.zeros(n, positions);
  for (let i = 0; i < n; i++) weights.set(i, position, weight(i) > 0 ? 1 : 0);
  return {
    data: { ...data, weights },
    roots: Float64Array.from({ length: n }, (_, i) => Math.sqrt(weight(i))),
  };
}

function columnRange(a: Matrix, first: number, count: number): Matrix {
  if (count === a.cols) return a;
  return Matrix.of(Array.from({ length: a.rows }, (_, r) => a.row(r).subarray(first, first + count)));
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
