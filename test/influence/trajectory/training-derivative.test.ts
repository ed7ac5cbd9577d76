/** @file The derivative of training against differences of whole trainings, and against training without an example. */
import { describe, expect, test } from 'vitest';
import {
  type AdamW,
  type AnyTrainingConfig,
  adamW,
  Mlp,
  Network,
  type SiteRecorder,
  type Tape,
  type TapeNode,
  Trainer,
  type TrainingConfig,
  type TrainingSchedule,
} from '../../../src/autodiff/index.ts';
import {
  measurementFunction,
  RunDivergenceError,
  spearman,
  type TrainingDerivativeOptions,
  trainingDerivative,
} from '../../../src/influence/index.ts';
import { NumericalError, norm2 } from '../../../src/linalg/index.ts';
import { randomData } from '../../autodiff/naive.ts';
import { measure, trainWeighted, type WeightedRun } from './weighted-training.ts';

const config = (changes: Partial<TrainingConfig> = {}): TrainingConfig => ({
  epochs: 3, batch: 4, learningRate: 0.1, momentum: 0.9, weightDecay: 0, schedule: 'cosine', initialisation: 'torch', dropLast: false, ...changes,
}); // biome-ignore format: a record

/** A skip and a gate between sites, one of them without a bias. */
class Gated extends Network {
  constructor(tied: boolean) {
    const square = { inputs: 3, outputs: 3 };
    super(3, 2, [
      square,
      tied ? { ...square, tie: { source: 0, shares: 'weight' } } : square,
      { inputs: 3, outputs: 2, bias: false },
    ]);
  }

  override connect(tape: Tape, x: TapeNode, site: SiteRecorder): TapeNode {
    const h = tape.add(x, tape.tanh(site(0, x)));
    return site(2, tape.multiply(h, tape.sigmoid(site(1, h))));
  }
}

const adam = (optimiser: AdamW, changes: Partial<TrainingSchedule> = {}): AnyTrainingConfig => {
  const { momentum: _, weightDecay: __, ...schedule } = config();
  return { ...schedule, learningRate: 0.02, ...changes, optimiser };
};

type Case = readonly [string, WeightedRun, Pick<TrainingDerivativeOptions, 'measurement'>];

function runOf(
  sizes: readonly number[],
  activation: 'tanh' | 'relu' | 'gelu' | 'sigmoid' | 'identity',
  loss: 'cross-entropy' | 'squared-error',
  examples: number,
  changes: Partial<TrainingConfig>,
  more: Partial<WeightedRun> = {},
): WeightedRun {
  const model = new Mlp(sizes, activation);
  return {
    model,
    loss,
    data: randomData(model, loss, examples, 3),
    config: config(changes),
    seed: 5,
    ...more,
  };
}

function runOfNetwork(
  model: Network,
  loss: 'cross-entropy' | 'squared-error',
  examples: number,
  changes: Partial<TrainingConfig>,
  more: Partial<WeightedRun> = {},
): WeightedRun {
  const data = randomData(model, loss, examples, 3);
  return { model, loss, data, config: config(changes), seed: 5, ...more };
}

