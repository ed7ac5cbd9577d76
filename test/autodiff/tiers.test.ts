/** @file A recorded program gives the same bits in both tiers of kernels: training steps and second derivatives. */
import { expect, test } from 'vitest';
import { BatchProgram } from '../../src/autodiff/batch-program.ts';
import type { Activation, Loss } from '../../src/autodiff/functions.ts';
import { initialise } from '../../src/autodiff/initialise.ts';
import { Mlp } from '../../src/autodiff/mlp.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { randomData } from './naive.ts';

type Tier = 'scalar' | 'simd';
const DIRECTIONS = 2;

/** Twenty steps of SGD with momentum and weight decay on shuffled batches; θ, velocity, and H v for two directions at the end. */
function train(
  tier: Tier,
  sizes: number[],
  activation: Activation,
  loss: Loss,
  batch: number,
): Float64Array[] {
  const model = new Mlp(sizes, activation);
  const data = randomData(model, loss, 5 * batch, 3);
  const options = { tier, state: 1, directions: DIRECTIONS, resident: data.inputs, room: 3 };
  const recorded = new BatchProgram(model, loss, batch, options, (tape, values) => tape.mean(values));
  const { program } = recorded;
  const { theta, state } = program.plan;
  program.arena.memory.set([0.1, 0.9, 1e-3], recorded.spare);
  const n = program.parameterCount;
  program.parameters.set(initialise(model, 'torch', rng(1, 'tiers', 'init')));
  for (let epoch = 0; epoch < 4; epoch++) {
    const order = rng(1, 'tiers', 'shuffle', epoch).permutation(5 * batch);
    for (let start = 0; start < order.length; start += batch) {
      recorded.loadSelected(data, order, start);
      program.forward();
      program.backward();
      program.arena.kernels.sgd(n, recorded.spare, theta.bar, state[0], theta.value);
    }
  }
  for (let j = 0; j < DIRECTIONS; j++) rng(1, 'tiers', j).fillNormal(program.parameterTangent(j));
  const schedule = program.tangentsFrom(['parameters']);
  program.forwardTangent(schedule);
  program.backwardTangent(schedule);
  return [program.parameters, program.state(0), program.gradientTangent(0), program.gradientTangent(1)];
}

/** Doubles by their bits: −0 and the last digit count. */
function bits(arrays: Float64Array[]): string[][] {
  return arrays.map((x) => Array.from(new BigUint64Array(x.slice().buffer), String));
}

test.each<[number[], Activation, Loss, number]>([
  [[9, 6, 5, 4], 'tanh', 'cross-entropy', 8],
  [[5, 7, 3], 'tanh', 'squared-error', 7],
  [[6, 5, 4], 'relu', 'cross-entropy', 5],
  [[4, 6, 3], 'gelu', 'cross-entropy', 3],
  [[4, 6, 3], 'sigmoid', 'squared-error', 32],
])('%j %s, %s, batches of %i', (sizes, activation, loss, batch) => {
  const scalar = train('scalar', sizes, activation, loss, batch);
  expect(scalar[2].some((x) => x !== 0)).toBe(true);
  expect(bits(train('simd', sizes, activation, loss, batch))).toEqual(bits(scalar));
});
