import { describe, expect, test } from 'vitest';
import {
  type ClassificationData,
  type Dataset,
  epochBatches,
  exampleValues,
  initialise,
  type Loss,
  learningRate,
  logits,
  Mlp,
  selectExamples,
  Trainer,
  type TrainingConfig,
} from '../../src/autodiff/index.ts';
import { NumericalError } from '../../src/linalg/errors.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose, relativeError } from '../helpers/close.ts';
import { answerOf, naive, randomData } from './naive.ts';

const EPS = Number.EPSILON;

const CONFIG: TrainingConfig = {
  epochs: 4,
  batch: 8,
  learningRate: 0.1,
  momentum: 0.9,
  weightDecay: 0,
  schedule: 'constant',
  initialisation: 'torch',
  dropLast: true,
};

/** SGD as PyTorch writes it, example by example, on textbook gradients; returns θ and the mean loss of each epoch. */
function naiveTraining(
  model: Mlp,
  loss: Loss,
  data: Dataset,
  config: TrainingConfig,
  seed: number,
  path: (string | number)[],
  subset: number[],
): { theta: Vec; losses: number[] } {
  const theta = initialise(model, config.initialisation, rng(seed, ...path, 'init'));
  const velocity = new Float64Array(theta.length);
  const losses: number[] = [];
  let first = true;
  for (let epoch = 0; epoch < config.epochs; epoch++) {
    const order = Array.from(
      rng(seed, ...path, 'shuffle', epoch).permutation(subset.length),
      (i) => subset[i],
    );
    const cosine = 0.5 * (1 + Math.cos((Math.PI * epoch) / config.epochs));
    const rate = config.learningRate * (config.schedule === 'cosine' ? cosine : 1);
    let total = 0;
    let count = 0;
    for (let start = 0; start < order.length; start += config.batch) {
      const batch = order.slice(start, start + config.batch);
      if (batch.length < config.batch && config.dropLast && start > 0) break;
      const gradient = new Float64Array(theta.length);
      for (const i of batch) {
        const example = naive(model, loss, theta, data.inputs.row(i), answerOf(data, i));
        total += example.value;
        count++;
        for (let t = 0; t < theta.length; t++) gradient[t] += example.gradient[t] / batch.length;
      }
      for (let t = 0; t < theta.length; t++) {
        const g = gradient[t] + config.weightDecay * theta[t];
        velocity[t] = first ? g : config.momentum * velocity[t] + g;
      }
      for (let t = 0; t < theta.length; t++) theta[t] -= rate * velocity[t];
      first = false;
    }
    losses.push(total / count);
  }
  return { theta, losses };
}

describe('agrees with a plain loop', () => {
  const model = new Mlp([5, 4, 3], 'tanh');
  const data = randomData(model, 'cross-entropy', 29, 1);
  const everyone = Array.from({ length: 29 }, (_, i) => i);
  const odd = everyone.filter((i) => i % 2 === 1);
  const cases: [string, Partial<TrainingConfig>, number[]][] = [
    ['momentum, incomplete batch left out', {}, everyone],
    ['incomplete batch kept', { dropLast: false }, everyone],
    ['cosine schedule', { schedule: 'cosine' }, everyone],
    ['weight decay, no momentum', { weightDecay: 0.05, momentum: 0 }, everyone],
    [
      'everything at once, xavier',
      { weightDecay: 0.01, schedule: 'cosine', initialisation: 'xavier', dropLast: false },
      odd,
    ],
    ['a subset', {}, odd],
    ['a set smaller than one batch is one batch, even with dropLast', { batch: 64 }, everyone],
    ['a batch that is the whole set', { batch: 29 }, everyone],
    ['batches of one', { batch: 1, learningRate: 0.01 }, everyone],
  ];
  for (const [name, change, subset] of cases)
    test(name, () => {
      const config = { ...CONFIG, ...change };
      const losses: number[] = [];
      const theta = new Trainer(model, 'cross-entropy', data, config).train({
        seed: 7,
        path: ['retrain', 3],
        subset: Int32Array.from(subset),
        onEpoch: (epoch, loss) => {
          expect(epoch).toBe(losses.length);
          losses.push(loss);
        },
      });
      const expected = naiveTraining(model, 'cross-entropy', data, config, 7, ['retrain', 3], subset);
      expect(relativeError(theta, expected.theta)).toBeLessThan(1e4 * EPS);
      expectClose(losses, expected.losses, { rtol: 1e4 * EPS });
    });

  test('squared error', () => {
    const regression = new Mlp([4, 5, 2], 'gelu');
    const targets = randomData(regression, 'squared-error', 20, 2);
    const theta = new Trainer(regression, 'squared-error', targets, CONFIG).train({ seed: 1 });
    const all = Array.from({ length: 20 }, (_, i) => i);
    const expected = naiveTraining(regression, 'squared-error', targets, CONFIG, 1, [], all);
    expect(relativeError(theta, expected.theta)).toBeLessThan(1e4 * EPS);
  });
});

