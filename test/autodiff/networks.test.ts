/** @file Mlp options: which layers have a bias, which share parameters; initialisation and training of such networks. */
import { describe, expect, test } from 'vitest';
import {
  initialise,
  Mlp,
  type MlpOptions,
  meanGradient,
  Trainer,
  torchPermutation,
} from '../../src/autodiff/index.ts';
import { DomainError, ShapeError } from '../../src/linalg/errors.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose } from '../helpers/close.ts';
import { GOLDEN_NETWORKS } from '../reference/networks.ts';

describe('Mlp options', () => {
  test('biases: none, some, one answer for all', () => {
    expect(new Mlp([3, 4, 2], 'tanh', { bias: false }).parameterCount).toBe(20);
    expect(new Mlp([3, 4, 2], 'tanh', { bias: [false, true] }).parameterCount).toBe(22);
    expect(new Mlp([3, 4, 2], 'tanh', { bias: true })).toEqual(new Mlp([3, 4, 2], 'tanh'));
    expect(() => new Mlp([3, 4, 2], 'tanh', { bias: [true] })).toThrow(ShapeError);
    expect(() => new Mlp([3, 4, 2], 'tanh', { bias: [true, 1 as unknown as boolean] })).toThrow(DomainError);
  });

  test('ties: one block, where the first of its layers would have it', () => {
    const model = new Mlp([3, 3, 2, 3, 2], 'tanh', { ties: [{ layer: 3, source: 1 }] });
    expect(model.layers.map(({ offset }) => offset)).toEqual([0, 12, 20, 12]);
    expect(model.blocks.map(({ layers }) => layers.map(({ index }) => index))).toEqual([[0], [1, 3], [2]]);
    expect(model.parameterCount).toBe(29);
    expect([...torchPermutation(model)].sort((a, b) => a - b)).toEqual([...Array(29).keys()]);
  });

  test('a weight shared without its bias: a column for each bias', () => {
    const model = new Mlp([2, 2, 2], 'tanh', { ties: [{ layer: 1, source: 0, shares: 'weight' }] });
    expect(model.layers.map(({ width, bias }) => [width, bias])).toEqual([
      [4, 2],
      [4, 3],
    ]);
    expect([...torchPermutation(model)]).toEqual([0, 1, 4, 5, 2, 6, 3, 7]); // weight, bias, bias
  });

  test.each<[MlpOptions, string]>([
    [{ ties: [{ layer: 0, source: 0 }] }, 'ties[0].layer'],
    [{ ties: [{ layer: 1, source: 1 }] }, 'ties[0].source'],
    [{ ties: [{ layer: 2, source: 0 }] }, 'tied layer 2'],
    [
      {
        ties: [
          { layer: 1, source: 0 },
          { layer: 1, source: 0 },
        ],
      },
      'tied once',
    ],
    [{ bias: [true, false, true], ties: [{ layer: 1, source: 0 }] }, "'weight'"],
    [{ ties: [{ layer: 1, source: 0, shares: 'bias' as 'layer' }] }, 'shares'],
  ])('refuses %j', (options, words) => {
    expect(() => new Mlp([3, 3, 3, 2], 'tanh', options)).toThrow(words);
  });
});

test('initialisation: torch draws biases too, xavier leaves them at zero, the default network keeps its numbers', () => {
  const model = new Mlp([4, 2, 2], 'tanh', { bias: [false, true] });
  const [torch, xavier] = (['torch', 'xavier'] as const).map((kind) =>
    initialise(model, kind, rng(1, 'init')),
  );
  expect(torch.every((x, k) => Math.abs(x) <= (k < 8 ? 0.5 : Math.SQRT1_2) && x !== 0)).toBe(true);
  expect(Array.from(xavier, (x) => x === 0)).toEqual(
    Array.from({ length: 14 }, (_, k) => k === 10 || k === 13),
  );
});

test.each(GOLDEN_NETWORKS)(
  '$name: a step of training is a step along the mean gradient',
  ({ model, loss, data }) => {
    const config = {
      epochs: 1,
      batch: data.inputs.rows,
      learningRate: 0.1,
      momentum: 0,
      weightDecay: 0,
      schedule: 'constant',
      initialisation: 'torch',
      dropLast: true,
    } as const;
    const start = initialise(model, 'torch', rng(5, 'init'));
    const gradient = meanGradient(model, loss, start, data);
    const end = new Trainer(model, loss, data, config).train({ seed: 5 });
    expectClose(
      end,
      start.map((x, k) => x - 0.1 * gradient[k]),
      { atol: 1e-15 },
    );
  },
);
