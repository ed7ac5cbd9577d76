/** @file Arnoldi influence: a few eigenpairs of the curvature, found by products alone, stand for all of it. */
import { type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import { ggnOperator, hessianOperator } from '../../curvature/operators.ts';
import { checkFields, checkSeed, oneOf } from '../../linalg/border/fields.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { SingularError } from '../../linalg/errors.ts';
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import { type LanczosPairs, type LanczosStats, lanczos } from '../../linalg/operators/lanczos.ts';
import { matmul } from '../../linalg/products.ts';
import { rng } from '../../linalg/random/random.ts';
import { maxAbs } from '../../linalg/sum.ts';
import type { Attributor, FittedAttributor, FittedModel } from '../attributor.ts';
import { asFittedModel } from '../attributors/bilinear-scores.ts';
import type { Discarded } from '../attributors/discarded.ts';
import type { Measurement } from '../measurement.ts';
import { CHUNKED, count, nonNegative } from '../option-checks.ts';
import { type ArnoldiFit, asArnoldiFit } from './arnoldi-fit.ts';
import { featureAttributor } from './feature-scores.ts';

export interface ArnoldiInfluenceOptions {
  /** Eigenpairs kept, those with the largest |λ|; no more than there are parameters. Default {@link ARNOLDI_RANK}. */
  readonly rank?: number;
  /** Curvature of the mean training loss: 'hessian' (default, the paper's) or 'ggn'. Products only. */
  readonly curvature?: 'hessian' | 'ggn';
  /** Products with the curvature, the dimension of the Krylov space. Default twice the rank. */
  readonly iterations?: number;
  /** The search ends early when every pair has ‖Cy − λy‖ ≤ rtol ‖C‖. Default 1e-8. */
  readonly rtol?: number;
  /** Added to λ's magnitude, sign kept. Default 0, as in the paper. */
  readonly damping?: number;
  /** Names the start vector, stream (seed, 'arnoldi'). Default 0. */
  readonly seed?: number;
  /** Default 'loss'. */
  readonly measurement?: Measurement;
  /** Default 'arnoldi'. */
  readonly id?: string;
  /** Examples per chunk of gradients. */
  readonly chunk?: number;
}

/** Eigenpairs kept by default. */
export const ARNOLDI_RANK = 100;

const OPTIONS = {
  ...CHUNKED,
  rank: count,
  curvature: oneOf('hessian', 'ggn'),
  iterations: count,
  rtol: nonNegative,
  damping: nonNegative,
  seed: checkSeed,
};

/** Also tells the eigenpairs, and what they are worth. */
export interface FittedArnoldi extends FittedAttributor {
  /** λ ascending, shape [k]. */
  readonly values: Vec;
  /** ‖C y_i − λ_i y_i‖, shape [k]: some eigenvalue of C lies that close to λ_i. */
  readonly residuals: Vec;
  /** Pairs inverted: those with |λ| above rounding, D ε max|λ|. */
  readonly kept: number;
  readonly stats: LanczosStats;
  /** What can be kept, and given to another `fit`. */
  readonly fit: ArnoldiFit;
  /** How much of the squared norm of the gradients lies outside the span of the inverted pairs. */
  discarded(queries: Dataset): Discarded;
}

/** An {@link Attributor} by a few eigenpairs. */
export interface ArnoldiInfluence extends Attributor {
  /**
   * @param earlier - The fit to the same model and training set under the same options, `damping` aside: nothing is computed again.
   * @throws {ShapeError} one of other shapes.
   */
  fit(model: FittedModel, train: Dataset, earlier?: ArnoldiFit): FittedArnoldi;
}

/**
 * Arnoldi influence: score[q, i] = Σ_j (y_jᵀ∇m(z_q)) (y_jᵀ∇L(z_i)) / λ_j over the k eigenpairs of C with the largest |λ|, C the
 * Hessian or the GGN of the mean loss. C is symmetric, so Arnoldi's iteration is Lanczos', here with full reorthogonalisation.
 * With all pairs it is the pseudo-inverse. Negative λ are inverted as they are. Sign, scale and orientation: see `Attributor`.
 *
 * @returns An attributor. `fit` iterates; pairs that have not converged are used all the same, with their residuals beside
 * them, as in the paper.
 * @throws {DomainError} options. From `fit`: {@link SingularError} no eigenvalue above rounding.
 * Cost of `fit`: per iteration one product, about four gradients of the mean loss, and the training features, 2 N D k flops;
 * `iterations` · D + N k doubles; none of it with an earlier fit. Of `score`: 2 nQuery (D + N) k.
 * Reference: Schioppa, Zablotskaia, Vilar & Sokolov, Scaling Up Influence Functions (2022), §4.
 * @example arnoldiInfluence({ rank: 50, curvature: 'ggn' }).fit({ model, loss, theta }, train).residuals;
 */
export function arnoldiInfluence(options: ArnoldiInfluenceOptions = {}): ArnoldiInfluence {
  const where = 'arnoldiInfluence';
  checkFields(where, options, OPTIONS);
  const { rank = ARNOLDI_RANK, curvature = 'hessian', rtol = 1e-8, damping = 0, seed = 0 } = options;
  const { measurement = 'loss', chunk, iterations = 2 * rank } = options;
  checkInteger(where, 'iterations', iterations, rank, Number.POSITIVE_INFINITY);
  return {
    id: options.id ?? 'arnoldi',
    measurement,
    fit(fitted, train, earlier) {
      ({ fitted, train } = asFittedModel('arnoldiInfluence.fit', fitted, train));
      const { model, theta } = fitted;
      const n = model.parameterCount;
      const k = Math.min(rank, n);
      const search = (): LanczosPairs => {
        const problem = { ...fitted, data: train };
        const operator = curvature === 'hessian' ? hessianOperator(problem) : ggnOperator(problem);
        const maxIterations = Math.max(k, Math.min(n, iterations));
        return lanczos(operator, k, rng(seed, 'arnoldi'), { rtol, maxIterations, onFailure: 'return' });
      };
      const known = earlier && asArnoldiFit('arnoldiInfluence.fit', earlier, { parameters: n, rank: k, n: datasetSize(train) }); // biome-ignore format: one line
      const { values, vectors, residuals, stats } = known ?? search();
      const inverses = inverseValues(values, damping, n);
      const kept = inverses.reduce((count, x) => count + (x === 0 ? 0 : 1), 0);
      if (kept === 0)
        throw new SingularError('arnoldiInfluence.fit', maxAbs(values), 'The curvature vanishes here.');
      const scores = featureAttributor({
        fitted,
        train,
        measurement,
        features: (f, data, start, end) =>
          matmul(perExampleGradients(model, f, theta, data, start, end), vectors),
        transform: (features) => scaledColumns(features, inverses),
        chunk: chunk ?? Math.max(1, Math.floor(2 ** 21 / n)),
        training: known?.features,
      });
      const discarded = (queries: Dataset): Discarded => scores.outside(queries, (j) => inverses[j] !== 0);
      const fit: ArnoldiFit = { values, vectors, residuals, stats, features: scores.training };
      return { ...scores, values, residuals, kept, stats, fit, discarded };
    },
  };
}

/** 1/λ with |λ| raised by the damping; 0 for what rounding cannot tell from 0. */
function inverseValues(values: Vec, damping: number, n: number): Vec {
  const smallest = n * Number.EPSILON * maxAbs(values);
  return values.map((x) => {
    if (Math.abs(x) <= smallest) return damping > 0 ? 1 / damping : 0;
    return 1 / (x + Math.sign(x) * damping);
  });
}

function scaledColumns(a: Matrix, factors: Vec): Matrix {
  const out = a.clone();
  for (let r = 0; r < out.rows; r++) {
    const row = out.row(r);
    for (let c = 0; c < row.length; c++) row[c] *= factors[c];
  }
  return out;
}