const CASES: readonly Case[] = [
  ['tanh, momentum, incomplete batches', runOf([3, 5, 4], 'tanh', 'cross-entropy', 14, {}), {}],
  ['tanh, deep, weight decay', runOf([3, 4, 4, 4, 3], 'tanh', 'cross-entropy', 13, { weightDecay: 0.05 }), {}],
  ['tanh, no momentum, constant rate, dropLast', runOf([4, 6, 3], 'tanh', 'cross-entropy', 15, { momentum: 0, schedule: 'constant', dropLast: true, learningRate: 0.5 }), {}],
  ['no momentum, weight decay', runOf([4, 3, 3], 'sigmoid', 'cross-entropy', 11, { momentum: 0, weightDecay: 0.1, initialisation: 'xavier' }), {}],
  ['sigmoid, margin', runOf([3, 5, 4], 'sigmoid', 'cross-entropy', 12, {}), { measurement: 'margin' }],
  ['relu, squared error', runOf([3, 6, 5, 2], 'relu', 'squared-error', 14, { learningRate: 0.02 }), {}],
  ['gelu, squared error, weight decay', runOf([2, 3, 2], 'gelu', 'squared-error', 7, { learningRate: 0.05, weightDecay: 0.01, epochs: 2 }), {}],
  ['tanh, absolute error', runOf([3, 4, 2], 'tanh', 'squared-error', 10, { learningRate: 0.05 }), { measurement: 'absolute-error' }],
  ['linear, one layer', runOf([5, 3], 'identity', 'cross-entropy', 9, { weightDecay: 0.02 }), {}],
  ['subset and path', runOf([3, 5, 4], 'tanh', 'cross-entropy', 14, {}, { subset: [13, 2, 3, 5, 7, 11, 0, 9, 1], path: ['a', 2] }), {}],
  ['one batch that holds all', runOf([3, 5, 4], 'tanh', 'cross-entropy', 6, { batch: 32, epochs: 8 }), {}],
  ['tied layers and none with a bias', runOfNetwork(new Mlp([3, 4, 4, 4, 2], 'tanh', { bias: false, ties: [{ layer: 2, source: 1 }] }), 'cross-entropy', 11, { weightDecay: 0.02 }), {}],
  ['a skip and a gate', runOfNetwork(new Gated(false), 'cross-entropy', 11, {}), {}],
  ['a skip, a gate and a tied weight', runOfNetwork(new Gated(true), 'squared-error', 11, { learningRate: 0.05 }), {}],
  ['AdamW, incomplete batches', runOf([3, 5, 4], 'tanh', 'cross-entropy', 14, {}, { config: adam(adamW()) }), {}],
  ['AdamW, other settings, constant rate', runOf([3, 4, 4, 3], 'gelu', 'cross-entropy', 13, {}, { config: adam(adamW({ beta1: 0.7, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.3 }), { schedule: 'constant', epochs: 5 }) }), {}],
  ['AdamW, squared error, subset', runOf([3, 6, 2], 'sigmoid', 'squared-error', 14, {}, { config: adam(adamW({ beta2: 0.95 })), subset: [13, 2, 3, 5, 7, 11, 0, 9, 1] }), {}],
  ['AdamW, a skip, a gate and a tied weight', runOfNetwork(new Gated(true), 'cross-entropy', 11, {}, { config: adam(adamW({ epsilon: 1e-4 })) }), {}],
  ['batches of 32 and 4 of wide layers', runOf([5, 9, 7, 4], 'tanh', 'cross-entropy', 36, { batch: 32, epochs: 4 }), {}],
]; // biome-ignore format: a table

const chaotic = (changes: Partial<TrainingConfig>): WeightedRun =>
  runOf([4, 8, 8, 8, 8, 3], 'tanh', 'cross-entropy', 40, { batch: 8, schedule: 'constant', ...changes });

const derivative = ({ model, loss, data, config, seed, path, subset }: WeightedRun, options: object) =>
  trainingDerivative(new Trainer(model, loss, data, config), {
    seed,
    ...(path === undefined ? {} : { path }),
    ...(subset === undefined ? {} : { subset }),
    ...options,
  } as unknown as TrainingDerivativeOptions);

