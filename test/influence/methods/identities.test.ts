/** @file Identities between methods: each is another's limit, first step or special case. */
import { describe, expect, test } from 'vitest';
import type { RegressionData } from '../../../src/autodiff/dataset.ts';
import { Mlp } from '../../../src/autodiff/mlp.ts';
import { astraInfluence } from '../../../src/influence/attributors/stochastic-influence.ts';
import { attribute, attributeSelf } from '../../../src/influence/methods/attribute.ts';
import type { AttributionResult } from '../../../src/influence/methods/attribution-result.ts';
import type { MethodName, MethodOptions } from '../../../src/influence/methods/method-name.ts';
import { cholesky } from '../../../src/linalg/factorisations/cholesky.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { relativeError } from '../../helpers/close.ts';
import { models, queries, train, trajectories } from './trained.ts';

const one = models.slice(0, 1);
const damping = 1e-3;
const scores = (method: MethodName, options: MethodOptions): AttributionResult['scores'] =>
  attribute({ method, options, models: one, train, queries }).scores;
const self = (method: MethodName, options: MethodOptions): Float64Array =>
  attributeSelf({ method, options, models: one, train }).values;

/** max over x ≥ 0 of (1 − e⁻ˣ)(1 + 1/x), at x ≈ 1.79: how far a finite run is from its damping. */
const RUN_OVER_DAMPED = 1.2985;

describe('ASTRA', () => {
  test('one step from zero with α = 1 is the EK-FAC solution, and so is no step at all', () => {
    const ekfac = scores('ekfac', { damping });
    const step = astraInfluence({ damping, start: 'zero', iterations: 1, alpha: 1, batch: 'full' });
    const first = step.fit(models[0], train).score(queries);
    expect(relativeError(first.data, ekfac.data)).toBeLessThan(1e-13);
    const start = scores('astra', { damping, iterations: 0, batch: 'full' });
    expect(relativeError(start.data, ekfac.data)).toBeLessThan(1e-13);
  });

  test('tends to the exact damped inverse, each bound holding on the way', () => {
    const exact = scores('ggn', { damping });
    const scale = Math.max(...exact.data.map(Math.abs));
    const errors = [20, 100, 500].map((iterations) => {
      const options = { damping, iterations, batch: 'full' } as const;
      const { scores: found, bounds } = attribute({ method: 'astra', options, models: one, train, queries });
      const gaps = found.data.map((value, k) => Math.abs(value - exact.data[k]));
      for (const [k, gap] of gaps.entries())
        expect(gap).toBeLessThanOrEqual((bounds?.data[k] ?? 0) + 1e-9 * scale);
      return relativeError(found.data, exact.data);
    });
    expect(errors[1]).toBeLessThan(errors[0] / 3);
    expect(errors[2]).toBeLessThan(1e-5);
  });
});

test('CG is the damped GGN, and with a psd shift the damped Hessian', () => {
  const close = (options: MethodOptions, method: MethodName): number => {
    const found = scores('cg', { tolerance: 1e-13, ...options });
    return relativeError(found.data, scores(method, { damping: options.damping ?? 'auto' }).data);
  };
  expect(close({ damping }, 'ggn')).toBeLessThan(1e-10);
  expect(close({}, 'ggn')).toBeLessThan(1e-10);
  expect(close({ curvature: 'hessian' }, 'hessian')).toBeLessThan(1e-7); // σ_min + λ is small on purpose
});

test('J steps of a Neumann series are extra damping 1/(αJ), within the ratio of the two filters', () => {
  const alpha = 0.1;
  for (const iterations of [10, 300]) {
    const run = self('lissa', { damping, alpha, iterations, batch: 'full' });
    const damped = self('ggn', { damping: damping + 1 / (alpha * iterations) });
    for (const [i, value] of run.entries()) {
      const ratio = value / damped[i]; // (1 − (1 − αs)ᴶ) is at least 1 − e^(−αJs)
      expect(ratio).toBeGreaterThan(1 - 1e-9);
      expect(ratio).toBeLessThan(RUN_OVER_DAMPED + 0.05);
    }
  }
});

