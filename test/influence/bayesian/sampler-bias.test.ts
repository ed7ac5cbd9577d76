/** @file The bias of a Langevin sampler: against dense covariances, exact Gaussian laws, and sampled variances; and when it is warned of. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClassificationData, RegressionData } from '../../../src/autodiff/dataset.ts';
import { Mlp } from '../../../src/autodiff/mlp.ts';
import { perExampleGradients } from '../../../src/autodiff/per-example.ts';
import { Trainer } from '../../../src/autodiff/train.ts';
import { hessianMatrix } from '../../../src/curvature/hessian.ts';
import type { Problem } from '../../../src/curvature/problem.ts';
import { bayesianInfluence } from '../../../src/influence/bayesian/bayesian-influence.ts';
import { LangevinChain } from '../../../src/influence/bayesian/langevin-chain.ts';
import {
  BIAS_EXAMPLES,
  type SamplerBias,
  samplerBias,
} from '../../../src/influence/bayesian/sampler-bias.ts';
import { resolveSampler, type SamplerOptions } from '../../../src/influence/bayesian/sampler-settings.ts';
import { symmetricEigen } from '../../../src/linalg/eigen/symmetric-eigen.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { randomProblem } from '../../helpers/problems.ts';
import {
  apply,
  extended,
  identity,
  inverse,
  linearModel,
  plus,
  quadratic,
  quadraticCovariance,
  type Rows,
  regression,
  times,
} from './gaussian.ts';

const biasOf = (problem: Problem, options: SamplerOptions): SamplerBias =>
  samplerBias(problem, resolveSampler(problem, options));

/** Covariance of the gradients of all examples about their mean, [D][D]. */
function gradientCovariance({ model, loss, theta, data }: Problem): Rows {
  const g = perExampleGradients(model, loss, theta, data).toArray();
  const mean = g[0].map((_, j) => g.reduce((sum, row) => sum + row[j], 0) / g.length);
  const gaps = g.map((row) => row.map((v, j) => v - mean[j]));
  return mean.map((_, a) =>
    mean.map((__, b) => gaps.reduce((sum, row) => sum + row[a] * row[b], 0) / g.length),
  );
}

const largest = (a: Rows): number => Math.max(...symmetricEigen(Matrix.of(a)).values);

