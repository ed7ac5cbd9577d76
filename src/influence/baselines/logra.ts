/** @file LoGra: gradients compressed on both sides of every layer, and a damped Fisher between what is left. */
import { type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import { sidesPerChunk, siteSides } from '../../autodiff/site-sides.ts';
import { checkFisher, type FisherType } from '../../curvature/fisher.ts';
import { sweepFisher } from '../../curvature/fisher-sweep.ts';
import type { Problem } from '../../curvature/problem.ts';
import { type Check, checkFields, checkSeed, oneOf } from '../../linalg/border/fields.ts';
import { Cholesky, cholesky } from '../../linalg/factorisations/cholesky.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { syrk, transpose } from '../../linalg/products.ts';
import type { Attributor, FittedAttributor, FittedModel } from '../attributor.ts';
import { asFittedModel } from '../attributors/bilinear-scores.ts';
import { type Discarded, RANDOM_PROJECTION } from '../attributors/discarded.ts';
import type { Measurement } from '../measurement.ts';
import { CHUNKED, count } from '../option-checks.ts';
import { featureAttributor } from './feature-scores.ts';
import { checkLayerDamping, LAYER_DAMPING, type LayerDamping, layerDamping } from './layer-damping.ts';
import {
  compressedGradients,
  type LayerProjection,
  principalProjections,
  randomProjections,
} from './layer-projections.ts';
import { asLograFit, type LograFit } from './logra-fit.ts';

export interface LograOptions {
  /** k per side: a layer's gradient becomes at most k × k. A side no longer than k is left as it is. Default {@link LOGRA_DIMENSION}. */
  readonly dimension?: number;
  /** λ_l > 0 of every layer, between the compressed gradients. Default {@link LAYER_DAMPING}. */
  readonly damping?: LayerDamping;
  /** 'random' (default): Gaussian, entries of variance 1/k. 'pca': leading eigenvectors of the layer's K-FAC factors. */
  readonly initialisation?: 'random' | 'pca';
  /**
   * Which labels the Fisher takes; default `{ kind: 'empirical' }`, as in the paper. Under 'pca' they are also those of the K-FAC factors,
   * and so decide the basis of the projections.
   */
  readonly fisher?: FisherType;
  /** Names the projections, streams (seed, 'logra', layer, side). Default 0. */
  readonly seed?: number;
  /** Default 'loss'. */
  readonly measurement?: Measurement;
  /** Default 'logra'. */
  readonly id?: string;
  /** Examples whose layer sides are held together. */
  readonly chunk?: number;
}

/** Length of a compressed side by default. */
export const LOGRA_DIMENSION = 16;

const OPTIONS = {
  ...CHUNKED,
  dimension: count,
  damping: checkLayerDamping,
  initialisation: oneOf('random', 'pca'),
  fisher: ((where, _, value) => checkFisher(where, value)) as Check,
  seed: checkSeed,
};

/** Also tells the damping of each layer. */
export interface FittedLogra extends FittedAttributor {
  /** λ_l, input side first. */
  readonly dampings: Vec;
  /** Numbers kept per training example. */
  readonly dimension: number;
  /** What can be kept, and given to another `fit`. */
  readonly fit: LograFit;
  /**
   * How much of the squared norm of the gradients lies outside the projections; null for random ones that compress, which keep
   * inner products on average and are no orthogonal directions.
   */
  discarded(queries: Dataset): Discarded;
}

/** An {@link Attributor} by LoGra. */
export interface Logra extends Attributor {
  /**
   * @param earlier - The fit to the same model and training set under the same options: nothing is computed again.
   * @throws {ShapeError} one of other shapes.
   */
  fit(model: FittedModel, train: Dataset, earlier?: LograFit): FittedLogra;
}

/**
 * LoGra: with P_out, P_in the projections of a layer and g̃ = vec(P_out δ (P_in ā)ᵀ) its compressed gradient,
 *
 *   score[q, i] = Σ_l ∇̃m(z_q)ᵀ (F_l + λ_l I)⁻¹ ∇̃L(z_i),   F_l = (1/N) Σ_j g̃_j g̃_jᵀ
 *
 * (the mean over labels, too, for a Fisher other than the empirical). Where no side is longer than k it is the influence
 * function of the block-diagonal damped Fisher. Full gradients are never formed. Where weights are used at several positions, in groups, as a
 * table or by tied layers, g̃ = vec(P_out M P_inᵀ) with M the gradient of the example in the block: the sum of the products of both projected
 * sides. Outputs at several positions have labels of their own, and their gradients stay apart in F_l, as in every curvature. Sign and orientation: see `Attributor`; the
 * scale is that of the compressed gradients.
 *
 * @returns An attributor. `fit` keeps the compressed training gradients, [N, Σ k_out k_in] doubles.
 * @throws {DomainError} options. From `fit`: {@link SingularError} a layer would have λ = 0.
 * Cost of `fit`: N Σ (k (in + out) + k² + k⁴) flops and Σ k⁶/3; 'pca' adds the K-FAC factors and their eigenvectors. With an earlier fit: nothing.
 * Reference: Choe et al., What is Your Data Worth to GPT? LLM-Scale Data Valuation with Influence Functions (2024), §3.
 * @example logra({ dimension: 16, initialisation: 'pca' }).fit({ model, loss, theta }, train).score(queries);
 */
export function logra(options: LograOptions = {}): Logra {
  const where = 'logra';
  checkFields(where, options, OPTIONS);
  const { dimension = LOGRA_DIMENSION, damping = LAYER_DAMPING, initialisation = 'random' } = options;
  const { fisher = { kind: 'empirical' }, seed = 0, measurement = 'loss' } = options;
  return {
    id: options.id ?? 'logra',
    measurement,
    fit(fitted, train, earlier) {
      ({ fitted, train } = asFittedModel('logra.fit', fitted, train));
      const compute = (): Omit<LograFit, 'features'> => {
        const problem = { ...fitted, data: train };
        const projections =
          initialisation === 'pca'
            ? principalProjections(problem, fisher, dimension)
            : randomProjections(fitted.model, seed, dimension);
        return { projections, ...smallFishers(problem, fisher, projections, damping) };
      };
      const known = earlier && asLograFit('logra.fit', earlier, { model: fitted.model, dimension, n: datasetSize(train) }); // biome-ignore format: one line
      const { projections, dampings, factors } = known ?? compute();
      const solvers = factors.map((lower) => new Cholesky(lower));
      const widths = projections.map(({ left, right }) => left.rows * right.rows);
      const { model, theta } = fitted;
      const scores = featureAttributor({
        fitted,
        train,
        measurement,
        features(f, data, start, end) {
          return beside(
            compressedGradients(model, projections, siteSides(model, f, theta, data, start, end)),
          );
        },
        transform: (features) => solveBlocks(features, widths, solvers),
        chunk: options.chunk ?? sidesPerChunk(model),
        training: known?.features,
      });
      const orthonormal =
        initialisation === 'pca' ||
        projections.every(({ left, right }) => left.matrix === undefined && right.matrix === undefined);
      return {
        ...scores,
        dampings,
        dimension: widths.reduce((total, w) => total + w, 0),
        fit: { projections, dampings, factors, features: scores.training },
        discarded: (queries) =>
          orthonormal ? scores.outside(queries) : { query: null, train: null, reason: RANDOM_PROJECTION },
      };
    },
  };
}

/** F_l + λ_l I of every layer, factored. */
function smallFishers(
  problem: Problem,
  fisher: FisherType,
  projections: readonly LayerProjection[],
  damping: LayerDamping,
): { factors: Matrix[]; dampings: Vec } {
  const alpha = 1 / problem.data.inputs.rows;
  const sums = projections.map(({ left, right }) =>
    Matrix.zeros(left.rows * right.rows, left.rows * right.rows),
  );
  sweepFisher('logra.fit', problem, fisher, {}, (sides) => {
    for (let s = 0; s < sides.samples; s++)
      for (const [l, rows] of compressedGradients(problem.model, projections, sides, s).entries())
        syrk(rows, { transpose: true, alpha, out: sums[l], accumulate: true });
  });
  const dampings = Float64Array.from(sums, (matrix) => {
    let trace = 0;
    for (let i = 0; i < matrix.rows; i++) trace += matrix.data[i * (matrix.rows + 1)];
    return layerDamping('logra.fit', damping, trace / matrix.rows);
  });
  const factors = sums.map((matrix, l) => {
    for (let i = 0; i < matrix.rows; i++) matrix.data[i * (matrix.rows + 1)] += dampings[l];
    return cholesky(matrix).lower;
  });
  return { factors, dampings };
}

/** Each block of columns times its inverse. */
function solveBlocks(rows: Matrix, widths: readonly number[], factors: readonly Cholesky[]): Matrix {
  const parts: Matrix[] = [];
  let first = 0;
  for (const [l, width] of widths.entries()) {
    const block = new Matrix(width, rows.rows);
    for (let r = 0; r < rows.rows; r++)
      for (let c = 0; c < width; c++) block.data[c * rows.rows + r] = rows.data[r * rows.cols + first + c];
    parts.push(transpose(factors[l].solve(block)));
    first += width;
  }
  return beside(parts);
}

/** Matrices of the same number of rows, side by side. */
function beside(parts: readonly Matrix[]): Matrix {
  const cols = parts.reduce((total, part) => total + part.cols, 0);
  const out = new Matrix(parts[0].rows, cols);
  let first = 0;
  for (const part of parts) {
    for (let r = 0; r < part.rows; r++) out.row(r).set(part.row(r), first);
    first += part.cols;
  }
  return out;
}