describe('SOURCE with one segment seen at its end', () => {
  const [{ checkpoints, learningRates, stepsPerEpoch, momentum, ...rest }] = trajectories;
  const [last] = checkpoints.slice(-1);
  const trajectory = { ...rest, checkpoints: [last], learningRates, stepsPerEpoch, momentum, weightDecay: 0 };
  const time = (learningRates.reduce((sum, rate) => sum + rate, 0) * stepsPerEpoch) / (1 - momentum);
  const source = { models: one, trajectories: [trajectory], train };

  test('is the influence function with the unrolled filter', () => {
    const options = { curvature: 'ggn', segments: 1 } as const;
    const found = attribute({ method: 'source', options, queries, ...source }).scores;
    const unrolled = scores('ggn', { rule: { kind: 'unrolled', time } });
    expect(relativeError(found.data, unrolled.data)).toBeLessThan(1e-10);
  });

  test('is close to the influence function damped by 1/t, in every quadratic form', () => {
    for (const factor of [1, 100]) {
      const longer = { ...trajectory, learningRates: learningRates.map((rate) => factor * rate) };
      const options = { curvature: 'ggn', segments: 1 } as const;
      const job = { ...source, trajectories: [longer] };
      const run = attributeSelf({ method: 'source', options, ...job }).values;
      const damped = self('ggn', { damping: 1 / (factor * time) });
      for (const [i, value] of run.entries()) {
        expect(value / damped[i]).toBeGreaterThan(1 - 1e-9);
        expect(value / damped[i]).toBeLessThan(RUN_OVER_DAMPED);
      }
    }
  });

  test('ASTRA-SOURCE solves it with exactly that damping', () => {
    const options = { iterations: 400, segments: 1, batch: 'full', tolerance: 1e-10 } as const;
    const found = attribute({ method: 'astra-source', options, queries, ...source }).scores;
    expect(
      relativeError(found.data, scores('cg', { damping: 1 / time, tolerance: 1e-13 }).data),
    ).toBeLessThan(1e-7);
  });

  test('TracIn weighted by time is the limit of a short training', () => {
    const short = { ...trajectory, learningRates: learningRates.map((rate) => 1e-6 * rate) };
    const job = { ...source, trajectories: [short], queries };
    const options = { curvature: 'ggn', segments: 1 } as const;
    const unrolled = attribute({ method: 'source', options, ...job }).scores;
    const summed = attribute({ method: 'tracin', options: { weights: 'time' }, ...job }).scores;
    expect(relativeError(summed.data, unrolled.data)).toBeLessThan(1e-3);
  });
});

test('gradient dot is the limit of heavy damping: λ · score → ∇m·∇L', () => {
  const dots = scores('grad-dot', {}).data;
  for (const method of ['ggn', 'ekfac', 'kfac', 'hessian', 'cg'] as const) {
    const damped = scores(method, { damping: 1e8 }).data.map((value) => 1e8 * value);
    expect(relativeError(damped, dots), method).toBeLessThan(1e-6);
  }
});

test('Arnoldi with every pair is the damped GGN; LoGra with whole sides the block empirical Fisher', () => {
  const everything = models[0].model.parameterCount;
  const options = { rank: everything, iterations: everything, curvature: 'ggn', damping: 0.1 } as const;
  const found = scores('arnoldi', options);
  expect(relativeError(found.data, scores('ggn', { damping: 0.1 }).data)).toBeLessThan(1e-8);
  const sides = { dimension: 64, damping: 0.1 } as const;
  const blocks = scores('block-ggn', { damping: 0.1, fisher: { kind: 'empirical' } });
  expect(relativeError(scores('logra', sides).data, blocks.data)).toBeLessThan(1e-11);
});

describe('BIF on linear regression, where the posterior is a Gaussian', () => {
  const model = new Mlp([2, 1], 'identity');
  const draw = (n: number, name: string): RegressionData => ({
    inputs: new Matrix(n, 2, rng(1, name, 'x').fillNormal(new Float64Array(2 * n))),
    targets: new Matrix(n, 1, rng(1, name, 'y').fillNormal(new Float64Array(n))),
  });
  const data = draw(12, 'train');
  const asked = draw(4, 'queries');
  const theta = leastSquares(data);
  const fitted = [{ model, loss: 'squared-error', theta }] as const;
  const lambda = 0.3;

  test('in the same scale as the influence function damped by γ/(nβ), within its own error bars', () => {
    const job = { models: fitted, train: data, queries: asked };
    const nBeta = 1e6; // the second-order term, of relative size 1/(nβ), is then far below the errors
    const options = { nBeta, damping: lambda, stepSize: 0.1 / nBeta, chains: 4, draws: 5000, burnIn: 300 };
    const bif = attribute({ ...job, method: 'bif', options });
    expect(bif.damping).toEqual([lambda]);
    const exact = attribute({ ...job, method: 'hessian', options: { damping: lambda } }).scores;
    const inError = bif.scores.data.map(
      (value, k) => (value - exact.data[k]) / (bif.standardErrors?.data[k] ?? Number.NaN),
    );
    const size = Math.sqrt(inError.reduce((sum, z) => sum + z * z, 0) / inError.length);
    expect(size).toBeLessThan(2);
    const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, k) => sum + x * b[k], 0);
    const slope = dot(bif.scores.data, exact.data) / dot(exact.data, exact.data);
    expect(Math.abs(slope - 1)).toBeLessThan(0.15);
  });
});

/** (X̃ᵀX̃)⁻¹X̃ᵀy with a column of ones, in the order weight, weight, bias. */
function leastSquares({ inputs, targets }: RegressionData): Float64Array {
  const gram = new Matrix(3, 3);
  const right = new Float64Array(3);
  for (let i = 0; i < inputs.rows; i++) {
    const x = [...inputs.row(i), 1];
    for (const [r, a] of x.entries()) {
      right[r] += a * targets.at(i, 0);
      for (const [c, b] of x.entries()) gram.data[3 * r + c] += a * b;
    }
  }
  return cholesky(gram).solve(right);
}
