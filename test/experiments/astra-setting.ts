/** @file A tiny version of the experiment on Concrete, for tests. */
import { ekfac } from '../../src/curvature/index.ts';
import { type Frame, gradientFrame } from '../../src/experiments/astra/frame.ts';
import { settingSets, storedProblem } from '../../src/experiments/astra/network.ts';
import type { ScoredNetwork } from '../../src/experiments/astra/scores.ts';
import type { AstraSetting } from '../../src/experiments/astra/setting.ts';
import type { TaskResult } from '../../src/experiments/engine/task.ts';

/** 24 mixtures, 5 queries, a network of 8-4-3-1 trained for three epochs; batches of 8. */
export const TINY: AstraSetting & { readonly sizes: readonly number[] } = {
  name: 'concrete',
  draw: { dataset: 'concrete', train: 24, queries: 5, seed: 1 },
  sizes: [8, 4, 3, 1],
  loss: 'squared-error',
  training: {
    epochs: 3,
    batch: 8,
    learningRate: 0.05,
    momentum: 0.5,
    weightDecay: 1e-3,
    schedule: 'constant',
    initialisation: 'torch',
    dropLast: false,
  },
  measurement: 'absolute-error',
  subsetFraction: 0.5,
  fisher: { kind: 'mc', samples: 1, seed: 1 },
  solver: {
    iterations: 12,
    timesDamping: 0.1,
    momentum: 0.9,
    decay: { factor: 0.5, every: 5 },
    batch: 8,
    neumannIterations: 30,
  },
  dampings: [0.05],
  trakDimension: 4,
  seed: 1,
};

/** A trained network of {@link TINY}, as scores are asked of it. */
export function tinyNetwork(stored: TaskResult): ScoredNetwork & { readonly frame: () => Frame } {
  const problem = storedProblem(TINY, stored, undefined);
  const frame = gradientFrame(problem, settingSets(TINY, undefined).query, TINY.measurement, TINY.fisher);
  const preconditioner = ekfac(problem, { fisher: TINY.fisher });
  return {
    setting: TINY,
    folder: undefined,
    problem,
    stored,
    frame: () => frame,
    preconditioner: () => preconditioner,
  };
}
