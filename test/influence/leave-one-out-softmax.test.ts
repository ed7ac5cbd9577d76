/**
 * @file A convex problem, softmax regression with weight decay, retrained to convergence without every example in turn.
 * The retraining is Newton's method on plain arrays and shares no code with the library.
 */
import { describe, expect, test } from 'vitest';
import type { ClassificationData } from '../../src/autodiff/dataset.ts';
import { Mlp } from '../../src/autodiff/mlp.ts';
import { influenceFunction } from '../../src/influence/attributors/influence-function.ts';
import { linearDatamodellingScore } from '../../src/influence/judging/lds.ts';
import { drawSubsets, leaveSomeOut } from '../../src/influence/judging/leave-some-out.ts';
import { outcomeMeans } from '../../src/influence/judging/retraining-bank.ts';
import { queryMeasurer } from '../../src/influence/measurement.ts';
import { topInfluences } from '../../src/influence/ranking.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { gaussSolve } from './gauss-solve.ts';

const FEATURES = 2;
const CLASSES = 3;
const WIDTH = FEATURES + 1;
const D = CLASSES * WIDTH;
const LAMBDA = 0.02;
const N = 200;
const model = new Mlp([FEATURES, CLASSES], 'identity');

function draw(n: number, name: string): ClassificationData {
  const centres = [
    [1, 0],
    [-0.5, 0.9],
    [-0.5, -0.9],
  ];
  const noise = rng(6, name).fillNormal(new Float64Array(2 * n));
  const labels = Int32Array.from({ length: n }, (_, i) => i % CLASSES);
  const inputs = new Matrix(
    n,
    FEATURES,
    noise.map((e, k) => 0.9 * e + centres[labels[k >> 1]][k & 1]),
  );
  return { inputs, labels };
}

function probabilities(x: readonly number[], theta: ArrayLike<number>): number[] {
  const u = Array.from({ length: CLASSES }, (_, c) => x.reduce((s, v, k) => s + v * theta[c * WIDTH + k], 0));
  const weights = u.map((v) => Math.exp(v - Math.max(...u)));
  const total = weights.reduce((s, v) => s + v, 0);
  return weights.map((v) => v / total);
}

/** argmin (1/N) Σ wᵢ Lᵢ + (λ/2)‖θ‖², by Newton's method to rounding level. */
function train(data: ClassificationData, weights: ArrayLike<number>, start: ArrayLike<number>): Float64Array {
  const theta = Float64Array.from(start);
  for (let iteration = 0; iteration < 50; iteration++) {
    const gradient = Array.from(theta, (v) => LAMBDA * v);
    const hessian = gradient.map((_, i) => gradient.map((__, j) => (i === j ? LAMBDA : 0)));
    for (let n = 0; n < data.inputs.rows; n++) {
      const x = [...data.inputs.row(n), 1];
      const p = probabilities(x, theta);
      const w = weights[n] / data.inputs.rows;
      for (let c = 0; c < CLASSES; c++)
        for (let k = 0; k < WIDTH; k++) {
          gradient[c * WIDTH + k] += w * (p[c] - (data.labels[n] === c ? 1 : 0)) * x[k];
          for (let e = 0; e < CLASSES; e++)
            for (let l = 0; l < WIDTH; l++)
              hessian[c * WIDTH + k][e * WIDTH + l] += w * p[c] * ((c === e ? 1 : 0) - p[e]) * x[k] * x[l];
        }
    }
    const step = gaussSolve(hessian, gradient);
    for (let i = 0; i < D; i++) theta[i] -= step[i];
    if (Math.max(...step.map(Math.abs)) < 1e-12) return theta; // quadratic convergence: the next step would be rounding
  }
  throw new Error('Newton did not converge');
}

const data = draw(N, 'train');
const queries = draw(12, 'queries');
const ones = new Float64Array(N).fill(1);
const theta = train(data, ones, new Float64Array(D));
const measure = queryMeasurer(model, 'cross-entropy', queries);
const rule = { kind: 'damped', lambda: LAMBDA } as const;

