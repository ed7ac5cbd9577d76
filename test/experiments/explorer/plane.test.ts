/** @file The plane: its minimum is one, and predictions are the derivative of what leaving a point out does. */
import { describe, expect, test } from 'vitest';
import { exampleValues, Mlp, meanGradient, Trainer } from '../../../src/autodiff/index.ts';
import type { Control } from '../../../src/experiments/explorer/core/control.ts';
import { Plane, planePoints } from '../../../src/experiments/explorer/core/plane.ts';
import { DEFAULT_PLANE, PENALTY } from '../../../src/experiments/explorer/core/plane-settings.ts';
import { settle } from '../../../src/experiments/explorer/core/settle.ts';
import { Matrix, maxAbs } from '../../../src/linalg/index.ts';

const SETTINGS = { ...DEFAULT_PLANE.settings, points: 30, width: 3 };
const QUIET: Control = { signal: new AbortController().signal, progress: () => {} };
const data = planePoints(SETTINGS);
const model = new Mlp([2, 3, 2], 'tanh');
const start = new Trainer(model, 'cross-entropy', data, {
  epochs: 100, batch: 30, learningRate: 0.2, momentum: 0.9, weightDecay: PENALTY, schedule: 'constant', initialisation: 'torch', dropLast: false,
}).train({ seed: 0 }); // biome-ignore format: one object
const problem = { model, loss: 'cross-entropy', data, penalty: PENALTY } as const;

test('points have both classes, and as many wrong labels as asked for', () => {
  const { labels } = planePoints({ ...SETTINGS, flips: 0 });
  expect(Array.from(labels)).toEqual(Array.from({ length: 30 }, (_, i) => i % 2));
  expect(data.labels.filter((label, i) => label !== i % 2)).toHaveLength(SETTINGS.flips);
});

test('settle ends where the gradient of loss and penalty vanishes, below where it began', () => {
  const { theta, gradient } = settle(problem, start);
  const there = meanGradient(model, 'cross-entropy', theta, data).map((g, k) => g + PENALTY * theta[k]);
  expect(maxAbs(there)).toBe(gradient);
  expect(gradient).toBeLessThan(1e-10);
  const objective = (at: typeof theta): number =>
    exampleValues(model, 'cross-entropy', at, data).reduce((sum, value) => sum + value / 30, 0) +
    0.5 * PENALTY * at.reduce((sum, value) => sum + value * value, 0);
  expect(objective(theta)).toBeLessThan(objective(start));
});

describe('the Hessian with λ = w is the derivative of the loss at a place in the weight of a point', () => {
  const { theta } = settle(problem, start);
  const place = { inputs: new Matrix(1, 2, Float64Array.of(0.2, 0.4)), labels: Int32Array.of(1) };
  test.each([0, 7, 20])('point %i', async (i) => {
    const lossWith = (weight: number): number => {
      const weights = new Matrix(30, 1, new Float64Array(30).fill(1));
      weights.data[i] = weight;
      const { theta: other } = settle({ ...problem, data: { ...data, weights } }, theta);
      return exampleValues(model, 'cross-entropy', other, place)[0];
    };
    const h = 1e-4;
    const derivative = (lossWith(1 - h) - lossWith(1 + h)) / (2 * h); // of taking weight away
    const { influenceFunction } = await import('../../../src/influence/index.ts');
    const rule = { kind: 'damped', lambda: PENALTY } as const;
    const fitted = influenceFunction({ curvature: 'hessian', rule }).fit(
      { model, loss: 'cross-entropy', theta },
      data,
    );
    expect(fitted.score(place).at(0, i) / 30).toBeCloseTo(derivative, 6);
  });
});

test('what came out agrees with the Hessian in order and size, and is there once it has been computed', async () => {
  const plane = new Plane(SETTINGS);
  expect(plane.place(0.2, 0.4, 1, PENALTY).realised).toBeUndefined();
  await plane.leaveOut(QUIET);
  const { realised, predicted, agreement } = plane.place(0.2, 0.4, 1, PENALTY);
  expect(agreement.hessian).toBeGreaterThan(0.95);
  const largest = maxAbs(realised as Float64Array);
  expect(maxAbs(predicted.hessian.map((value, i) => value - (realised as Float64Array)[i]))).toBeLessThan(
    largest,
  );
});
