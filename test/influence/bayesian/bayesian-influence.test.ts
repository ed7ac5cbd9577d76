/** @file The attributor: its scores by two passes over stored traces, its rules, merging, continuation and refusals. */
import { expect, test } from 'vitest';
import { datasetSize } from '../../../src/autodiff/dataset.ts';
import { exampleValues } from '../../../src/autodiff/per-example.ts';
import { hessianMatrix } from '../../../src/curvature/hessian.ts';
import {
  type BayesianInfluenceOptions,
  bayesianInfluence,
  influenceTarget,
} from '../../../src/influence/bayesian/bayesian-influence.ts';
import { bayesianScores } from '../../../src/influence/bayesian/bayesian-scores.ts';
import { type ChainSample, InfluenceChain } from '../../../src/influence/bayesian/influence-chain.ts';
import { LangevinChain } from '../../../src/influence/bayesian/langevin-chain.ts';
import { samplerBias } from '../../../src/influence/bayesian/sampler-bias.ts';
import { resolveSampler } from '../../../src/influence/bayesian/sampler-settings.ts';
import { groupEffect } from '../../../src/influence/judging/group-effect.ts';
import { symmetricEigen } from '../../../src/linalg/eigen/symmetric-eigen.ts';
import { DomainError, ShapeError, UnsupportedError } from '../../../src/linalg/errors.ts';
import { Matrix, type Vec } from '../../../src/linalg/matrix.ts';
import { randomData, randomProblem } from '../../helpers/problems.ts';

const { data: train, ...fitted } = randomProblem({ sizes: [3, 5, 4], examples: 19, seed: 6 });
const queries = randomData(fitted.model, 'cross-entropy', 5, 7);
const problem = { ...fitted, data: train };
const SAMPLER = {
  nBeta: 20,
  gamma: 15,
  stepSize: 0.02,
  batch: 8,
  chains: 3,
  draws: 90,
  burnIn: 20,
  stepsPerDraw: 1,
  seed: 2,
} as const;

interface Traces {
  readonly losses: Matrix;
  readonly measured: Matrix;
}

/** Every loss and measurement of every draw, pooled over the chains: what the library never stores. */
function traces(options: BayesianInfluenceOptions): Traces {
  const { measurement, normalisation, ...sampler } = options;
  const settings = resolveSampler(problem, sampler);
  const losses: Vec[] = [];
  const measured: Vec[] = [];
  const f = measurement === 'margin' ? 'margin' : 'cross-entropy';
  for (let c = 0; c < settings.chains; c++) {
    const chain = new LangevinChain(problem, settings, c);
    for (let s = 1; s <= settings.burnIn + settings.draws * settings.stepsPerDraw; s++) {
      chain.step();
      if (s <= settings.burnIn || (s - settings.burnIn) % settings.stepsPerDraw !== 0) continue;
      losses.push(exampleValues(fitted.model, fitted.loss, chain.theta, train));
      measured.push(exampleValues(fitted.model, f, chain.theta, queries));
    }
  }
  return { losses: Matrix.of(losses), measured: Matrix.of(measured) };
}

