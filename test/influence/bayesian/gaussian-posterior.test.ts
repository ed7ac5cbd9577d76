/** @file On linear regression the sampler's law is known exactly: discretisation, minibatches, restriction and all. */
import { expect, test } from 'vitest';
import { datasetSize } from '../../../src/autodiff/dataset.ts';
import { bayesianInfluence } from '../../../src/influence/bayesian/bayesian-influence.ts';
import { LangevinChain } from '../../../src/influence/bayesian/langevin-chain.ts';
import { resolveSampler, type SamplerOptions } from '../../../src/influence/bayesian/sampler-settings.ts';
import type { Matrix } from '../../../src/linalg/matrix.ts';
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

const FEATURES = 2;
const model = linearModel(FEATURES);
const train = regression(FEATURES, 11, 1);
const queries = regression(FEATURES, 4, 2);
const theta = Float64Array.of(0.7, -0.4, 0.1);
const fitted = { model, loss: 'squared-error', theta } as const;
const everyone = Array.from({ length: datasetSize(train) }, (_, i) => i);

/** Posterior precision A and mean μ on the parameters that move. */
function posterior(nBeta: number, gamma: number, moving: readonly number[]): { A: Rows; mu: number[] } {
  const { H, h } = quadratic(train, everyone);
  const A = moving.map((a) => moving.map((b) => nBeta * H[a][b] + (a === b ? gamma : 0)));
  const fixed = [0, 1, 2].filter((j) => !moving.includes(j));
  const pull = moving.map(
    (a) => nBeta * (h[a] - fixed.reduce((sum, j) => sum + H[a][j] * theta[j], 0)) + gamma * theta[a],
  );
  const at = apply(inverse(A), pull);
  return { A, mu: [0, 1, 2].map((j) => (moving.includes(j) ? at[moving.indexOf(j)] : theta[j])) };
}

/** nβ Cov(m_q, L_i) for w ~ N(μ, S), S zero where nothing moves. */
function exactScores(nBeta: number, mu: readonly number[], S: Rows, moving: readonly number[]): Rows {
  const whole = identity(3, 0);
  for (const [a, i] of moving.entries()) for (const [b, j] of moving.entries()) whole[i][j] = S[a][b];
  const x = extended(train);
  return extended(queries).map((q, k) =>
    x.map(
      (row, i) =>
        nBeta * quadraticCovariance(q, queries.targets.at(k, 0), row, train.targets.at(i, 0), mu, whole),
    ),
  );
}

function zScores(scores: Matrix, errors: Matrix, exact: Rows): number[] {
  return exact.flatMap((row, q) => row.map((value, i) => (scores.at(q, i) - value) / errors.at(q, i)));
}

const rms = (x: readonly number[]): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);

/** |z| that 44 correlated scores with about 15 degrees of freedom exceed together with probability below 1 %. */
const Z_LIMIT = 4.5;

const LAWS: { name: string; options: SamplerOptions & { nBeta: number; gamma: number }; moving: number[] }[] =
  [
    { name: 'nonlinear part large', options: { nBeta: 3, gamma: 2, stepSize: 0.2 }, moving: [0, 1, 2] },
    { name: 'a quarter of the limit', options: { nBeta: 40, gamma: 4, stepSize: 0.02 }, moving: [0, 1, 2] },
    { name: 'weights restricted', options: { nBeta: 40, gamma: 4, stepSize: 0.03 }, moving: [0, 2] },
    { name: 'one chain', options: { nBeta: 10, gamma: 1, stepSize: 0.05, chains: 1 }, moving: [0, 1, 2] },
  ];

for (const { name, options, moving } of LAWS)
  test(`SGLD: the covariance of its own stationary law, S = (A(1 − εA/4))⁻¹: ${name}`, () => {
    const { nBeta, gamma, stepSize = 0, chains = 4 } = options;
    const run = bayesianInfluence({
      ...options,
      chains,
      draws: 20_000 / chains,
      burnIn: 200,
      stepsPerDraw: 1,
      seed: 3,
      parameters: Int32Array.from(moving),
    }).fit(fitted, train);
    const { scores, standardErrors, diagnostics } = run.scoreWithErrors(queries);
    const { A, mu } = posterior(nBeta, gamma, moving);
    const half = plus(identity(moving.length), A, -stepSize / 4);
    const z = zScores(scores, standardErrors, exactScores(nBeta, mu, inverse(times(A, half)), moving));
    expect(Math.max(...z.map(Math.abs))).toBeLessThan(Z_LIMIT);
    expect(rms(z)).toBeGreaterThan(0.3); // the error bars are not simply large
    expect(rms(z)).toBeLessThan(2);
    expect(diagnostics.warnings).toEqual([]);
    // the ideal posterior, without the bias of the step, is a different law, and the test can tell
    const ideal = zScores(scores, standardErrors, exactScores(nBeta, mu, inverse(A), moving));
    expect(Math.max(...ideal.map(Math.abs))).toBeGreaterThan(Z_LIMIT);
  });