describe('a model depends on its own seed, path and subset only', () => {
  const model = new Mlp([5, 4, 3], 'tanh');
  const data = randomData(model, 'cross-entropy', 29, 3);
  const config = { ...CONFIG, dropLast: false };

  test('same bits from a used trainer and a fresh one', () => {
    const used = new Trainer(model, 'cross-entropy', data, config);
    used.train({ seed: 1, subset: Int32Array.from({ length: 11 }, (_, i) => i) });
    used.train({ seed: 2, path: ['x'] });
    const fresh = new Trainer(model, 'cross-entropy', data, config).train({ seed: 5, path: ['a', 0] });
    expect(used.train({ seed: 5, path: ['a', 0] })).toEqual(fresh);
    expect(used.train({ seed: 5, path: ['a', 1] })).not.toEqual(fresh);
  });

  test('training on a subset = training on a data set of these examples', () => {
    const subset = Int32Array.of(28, 3, 5, 17, 2, 9, 11, 20, 1, 0);
    const bySubset = new Trainer(model, 'cross-entropy', data, config).train({ seed: 4, subset });
    const bySet = new Trainer(model, 'cross-entropy', selectExamples(data, subset), config).train({
      seed: 4,
    });
    expect(bySubset).toEqual(bySet);
  });

  test('the result is a copy that later training leaves alone', () => {
    const trainer = new Trainer(model, 'cross-entropy', data, config);
    const theta = trainer.train({ seed: 1 });
    const before = theta.slice();
    trainer.train({ seed: 2 });
    expect(theta).toEqual(before);
  });

  test('no epochs give the initial parameters', () => {
    const theta = new Trainer(model, 'cross-entropy', data, { ...CONFIG, epochs: 0 }).train({ seed: 6 });
    expect(theta).toEqual(initialise(model, 'torch', rng(6, 'init')));
  });
});

test('learns clusters as digits are: ten classes in 64 dimensions', () => {
  const random = rng(1, 'clusters');
  const centres = new Matrix(10, 64, random.fillNormal(new Float64Array(640)));
  const n = 300;
  const inputs = new Matrix(n, 64, random.fillNormal(new Float64Array(64 * n)));
  for (let i = 0; i < n; i++) for (let k = 0; k < 64; k++) inputs.data[i * 64 + k] += centres.at(i % 10, k);
  const data: ClassificationData = { inputs, labels: Int32Array.from({ length: n }, (_, i) => i % 10) };
  const model = new Mlp([64, 16, 10], 'tanh');
  const config = { ...CONFIG, epochs: 30, batch: 32, learningRate: 0.03, schedule: 'cosine' as const };
  const losses: number[] = [];
  const theta = new Trainer(model, 'cross-entropy', data, config).train({
    seed: 0,
    onEpoch: (_, loss) => losses.push(loss),
  });
  const u = logits(model, theta, inputs);
  const right = Array.from({ length: n }, (_, i) => u.row(i).indexOf(Math.max(...u.row(i))) === i % 10);
  expect(right.filter(Boolean).length).toBeGreaterThan(0.98 * n);
  const final = exampleValues(model, 'cross-entropy', theta, data).reduce((a, b) => a + b) / n;
  expect(final).toBeLessThan(0.1 * losses[0]);
});

describe('schedules', () => {
  test('cosine: η at first, half way η/2, and always falling', () => {
    const config = { ...CONFIG, schedule: 'cosine' as const, epochs: 10 };
    const rates = Array.from({ length: 10 }, (_, e) => learningRate(config, e));
    expect(rates[0]).toBe(0.1);
    expectClose([rates[5]], [0.05], { rtol: 2 * EPS });
    expectClose(
      rates,
      rates.map((_, e) => 0.05 * (1 + Math.cos((Math.PI * e) / 10))),
      { atol: EPS },
    );
    for (let e = 1; e < 10; e++) expect(rates[e]).toBeLessThan(rates[e - 1]);
  });

  test('batches of an epoch', () => {
    const sizes = (m: number, dropLast: boolean): number[] =>
      epochBatches({ ...CONFIG, batch: 32, dropLast }, m);
    expect(sizes(96, true)).toEqual([32, 32, 32]);
    expect(sizes(97, true)).toEqual([32, 32, 32]);
    expect(sizes(97, false)).toEqual([32, 32, 32, 1]);
    expect(sizes(31, true)).toEqual([31]);
    expect(sizes(32, true)).toEqual([32]);
    expect(sizes(1617, true).length).toBe(50);
  });
});

describe('refusals', () => {
  const model = new Mlp([5, 4, 3], 'relu');
  const data = randomData(model, 'cross-entropy', 10, 4);

  test('divergence is an error that names the epoch', () => {
    const wild = new Mlp([5, 4, 3], 'relu');
    const targets = randomData(wild, 'squared-error', 10, 5);
    const trainer = new Trainer(wild, 'squared-error', targets, {
      ...CONFIG,
      epochs: 400,
      learningRate: 1e3,
    });
    expect(() => trainer.train({ seed: 0 })).toThrow(NumericalError);
    expect(() => trainer.train({ seed: 0 })).toThrow(/diverged in epoch \d+: (mean loss|parameter)/);
  });

  test('settings that make no sense', () => {
    const bad: [Partial<TrainingConfig>, string][] = [
      [{ epochs: 1.5 }, 'epochs'],
      [{ batch: 0 }, 'batch'],
      [{ learningRate: Number.NaN }, 'learningRate'],
      [{ momentum: 1 }, 'momentum'],
      [{ weightDecay: -1 }, 'weightDecay'],
      [{ schedule: 'step' as 'cosine' }, 'schedule'],
      [{ initialisation: 'he' as 'torch' }, 'initialisation'],
    ];
    for (const [change, name] of bad)
      expect(() => new Trainer(model, 'cross-entropy', data, { ...CONFIG, ...change })).toThrow(
        `Trainer: ${name}`,
      );
  });

  test('a subset that is empty, outside the data or repeats an example', () => {
    const trainer = new Trainer(model, 'cross-entropy', data, CONFIG);
    const on =
      (...indices: number[]) =>
      (): Vec =>
        trainer.train({ seed: 0, subset: Int32Array.from(indices) });
    expect(on()).toThrow('subset must be non-empty');
    expect(on(0, 10)).toThrow('subset[1] must be an integer in 0..9, got 10');
    expect(on(4, 2, 4)).toThrow('4 twice');
  });
});
