/** @file A small network with everything that the upper layers take, made anew for every call. */
import { Float32Trainer, initialise, Mlp, Tape, Trainer } from '../../src/autodiff/index.ts';
import type { Problem } from '../../src/curvature/index.ts';
import type { ChainSample } from '../../src/influence/index.ts';
import { InfluenceChain, influenceTarget, LangevinChain, resolveSampler } from '../../src/influence/index.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';

export const model = () => new Mlp([2, 3, 2], 'tanh');
export const theta = () => initialise(model(), 'torch', rng(1, 'callers'));
export const inputs = () => Matrix.of([[1, 0], [0, 1], [-1, 0.5], [0.5, -1], [0.25, 2]]); // biome-ignore format: a matrix
export const data = () => ({ inputs: inputs(), labels: Int32Array.of(0, 1, 1, 0, 1) });
export const fitted = () => ({ model: model(), loss: 'cross-entropy' as const, theta: theta() });
export const problem = (): Problem => ({ ...fitted(), data: data() });
export const config = () =>
  ({ epochs: 2, batch: 2, learningRate: 0.1, momentum: 0.5, weightDecay: 0.01, schedule: 'cosine', initialisation: 'torch', dropLast: false }) as const; // biome-ignore format: a record
export const trainer = () => new Trainer(model(), 'cross-entropy', data(), config());
export const float32Trainer = () => new Float32Trainer(model(), 'cross-entropy', data(), config());
/** Plain data that costs a training: computed once, copied for each call. */
export const copied = <T>(compute: () => T): (() => T) => {
  let kept: T | undefined;
  return () => {
    kept ??= compute();
    return structuredClone(kept);
  };
};
export const trajectory = copied(
  () => trainer().trainTrajectory({ seed: 0, checkpoints: [1, 3, 6] }).trajectory,
);
export const directions = () => Matrix.of([Array.from({ length: 17 }, (_, i) => i - 8)]);

/** A recorded program on five examples, with its nodes. */
export function recorded() {
  const tape = new Tape();
  const x = tape.input(2, 5);
  const y = tape.labels(2, 5);
  const hidden = tape.tanh(tape.affine(x, 3));
  const u = tape.affine(hidden, 2);
  const losses = tape.crossEntropy(u, y);
  const program = tape.compile(losses, { directions: 2, state: 1 });
  program.set(x, Matrix.of([0, 1].map((j) => inputs().column(j))));
  program.set(y, [0, 1, 1, 0, 1]);
  program.parameters.set(theta());
  program.forward();
  program.backward();
  return { tape, x, y, hidden, u, losses, program };
}

export const sampler = () => ({ chains: 2, draws: 8, burnIn: 1, stepsPerDraw: 1, stepSize: 1e-3, gamma: 1, batch: 2 }); // biome-ignore format: a record
export const settings = () => resolveSampler(problem(), sampler());
export const target = () => influenceTarget(settings(), data(), 'loss', 5);
export const chain = () => {
  const run = new InfluenceChain(problem(), settings(), target(), 0);
  run.advance();
  return run;
};
export const chainState = copied(() => chain().state());
export const langevinState = copied(() => new LangevinChain(problem(), settings(), 0).state());
export const samples: () => ChainSample[] = copied(() => [chain().sample()]);
