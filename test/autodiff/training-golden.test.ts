/** @file SGD against torch.optim.SGD from the same start over the same order of examples. */
import { describe, expect, test } from 'vitest';
import { initialise } from '../../src/autodiff/initialise.ts';
import { Mlp } from '../../src/autodiff/mlp.ts';
import { toTorchOrder } from '../../src/autodiff/torch-order.ts';
import { Trainer } from '../../src/autodiff/train.ts';
import type { TrainingConfig } from '../../src/autodiff/training-config.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose, relativeError } from '../helpers/close.ts';
import { type GoldenRun, goldenTraining } from '../helpers/golden-training.ts';

interface Run extends TrainingConfig, GoldenRun {
  readonly path: (string | number)[];
  readonly subset: number[];
  readonly init: number[];
  readonly orders: number[][];
  readonly final: number[];
  readonly epochLosses: number[];
  readonly agreementNumpyTorch: unknown;
}

const golden = goldenTraining<Run>('training.json');

for (const {
  name,
  sizes,
  activation,
  loss,
  seed,
  path,
  subset,
  init,
  orders,
  final,
  epochLosses,
  agreementNumpyTorch: _,
  ...config
} of golden.runs)
  describe(name, () => {
    const model = new Mlp(sizes, activation);

    test('the streams are those of the golden file', () => {
      const theta = initialise(model, config.initialisation, rng(seed, ...path, 'init'));
      expect(Array.from(toTorchOrder(model, theta))).toEqual(init);
      for (const [epoch, order] of orders.entries()) {
        const permutation = rng(seed, ...path, 'shuffle', epoch).permutation(subset.length);
        expect(Array.from(permutation, (i) => subset[i])).toEqual(order);
      }
    });

    test('parameters after the last step, and the mean loss of every epoch', () => {
      const trainer = new Trainer(model, loss, golden.dataOf(loss), config);
      const losses: number[] = [];
      const theta = trainer.train({
        seed,
        path,
        subset: Int32Array.from(subset),
        onEpoch: (_, mean) => losses.push(mean),
      });
      expect(relativeError(toTorchOrder(model, theta), final)).toBeLessThan(256 * Number.EPSILON);
      expectClose(losses, epochLosses, { rtol: 256 * Number.EPSILON });
    });
  });
