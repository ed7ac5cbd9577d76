/** @file AdamW against torch.optim.AdamW from the same start over the same order of examples; its bits, memory and refusals. */
import { describe, expect, test } from 'vitest';
import {
  type AdamWOptions,
  adamW,
  type Loss,
  Mlp,
  type OptimiserConfig,
  Trainer,
  type TrainingSchedule,
  toTorchOrder,
} from '../../src/autodiff/index.ts';
import { rng } from '../../src/linalg/index.ts';
import { createArena } from '../../src/linalg/kernels/create-arena.ts';
import { networkKernels } from '../../src/linalg/kernels/network/in-arena.ts';
import { relativeError } from '../helpers/close.ts';
import { type GoldenRun, goldenTraining } from '../helpers/golden-training.ts';

interface Run extends TrainingSchedule, GoldenRun {
  readonly adamw: Required<AdamWOptions>;
  readonly checkpoints: readonly { step: number; theta: number[]; first: number[]; second: number[] }[];
}

const golden = goldenTraining<Run>('adamw.json');

/** Relative, of parameters and states. */
const EXACT = 1e-12;

function trainerOf(run: Run): Trainer {
  const { epochs, batch, learningRate, schedule, initialisation, dropLast, adamw, loss } = run;
  const optimiser = adamW(adamw);
  const config: OptimiserConfig = {
    epochs,
    batch,
    learningRate,
    schedule,
    initialisation,
    dropLast,
    optimiser,
  };
  const data = golden.dataOf(loss);
  return new Trainer(new Mlp(run.sizes, run.activation), loss, data, config);
}

test.each(golden.runs)('$name', (run) => {
  const trainer = trainerOf(run);
  const { theta, trajectory } = trainer.trainTrajectory({
    seed: run.seed,
    checkpoints: run.checkpoints.map(({ step }) => step),
  });
  expect(theta).toEqual(trainer.train({ seed: run.seed }));
  expect(theta).toEqual(trajectory.checkpoints.at(-1)?.theta);
  expect(trajectory).toMatchObject({
    momentum: 0,
    weightDecay: 0,
    optimiser: { name: 'adamw', ...run.adamw },
  });
  for (const [k, { step, theta: own, states = [] }] of trajectory.checkpoints.entries()) {
    const expected = run.checkpoints[k];
    expect(step).toBe(expected.step);
    expect(relativeError(toTorchOrder(trainer.model as Mlp, own), expected.theta)).toBeLessThan(EXACT);
    for (const [s, wanted] of [expected.first, expected.second].entries())
      expect(relativeError(toTorchOrder(trainer.model as Mlp, states[s]), wanted)).toBeLessThan(EXACT);
  }
});

test.each([1, 2, 7, 64])('both tiers give the same bits, of %i parameters', (n) => {
  const ends = (['scalar', 'simd'] as const).map((tier) => {
    const arena = createArena(8 + 4 * n, tier);
    const random = rng(1, 'adamw', n);
    random.fillNormal(arena.memory);
    for (let i = 0; i < n; i++) arena.memory[8 + 2 * n + i] **= 2;
    arena.memory.set([0.999, 0.1, 0.99, 0.01, 0.02, 0.3, 1e-8]);
    for (let t = 0; t < 3; t++) networkKernels(arena).adamw(n, 0, 8, 8 + n, 8 + 2 * n, 8 + 3 * n);
    return arena.memory.slice();
  });
  expect(ends[0]).toEqual(ends[1]);
  expect(ends[0].every(Number.isFinite)).toBe(true);
});

describe('refused by name', () => {
  const schedule = { epochs: 1, batch: 4, learningRate: 0.1, schedule: 'constant', initialisation: 'torch', dropLast: true } as const; // biome-ignore format: one line
  const make = (config: unknown, loss: Loss = 'cross-entropy'): Trainer =>
    new Trainer(new Mlp([4, 3], 'tanh'), loss, golden.classes, config as OptimiserConfig);

  test('what does not apply to it, and what it cannot be', () => {
    expect(() => make({ ...schedule, optimiser: adamW(), momentum: 0.9 })).toThrow(/config.momentum/);
    expect(() => make({ ...schedule, optimiser: adamW(), weightDecay: 0 })).toThrow(/config.weightDecay/);
    expect(() => make({ ...schedule, optimiser: 'adamw' })).toThrow(/optimiser must be an object/);
    expect(() => make({ ...schedule, optimiser: { ...adamW(), step: 1 } })).toThrow(/optimiser.step/);
    expect(() => adamW({ beta1: 1 })).toThrow(/beta1 must be in \[0, 1\)/);
    expect(() => adamW({ epsilon: 0 })).toThrow(/epsilon must be above 0/);
    expect(() => adamW({ weightDecay: -1 })).toThrow(/weightDecay/);
  });
});