test('a small step samples the posterior itself', () => {
  const options = { nBeta: 20, gamma: 6, stepSize: 2e-3, stepsPerDraw: 25, chains: 4, draws: 1000 };
  const run = bayesianInfluence({ ...options, burnIn: 1500, seed: 5 }).fit(fitted, train);
  const { scores, standardErrors } = run.scoreWithErrors(queries);
  const { A, mu } = posterior(options.nBeta, options.gamma, [0, 1, 2]);
  const z = zScores(scores, standardErrors, exactScores(options.nBeta, mu, inverse(A), [0, 1, 2]));
  expect(Math.max(...z.map(Math.abs))).toBeLessThan(Z_LIMIT);
});

/** Mean and second moment of w. */
interface Law {
  readonly m: number[];
  readonly M: Rows;
}

test('minibatches: the stationary law of shuffled passes, by averaging over every order', () => {
  const [nBeta, gamma, stepSize] = [12, 2, 0.08];
  const data = regression(1, 4, 7);
  const anchor = Float64Array.of(0.3, -0.2);
  const pairs = [
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 2],
    [1, 3],
    [2, 3],
  ];
  const step = ({ m, M }: Law, examples: readonly number[]): Law => {
    const { H, h } = quadratic(data, examples);
    const F = plus(identity(2), plus(identity(2, gamma), H, nBeta), -stepSize / 2);
    const f = h.map((v, a) => (stepSize / 2) * (nBeta * v + gamma * anchor[a]));
    const Fm = apply(F, m);
    const moved = times(times(F, M), [
      [F[0][0], F[1][0]],
      [F[0][1], F[1][1]],
    ]);
    return {
      m: Fm.map((v, a) => v + f[a]),
      M: moved.map((row, a) =>
        row.map((v, b) => v + Fm[a] * f[b] + f[a] * Fm[b] + f[a] * f[b] + (a === b ? stepSize : 0)),
      ),
    };
  };
  const average = (laws: readonly Law[]): Law => ({
    m: [0, 1].map((a) => laws.reduce((sum, law) => sum + law.m[a], 0) / laws.length),
    M: [0, 1].map((a) => [0, 1].map((b) => laws.reduce((sum, law) => sum + law.M[a][b], 0) / laws.length)),
  });
  let start: Law = { m: [0, 0], M: identity(2) };
  const rest = (pair: readonly number[]): number[] => [0, 1, 2, 3].filter((i) => !pair.includes(i));
  for (let pass = 0; pass < 400; pass++)
    start = average(pairs.map((pair) => step(step(start, pair), rest(pair))));
  // a draw after each of the two steps of a pass
  const { m, M } = average([start, average(pairs.map((pair) => step(start, pair)))]);

  const problem = { model: linearModel(1), loss: 'squared-error', theta: anchor, data } as const;
  const settings = resolveSampler(problem, { nBeta, gamma, stepSize, batch: 2, burnIn: 200, seed: 11 });
  const chain = new LangevinChain(problem, settings, 0);
  chain.stepsTo(0);
  const [batches, length] = [40, 800];
  const found = Array.from({ length: batches }, () => {
    const sums = [0, 0, 0, 0, 0];
    for (let t = 0; t < length; t++) {
      chain.step();
      const [u, v] = chain.theta;
      for (const [k, value] of [u, v, u * u, u * v, v * v].entries()) sums[k] += value / length;
    }
    return sums;
  });
  const exact = [m[0], m[1], M[0][0], M[0][1], M[1][1]];
  for (const [k, value] of exact.entries()) {
    const mean = found.reduce((sum, batch) => sum + batch[k], 0) / batches;
    const variance = found.reduce((sum, batch) => sum + (batch[k] - mean) ** 2, 0) / (batches - 1);
    expect(Math.abs(mean - value)).toBeLessThan(3.5 * Math.sqrt(variance / batches));
  }
});
