/** @file Two small trained networks on overlapping classes, with their checkpoints, and quick options for every method. */
import type { ClassificationData } from '../../../src/autodiff/dataset.ts';
import { Mlp } from '../../../src/autodiff/mlp.ts';
import { Trainer } from '../../../src/autodiff/train.ts';
import { checkpointSteps, type Trajectory } from '../../../src/autodiff/trajectory.ts';
import type { FittedModel } from '../../../src/influence/attributor.ts';
import type { MethodName, MethodOptions } from '../../../src/influence/methods/method-name.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';

const FEATURES = 4;
const CLASSES = 3;
export const N = 48;
export const Q = 6;
export const model = new Mlp([FEATURES, 5, CLASSES], 'tanh');

/** Normal clouds about one corner each, close enough to overlap. */
function clouds(n: number, name: string): ClassificationData {
  const random = rng(3, name);
  const labels = Int32Array.from({ length: n }, (_, i) => i % CLASSES);
  const inputs = new Matrix(n, FEATURES, random.fillNormal(new Float64Array(n * FEATURES)));
  for (let i = 0; i < n; i++) inputs.set(i, labels[i], inputs.at(i, labels[i]) + 2);
  return { inputs, labels };
}

export const train: ClassificationData = clouds(N, 'train');
export const queries: ClassificationData = clouds(Q, 'queries');

const trainer = new Trainer(model, 'cross-entropy', train, {
  epochs: 40,
  batch: 16,
  learningRate: 0.05,
  momentum: 0.9,
  weightDecay: 0.01,
  schedule: 'constant',
  initialisation: 'torch',
  dropLast: true,
});

const runs = [0, 1].map((seed) =>
  trainer.trainTrajectory({ seed, checkpoints: checkpointSteps(trainer.stepsOf(), 6) }),
);
export const models: readonly FittedModel[] = runs.map(({ theta }) => ({
  model,
  loss: 'cross-entropy',
  theta,
}));
export const trajectories: readonly Trajectory[] = runs.map(({ trajectory }) => trajectory);

/** What makes a method quick on this problem; the other options keep their rules. */
export const QUICK: { readonly [M in MethodName]?: MethodOptions } = {
  lissa: { iterations: 100, batch: 16, repeats: 2 },
  astra: { iterations: 40, batch: 32, repeats: 2 },
  'astra-source': { iterations: 20, batch: 32, repeats: 2 },
  bif: { chains: 2, draws: 60, batch: 24 },
  'bif-correlation': { chains: 2, draws: 60, batch: 24 },
  arnoldi: { rank: 10 },
  trajectory: { epochs: 10, lr: 0.05, batch: 16 },
};
