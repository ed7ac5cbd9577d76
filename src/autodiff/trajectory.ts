/** @file A training run with parameters from along the way, and the integral of its step sizes. */
import { checkObject, checkString } from '../linalg/border/arguments.ts';
import { asList } from '../linalg/border/instances.ts';
import { asVector } from '../linalg/border/vector.ts';
import { checkFinite, checkInteger, checkLength, checkNonNegative } from '../linalg/checks.ts';
import { DomainError, ShapeError } from '../linalg/errors.ts';
import type { Vec } from '../linalg/matrix.ts';
import { asModel } from './as-model.ts';
import type { Network } from './network.ts';
import type { Optimiser } from './optimisers/optimiser.ts';

/** Parameters at one moment of training. */
export interface Checkpoint {
  /** SGD steps taken before it: 0 is the random start, `Trajectory.steps` the end. */
  readonly step: number;
  /** Shape [model.parameterCount]. */
  readonly theta: Vec;
  /** What an optimiser other than SGD keeps there, each [model.parameterCount]: of AdamW m and v, PyTorch's exp_avg and exp_avg_sq. */
  readonly states?: readonly Vec[];
}

/** One run of SGD, v ← momentum·v + ∇ + weightDecay·θ, θ ← θ − η v, or of the optimiser that it names, with some of its parameters. */
export interface Trajectory {
  /** At least one; steps strictly ascending. */
  readonly checkpoints: readonly Checkpoint[];
  /** Steps of the whole run. */
  readonly steps: number;
  /** η of epoch e, shape [⌈steps / stepsPerEpoch⌉]. A run whose η changes at every step has epochs of one step. */
  readonly learningRates: Vec;
  /** Steps that share one η. */
  readonly stepsPerEpoch: number;
  /** In [0, 1). */
  readonly momentum: number;
  /** The L2 penalty as PyTorch's SGD adds it to the gradient; ≥ 0. */
  readonly weightDecay: number;
  /** Examples per step. */
  readonly batch: number;
  /** Absent of SGD. `momentum` and `weightDecay` are 0 where it is there: it has its own. */
  readonly optimiser?: Optimiser;
}

/**
 * Steps for `count` checkpoints at equal distances, the last one at the end of training and none at the start:
 * round(steps·k/count), k = 1..count.
 *
 * @throws {DomainError} not 1 ≤ count ≤ steps, or not integers. @example checkpointSteps(100, 4); // [25, 50, 75, 100]
 */
export function checkpointSteps(steps: number, count: number): number[] {
  checkInteger('checkpointSteps', 'steps', steps, 1, Number.MAX_SAFE_INTEGER);
  checkInteger('checkpointSteps', 'count', count, 1, steps);
  return Array.from({ length: count }, (_, k) => Math.round((steps * (k + 1)) / count));
}

/**
 * Σ η over the steps from..to−1.
 *
 * @param from - Integer ≥ 0. @param to - Integer, from ≤ to ≤ steps. @throws {DomainError} | {ShapeError} otherwise. Cost: O(epochs).
 * @example sumOfRates(trajectory, 0, trajectory.steps); // of the whole run
 */
export function sumOfRates(trajectory: Trajectory, from: number, to: number): number {
  const where = 'sumOfRates';
  const { stepsPerEpoch, steps, learningRates } = asRun(where, trajectory);
  checkInteger(where, 'to', to, 0, steps);
  checkInteger(where, 'from', from, 0, to);
  let sum = 0;
  for (let epoch = Math.floor(from / stepsPerEpoch); epoch * stepsPerEpoch < to; epoch++) {
    const first = Math.max(from, epoch * stepsPerEpoch);
    const end = Math.min(to, (epoch + 1) * stepsPerEpoch);
    sum += (end - first) * learningRates[epoch];
  }
  return sum;
}

