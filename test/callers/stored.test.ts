/** @file What was stored as JSON goes on with the same bits; what was changed in the file is refused by name. */
import { expect, test } from 'vitest';
import type { Problem } from '../../src/curvature/index.ts';
import {
  bayesianScores,
  type ChainSample,
  CrossCovariance,
  createBank,
  diagnoseChains,
  InfluenceChain,
  LangevinChain,
  leaveSomeOut,
  mergeMoments,
  noiseCeiling,
  outcomeMeans,
  queryMeasurer,
  recordOutcomes,
  resolveSampler,
  retrainingJobs,
  steepestSteps,
} from '../../src/influence/index.ts';
import { EigenfluenceError } from '../../src/linalg/index.ts';
import { chain, data, fitted, model, problem, sampler, settings, target, theta } from './fixtures.ts';

/** As it comes out of a JSON file whose typed arrays were written as lists. */
function stored<T>(value: T): T {
  const text = JSON.stringify(value, (_, part) =>
    ArrayBuffer.isView(part) ? Array.from(part as Float64Array) : part,
  );
  return JSON.parse(text) as T;
}

const plainProblem = (): Problem =>
  ({
    ...problem(),
    theta: Array.from(theta()),
    data: { inputs: data().inputs.toArray(), labels: Array.from(data().labels) },
  }) as unknown as Problem;

test('a chain of settings, target and state from JSON', () => {
  const whole = chain();
  whole.advance();
  const begun = new InfluenceChain(problem(), settings(), target(), 0);
  begun.advance(3);
  const plainTarget = { ...stored(target()), queries: plainProblem().data };
  const later = new InfluenceChain(plainProblem(), stored(settings()), plainTarget, 0, stored(begun.state()));
  later.advance();
  expect(later.sample()).toEqual(whole.sample());
  const options = { nBeta: 2, normalisation: 'covariance', watched: target().watched } as const;
  expect(bayesianScores([stored(whole.sample())], options)).toEqual(
    bayesianScores([whole.sample()], options),
  );
  expect(resolveSampler(plainProblem(), sampler())).toEqual(settings());
});

test('a state that was edited is refused', () => {
  const state = chain().state();
  const wrong: [string, object][] = [
    ['state.draws', { draws: 3 }],
    ['state.finished[0].count', { finished: [{ ...state.current.moments, count: -1 }] }],
    ['state.lossTrace', { lossTrace: [1] }],
    ['state.lossTrace[7]', { lossTrace: Array.from(state.lossTrace, () => null) }],
    ['state.theta', { sampler: { ...state.sampler, theta: [1, 2] } }],
    ['state.squares', { sampler: { ...state.sampler, squares: [1] } }],
    ['state.current', { current: undefined }],
    ['state.moments', { current: { ...state.current, moments: [] } }],
  ];
  for (const [name, part] of wrong) {
    const build = () =>
      new InfluenceChain(problem(), settings(), target(), 0, { ...state, ...part } as typeof state);
    expect(build, name).toThrow(EigenfluenceError);
    expect(build, name).toThrow(name);
  }
  for (const [
    name,
    value,
  ] of [['batch', 99], ['parameters', [2, 1]], ['stepSize', Number.POSITIVE_INFINITY], ['draws', '8']] as const) // biome-ignore format: short
    expect(() => new LangevinChain(problem(), { ...settings(), [name]: value } as never, 0)).toThrow(
      `settings.${name}`,
    );
});

test('counts without end are refused, not begun', () => {
  const run = new LangevinChain(problem(), settings(), 0);
  for (const k of [Number.POSITIVE_INFINITY, 8, -1, 0.5]) expect(() => run.stepsTo(k)).toThrow('stepsTo: k');
  expect(() => chain().advance(Number.NaN)).toThrow('advance: draws');
  expect(() => retrainingJobs(1e9, 1e9)).toThrow('cannot be had');
  expect(() => createBank([[0]], 1e9, 1e9)).toThrow(
    'createBank: an array of shape [1, 1000000000, 1000000000]',
  );
});

test('sums of draws', () => {
  const draws = [[1, 2, 4], [3, 1, 0], [0, 0, 5]]; // biome-ignore format: a table
  const pushed = (sums: CrossCovariance, rows: number[][]): CrossCovariance => {
    for (const [a, b, c] of rows) {
      sums.x.set([a, b]);
      sums.y.set([c]);
      sums.push();
    }
    return sums;
  };
  const whole = pushed(new CrossCovariance(2, 1), draws);
  const begun = pushed(new CrossCovariance(2, 1), draws.slice(0, 1));
  const later = pushed(new CrossCovariance(2, 1, stored(begun.state())), draws.slice(1));
  expect(later.moments()).toEqual(whole.moments());
  const { moments } = whole.state();
  expect(mergeMoments(stored(whole.moments()), stored(moments)).count).toBe(3);
  expect(() => mergeMoments(whole.moments(), { ...whole.moments(), products: [1] } as never)).toThrow(
    'mergeMoments: b.products must be of length 2',
  );
  expect(diagnoseChains([[1, 2, 1, 3], [2, 1, 3, 1]])).toEqual(diagnoseChains([[1, 2, 1, 3], [2, 1, 3, 1]].map((x) => Float64Array.from(x)))); // biome-ignore format: short
  expect(() => diagnoseChains([[1, 2, Number.NaN, 3]])).toThrow('chains[0] must be finite');
});

test('a bank', () => {
  const measure = queryMeasurer(model(), 'cross-entropy', plainProblem().data);
  const subsets = [[0, 1], [1, 2], [2, 3]]; // biome-ignore format: a table
  const retrain = (kept: Int32Array, { seed }: { seed: number }) =>
    theta().map((x, i) => x + 0.1 * Math.sin(i + kept[0] + 7 * seed));
  const bank = leaveSomeOut({ subsets, seeds: 2, retrain, measure });
  const exact = leaveSomeOut({ subsets: subsets.map((kept) => Int32Array.from(kept)), seeds: 2, retrain, measure: queryMeasurer(model(), 'cross-entropy', data()) }); // biome-ignore format: short
  expect(bank).toEqual(exact);
  expect(outcomeMeans(stored(bank), 'margin', [1])).toEqual(outcomeMeans(bank, 'margin', Int32Array.of(1)));
  expect(noiseCeiling(stored(bank))).toEqual(noiseCeiling(bank));
  expect(() => recordOutcomes(stored(bank), { subset: 0, seed: 0 }, measure(theta()))).toThrow(
    'bank.losses must be a Float64Array, which is written to',
  );
  // nothing is half written: the losses stay when the margins are wrong
  const before = bank.losses.slice();
  expect(() => recordOutcomes(bank, { subset: 0, seed: 0 }, { ...measure(fitted().theta), margins: ['x'] } as never)).toThrow('outcomes.margins[0]'); // biome-ignore format: short
  expect(bank.losses).toEqual(before);
  const promised = { subsets, seeds: 1, retrain: async () => theta(), measure } as never;
  expect(() => leaveSomeOut(promised)).toThrow('theta must be a vector');
});

test('batches as a person lists them', () => {
  const batchAt = (_: number, step: number) => [step, step];
  expect(steepestSteps(batchAt, [1, 5, 3], 1, 3, 1)).toEqual([{ repeat: 0, step: 1 }]);
  expect(() => steepestSteps(() => [7], [1, 2], 1, 1, 1)).toThrow('the result of batchAt[0]');
  expect(() => bayesianScores([{} as ChainSample], { nBeta: 1, normalisation: 'covariance', watched: [] })).toThrow('samples[0].chain'); // biome-ignore format: short
});