describe('the two fractions', () => {
  for (const loss of ['cross-entropy', 'squared-error'] as const)
    test(`c is the largest eigenvalue of the covariance of gradients, formed densely: ${loss}`, () => {
      const problem = randomProblem({ sizes: [3, 4, 5, 2], examples: 37, loss, seed: 3 });
      const c = largest(gradientCovariance(problem));
      const given = { nBeta: 70, gamma: 3, stepSize: 2e-3, batch: 6 };
      const expected = ((2e-3 / 4) * 70 ** 2 * c) / 6;
      const { step, batch } = biasOf(problem, given);
      expect(step).toBeUndefined();
      expect(Math.abs(batch / expected - 1)).toBeLessThan(1e-12);
      // G of RMSprop is at most 10
      const { batch: scaled } = biasOf(problem, { ...given, method: 'rmsprop-sgld' });
      expect(Math.abs(scaled / (10 * expected) - 1)).toBeLessThan(1e-12);
      const parameters = Int32Array.of(0, 5, 17, 30);
      const moving = gradientCovariance(problem).filter((_, j) => parameters.includes(j));
      const own = largest(moving.map((row) => row.filter((_, j) => parameters.includes(j))));
      expect(biasOf(problem, { ...given, parameters }).batch).toBeGreaterThan(
        ((2e-3 / 4) * 70 ** 2 * own) / 6,
      );
    });

  test('of many examples, 256 are looked at: the same for the same seed, and about the c of all', () => {
    const problem = randomProblem({ sizes: [3, 4, 3], examples: 3 * BIAS_EXAMPLES, seed: 3 });
    const options = { nBeta: 70, gamma: 3, stepSize: 2e-3, batch: 32 };
    const expected = ((2e-3 / 4) * 70 ** 2 * largest(gradientCovariance(problem))) / 32;
    const found = [0, 1, 2].map((seed) => biasOf(problem, { ...options, seed }).batch);
    expect(new Set(found).size).toBe(3);
    expect(biasOf(problem, { ...options, seed: 1 }).batch).toBe(found[1]);
    for (const value of found) expect(Math.abs(value / expected - 1)).toBeLessThan(0.15);
  });

  test('the step by σ of the rules: 1/15 with the default ε, of either sampler; σ is that of the Hessian', () => {
    const problem = randomProblem({ sizes: [3, 4, 3], examples: 19, seed: 5 });
    expect(biasOf(problem, {})).toEqual({ step: expect.closeTo(1 / 15, 12), batch: 0 });
    expect(biasOf(problem, { method: 'rmsprop-sgld' }).step).toBeCloseTo(1 / 15, 12);
    const sigma = Math.max(...symmetricEigen(hessianMatrix(problem)).values.map(Math.abs));
    const x = (1e-2 * (20 * sigma + 0.1 * 20 * sigma)) / 4;
    const { step = Number.NaN } = biasOf(problem, { nBeta: 20, stepSize: 1e-2 });
    expect(step).toBeGreaterThan(0.97 * (x / (1 - x)));
    expect(step).toBeLessThan(1.06 * (x / (1 - x)));
    expect(biasOf(problem, { nBeta: 20, stepSize: 50 }).step).toBe(Number.POSITIVE_INFINITY);
  });

  test('both grow with ε, and the noise falls with B to 0 on the full batch', () => {
    const problem = randomProblem({ sizes: [3, 4, 3], examples: 19, seed: 5 });
    const settings = resolveSampler(problem, { nBeta: 9 });
    const pairs = fc.tuple(
      fc.double({ min: 1e-4, max: 0.02, noNaN: true }),
      fc.double({ min: 1.01, max: 3, noNaN: true }),
      fc.integer({ min: 1, max: 17 }),
    );
    fc.assert(
      fc.property(pairs, ([stepSize, factor, batch]) => {
        const at = (epsilon: number, examples: number): SamplerBias =>
          samplerBias(problem, { ...settings, stepSize: epsilon, batch: examples });
        const [short, long, larger] = [
          at(stepSize, batch),
          at(stepSize * factor, batch),
          at(stepSize, batch + 1),
        ];
        expect(long.batch).toBeGreaterThan(short.batch);
        expect(long.step).toBeGreaterThan(short.step ?? Number.NaN);
        expect(larger.batch).toBeLessThan(short.batch);
        expect(larger.step).toBe(short.step);
        expect(at(stepSize, 19).batch).toBe(0);
      }),
      { numRuns: 20 },
    );
  });
});

/** S of w ← (I − εA/2)w + N(0, εI + (ε²/4)(nβ)² C/B), the noise of every step independent: Σ F^t R F^t, its terms doubled 24 times. */
function stationary(A: Rows, C: Rows, nBeta: number, stepSize: number, batch: number): Rows {
  let F = plus(identity(A.length), A, -stepSize / 2);
  let S = plus(identity(A.length, stepSize), C, ((stepSize / 2) * nBeta) ** 2 / batch);
  for (let k = 0; k < 24; k++) {
    S = plus(S, times(times(F, S), F));
    F = times(F, F);
  }
  return S;
}

/** The largest vᵀSv / vᵀA⁻¹v, less 1: the root L of A = LLᵀ gives an ordinary eigenproblem, LᵀSL. */
function excess(S: Rows, A: Rows): number {
  const { values, vectors } = symmetricEigen(Matrix.of(A));
  const root = A.map((_, a) =>
    A.map((__, b) =>
      values.reduce((sum, v, k) => sum + Math.sqrt(v) * vectors.at(a, k) * vectors.at(b, k), 0),
    ),
  );
  const scaled = times(times(root, S), root);
  return largest(scaled.map((row, a) => row.map((v, b) => (v + scaled[b][a]) / 2))) - 1;
}

