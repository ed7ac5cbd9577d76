/** @file TracIn: gradient dot products summed over the checkpoints of a training run. */
import type { Network } from '../../autodiff/network.ts';
import type { AdamW } from '../../autodiff/optimisers/adamw.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import {
  asRun,
  asTrajectory,
  type Checkpoint,
  sumOfRates,
  type Trajectory,
} from '../../autodiff/trajectory.ts';
import { type Check, checkFields, oneOf } from '../../linalg/border/fields.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import type { Attributor, FittedModel, LayeredAttributor } from '../attributor.ts';
import { asFittedModel } from '../attributors/bilinear-scores.ts';
import { type Measurement, measurementFunction } from '../measurement.ts';
import { CHUNKED } from '../option-checks.ts';
import { adaptiveOptimiser, rootPreconditioner, scaledColumns } from './preconditioner.ts';
import { checkEnd } from './trajectory-end.ts';
import { trajectoryAttributor } from './trajectory-scores.ts';

export interface TracinOptions {
  /** The run that ended in the fitted model. Kept by reference. */
  readonly trajectory: Trajectory;
  /**
   * w_c. 'rate' (default): η of the step that led to the checkpoint (of the first step for one at step 0), as published. 'time': Σ η/(1 − momentum) over
   * the steps since the checkpoint before, to the end of the run for the last one; see {@link tracin} for what that means.
   */
  readonly weights?: 'rate' | 'time';
  /** Default 'loss'. */
  readonly measurement?: Measurement;
  /** Default 'tracin'. */
  readonly id?: string;
  /** Queries per chunk. Default: as many as have their vectors in 128 MiB. */
  readonly chunk?: number;
}

const OPTIONS = {
  ...CHUNKED,
  trajectory: ((where, _, value) => asRun(where, value)) as Check,
  weights: oneOf('rate', 'time'),
};

/** Also holds w_c. */
export interface FittedTracin extends LayeredAttributor {
  /** One per checkpoint. */
  readonly weights: Vec;
}

export interface Tracin extends Attributor {
  fit(model: FittedModel, train: Parameters<Attributor['fit']>[1]): FittedTracin;
}

/**
 * TracIn at checkpoints: score[q, i] = Σ_c w_c ∇m(z_q, θ_c)·∇L(z_i, θ_c). What steps along ∇L(z_i) have done to m, to first order in the
 * step size, forgetting what later steps make of it. Sign and orientation as on `Attributor`.
 *
 * With weights 'rate' the scale has no meaning: it depends on how many checkpoints there are. With weights 'time' (1/N) score is a
 * predicted change of m: an example is in a step with probability B/N and is 1/B of its gradient, so that each step owes it
 * η/N; this is `sourceInfluence` with S̄ = I and F_seg = t. Momentum lengthens every step alike and cannot change ranks under
 * 'rate'.
 *
 * Of a run of AdamW score[q, i] = Σ_c w_c ∇m(z_q, θ_c)ᵀ P_c ∇L(z_i, θ_c), P = 1/(√(v/(1 − β₂ᵗ)) + ε) element by element with v as the checkpoint has it: what
 * its step makes of a gradient, the mean m of gradients taken as the gradient.
 *
 * @returns An attributor; every θ is the trajectory's.
 * @throws {DomainError} options. From `fit`: {@link ShapeError}, {@link DomainError}, {@link NonFiniteError}; among them a run whose last
 * parameters are not those of the fitted model.
 * Cost of `score`: all gradients once per checkpoint (those of training once per chunk of queries), and O(C · nQuery · N · D).
 * Reference: Pruthi, Liu, Sundararajan & Kale 2020, Estimating training data influence by tracing gradient descent, Eq. 4
 * (TracInCP).
 * @example tracin({ trajectory }).fit({ model, loss, theta }, train).score(queries);
 */
export function tracin(options: TracinOptions): Tracin {
  checkFields('tracin', options, OPTIONS, 'options', ['trajectory']);
  const { weights: kind = 'rate', measurement = 'loss', id = 'tracin', chunk } = options;
  return {
    id,
    measurement,
    fit(fitted, train) {
      ({ fitted, train } = asFittedModel('tracin.fit', fitted, train));
      const { model, loss } = fitted;
      const trajectory = asTrajectory('tracin.fit', model, options.trajectory);
      const adaptive = adaptiveOptimiser('tracin.fit', trajectory);
      checkEnd('tracin.fit', fitted, trajectory);
      checkInteger('tracin.fit', 'trajectory.steps', trajectory.steps, 1, Number.MAX_SAFE_INTEGER);
      const f = measurementFunction(measurement, loss);
      const weights = kind === 'rate' ? rates(trajectory) : times(trajectory);
      const roots = adaptive && trajectory.checkpoints.map((own) => rootAt(model, own, adaptive));
      const scores = trajectoryAttributor({
        fitted,
        train,
        measurement,
        points: trajectory.checkpoints.map(({ theta }) => [theta]),
        queryVectors: (queries, start, end) =>
          trajectory.checkpoints.map(({ theta }, c) => {
            const gradients = scaled(perExampleGradients(model, f, theta, queries, start, end), weights[c]);
            if (roots === undefined) return gradients;
            return scaledColumns(scaledColumns(gradients, roots[c], 1), roots[c], 1);
          }),
        ...(chunk === undefined ? {} : { chunk }),
      });
      return { ...scores, weights };
    },
  };
}

/** √P of one checkpoint. @throws {DomainError} one at the start, where AdamW has seen no gradient. */
function rootAt(model: Network, checkpoint: Checkpoint, adaptive: AdamW): Vec {
  if (checkpoint.step === 0)
    throw new DomainError('tracin.fit', 'trajectory.checkpoints', 'after step 0 of a run of AdamW', 0);
  return rootPreconditioner('tracin.fit', model, [checkpoint], adaptive);
}

/** η of the step before each checkpoint. */
function rates({ checkpoints, learningRates, stepsPerEpoch }: Trajectory): Vec {
  return Float64Array.from(
    checkpoints,
    ({ step }) => learningRates[Math.floor(Math.max(0, step - 1) / stepsPerEpoch)],
  );
}

/** Σ η / (1 − momentum) over the steps that each checkpoint stands for. */
function times(trajectory: Trajectory): Vec {
  const { checkpoints, steps, momentum } = trajectory;
  const last = checkpoints.length - 1;
  return Float64Array.from(checkpoints, ({ step }, c) => {
    const from = c === 0 ? 0 : checkpoints[c - 1].step;
    return sumOfRates(trajectory, from, c === last ? steps : step) / (1 - momentum);
  });
}

/** In place. */
function scaled(a: Matrix, factor: number): Matrix {
  for (let k = 0; k < a.data.length; k++) a.data[k] *= factor;
  return a;
}
