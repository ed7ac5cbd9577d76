/** @file Three lines that train a network: defaults of the trainer, predictions, splits, scaling, one-hot labels. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  accuracy,
  adamW,
  binaryCrossEntropy,
  exampleValues,
  logits,
  Mlp,
  oneHot,
  predict,
  probabilities,
  standardise,
  Trainer,
  trainTestSplit,
} from '../../src/autodiff/index.ts';
import { DomainError, NonFiniteError, ShapeError, UnsupportedError } from '../../src/linalg/errors.ts';
import { readCsv } from '../../src/linalg/io/index.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose } from '../helpers/close.ts';

const EPS = Number.EPSILON;
const classes = (n: number, seed = 0) => {
  const inputs = new Matrix(n, 3, rng(seed, 'inputs').fillNormal(new Float64Array(3 * n)));
  return {
    inputs,
    labels: Int32Array.from({ length: n }, (_, i) =>
      inputs.at(i, 0) > 0.5 ? 2 : inputs.at(i, 1) > 0 ? 1 : 0,
    ),
  };
};

test('digits: split, scale, train, right on 95 of 100 unseen images', () => {
  const file = new URL('../../data/digits.csv.gz', import.meta.url);
  const { values } = readCsv(gunzipSync(readFileSync(file)).toString());
  const labels = Int32Array.from({ length: values.rows }, (_, i) => values.at(i, 64));
  const data = { inputs: new Matrix(values.rows, 64).map((_, i, j) => values.at(i, j)), labels };
  const { train, test: held } = trainTestSplit(data, { stratify: true });
  const scaler = standardise(train);
  const model = new Mlp([64, 16, 10], 'tanh');
  const theta = new Trainer(model, 'cross-entropy', scaler.apply(train), { epochs: 20 }).train();
  expect(accuracy(model, theta, scaler.apply(held))).toBeGreaterThan(0.95);
});

describe('defaults of the trainer', () => {
  test('what is left out is what the documentation says; the same bits as in full', () => {
    const [model, data] = [new Mlp([3, 4, 3], 'tanh'), classes(50)];
    const trainer = new Trainer(model, 'cross-entropy', data, { epochs: 3 });
    const full = { epochs: 3, batch: 32, learningRate: 0.03, momentum: 0.9, weightDecay: 0, schedule: 'cosine', initialisation: 'torch', dropLast: true } as const; // biome-ignore format: a record
    expect(trainer.config).toEqual(full);
    expect(new Trainer(model, 'cross-entropy', classes(20)).config).toMatchObject({ epochs: 100, batch: 20 });
    expect(trainer.train()).toEqual(new Trainer(model, 'cross-entropy', data, full).train({ seed: 0 }));
  });

  test('another optimiser has its own rate and no momentum', () => {
    const optimiser = adamW();
    const { config } = new Trainer(new Mlp([3, 3], 'tanh'), 'cross-entropy', classes(40), { optimiser });
    expect(config).toEqual({ epochs: 100, batch: 32, learningRate: 0.001, schedule: 'cosine', initialisation: 'torch', dropLast: true, optimiser }); // biome-ignore format: a record
  });

  test('unknown and wrong settings are refused by name', () => {
    const make = (config: object) => () =>
      new Trainer(new Mlp([3, 3], 'tanh'), 'cross-entropy', classes(5), config);
    expect(make({ lr: 0.1 })).toThrow(/config\.lr/);
    expect(make({ batch: 0 })).toThrow(/batch must be an integer in 1\.\./);
    expect(make({ momentum: 0.5, optimiser: adamW() })).toThrow(/momentum/);
    expect(make({ batch: undefined })).not.toThrow();
  });
});

describe('predictions', () => {
  const model = new Mlp([3, 5, 3], 'tanh');
  const theta = rng(1, 'theta').fillNormal(new Float64Array(model.parameterCount));
  const data = classes(40, 3);

  test('probabilities are the exponentials of log-probabilities; predictions their largest', () => {
    const p = probabilities(model, theta, data.inputs);
    const logs = exampleValues(model, 'log-probability', theta, data);
    expectClose(
      Float64Array.from(data.labels, (label, i) => p.at(i, label)),
      logs.map(Math.exp),
      { rtol: 8 * EPS },
    );
    expectClose(
      Array.from(p, (row) => row.reduce((sum, x) => sum + x)),
      new Float64Array(40).fill(1),
      { rtol: 4 * EPS },
    );
    const guesses = predict(model, theta, data.inputs);
    expect(Array.from(guesses)).toEqual(Array.from(p, (row) => row.indexOf(Math.max(...row))));
    const right = Array.from(guesses).filter((guess, i) => guess === data.labels[i]).length;
    expect(accuracy(model, theta, data)).toBe(right / 40);
    expect(right).toBeGreaterThan(0);
    expect(right).toBeLessThan(40);
  });

  test('a margin above 0 is a probability above ½, hence a right prediction', () => {
    const margins = exampleValues(model, 'margin', theta, data);
    const guesses = predict(model, theta, data.inputs);
    for (const [i, margin] of margins.entries()) if (margin > 0) expect(guesses[i]).toBe(data.labels[i]);
  });

  test('large outputs do not overflow; weights count', () => {
    const steep = theta.map((x) => 1e4 * x);
    expect(probabilities(model, steep, data.inputs).data.every((x) => x >= 0 && x <= 1)).toBe(true);
    const guesses = predict(model, theta, data.inputs);
    const weights = Float64Array.from(data.labels, (label, i) => (guesses[i] === label ? 3 : 1));
    const right = weights.filter((w) => w === 3).length;
    expectClose([accuracy(model, theta, { ...data, weights })], [(3 * right) / (3 * right + 40 - right)], {
      rtol: 2 * EPS,
    });
    expect(() => accuracy(model, theta, { ...data, weights: new Float64Array(40) })).toThrow(DomainError);
  });

  test('what has no class is refused in words', () => {
    const one = new Mlp([3, 1], 'tanh');
    expect(() => predict(one, new Float64Array(4), data.inputs)).toThrow(
      /model must be of ≥ 2 outputs; logits/,
    );
    const targets = new Matrix(40, 3);
    expect(() => accuracy(model, theta, { inputs: data.inputs, targets })).toThrow(UnsupportedError);
    expect(() => predict(model, theta, [[1, 2]])).toThrow(ShapeError);
    const binary = new Trainer(one, binaryCrossEntropy, { inputs: data.inputs, targets: targets.map(() => 1).toArray().map(([x]) => [x]) }, { epochs: 1 }); // biome-ignore format: one idea
    expect(logits(one, binary.train(), data.inputs).shape).toEqual([40, 1]);
  });
});

describe('trainTestSplit', () => {
  test.each([false, true])('stratify %s: every example once, the part asked for, repeatable', (stratify) => {
    const data = classes(97, 4);
    const split = trainTestSplit(data, { testFraction: 0.3, seed: 5, stratify });
    const all = [...split.trainIndices, ...split.testIndices].sort((a, b) => a - b);
    expect(all).toEqual([...Array(97).keys()]);
    expect(Math.abs(split.testIndices.length - 29.1)).toBeLessThan(stratify ? 2 : 1);
    expect(split.test.inputs.toArray()).toEqual(
      Array.from(split.testIndices, (i) => Array.from(data.inputs.row(i))),
    );
    expect(Array.from(split.train.labels)).toEqual(Array.from(split.trainIndices, (i) => data.labels[i]));
    expect(trainTestSplit(data, { testFraction: 0.3, seed: 5, stratify })).toEqual(split);
    expect(trainTestSplit(data, { testFraction: 0.3, seed: 6, stratify }).testIndices).not.toEqual(
      split.testIndices,
    );
    if (!stratify) return;
    for (const label of [0, 1, 2]) {
      const count = data.labels.filter((l) => l === label).length;
      expect(split.test.labels.filter((l) => l === label).length).toBe(Math.round(0.3 * count));
    }
  });

  test('targets, nested arrays, and what cannot be split', () => {
    const { train, test: held } = trainTestSplit({
      inputs: [[1], [2], [3]],
      targets: [[4], [5], [6]],
      weights: [1, 2, 3],
    });
    expect(held.targets.at(0, 0)).toBe(held.inputs.at(0, 0) + 3);
    expect(held.weights?.at(0, 0)).toBe(held.inputs.at(0, 0));
    expect(train.inputs.rows).toBe(2);
    expect(() => trainTestSplit(classes(1))).toThrow(/at least two examples/);
    expect(() => trainTestSplit(classes(9), { testFraction: 1 })).toThrow(DomainError);
    expect(() => trainTestSplit({ inputs: [[1], [2]], targets: [[1], [2]] }, { stratify: true })).toThrow(
      /stratify/,
    );
    expect(() =>
      trainTestSplit({ inputs: [[1], [2]], labels: [0, 1] }, { stratify: true, testFraction: 0.1 }),
    ).toThrow(/enough examples/);
  });
});

describe('standardise', () => {
  test('measured on the training set alone; constant columns stay; undo', () => {
    const train = Matrix.of([[1, 7, 0.1], [3, 7, 0.1], [5, 7, 0.1]]); // biome-ignore format: a matrix
    const scaler = standardise(train);
    expectClose(scaler.means, [3, 7, 0.1], { rtol: 2 * EPS });
    expectClose(scaler.deviations, [Math.sqrt(8 / 3), 1, 1], { rtol: 2 * EPS });
    expect(
      scaler
        .apply([[3, 8, 0.1]])
        .toArray()[0]
        .slice(0, 2),
    ).toEqual([0, 1]);
    const test = new Matrix(4, 3, rng(0, 'test').fillNormal(new Float64Array(12)));
    expectClose(scaler.undo(scaler.apply(test)).data, test.data, { atol: 16 * EPS });
    const data = scaler.apply({ inputs: test, labels: [0, 1, 2, 0] });
    expect(data.inputs).toEqual(scaler.apply(test));
    expect(data.labels).toEqual([0, 1, 2, 0]);
    expect(test.at(0, 0)).toBe(rng(0, 'test').normal());
  });

  test('refusals', () => {
    expect(() => standardise(new Matrix(0, 3))).toThrow(ShapeError);
    expect(() => standardise([[Number.NaN]])).toThrow(NonFiniteError);
    expect(() => standardise([[1, 2]]).apply([[1]])).toThrow(ShapeError);
    expect(() => standardise([[1e308], [-1e308], [1e308]])).not.toThrow();
  });
});

test('oneHot', () => {
  expect(oneHot([2, 0]).toArray()).toEqual([[0, 0, 1], [1, 0, 0]]); // biome-ignore format: a matrix
  expect(oneHot(Int32Array.of(), 2).shape).toEqual([0, 2]);
  expect(() => oneHot([2], 2)).toThrow(/labels\[0\] must be an integer in 0\.\.1/);
  expect(() => oneHot([])).toThrow(DomainError);
  expect(() => oneHot([-1])).toThrow(DomainError);
});