describe('exact laws of linear regression', () => {
  const data = regression(2, 23, 4);
  const theta = Float64Array.of(0.7, -0.4, 0.1);
  const problem: Problem = { model: linearModel(2), loss: 'squared-error', theta, data };
  const everyone = Array.from({ length: 23 }, (_, i) => i);
  const { H } = quadratic(data, everyone);
  const A = (nBeta: number, gamma: number): Rows => plus(identity(3, gamma), H, nBeta);

  for (const share of [0.05, 0.25, 1])
    test(`full batch: the widest direction is wider by the step's fraction, as closely as σ is known: ε(nβσ + γ) = ${share}`, () => {
      const [nBeta, gamma] = [30, 8];
      const stepSize = share / largest(A(nBeta, gamma));
      const S = stationary(A(nBeta, gamma), identity(3, 0), nBeta, stepSize, 1);
      const { step = Number.NaN, batch } = biasOf(problem, { nBeta, stepSize, batch: 'full' });
      expect(batch).toBe(0);
      // here γ is the default of nβσ/10
      const { gamma: own } = resolveSampler(problem, { nBeta, stepSize });
      const exact = excess(stationary(A(nBeta, own), identity(3, 0), nBeta, stepSize, 1), A(nBeta, own));
      expect(step / exact).toBeGreaterThan(0.999);
      expect(step / exact).toBeLessThan(1.1);
      expect(excess(S, A(nBeta, gamma))).toBeCloseTo(share / 4 / (1 - share / 4), 10);
    });

  test('minibatches: no direction is wider than (1 + step)(1 + batch), for any sizes', () => {
    const C = gradientCovariance(problem);
    let tightest = 0;
    for (const nBeta of [5, 60, 900])
      for (const share of [0.1, 0.6])
        for (const batch of [1, 4, 16]) {
          const gamma = nBeta / 10;
          const stepSize = share / largest(A(nBeta, gamma));
          const settings = {
            ...resolveSampler(problem, { nBeta, gamma, stepSize, batch }),
            steepness: largest(H),
          };
          const bias = samplerBias(problem, settings);
          const bound = (1 + (bias.step ?? Number.NaN)) * (1 + bias.batch) - 1;
          const exact = excess(stationary(A(nBeta, gamma), C, nBeta, stepSize, batch), A(nBeta, gamma));
          expect(exact).toBeLessThanOrEqual(bound * (1 + 1e-9));
          tightest = Math.max(tightest, exact / bound);
        }
    expect(tightest).toBeGreaterThan(0.5);
  });

  /** Every example has the same input, so that minibatches differ in gradient only, along one direction: the bound is the law. */
  function alike(residuals: readonly number[]): Problem {
    const inputs = new Matrix(residuals.length, 1, new Float64Array(residuals.length).fill(Math.sqrt(3)));
    const targets = new Matrix(residuals.length, 1, Float64Array.from(residuals));
    return {
      model: linearModel(1),
      loss: 'squared-error',
      theta: new Float64Array(2),
      data: { inputs, targets },
    };
  }

  test('where the noisiest direction is the steepest, the bound is reached: by the law and by a chain', () => {
    const problem = alike(Array.from({ length: 256 }, (_, i) => (i % 2 === 0 ? 0.5 : -0.5)));
    // H = [√3, 1][√3, 1]ᵀ has σ = 4, and c = 4 · 0.25
    const [nBeta, gamma, stepSize, batch] = [400, 160, 2e-4, 4];
    const settings = { ...resolveSampler(problem, { nBeta, gamma, stepSize, batch, seed: 5 }), steepness: 4 };
    const bias = samplerBias(problem, settings);
    const x = (stepSize * (nBeta * 4 + gamma)) / 4;
    expect(bias.batch).toBeCloseTo(((stepSize / 4) * nBeta ** 2 * 1) / batch, 12);
    expect(bias.step).toBeCloseTo(x / (1 - x), 12);
    const exact = 1 / ((1 + (bias.step ?? Number.NaN)) * (1 + bias.batch));
    const direct = [
      [nBeta * 3 + gamma, nBeta * Math.sqrt(3)],
      [nBeta * Math.sqrt(3), nBeta + gamma],
    ];
    const S = stationary(direct, gradientCovariance(problem), nBeta, stepSize, batch);
    expect(1 / (1 + excess(S, direct))).toBeCloseTo(exact, 10);

    const chain = new LangevinChain(problem, settings, 0);
    chain.stepsTo(0);
    const [batches, length] = [40, 600];
    const found = Array.from({ length: batches }, () => {
      let squares = 0;
      for (let t = 0; t < length; t++) {
        chain.step();
        const along = (Math.sqrt(3) * chain.theta[0] + chain.theta[1]) / 2;
        squares += (along * along) / length;
      }
      return squares * (nBeta * 4 + gamma);
    });
    const mean = found.reduce((a, b) => a + b) / batches;
    const error = Math.sqrt(found.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (batches - 1) / batches);
    // shuffled passes of 64 steps are a little quieter than independent batches, never noisier
    expect(mean).toBeLessThan(1 / exact + 4 * error);
    expect(mean - 1).toBeGreaterThan(0.8 * (1 / exact - 1));
  });
});

