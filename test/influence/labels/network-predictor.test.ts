import { expect, test } from 'vitest';
import { huber, Trainer } from '../../../src/autodiff/index.ts';
import { Matrix, Mlp, rng } from '../../../src/index.ts';
import {
  foldJobs,
  labelScores,
  networkPredictor,
  outOfFold,
  targetScores,
} from '../../../src/influence/index.ts';
import { expectClose } from '../../helpers/close.ts';

const config = {
  epochs: 30,
  batch: 16,
  learningRate: 0.1,
  momentum: 0.9,
  weightDecay: 1e-3,
  schedule: 'cosine',
  initialisation: 'torch',
  dropLast: true,
} as const;

/** Two clouds, well apart. */
function clouds(n: number) {
  const random = rng(3, 'clouds');
  const labels = Int32Array.from({ length: n }, (_, i) => i % 2);
  const inputs = Matrix.of([...labels].map((y) => [3 * y - 1.5 + random.normal() / 2, random.normal()]));
  return { inputs, labels };
}

test('rows of probabilities, by a network that saw none of the examples', () => {
  const { inputs, labels } = clouds(40);
  const trainer = new Trainer(new Mlp([2, 4, 2], 'tanh'), 'cross-entropy', { inputs, labels }, config);
  const [job] = foldJobs(40, { folds: 4, labels });
  const before = networkPredictor(trainer)(job);
  expect([before.rows, before.cols]).toEqual([10, 2]);
  for (let i = 0; i < before.rows; i++)
    expect(Math.abs(before.at(i, 0) + before.at(i, 1) - 1)).toBeLessThan(4 * Number.EPSILON);
  // the labels of what is held out change nothing
  const other = labels.slice();
  for (const i of job.heldOut) other[i] = 1 - other[i];
  const blind = new Trainer(new Mlp([2, 4, 2], 'tanh'), 'cross-entropy', { inputs, labels: other }, config);
  expect([...networkPredictor(blind)(job).data]).toEqual([...before.data]);
  expect([...networkPredictor(trainer, { seed: 1 })(job).data]).not.toEqual([...before.data]);
});

test('flipped labels of well separated classes come first, each with its right class', () => {
  const { inputs, labels } = clouds(120);
  const flipped = [3, 40, 77, 100];
  const given = labels.slice();
  for (const i of flipped) given[i] = 1 - given[i];
  const trainer = new Trainer(new Mlp([2, 4, 2], 'tanh'), 'cross-entropy', { inputs, labels: given }, config);
  const { mean } = outOfFold({
    examples: 120,
    labels: given,
    repeats: 2,
    predict: networkPredictor(trainer),
  });
  const { ranked, suggested } = labelScores(mean, given);
  expect([...ranked.subarray(0, 4)].sort((a, b) => a - b)).toEqual(flipped);
  for (const i of flipped) expect(suggested[i]).toBe(labels[i]);
});

test('corrupted targets of a line come first, and what is suggested is near the line', () => {
  const random = rng(4, 'line');
  const inputs = Matrix.of(Array.from({ length: 100 }, () => [random.normal()]));
  const targets = new Matrix(
    100,
    1,
    inputs.data.map((x) => 2 * x + 0.05 * random.normal()),
  );
  for (const i of [5, 50]) targets.data[i] += 3;
  const trainer = new Trainer(
    new Mlp([1, 1], 'tanh'),
    huber(0.3),
    { inputs, targets },
    { ...config, learningRate: 0.03 },
  );
  const predictions = outOfFold({ examples: 100, repeats: 3, predict: networkPredictor(trainer) });
  const { ranked, suggested } = targetScores(predictions, targets);
  expect([...ranked.subarray(0, 2)].sort((a, b) => a - b)).toEqual([5, 50]);
  expectClose(suggested.data, inputs.data.map((x) => 2 * x), { atol: 0.2 }); // biome-ignore format: short
});

test('refuses what is no trainer', () => {
  expect(() => networkPredictor({} as never)).toThrow('networkPredictor: trainer must be a Trainer');
});