describe('central differences of whole trainings', () => {
  test.each(CASES)('%s', (_, run, { measurement = 'loss' }) => {
    const { model, loss, data } = run;
    const queries = randomData(model, loss, 4, 8);
    const f = measurementFunction(measurement, loss);
    const { scores, theta, amplification } = derivative(run, { queries, measurement });
    expect(theta).toEqual(new Trainer(model, loss, data, run.config).train({ seed: run.seed, path: run.path ?? [], subset: run.subset ?? data.inputs.toArray().map((_, i) => i) })); // biome-ignore format: short
    expect(amplification).toBeLessThan(100);
    const n = data.inputs.rows;
    const h = 1e-6;
    const all = scores.toArray();
    const off: number[] = [];
    const size = norm2(scores.data) / Math.sqrt(n);
    for (let i = 0; i < n; i++) {
      const at = (shift: number): number[] => {
        const weights = new Float64Array(n).fill(1);
        weights[i] += shift;
        return measure(run, f, trainWeighted(run, weights), queries);
      };
      const low = at(-h);
      const expected = at(h).map((high, q) => (-n * (high - low[q])) / (2 * h));
      off.push(norm2(expected.map((value, q) => value - all[q][i])) / Math.max(size, norm2(expected)));
    }
    expect(Math.max(...off)).toBeLessThan(1e-6);
    expect(size).toBeGreaterThan(1e-3);
  });
});

test('the mean over several moments of a run is differentiated as a whole', () => {
  const run = runOf([3, 5, 4], 'tanh', 'cross-entropy', 14, {
    schedule: 'constant',
    epochs: 4,
    weightDecay: 0.02,
  });
  const queries = randomData(run.model, 'cross-entropy', 4, 8);
  const { scores, growth, amplifications } = derivative(run, { queries, times: 4 });
  /** After each epoch, as a constant rate lets a shorter run tell. */
  const mean = (weights: Float64Array): number[] => {
    const parts = [1, 2, 3, 4].map((epochs) =>
      measure(
        run,
        'cross-entropy',
        trainWeighted({ ...run, config: { ...run.config, epochs } }, weights),
        queries,
      ),
    );
    return parts[0].map((_, q) => parts.reduce((sum, part) => sum + part[q], 0) / 4);
  };
  for (let i = 0; i < 14; i++) {
    const at = (shift: number): number[] =>
      mean(new Float64Array(14).fill(1).map((w, k) => (k === i ? w + shift : w)));
    const low = at(-1e-6);
    const expected = at(1e-6).map((high, q) => (-14 * (high - low[q])) / 2e-6);
    expect(norm2(expected.map((value, q) => value - scores.at(q, i)))).toBeLessThan(
      1e-6 * norm2(scores.data),
    );
  }
  const alone = derivative(run, { queries });
  expect(growth.column(16)).toEqual(alone.growth.column(16).map((norm) => norm / 4));
  expect(amplifications.every((a) => a >= 1)).toBe(true);
  const shares = [1, 2, 3, 4].map((epochs) => derivative({ ...run, config: { ...run.config, epochs } }, { queries }).scores); // biome-ignore format: short
  const sum = scores.data.map((_, k) => shares.reduce((total, part) => total + part.data[k], 0) / 4);
  expect(norm2(scores.data.map((value, k) => value - sum[k]))).toBeLessThan(1e-13 * norm2(sum));
});

test('with the same seed and without one example, the changes of the queries are ranked as predicted', () => {
  const run = runOf([4, 6, 3], 'tanh', 'cross-entropy', 48, { batch: 8, epochs: 6 });
  const queries = randomData(run.model, 'cross-entropy', 6, 9);
  const { scores, amplification } = derivative(run, { queries });
  expect(amplification).toBeLessThan(10);
  const all = new Float64Array(48).fill(1);
  const before = measure(run, 'cross-entropy', trainWeighted(run, all), queries);
  const changes = Array.from(all, (_, i) => {
    const without = all.slice();
    without[i] = 0;
    return measure(run, 'cross-entropy', trainWeighted(run, without), queries).map(
      (after, q) => after - before[q],
    );
  });
  for (let q = 0; q < queries.inputs.rows; q++)
    expect(spearman(scores.row(q), changes.map((change) => change[q]))).toBeGreaterThan(0.95); // biome-ignore format: short
});