describe('warnings', () => {
  test('forty examples, batches of eight at nβ = 1000: scores are far off, and the diagnostics say so', () => {
    const FEATURES = 3;
    const data = regression(FEATURES, 40, 8);
    const queries = regression(FEATURES, 5, 9);
    const x = extended(data);
    const { H, h } = quadratic(
      data,
      x.map((_, i) => i),
    );
    const minimum = apply(inverse(H), h);
    const fitted = {
      model: linearModel(FEATURES),
      loss: 'squared-error',
      theta: Float64Array.from(minimum),
    } as const;
    const [nBeta, gamma] = [1000, 100];
    const A = plus(identity(4, gamma), H, nBeta);
    const S = inverse(A);
    const exact = extended(queries).flatMap((q, k) =>
      x.map(
        (row, i) =>
          nBeta * quadraticCovariance(q, queries.targets.at(k, 0), row, data.targets.at(i, 0), minimum, S),
      ),
    );
    const run = (batch: number | 'full'): { off: number; bias: SamplerBias | undefined; text: string } => {
      const options = { nBeta, gamma, batch, chains: 4, draws: 600, seed: 3 };
      const { scores, diagnostics } = bayesianInfluence(options).fit(fitted, data).scoreWithErrors(queries);
      const [gap, total] = exact.reduce(
        ([a, b], value, k) => [a + (scores.data[k] - value) ** 2, b + value ** 2],
        [0, 0],
      );
      return { off: Math.sqrt(gap / total), bias: diagnostics.bias, text: diagnostics.warnings.join('\n') };
    };
    const noisy = run(8);
    expect(noisy.off).toBeGreaterThan(0.2);
    expect(noisy.bias?.batch).toBeGreaterThan(noisy.off * 0.5);
    expect(noisy.text).toMatch(
      /noise of minibatches widens what is sampled by up to .* %.*--batch.*--step-size/,
    );
    const whole = run('full');
    expect(whole.bias?.batch).toBe(0);
    expect(whole.off).toBeLessThan(0.5 * noisy.off);
    expect(whole.text).not.toMatch(/minibatches/);
  });

  test('a step whose bias is more than the error bars is told, a short one is not; ε and γ both given, nothing is known', () => {
    const data: RegressionData = regression(2, 11, 1);
    const fitted = {
      model: linearModel(2),
      loss: 'squared-error',
      theta: Float64Array.of(0.7, -0.4, 0.1),
    } as const;
    const warned = (options: SamplerOptions): boolean =>
      bayesianInfluence({ ...options, nBeta: 30, draws: 1000, stepsPerDraw: 4 })
        .fit(fitted, data)
        .scoreWithErrors(regression(2, 4, 2))
        .diagnostics.warnings.some((text) => /length of the step .*--step-size/.test(text));
    const { stepSize, gamma } = resolveSampler({ ...fitted, data }, { nBeta: 30 });
    expect(warned({ stepSize: 6 * stepSize })).toBe(true);
    expect(warned({ stepSize: stepSize / 8 })).toBe(false);
    expect(warned({ stepSize: 6 * stepSize, gamma })).toBe(false);
  });

  test('a small trained network under the defaults: batches of 256 of 400 examples are no cause for a warning', () => {
    const random = rng(3, 'clouds');
    const labels = Int32Array.from({ length: 400 }, (_, i) => i % 3);
    const inputs = new Matrix(400, 4, random.fillNormal(new Float64Array(1600)));
    for (let i = 0; i < 400; i++) inputs.set(i, labels[i], inputs.at(i, labels[i]) + 2);
    const data: ClassificationData = { inputs, labels };
    const model = new Mlp([4, 5, 3], 'tanh');
    const theta = new Trainer(model, 'cross-entropy', data, {
      epochs: 30,
      batch: 32,
      learningRate: 0.05,
      momentum: 0.9,
      weightDecay: 1e-3,
      schedule: 'constant',
      initialisation: 'torch',
      dropLast: true,
    }).train({ seed: 1 });
    const { settings, bias } = bayesianInfluence().fit({ model, loss: 'cross-entropy', theta }, data);
    expect(settings.batch).toBe(256);
    expect(bias.batch).toBeGreaterThan(0);
    expect(bias.batch).toBeLessThan(0.05);
    const { diagnostics } = bayesianInfluence({ draws: 8, burnIn: 8 })
      .fit({ model, loss: 'cross-entropy', theta }, data)
      .scoreWithErrors(data);
    expect(diagnostics.bias).toEqual(bias);
    expect(diagnostics.warnings.join(' ')).not.toMatch(/minibatches/);
  });
});
