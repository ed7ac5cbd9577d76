/** @file Training that ends far above where it began is refused, though every number is finite. */
import { describe, expect, test } from 'vitest';
import { type Dataset, type Loss, Mlp, Trainer, type TrainingConfig } from '../../src/autodiff/index.ts';
import { NumericalError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';

const N = 24;
const random = rng(0, 'diverged');
const inputs = new Matrix(N, 3, random.fillNormal(new Float64Array(3 * N)));
const labels = Int32Array.from({ length: N }, (_, i) => i % 2);
const targets = new Matrix(N, 1, random.fillNormal(new Float64Array(N)));
const train = (
  loss: Loss,
  change: Partial<TrainingConfig>,
  data: Dataset = loss === 'cross-entropy' ? { inputs, labels } : { inputs, targets },
): (() => Float64Array) => {
  const config: TrainingConfig = {
    epochs: 3,
    batch: 8,
    learningRate: 0.05,
    momentum: 0.9,
    weightDecay: 0,
    schedule: 'cosine',
    initialisation: 'torch',
    dropLast: true,
    ...change,
  };
  const model = new Mlp([3, 4, loss === 'cross-entropy' ? 2 : 1], 'tanh');
  return () => new Trainer(model, loss, data, config).train({ seed: 0 });
};

describe('is refused by an error that names the epoch, both losses and the remedy', () => {
  for (const learningRate of [1e3, 1e10, 1e100, 1e300])
    for (const change of [
      {},
      { batch: N, epochs: 1 },
      { batch: 1, epochs: 1 },
      { schedule: 'constant' as const },
    ])
      test(`rate ${learningRate}, ${JSON.stringify(change)}`, () => {
        const run = train('cross-entropy', { learningRate, ...change });
        expect(run).toThrow(NumericalError);
        expect(run).toThrow(/diverged.*epoch.*Lower the learning rate/);
      });

  test('regression, in any units of the targets', () => {
    for (const units of [1e-6, 1, 1e6]) {
      const scaled = {
        inputs,
        targets: new Matrix(
          N,
          1,
          targets.data.map((t) => units * t),
        ),
      };
      expect(train('squared-error', { learningRate: 1e4 }, scaled)).toThrow(
        /diverged.*Lower the learning rate/,
      );
      expect(train('squared-error', { learningRate: 1e-3 }, scaled)).not.toThrow();
    }
  });
});

describe('is not refused', () => {
  test('at a usual rate, or one so low that nothing is learnt', () => {
    for (const learningRate of [0, 1e-6, 0.01, 0.3])
      expect(train('cross-entropy', { learningRate })).not.toThrow();
  });

  test('because of one hopeless example in the last batch', () => {
    const odd = {
      inputs: new Matrix(
        N,
        3,
        inputs.data.map((x, k) => (k < 3 ? 50 : x)),
      ),
      labels,
    };
    expect(
      train('cross-entropy', { batch: 1, epochs: 2, momentum: 0, learningRate: 0.01 }, odd),
    ).not.toThrow();
  });
});
