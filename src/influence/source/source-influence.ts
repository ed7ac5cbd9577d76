/** @file SOURCE: influence through the whole of training, unrolled segment by segment. */

import type { Dataset } from '../../autodiff/dataset.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import type { EigenOperator } from '../../curvature/eigen-operator.ts';
import type { Matrix } from '../../linalg/matrix.ts';
import type { Attributor, FittedModel, LayeredAttributor } from '../attributor.ts';
import { asFittedModel } from '../attributors/bilinear-scores.ts';
import { measurementFunction } from '../measurement.ts';
import { trajectoryAttributor } from './trajectory-scores.ts';
import {
  backwardWalk,
  checkUnrolledOptions,
  segmentVectors,
  type UnrolledRunOptions,
  type UnrolledSegment,
  unrolledRun,
} from './unrolled-run.ts';

export interface SourceOptions extends UnrolledRunOptions {}

/** Also holds the segments with their curvatures, and gives what the training gradients are multiplied with. */
export interface FittedSource extends LayeredAttributor {
  /** First in training first. */
  readonly segments: readonly UnrolledSegment[];
  /** Per segment, F_seg S̄_{ℓ+1} ⋯ S̄_L ∇m(z_q), one query per row, [nQuery, D]. */
  queryVectors(queries: Dataset): readonly Matrix[];
}

/** An {@link Attributor} that has seen training. */
export interface SourceInfluence extends Attributor {
  /**
   * @param earlier - The curvature of each segment from an earlier fit to the same model, run and training set under the same options:
   * none is built again. The training gradients at the checkpoints are no part of it.
   * @throws {ShapeError} another number of segments, or of parameters.
   */
  fit(model: FittedModel, train: Dataset, earlier?: readonly EigenOperator[]): FittedSource;
}

/**
 * SOURCE: what leaving an example out changes in this finite training, not in a minimum that it may never have reached.
 * With S̄_ℓ = exp(−t_ℓ C_ℓ), C_ℓ the mean curvature of segment ℓ plus weight decay and damping, ḡ_ℓ the mean gradient over its
 * checkpoints, and t_ℓ = Σ η/(1 − momentum) over its steps,
 *
 *   score[q, i] = ∇m(z_q)ᵀ Σ_ℓ S̄_L ⋯ S̄_{ℓ+1} (I − exp(−t_ℓ C_ℓ)) C_ℓ⁻¹ ḡ_ℓ(z_i),   ∇m at the end of training.
 *
 * Sign and orientation as on `Attributor`; and the scale: (1/N) score is the predicted change of m on removing z_i, that is on taking
 * its term out of the mean loss (1/N) Σ L while the other terms keep their weight. Training again on the other N − 1 with
 * their own mean raises those weights too: the prediction for that is (score[q, i] − mean_j score[q, j])/(N − 1), which ranks
 * examples alike. (At a minimum the mean gradient vanishes, and the two agree.)
 *
 * What it assumes: within a segment curvature and gradients are constant, steps are small (ησ < 1 for all σ, so that
 * (1 − ησ)^K ≈ e^(−ηKσ)), batches independent of the example, and momentum is the factor 1/(1 − m) on the step. One segment
 * of a long training is the damped influence function with λ ≈ 1/t.
 *
 * Weight decay is part of training: every step also multiplies θ by 1 − η·weightDecay, so that C = curvature of the mean loss
 * + weightDecay·I. The gradient of an example has no part of it, as the penalty does not belong to an example.
 *
 * A run of **AdamW** (`trajectory.optimiser`, checkpoints with their states) has steps θ ← (1 − ηλ) θ − η P g, P = 1/(√(v/(1 − β₂ᵗ)) + ε) element by element and g
 * about the mean gradient. With P̄_ℓ the mean of P over the checkpoints of a segment, and M_ℓ = P̄^½ (C_ℓ + damping) P̄^½ + λ,
 *
 *   S̄_ℓ = P̄^½ exp(−t_ℓ M_ℓ) P̄^(−½),   r̄_ℓ = P̄^½ (I − exp(−t_ℓ M_ℓ)) M_ℓ⁻¹ P̄^½ ḡ_ℓ,   t_ℓ = Σ η,
 *
 * which is (I − η (P̄ C + λ))^K ≈ S̄ and η Σ_k (I − η (P̄ C + λ))ᵏ P̄ ḡ ≈ r̄ by the similarity of P̄ C and P̄^½ C P̄^½. Beside the above it assumes that P is constant in a segment, does not
 * depend on the example, and that m follows g at once. P̄^½ C P̄^½ has no Kronecker form: its blocks are decomposed, Σ d_b³, or the whole, D³, of a curvature without blocks.
 *
 * @returns An attributor; `fit` builds one curvature per segment. `score` needs no solver: two filters in each eigenbasis.
 * @throws {DomainError} options; from `fit` also a run that does not end at the model's θ; {@link ShapeError},
 * {@link NonFiniteError}. {@link NumericalError} where negative eigenvalues let a filter overflow.
 * Not checked: that the run was made from this training set.
 * Cost of `fit`: a curvature per checkpoint and one eigendecomposition per segment. Of `score`: 2L − 1 applications of a basis
 * per query; the training gradients at every checkpoint, once per chunk of queries; O(L · nQuery · N · D) for the products.
 * Reference: Bae, Lin, Lorraine & Grosse 2024, Training data attribution via approximate unrolled differentiation, Eqs. 15 to 22
 * App. C (preconditioned steps) and App. D (momentum).
 * @example
 * const { theta, trajectory } = trainer.trainTrajectory({ seed: 0, checkpoints: checkpointSteps(trainer.stepsOf(), 6) });
 * const scores = sourceInfluence({ trajectory }).fit({ model, loss, theta }, train).score(queries);
 */
export function sourceInfluence(options: SourceOptions): SourceInfluence {
  checkUnrolledOptions('sourceInfluence', options);
  const { measurement = 'loss', id = 'source', chunk } = options;
  return {
    id,
    measurement,
    fit(fitted, train, earlier) {
      ({ fitted, train } = asFittedModel('sourceInfluence.fit', fitted, train));
      const segments = unrolledRun('sourceInfluence.fit', fitted, train, options, earlier);
      const { model, loss, theta } = fitted;
      const f = measurementFunction(measurement, loss);
      const vectors = (queries: Dataset, start?: number, end?: number): readonly Matrix[] => {
        const carried = backwardWalk(segments, perExampleGradients(model, f, theta, queries, start, end));
        return segments.map((segment) => segmentVectors(segment, carried[segment.index]));
      };
      const scores = trajectoryAttributor({
        fitted,
        train,
        measurement,
        points: segments.map(({ points }) => points),
        queryVectors: vectors,
        ...(chunk === undefined ? {} : { chunk }),
      });
      return { ...scores, segments, queryVectors: (queries) => vectors(queries) };
    },
  };
}