/**
 * Refuses what is no training run of a model.
 *
 * @throws {ShapeError} no checkpoint, or lengths that do not fit. @throws {DomainError} a number out of its range, steps that
 * do not ascend. @throws {NonFiniteError} NaN or ±∞ in a checkpoint.
 */
export function checkTrajectory(where: string, model: Network, trajectory: Trajectory): void {
  asTrajectory(where, model, trajectory);
}

/** The training run of a model that `trajectory` stands for, plain lists made vectors; itself if it is one already. Throws as {@link checkTrajectory}. */
export function asTrajectory(where: string, model: Network, trajectory: Trajectory): Trajectory {
  const { parameterCount } = asModel(where, 'model', model);
  const run = asRun(where, trajectory);
  for (const { step, theta, states = [] } of run.checkpoints)
    for (const [k, values] of [theta, ...states].entries()) {
      const argument = `${k === 0 ? 'theta' : `states[${k - 1}]`} of the checkpoint at step ${step}`;
      checkLength(where, argument, values, parameterCount);
      checkFinite(where, argument, values);
    }
  return run;
}

/** As {@link asTrajectory}, of whatever model. */
export function asRun(where: string, trajectory: Trajectory): Trajectory {
  checkObject(where, 'trajectory', trajectory);
  const { checkpoints, steps, stepsPerEpoch, momentum, weightDecay, batch } = trajectory;
  checkInteger(where, 'trajectory.steps', steps, 0, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'trajectory.stepsPerEpoch', stepsPerEpoch, 1, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'trajectory.batch', batch, 1, Number.MAX_SAFE_INTEGER);
  const learningRates = asVector(where, 'trajectory.learningRates', trajectory.learningRates);
  checkLength(where, 'trajectory.learningRates', learningRates, Math.ceil(steps / stepsPerEpoch));
  for (const rate of learningRates) checkNonNegative(where, 'trajectory.learningRates', rate);
  checkNonNegative(where, 'trajectory.momentum', momentum);
  if (momentum >= 1) throw new DomainError(where, 'trajectory.momentum', 'in [0, 1)', momentum);
  checkNonNegative(where, 'trajectory.weightDecay', weightDecay);
  if (trajectory.optimiser !== undefined) {
    checkObject(where, 'trajectory.optimiser', trajectory.optimiser);
    checkString(where, 'trajectory.optimiser.name', trajectory.optimiser.name);
    for (const [name, value] of Object.entries({ momentum, weightDecay }))
      if (value !== 0)
        throw new DomainError(where, `trajectory.${name}`, '0 beside an optimiser, which has its own', value);
  }
  asList(where, 'trajectory.checkpoints', checkpoints, 'checkpoints');
  if (checkpoints.length === 0) throw new ShapeError(where, 'trajectory.checkpoints', 'at least one', 'none');
  let last = -1;
  let same = learningRates === trajectory.learningRates;
  const kept = checkpoints.map((checkpoint, k): Checkpoint => {
    checkObject(where, `trajectory.checkpoints[${k}]`, checkpoint);
    const { step } = checkpoint;
    checkInteger(where, 'step of a checkpoint', step, 0, steps);
    if (step <= last)
      throw new DomainError(where, 'steps of checkpoints', 'strictly ascending', `${step} after ${last}`);
    last = step;
    const theta = asVector(where, `theta of the checkpoint at step ${step}`, checkpoint.theta);
    if (checkpoint.states !== undefined) asList(where, `states of the checkpoint at step ${step}`, checkpoint.states, 'vectors'); // biome-ignore format: one line
    const states = checkpoint.states?.map((state, s) =>
      asVector(where, `states[${s}] of the checkpoint at step ${step}`, state),
    );
    if (theta === checkpoint.theta && (states ?? []).every((state, s) => state === checkpoint.states?.[s]))
      return checkpoint;
    same = false;
    return { step, theta, ...(states === undefined ? {} : { states }) };
  });
  return same ? trajectory : { ...trajectory, learningRates, checkpoints: kept };
}