test('the amplification tells whether leaving one example out is predicted: of a run that contracts, and of a chaotic one', () => {
  const [contracting, chaos] = [0.03, 0.4].map((learningRate) => {
    const run = runOf([4, 8, 8, 8, 3], 'tanh', 'cross-entropy', 40, { batch: 8, epochs: 15, learningRate, initialisation: 'xavier', dropLast: true }); // biome-ignore format: short
    const queries = randomData(run.model, 'cross-entropy', 6, 8);
    const { scores, amplifications } = derivative(run, { queries });
    const losses = (without?: number): number[] =>
      measure(run, 'cross-entropy', trainWeighted(run, Array.from({ length: 40 }, (_, i) => (i === without ? 0 : 1))), queries);
    const before = losses();
    const changes = Array.from({ length: 40 }, (_, i) => losses(i).map((after, q) => after - before[q]));
    const rho = before.map((_, q) => spearman(scores.row(q), changes.map((change) => change[q])));
    return { least: Math.min(...rho), mean: rho.reduce((a, b) => a + b, 0) / 6, amplifications };
  }); // biome-ignore format: long lines
  expect(Math.max(...contracting.amplifications)).toBeLessThan(2);
  expect(contracting.least).toBeGreaterThanOrEqual(0.95);
  expect(Math.min(...chaos.amplifications)).toBeGreaterThan(10);
  expect(chaos.mean).toBeLessThan(0.5);
});

test('neither checkpoints nor chunks change a bit', () => {
  const run = runOf([3, 5, 4, 4], 'tanh', 'cross-entropy', 14, { weightDecay: 0.01 });
  const queries = randomData(run.model, 'cross-entropy', 5, 8);
  const expected = derivative(run, { queries });
  for (const options of [{ spacing: 1 }, { spacing: 2 }, { spacing: 5 }, { spacing: 1000 }, { chunk: 1 }, { chunk: 2, spacing: 3 }, { chunk: 100 }, { times: 1 }]) // biome-ignore format: short
    expect(derivative(run, { queries, ...options })).toEqual(expected);
});

test('of two steps the scores are linear in the curvature of the second: the mean of both gives the mean', () => {
  const run = runOf([4, 5, 4, 3], 'tanh', 'cross-entropy', 12, { batch: 6, epochs: 1, momentum: 0.5 });
  const queries = randomData(run.model, 'cross-entropy', 3, 8);
  const of = (adjoint: string): Float64Array => derivative(run, { queries, adjoint }).scores.data;
  const [hessian, ggn, mean] = ['hessian', 'ggn', 'mean'].map(of);
  expect(norm2(hessian.map((value, k) => value - ggn[k]))).toBeGreaterThan(1e-4 * norm2(ggn));
  expect(norm2(mean.map((value, k) => value - (hessian[k] + ggn[k]) / 2))).toBeLessThan(1e-14 * norm2(mean));
});

describe('the Gauss–Newton adjoint', () => {
  test('is the derivative where the network is linear', () => {
    const run = runOf([4, 3], 'identity', 'cross-entropy', 11, { weightDecay: 0.02 });
    const queries = randomData(run.model, 'cross-entropy', 4, 8);
    const exact = derivative(run, { queries }).scores.data;
    const ggn = derivative(run, { queries, adjoint: 'ggn' }).scores.data;
    expect(norm2(exact.map((value, k) => value - ggn[k]))).toBeLessThan(1e-13 * norm2(exact));
  });

  test('grows less than the Hessian where a deep network is chaotic', () => {
    const run = chaotic({ epochs: 40, learningRate: 0.3 });
    const queries = randomData(run.model, 'cross-entropy', 5, 8);
    const hessian = derivative(run, { queries });
    const ggn = derivative(run, { queries, adjoint: 'ggn' });
    expect(hessian.amplification).toBeGreaterThan(1e9);
    expect(ggn.amplification).toBeLessThan(1e4);
    expect(ggn.growth.column(200)).toEqual(hessian.growth.column(200));
  });
});

