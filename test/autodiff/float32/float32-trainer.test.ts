/** @file Training in float32: PyTorch's float32, our float64, and where it does not apply. */
import { describe, expect, test } from 'vitest';
import { Float32Trainer } from '../../../src/autodiff/float32/float32-trainer.ts';
import type { Loss } from '../../../src/autodiff/functions.ts';
import { linear, network } from '../../../src/autodiff/index.ts';
import { huber } from '../../../src/autodiff/losses/huber.ts';
import { Mlp } from '../../../src/autodiff/mlp.ts';
import { type AdamWOptions, adamW } from '../../../src/autodiff/optimisers/adamw.ts';
import { toTorchOrder } from '../../../src/autodiff/torch-order.ts';
import { Trainer } from '../../../src/autodiff/train.ts';
import type { TrainingConfig } from '../../../src/autodiff/training-config.ts';
import { trainingDerivative } from '../../../src/influence/index.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { relativeError } from '../../helpers/close.ts';
import { type GoldenRun, goldenTraining } from '../../helpers/golden-training.ts';
import { randomData } from '../naive.ts';

interface Run extends TrainingConfig, GoldenRun {
  readonly path: (string | number)[];
  readonly subset: number[];
  readonly init: number[];
  readonly final: number[];
  readonly float64: number[];
  readonly distance: number;
  readonly adamw?: AdamWOptions;
}

const golden = goldenTraining<Run>('training-float32.json');

/** One rounding of a float32 number. */
const UNIT = 2 ** -24;

describe("PyTorch's float32 from the same start over the same batches", () => {
  for (const run of golden.runs)
    test(run.name, () => {
      const { sizes, activation, loss, seed, path, subset, final, float64, distance, adamw } = run;
      const { epochs, batch, learningRate, schedule, initialisation, dropLast, momentum, weightDecay } = run;
      const common = { epochs, batch, learningRate, schedule, initialisation, dropLast };
      const config =
        adamw === undefined ? { ...common, momentum, weightDecay } : { ...common, optimiser: adamW(adamw) };
      const model = new Mlp(sizes, activation);
      const data = golden.dataOf(loss);
      const theta = new Float32Trainer(model, loss, data, config).train({
        seed,
        path,
        subset: Int32Array.from(subset),
      });
      const ours = toTorchOrder(model, theta);
      expect(theta.every((x) => x === Math.fround(x))).toBe(true);
      expect(relativeError(ours, final)).toBeLessThan(16 * UNIT);
      // no further from the run in doubles than PyTorch's float32 is, within a factor
      expect(relativeError(ours, float64)).toBeLessThan(3 * distance);
      expect(relativeError(ours, float64)).toBeGreaterThan(0);
    });
});

const SHORT = { epochs: 4, batch: 8, learningRate: 0.1, momentum: 0.9, weightDecay: 1e-3, schedule: 'cosine' } as const; // biome-ignore format: one line