function pearsonAndSlope(x: readonly number[], y: readonly number[]): { r: number; slope: number } {
  const mean = (v: readonly number[]): number => v.reduce((s, a) => s + a, 0) / v.length;
  const [mx, my] = [mean(x), mean(y)];
  const xy = x.reduce((s, v, i) => s + (v - mx) * (y[i] - my), 0);
  const xx = x.reduce((s, v) => s + (v - mx) ** 2, 0);
  const yy = y.reduce((s, v) => s + (v - my) ** 2, 0);
  return { r: xy / Math.sqrt(xx * yy), slope: xy / xx };
}

describe('softmax regression retrained without each example', () => {
  const before = measure(theta);
  const retrained = Array.from({ length: N }, (_, i) =>
    measure(train(data, ones.slice().fill(0, i, i + 1), theta)),
  );

  for (const measurement of ['loss', 'margin'] as const)
    test(`${measurement}: correlation > 0.999 with the truth, slope 1, for every query`, () => {
      const scores = influenceFunction({ curvature: 'hessian', rule, measurement })
        .fit({ model, loss: 'cross-entropy', theta }, data)
        .score(queries);
      const field = measurement === 'loss' ? 'losses' : 'margins';
      const predicted: number[] = [];
      const actual: number[] = [];
      for (let q = 0; q < 12; q++)
        for (let i = 0; i < N; i++) {
          predicted.push(scores.at(q, i) / N);
          actual.push((retrained[i][field] as Float64Array)[q] - (before[field] as Float64Array)[q]);
        }
      const { r, slope } = pearsonAndSlope(predicted, actual);
      expect(r).toBeGreaterThan(0.999);
      expect(Math.abs(slope - 1)).toBeLessThan(0.1); // second order: leverages of a few per cent
      for (let q = 0; q < 12; q++) {
        const row = pearsonAndSlope(predicted.slice(q * N, (q + 1) * N), actual.slice(q * N, (q + 1) * N));
        expect(row.r).toBeGreaterThan(0.995);
        expect(row.slope).toBeGreaterThan(0.8);
      }
    });

  test('leaving the top proponent out hurts the query, leaving the top opponent out helps it', () => {
    for (const measurement of ['loss', 'margin'] as const) {
      const fitted = influenceFunction({ curvature: 'ggn', rule, measurement }).fit(
        { model, loss: 'cross-entropy', theta },
        data,
      );
      const scores = fitted.score(queries);
      for (let q = 0; q < 12; q++) {
        const { proponents, opponents } = topInfluences(scores, q, 1, measurement);
        expect(retrained[proponents[0].index].losses[q]).toBeGreaterThan(before.losses[q]);
        expect(retrained[opponents[0].index].losses[q]).toBeLessThan(before.losses[q]);
      }
    }
  });
});

test('leave-some-out end to end: subsets, retraining, LDS near 1 for the right scores and near −1 for their negatives', () => {
  const subsets = drawSubsets(N, 0.8, 20, 3);
  const bank = leaveSomeOut({
    subsets,
    seeds: 1,
    retrain: (kept) => {
      const weights = new Float64Array(N);
      for (const i of kept) weights[i] = 1 / 0.8; // the mean over the kept examples
      return train(data, weights, theta);
    },
    measure,
  });
  for (const measurement of ['loss', 'margin'] as const) {
    const scores = influenceFunction({ curvature: 'hessian', rule, measurement })
      .fit({ model, loss: 'cross-entropy', theta }, data)
      .score(queries);
    const outcomes = outcomeMeans(bank, measurement);
    const lds = linearDatamodellingScore({ scores, subsets, outcomes, resamples: 200 });
    expect(lds.mean).toBeGreaterThan(0.9);
    expect(lds.bca[0]).toBeLessThanOrEqual(lds.mean);
    expect(lds.bca[1]).toBeGreaterThanOrEqual(lds.mean);
    const negative = new Matrix(
      scores.rows,
      scores.cols,
      scores.data.map((v) => -v),
    );
    expect(linearDatamodellingScore({ scores: negative, subsets, outcomes, resamples: 1 }).mean).toBeCloseTo(
      -lds.mean,
      12,
    );
  }
});