test('examples outside the subset have no score, and a run of no steps has none at all', () => {
  const run = runOf([3, 5, 4], 'tanh', 'cross-entropy', 8, {}, { subset: [1, 4, 6] });
  const queries = randomData(run.model, 'cross-entropy', 3, 8);
  const { scores } = derivative(run, { queries });
  const seen = Array.from({ length: 8 }, (_, i) => scores.column(i).some((score) => score !== 0));
  expect(seen).toEqual([false, true, false, false, true, false, true, false]);
  const still = derivative({ ...run, config: config({ epochs: 0 }) }, { queries });
  expect(still.scores.data.every((score) => score === 0)).toBe(true);
  expect([still.growth.rows, still.growth.cols, still.amplification]).toEqual([3, 1, 1]);
});

describe('divergence', () => {
  const queries = randomData(new Mlp([3, 5, 2], 'identity'), 'squared-error', 2, 8);
  const caught = (run: WeightedRun): unknown => {
    try {
      return derivative(run, { queries });
    } catch (error) {
      return error;
    }
  };

  test('of the run names the step', () => {
    const error = caught(
      runOf([3, 5, 2], 'identity', 'squared-error', 12, { learningRate: 1e4, epochs: 200 }),
    );
    expect(error).toBeInstanceOf(RunDivergenceError);
    expect(error).toMatchObject({ quantity: 'loss', query: undefined });
    expect((error as RunDivergenceError).message).toMatch(
      /trainingDerivative: training diverged at step \d+: the mean loss/,
    );
  });

  test('of the adjoint names step and query', () => {
    const run = chaotic({ epochs: 1000, learningRate: 1 });
    const four = randomData(run.model, 'cross-entropy', 4, 8);
    const expected = /the adjoint diverged at step [1-9]\d*: the derivative of query \d's measurement/;
    expect(() => derivative(run, { queries: four })).toThrow(expected);
    expect(() => derivative(run, { queries: four })).toThrow(RunDivergenceError);
  });

  test('that stays finite is refused as training refuses it', () => {
    const run = runOf([3, 5, 4], 'tanh', 'cross-entropy', 12, { learningRate: 1e6 });
    const data = randomData(run.model, 'cross-entropy', 2, 8);
    expect(() => derivative(run, { queries: data })).toThrow(NumericalError);
  });
});

test('runs of AdamW: the mean over moments, whatever spacing and chunk; the spread of an optimiser that cannot be gone back', () => {
  const run = runOf([3, 5, 4], 'tanh', 'cross-entropy', 14, {}, { config: adam(adamW({ beta2: 0.9 }), { schedule: 'constant', epochs: 4 }) }); // biome-ignore format: short
  const queries = randomData(run.model, run.loss, 4, 8);
  const shares = [1, 2, 3, 4].map((epochs) => derivative({ ...run, config: { ...run.config, epochs } }, { queries }).scores); // biome-ignore format: short
  const { scores } = derivative(run, { queries, times: 4 });
  const mean = scores.data.map((_, k) => shares.reduce((sum, { data }) => sum + data[k] / 4, 0));
  expect(norm2(scores.data.map((value, k) => value - mean[k]))).toBeLessThan(1e-10 * norm2(mean));
  const expected = derivative(run, { queries });
  for (const options of [{ spacing: 1 }, { spacing: 5 }, { chunk: 1 }, { chunk: 3, spacing: 7 }])
    expect(derivative(run, { queries, ...options })).toEqual(expected);
  const { backward: _, ...forwardOnly } = adamW();
  expect(() => derivative({ ...run, config: adam(forwardOnly as AdamW) }, { queries })).toThrow(
    /^trainingDerivative: training by adamw is not supported; SGD with momentum and AdamW are\.$/,
  );
});