function covariance(a: Vec, b: Vec): number {
  const mean = (x: Vec): number => x.reduce((sum, v) => sum + v, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  return a.reduce((sum, v, t) => sum + (v - ma) * (b[t] - mb), 0) / (a.length - 1);
}

const CASES: BayesianInfluenceOptions[] = [
  SAMPLER,
  { ...SAMPLER, measurement: 'margin', stepsPerDraw: 3 },
  { ...SAMPLER, normalisation: 'correlation', method: 'rmsprop-sgld', stepSize: 0.002 },
  { ...SAMPLER, normalisation: 'correlation', measurement: 'margin', chains: 1 },
];
for (const options of CASES)
  test(`scores are nβ·Cov, or Pearson's correlation, of the pooled draws: ${JSON.stringify(options)}`, () => {
    const { losses, measured } = traces(options);
    const { scores } = bayesianInfluence(options).fit(fitted, train).scoreWithErrors(queries);
    const correlation = options.normalisation === 'correlation';
    for (let q = 0; q < 5; q++)
      for (let i = 0; i < 19; i++) {
        const [x, y] = [losses.column(i), measured.column(q)];
        const scale = correlation ? 1 / Math.sqrt(covariance(x, x) * covariance(y, y)) : 20;
        const size = correlation ? 1 : 20 * Math.sqrt(covariance(x, x) * covariance(y, y));
        expect(Math.abs(scores.at(q, i) - scale * covariance(x, y))).toBeLessThan(
          270 * 8 * Number.EPSILON * size,
        );
      }
  });

test('group effects are sums: that of a set is the covariance with its summed loss', () => {
  const { losses, measured } = traces(SAMPLER);
  const scores = bayesianInfluence(SAMPLER).fit(fitted, train).score(queries);
  const removed = Int32Array.of(0, 3, 4, 11, 18);
  const summed = Float64Array.from({ length: losses.rows }, (_, t) =>
    removed.reduce((sum, i) => sum + losses.at(t, i), 0),
  );
  const effects = groupEffect(scores, removed);
  for (let q = 0; q < 5; q++) {
    const exact = (20 / 19) * covariance(summed, measured.column(q));
    expect(Math.abs(effects[q] - exact)).toBeLessThan(1e-12 * (1 + Math.abs(exact)));
  }
});

for (const measurement of ['loss', 'margin'] as const)
  for (const normalisation of ['covariance', 'correlation'] as const)
    test(`self-influence is the diagonal of score(train): ${measurement}, ${normalisation}`, () => {
      const made = bayesianInfluence({ ...SAMPLER, measurement, normalisation }).fit(fitted, train);
      const scores = made.score(train);
      const self = made.selfInfluence();
      for (let i = 0; i < 19; i++)
        expect(Math.abs(self[i] - scores.at(i, i))).toBeLessThan(1e-12 * Math.max(1, Math.abs(self[i])));
    });

test('a row depends on its own query only', () => {
  const made = bayesianInfluence(SAMPLER).fit(fitted, train);
  const all = made.score(queries);
  const one = made.score({
    inputs: Matrix.of([queries.inputs.row(3)]),
    labels: Int32Array.of('labels' in queries ? queries.labels[3] : 0),
  });
  expect(one.row(0)).toEqual(all.row(3));
});

function samplesOf(
  options: BayesianInfluenceOptions,
  order: readonly number[],
  pause?: number,
): ChainSample[] {
  const settings = resolveSampler(problem, options);
  const target = influenceTarget(settings, queries, 'loss', datasetSize(train));
  const samples: ChainSample[] = [];
  for (const c of order) {
    let chain = new InfluenceChain(problem, settings, target, c);
    if (pause !== undefined) {
      chain.advance(pause);
      chain = new InfluenceChain(problem, settings, target, c, structuredClone(chain.state()));
    }
    chain.advance();
    samples[c] = structuredClone(chain.sample());
  }
  return samples;
}

test('chains run elsewhere, in another order or with pauses give the same bits', () => {
  const whole = bayesianInfluence(SAMPLER).fit(fitted, train).scoreWithErrors(queries);
  const watched = influenceTarget(resolveSampler(problem, SAMPLER), queries, 'loss', 19).watched;
  const bias = samplerBias(problem, resolveSampler(problem, SAMPLER));
  const merge = { nBeta: 20, normalisation: 'covariance', watched, bias } as const;
  expect(bayesianScores(samplesOf(SAMPLER, [2, 0, 1]), merge)).toEqual(whole);
  for (const pause of [1, 15, 32, 40, 89])
    expect(bayesianScores(samplesOf(SAMPLER, [0, 1, 2], pause), merge)).toEqual(whole);
});

test('a chain may grow: more draws continue the shorter run', () => {
  const settings = resolveSampler(problem, { ...SAMPLER, draws: 60 });
  const longer = { ...settings, draws: 100 };
  const target = { ...influenceTarget(settings, queries, 'loss', 19), errorBatch: 16 };
  const short = new InfluenceChain(problem, settings, target, 1);
  short.advance();
  const grown = new InfluenceChain(problem, longer, target, 1, short.state());
  grown.advance();
  const whole = new InfluenceChain(problem, longer, target, 1);
  whole.advance();
  expect(grown.state()).toEqual(whole.state());
  expect(grown.draws).toBe(100);
});

test('error bars: the spread of the scores over seeds', () => {
  const seeds = Array.from({ length: 24 }, (_, seed) => seed);
  for (const normalisation of ['covariance', 'correlation'] as const) {
    const runs = seeds.map((seed) =>
      bayesianInfluence({ ...SAMPLER, normalisation, draws: 160, chains: 2, seed })
        .fit(fitted, train)
        .scoreWithErrors(queries),
    );
    let [spread, stated] = [0, 0];
    for (let k = 0; k < 5 * 19; k++) {
      const values = Float64Array.from(runs, (run) => run.scores.data[k]);
      spread += covariance(values, values);
      stated += runs.reduce((sum, run) => sum + run.standardErrors.data[k] ** 2, 0) / runs.length;
    }
    expect(Math.sqrt(stated / spread)).toBeGreaterThan(0.75);
    expect(Math.sqrt(stated / spread)).toBeLessThan(1.5);
  }
});

test('the rules for what is not said', () => {
  const { values } = symmetricEigen(hessianMatrix(problem));
  const sigma = Math.max(...values.map(Math.abs));
  const settings = resolveSampler(problem);
  const steepness = settings.steepness ?? 0;
  expect(steepness).toBeGreaterThan(0.98 * sigma);
  expect(steepness).toBeLessThan(1.05 * sigma);
  const nBeta = 19 / Math.log(19);
  expect(settings.nBeta).toBeCloseTo(nBeta, 12);
  expect(settings.gamma).toBe(0.1 * settings.nBeta * steepness);
  expect(settings.stepSize).toBe(0.25 / (settings.nBeta * steepness + settings.gamma));
  expect(settings.burnIn).toBe(Math.ceil(4 / (settings.stepSize * settings.gamma)));
  expect(settings).toMatchObject({ batch: 19, chains: 4, draws: 500, stepsPerDraw: 8, method: 'sgld' });
  expect(resolveSampler(problem, { method: 'rmsprop-sgld' }).stepSize).toBeCloseTo(
    settings.stepSize / 10,
    15,
  );
  expect(resolveSampler(problem, { gamma: 3, stepSize: 1 }).steepness).toBeUndefined();
  expect(resolveSampler(problem, { parameters: Int32Array.of(2, 9) }).steepness).toBeLessThan(steepness);
});

test('diagnostics: traces, watched scores, warnings', () => {
  const { diagnostics } = bayesianInfluence({ ...SAMPLER, burnIn: 0, draws: 12 })
    .fit(fitted, train)
    .scoreWithErrors(queries);
  expect([diagnostics.lossTraces.rows, diagnostics.lossTraces.cols]).toEqual([3, 12]);
  const chain = new LangevinChain(problem, resolveSampler(problem, { ...SAMPLER, burnIn: 0 }), 1);
  chain.step();
  const losses = exampleValues(fitted.model, fitted.loss, chain.theta, train);
  expect(diagnostics.lossTraces.at(1, 0)).toBeCloseTo(losses.reduce((a, b) => a + b) / 19, 12);
  expect(diagnostics.watched.map(({ query, example }) => [query, example])).toEqual([
    [0, 2],
    [1, 7],
    [3, 11],
    [4, 16],
  ]);
  expect(diagnostics.warnings.join(' ')).toMatch(/effective draws, fewer than 100/);
});

test('refusals', () => {
  for (const bad of [
    { stepSize: 0 },
    { nBeta: -1 },
    { gamma: Number.NaN },
    { batch: 0 },
    { chains: 0 },
    { draws: 1 },
    { burnIn: -1 },
    { parameters: new Int32Array(0) },
    { divergenceLimit: 0 },
    { normalisation: 'none' as 'covariance' },
    { method: 'hmc' as 'sgld' },
  ])
    expect(() => bayesianInfluence(bad)).toThrow(DomainError);
  for (const parameters of [Int32Array.of(3, 3), Int32Array.of(5, 2), Int32Array.of(400)])
    expect(() => bayesianInfluence({ ...SAMPLER, parameters }).fit(fitted, train)).toThrow(DomainError);
  const regression = randomProblem({ sizes: [3, 2], activation: 'identity', loss: 'squared-error' });
  expect(() => bayesianInfluence({ measurement: 'margin' }).fit(regression, regression.data)).toThrow(
    UnsupportedError,
  );
  const settings = resolveSampler(problem, SAMPLER);
  const target = influenceTarget(settings, queries, 'loss', 19);
  const chain = new InfluenceChain(problem, settings, target, 0);
  chain.advance(40);
  expect(() => new InfluenceChain(problem, settings, target, 1, chain.state())).toThrow(DomainError);
  expect(
    () => new InfluenceChain(problem, settings, { ...target, queries: train }, 0, chain.state()),
  ).toThrow(ShapeError);
  const merge = { nBeta: 20, normalisation: 'covariance', watched: [] } as const;
  expect(() => bayesianScores([], merge)).toThrow(DomainError);
});
