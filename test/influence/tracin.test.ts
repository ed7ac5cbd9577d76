/** @file TracIn against finite sums of dense gradients, and against the steps of training themselves. */
import { describe, expect, test } from 'vitest';
import { Mlp } from '../../src/autodiff/mlp.ts';
import { adamW } from '../../src/autodiff/optimisers/adamw.ts';
import { exampleValues, perExampleGradients } from '../../src/autodiff/per-example.ts';
import { Trainer } from '../../src/autodiff/train.ts';
import type { TrainingConfig } from '../../src/autodiff/training-config.ts';
import type { Trajectory } from '../../src/autodiff/trajectory.ts';
import { gradientDot } from '../../src/influence/attributors/gradient-dot.ts';
import { sourceInfluence } from '../../src/influence/source/source-influence.ts';
import { type TracinOptions, tracin } from '../../src/influence/source/tracin.ts';
import { DomainError, ShapeError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { randomData } from '../autodiff/naive.ts';
import { expectMatrixClose, relativeError } from '../helpers/close.ts';

const model = new Mlp([3, 4, 3], 'tanh');
const loss = 'cross-entropy' as const;
const train = randomData(model, loss, 18, 41);
const queries = randomData(model, loss, 4, 42);
const config: TrainingConfig = {
  epochs: 6,
  batch: 6,
  learningRate: 0.3,
  momentum: 0.75,
  weightDecay: 0,
  schedule: 'cosine',
  initialisation: 'torch',
  dropLast: true,
};
const { theta, trajectory } = new Trainer(model, loss, train, config).trainTrajectory({
  seed: 8,
  checkpoints: [0, 3, 7, 18],
});
const fitted = { model, loss, theta };
const fit = (options: Partial<TracinOptions> = {}) => tracin({ trajectory, ...options }).fit(fitted, train); // biome-ignore format: short
const rate = (epoch: number): number => 0.15 * (1 + Math.cos((Math.PI * epoch) / 6));

/** Σ_c w_c Σ_k ∂m/∂θ_k ∂L/∂θ_k by loops. */
function sums(weights: readonly number[], f: 'cross-entropy' | 'margin', layer?: number): Matrix {
  const out = new Matrix(4, 18);
  const { offset, size } = layer === undefined ? { offset: 0, size: theta.length } : model.layers[layer];
  for (const [c, { theta: point }] of trajectory.checkpoints.entries()) {
    const m = perExampleGradients(model, f, point, queries);
    const l = perExampleGradients(model, loss, point, train);
    for (let q = 0; q < 4; q++)
      for (let i = 0; i < 18; i++) {
        let dot = 0;
        for (let k = offset; k < offset + size; k++) dot += m.at(q, k) * l.at(i, k);
        out.set(q, i, out.at(q, i) + weights[c] * dot);
      }
  }
  return out;
}

describe('finite sums', () => {
  const rates = [rate(0), rate(0), rate(2), rate(5)]; // of steps 0 (none before it), 2, 6 and 17
  const between = [0, 3 * rate(0), 3 * rate(1) + rate(2), 2 * rate(2) + 3 * (rate(3) + rate(4) + rate(5))];

  test('weights "rate": η of the step before each checkpoint, loss and margin', () => {
    for (const measurement of ['loss', 'margin'] as const) {
      const expected = sums(rates, measurement === 'loss' ? loss : 'margin');
      expect(relativeError(fit({ measurement }).score(queries).data, expected.data)).toBeLessThan(1e-13);
    }
  });

  test('weights "time": Σ η/(1 − momentum) since the checkpoint before', () => {
    const times = between.map((sum) => 4 * sum);
    const attributor = fit({ weights: 'time' });
    expectMatrixClose(new Matrix(1, 4, attributor.weights), new Matrix(1, 4, Float64Array.from(times)), {
      atol: 1e-14,
    });
    expect(relativeError(attributor.score(queries).data, sums(times, loss).data)).toBeLessThan(1e-13);
  });

  test('by layer, self-influence and in chunks', () => {
    const attributor = fit();
    for (const [layer, share] of attributor.scoreByLayer(queries).entries())
      expect(relativeError(share.data, sums(rates, loss, layer).data)).toBeLessThan(1e-13);
    const all = attributor.score(train);
    const diagonal = Float64Array.from({ length: 18 }, (_, i) => all.at(i, i));
    expect(relativeError(attributor.selfInfluence(), diagonal)).toBeLessThan(1e-13);
    for (const chunk of [1, 5]) {
      const small = fit({ chunk });
      expect(relativeError(small.score(queries).data, attributor.score(queries).data)).toBeLessThan(1e-13);
      expect(relativeError(small.selfInfluence(), diagonal)).toBeLessThan(1e-13);
    }
  });
});

describe('what it approximates', () => {
  test('one checkpoint: the gradient dot product there, times the rate', () => {
    const run: Trajectory = {
      ...trajectory,
      checkpoints: [{ step: 7, theta: trajectory.checkpoints[2].theta }],
    };
    const scores = fit({ trajectory: run }).score(queries);
    const dot = gradientDot()
      .fit({ ...fitted, theta: trajectory.checkpoints[2].theta }, train)
      .score(queries);
    expect(relativeError(scores.data, dot.data.map((x) => rate(2) * x))).toBeLessThan(1e-13); // biome-ignore format: short
  });

  test('full-batch steps: the sum over i of score/N is the fall of the query’s loss, to first order in the rate', () => {
    const errors = [0.02, 0.01].map((learningRate) => {
      const gentle = {
        ...config,
        batch: 18,
        momentum: 0,
        schedule: 'constant',
        learningRate,
        epochs: 10,
      } as const;
      const run = new Trainer(model, loss, train, gentle).trainTrajectory({
        seed: 8,
        checkpoints: Array.from({ length: 11 }, (_, k) => k),
      });
      const scores = tracin({ trajectory: run.trajectory, weights: 'time' })
        .fit({ ...fitted, theta: run.theta }, train)
        .score(queries);
      const [start, end] = [run.trajectory.checkpoints[0].theta, run.theta].map((point) =>
        exampleValues(model, loss, point, queries),
      );
      const falls = start.map((m, q) => m - end[q]);
      const predicted = falls.map((_, q) => scores.row(q).reduce((sum, x) => sum + x, 0) / 18);
      return relativeError(predicted, falls);
    });
    expect(errors[0]).toBeLessThan(0.05);
    expect(errors[1]).toBeLessThan(0.65 * errors[0]);
  });

  test('SOURCE of a run with vanishing curvature times: S̄ = I and F_seg = t, with ∇m at the end', () => {
    const still: Trajectory = {
      ...trajectory,
      learningRates: new Float64Array(6).fill(1e-9),
      checkpoints: trajectory.checkpoints.slice(1).map(({ step }) => ({ step, theta })),
    };
    const source = sourceInfluence({ trajectory: still, curvature: 'ggn' }).fit(fitted, train).score(queries);
    const scores = fit({ trajectory: still, weights: 'time' }).score(queries);
    expect(relativeError(scores.data, source.data)).toBeLessThan(1e-7);
  });
});

test('refusals', () => {
  expect(() => tracin({ trajectory, weights: 'steps' as 'time' })).toThrow(DomainError);
  expect(() => tracin({ trajectory, measurement: 'accuracy' as 'loss' })).toThrow(DomainError);
  expect(() => fit({ trajectory: { ...trajectory, checkpoints: [] } })).toThrow(ShapeError);
  expect(() => fit({ trajectory: { ...trajectory, steps: 0 } })).toThrow();
  expect(() => fit({ chunk: 0 })).toThrow(DomainError);
  const none = {
    ...trajectory,
    steps: 0,
    learningRates: new Float64Array(0),
    checkpoints: [{ step: 0, theta }],
  };
  expect(() => fit({ trajectory: none })).toThrow(/steps/);
  const other = { ...fitted, theta: theta.map((value) => 2 * value) };
  expect(() => tracin({ trajectory }).fit(other, train)).toThrow(
    /theta must be where the trajectory ends, got parameters 5\.0e-1 \(relative\) away/,
  );
  expect([tracin({ trajectory }).id, tracin({ trajectory }).measurement]).toEqual(['tracin', 'loss']);
});

describe('runs of AdamW', () => {
  const optimiser = adamW({ beta1: 0.5, beta2: 0.9, epsilon: 1e-3 });
  const { momentum: _, weightDecay: __, ...schedule } = config;
  const trainer = new Trainer(model, loss, train, { ...schedule, learningRate: 0.02, optimiser });
  const run = (checkpoints: number[]) => trainer.trainTrajectory({ seed: 8, checkpoints });

  test('each checkpoint has its preconditioner between the gradients', () => {
    const { theta: end, trajectory: own } = run([3, 7, 18]);
    const scores = tracin({ trajectory: own }).fit({ model, loss, theta: end }, train).score(queries);
    const expected = new Matrix(4, 18);
    for (const [c, { step, theta: point, states = [] }] of own.checkpoints.entries()) {
      const eta = rate([0, 2, 5][c]) / 15; // 0.02 in place of 0.3
      const m = perExampleGradients(model, loss, point, queries);
      const l = perExampleGradients(model, loss, point, train);
      for (let q = 0; q < 4; q++)
        for (let i = 0; i < 18; i++)
          for (let k = 0; k < point.length; k++) {
            const p = 1 / (Math.sqrt(states[1][k] / (1 - 0.9 ** step)) + 1e-3);
            expected.set(q, i, expected.at(q, i) + eta * p * m.at(q, k) * l.at(i, k));
          }
    }
    expectMatrixClose(scores, expected, { rtol: 1e-11 });
  });

  test('a checkpoint at the start is refused', () => {
    const { theta: end, trajectory: own } = run([0, 18]);
    expect(() => tracin({ trajectory: own }).fit({ model, loss, theta: end }, train)).toThrow(
      /^tracin\.fit: trajectory\.checkpoints must be after step 0 of a run of AdamW, got 0/,
    );
  });
});