describe('the run in float64 up to rounding', () => {
  for (const [sizes, activation, loss, options] of [
    [[9, 16, 5], 'tanh', 'cross-entropy', {}],
    [[5, 7, 6, 3], 'sigmoid', 'squared-error', { bias: false }],
    [[6, 5, 4], 'relu', 'cross-entropy', { bias: [true, false] }],
    [[8, 4], 'gelu', 'cross-entropy', {}],
    [[3, 5, 2], 'identity', 'squared-error', {}],
  ] as const)
    for (const dropLast of [true, false])
      test(`${sizes} ${activation} ${loss}, incomplete batches ${dropLast ? 'left out' : 'taken'}`, () => {
        const model = new Mlp(sizes, activation, options);
        const data = randomData(model, loss, 37, 3);
        const losses: number[][] = [[], []];
        const [exact, single] = [Trainer, Float32Trainer].map((T, k) =>
          new T(model, loss, data, { ...SHORT, dropLast }).train({
            seed: 2,
            onEpoch: (_, mean) => losses[k].push(mean),
          }),
        );
        expect(relativeError(single, exact)).toBeLessThan(32 * UNIT);
        expect(relativeError(single, exact)).toBeGreaterThan(0);
        expect(relativeError(losses[1], losses[0])).toBeLessThan(32 * UNIT);
      });

  test('weights of examples; weight 0 leaves an example out, whatever its label', () => {
    const model = new Mlp([4, 6, 3], 'tanh');
    const { inputs, labels } = randomData(model, 'cross-entropy', 20, 5) as {
      inputs: Matrix;
      labels: Int32Array;
    };
    labels[3] = -1;
    const weights = Float64Array.from({ length: 20 }, (_, i) => (i === 3 ? 0 : 0.5 + (i % 4)));
    const [exact, single] = [Trainer, Float32Trainer].map((T) =>
      new T(model, 'cross-entropy', { inputs, labels, weights }, { ...SHORT, learningRate: 0.02 }).train(),
    );
    expect(relativeError(single, exact)).toBeLessThan(32 * UNIT);
  });

  test('checkpoints are on the way of the same run', () => {
    const model = new Mlp([4, 6, 3], 'tanh');
    const data = randomData(model, 'cross-entropy', 21, 5);
    for (const optimiser of [undefined, adamW()]) {
      const schedule = { epochs: 3, batch: 8, dropLast: false } as const;
      const config = optimiser === undefined ? schedule : { ...schedule, optimiser };
      const trainer = new Float32Trainer(model, 'cross-entropy', data, config);
      const { theta, trajectory } = trainer.trainTrajectory({ checkpoints: [0, 4, 9] });
      const exact = new Trainer(model, 'cross-entropy', data, config).trainTrajectory({
        checkpoints: [0, 4, 9],
      });
      expect(trainer.train()).toEqual(theta);
      expect(trajectory.checkpoints[2].theta).toEqual(theta);
      for (const [k, checkpoint] of trajectory.checkpoints.entries()) {
        const other = exact.trajectory.checkpoints[k];
        expect(relativeError(checkpoint.theta, other.theta)).toBeLessThan(32 * UNIT);
        expect(checkpoint.states?.length).toBe(other.states?.length);
        for (const [j, state] of (checkpoint.states ?? []).entries())
          if (k > 0) expect(relativeError(state, other.states?.[j] ?? [])).toBeLessThan(64 * UNIT);
      }
    }
  });
});

describe('refused by name', () => {
  const model = new Mlp([4, 6, 3], 'tanh');
  const data = randomData(model, 'cross-entropy', 12, 1);
  const of = (m: Mlp, loss: Loss = 'cross-entropy', config = {}): (() => void) => {
    return () => new Float32Trainer(m, loss, randomData(m, loss, 12, 1), config);
  };

  test('other networks, ties, activations, losses, optimisers', () => {
    const graph = network({ shape: [4] }, linear(3));
    expect(() => new Float32Trainer(graph, 'cross-entropy', data)).toThrow('Float32Trainer: only an Mlp');
    expect(of(new Mlp([4, 4, 4, 3], 'tanh', { ties: [{ layer: 1, source: 0 }] }))).toThrow('tied layers');
    expect(of(new Mlp([4, 6, 3], 'gelu'))).toThrow('the activation gelu has no float32 form; identity, tanh');
    expect(
      () => new Float32Trainer(model, huber(1), { inputs: data.inputs, targets: new Matrix(12, 3) }),
    ).toThrow('this loss has no float32 form; cross-entropy and squared-error have');
    const optimiser = { ...adamW(), name: 'mine' };
    expect(of(model, 'cross-entropy', { optimiser })).toThrow('the optimiser mine has no float32 form');
  });

  test('derivatives of a run, which would be those of another one', () => {
    const trainer = new Float32Trainer(model, 'cross-entropy', data, SHORT);
    expect(() => trainingDerivative(trainer, { queries: data, seed: 0 })).toThrow(
      /runs in float32 are not differentiated/,
    );
  });

  test('a run that diverges', () => {
    const trainer = new Float32Trainer(model, 'cross-entropy', data, {
      ...SHORT,
      learningRate: 1e8,
      epochs: 30,
    });
    expect(() => trainer.train()).toThrow(/diverged/);
  });
});
