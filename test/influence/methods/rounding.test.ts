/** @file Regressions that fit their data down to rounding: told, by a criterion that is held against exact arithmetic. */
import { describe, expect, test } from 'vitest';
import type { RegressionData } from '../../../src/autodiff/dataset.ts';
import { Mlp } from '../../../src/autodiff/mlp.ts';
import { logits } from '../../../src/autodiff/per-example.ts';
import type { Trajectory } from '../../../src/autodiff/trajectory.ts';
import { attribute, attributeSelf } from '../../../src/influence/methods/attribute.ts';
import type { MethodName, MethodOptions } from '../../../src/influence/methods/method-name.ts';
import { METHODS } from '../../../src/influence/methods/registry.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';

const SIZES = [3, 6, 2];
const model = new Mlp(SIZES, 'relu');
const N = 20;
const Q = 4;
const theta = rng(1, 'theta').fillNormal(new Float64Array(model.parameterCount));
const examples = (n: number, name: string): Matrix =>
  new Matrix(n, 3, rng(1, name).fillNormal(new Float64Array(3 * n)));
const x = examples(N, 'train');
const xq = examples(Q, 'queries');

/** Doubles as whole multiples of 2⁻²⁵⁶, a product of two as one of 2⁻⁵¹², and so on. */
const BITS = 256n;
function exactly(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const exponent = (bits.getUint16(0) >> 4) & 0x7ff;
  const mantissa = (bits.getBigUint64(0) & (2n ** 52n - 1n)) | (2n ** 52n);
  const size = value === 0 ? 0n : mantissa * 2n ** (BITS + BigInt(exponent) - 1075n);
  return value < 0 ? -size : size;
}

/** u of every example in rational arithmetic, as multiples of 2⁻⁷⁶⁸. */
function exactOutputs(parameters: Float64Array, inputs: Matrix): bigint[][] {
  const weights = Array.from(parameters, exactly);
  return inputs.toArray().map((row) => {
    let a = row.map(exactly);
    let scale = BITS;
    for (const { index, offset, width, outputs } of model.layers) {
      a = Array.from({ length: outputs }, (_, c) => {
        const w = weights.slice(offset + c * width, offset + (c + 1) * width);
        const s = a.reduce((sum, value, j) => sum + w[j] * value, w[width - 1] << scale);
        return index < model.layers.length - 1 && s < 0n ? 0n : s;
      });
      scale += BITS;
    }
    return a;
  });
}

const SCALE = 3n * BITS;
/** The double next to a multiple of 2⁻⁷⁶⁸. */
const rounded = (value: bigint): number => Number(value) / 2 ** 400 / 2 ** 368;

const uTrain = exactOutputs(theta, x);
const uQuery = exactOutputs(theta, xq);

/** Targets as near to the exact outputs plus `offset` as doubles can be. */
function fitted(inputs: Matrix, u: bigint[][], offset: number): RegressionData {
  const shift = exactly(offset) << (SCALE - BITS);
  return { inputs, targets: Matrix.of(u.map((row) => row.map((value) => rounded(value + shift)))) };
}

const fit = (parameters = theta) => ({ model, theta: parameters, loss: 'squared-error' as const });

function warningsOf(
  train: RegressionData,
  queries: RegressionData,
  method: MethodName = 'grad-dot',
  options: MethodOptions = {},
): readonly string[] {
  return attribute({ method, options, models: [fit()], train, queries }).warnings;
}

const TRAIN = /^The network fits its training data down to rounding/;
const QUERY = /^\d+ of 4 queries (is|are) predicted down to rounding/;
const told = (warnings: readonly string[], what: RegExp): boolean => warnings.some((text) => what.test(text));

/** ‖r computed − r exact‖/‖r exact‖ of the training examples. */
function residualError({ targets }: RegressionData): number {
  const computed = logits(model, theta, x);
  let error = 0;
  let size = 0;
  for (let i = 0; i < N; i++)
    for (let c = 0; c < 2; c++) {
      const exact = rounded(uTrain[i][c] - (exactly(targets.at(i, c)) << (SCALE - BITS)));
      error += (computed.at(i, c) - targets.at(i, c) - exact) ** 2;
      size += exact ** 2;
    }
  return Math.sqrt(error / size);
}

const far = fitted(xq, uQuery, 1);

test('told wherever a tenth of the residuals is wrong in exact arithmetic, and nowhere where they have four digits', () => {
  const seen = { told: 0, silent: 0 };
  for (let exponent = -52; exponent <= -20; exponent++) {
    const train = fitted(x, uTrain, 2 ** exponent);
    const error = residualError(train);
    const noise = told(warningsOf(train, far), TRAIN);
    if (error > 0.1) expect([exponent, error, noise]).toEqual([exponent, error, true]);
    if (error < 1e-4) expect([exponent, error, noise]).toEqual([exponent, error, false]);
    if (noise) seen.told++;
    else seen.silent++;
  }
  expect(residualError(fitted(x, uTrain, 0))).toBeGreaterThan(0.5); // not one digit
  expect(told(warningsOf(fitted(x, uTrain, 0), far), TRAIN)).toBe(true);
  expect(seen.told).toBeGreaterThan(2);
  expect(seen.silent).toBeGreaterThan(20);
});

test('the criterion has no units: last layer and targets times 2^±300 are told alike', () => {
  for (const exponent of [-44, -50]) {
    const plain = fitted(x, uTrain, 2 ** exponent);
    const expected = told(warningsOf(plain, far), TRAIN);
    for (const factor of [2 ** 300, 2 ** -300]) {
      const parameters = theta.slice();
      const { offset } = model.layers[1];
      for (let k = offset; k < parameters.length; k++) parameters[k] *= factor;
      const scaled = ({ inputs, targets }: RegressionData): RegressionData => ({
        inputs,
        targets: new Matrix(
          targets.rows,
          targets.cols,
          targets.data.map((value) => value * factor),
        ),
      });
      const job = { method: 'grad-cos', models: [fit(parameters)], train: scaled(plain) } as const;
      if (exponent === -44) expect(expected).toBe(false);
      else expect(expected).toBe(true);
      expect(told(attribute({ ...job, queries: scaled(far) }).warnings, TRAIN)).toBe(expected);
    }
  }
});

test('one example away from its prediction is enough: what is small beside it does not matter', () => {
  const train = fitted(x, uTrain, 0);
  train.targets.set(3, 1, train.targets.at(3, 1) + 1e-3);
  expect(warningsOf(train, far)).toEqual([]);
});

test('queries are judged one by one; of the absolute error any output counts', () => {
  const train = fitted(x, uTrain, 0.5);
  const queries = fitted(xq, uQuery, 0);
  queries.targets.set(0, 0, queries.targets.at(0, 0) + 0.25);
  queries.targets.set(1, 0, queries.targets.at(1, 0) + 0.25);
  queries.targets.set(1, 1, queries.targets.at(1, 1) - 0.25);
  expect(warningsOf(train, queries)).toEqual([
    '2 of 4 queries are predicted down to rounding: their residuals, and with them their scores, are made of rounding errors.',
  ]);
  expect(warningsOf(train, queries, 'grad-dot', { measurement: 'absolute-error' })).toEqual([
    '3 of 4 queries are predicted down to rounding: their residuals, and with them their scores, are made of rounding errors.',
  ]);
  expect(warningsOf(train, far)).toEqual([]);
});

describe('every method that takes gradients at the fitted parameters tells it', () => {
  const quick: { readonly [M in MethodName]?: MethodOptions } = {
    lissa: { iterations: 20 },
    astra: { iterations: 5 },
    trak: { dimension: 4 },
    arnoldi: { rank: 5 },
    bif: { chains: 2, draws: 40 },
    'bif-correlation': { chains: 2, draws: 40 },
    trajectory: { epochs: 2, lr: 0.01 },
  };
  const train = fitted(x, uTrain, 0);
  const labels = ['label', 'random', 'input-similarity', 'embedding-similarity'];
  for (const [name, { needsTrajectory }] of Object.entries(METHODS)) {
    if (needsTrajectory) continue;
    test(name, () => {
      const method = name as MethodName;
      let warnings: readonly string[];
      try {
        warnings = warningsOf(train, far, method, quick[method]);
      } catch (error) {
        expect((error as Error).message).toMatch(/class/); // a control of labels
        return;
      }
      const looks = !labels.includes(name) && !name.startsWith('bif') && name !== 'trajectory';
      expect([name, told(warnings, TRAIN)]).toEqual([name, looks]);
    });
  }
});

test('self-influence tells it of the training examples, once', () => {
  const { warnings } = attributeSelf({
    method: 'ekfac',
    models: [fit()],
    train: fitted(x, uTrain, 0),
  });
  expect(warnings.filter((text) => TRAIN.test(text))).toHaveLength(1);
  expect(told(warnings, QUERY)).toBe(false);
});

test('along a training run only where every checkpoint fits; the mean of models only where all do', () => {
  const start = theta.map((value) => 0.9 * value);
  const train = fitted(x, uTrain, 0);
  const run = (...checkpoints: Trajectory['checkpoints']): Trajectory => ({
    checkpoints,
    steps: 2,
    learningRates: Float64Array.of(0.1, 0.1),
    stepsPerEpoch: 1,
    momentum: 0,
    weightDecay: 0,
    batch: N,
  });
  const tracin = (trajectory: Trajectory): readonly string[] =>
    attribute({
      method: 'tracin',
      models: [fit()],
      trajectories: [trajectory],
      train,
      queries: fitted(xq, uQuery, 0),
    }).warnings;
  const end = { step: 2, theta };
  expect(tracin(run({ step: 0, theta: start }, end))).toEqual([]);
  expect(told(tracin(run(end)), TRAIN)).toBe(true);
  expect(told(tracin(run(end)), QUERY)).toBe(true);
  const several = (models: readonly Float64Array[]): readonly string[] =>
    attribute({ method: 'grad-dot', models: models.map(fit), train, queries: far }).warnings;
  expect(told(several([theta, theta.slice()]), TRAIN)).toBe(true);
  expect(several([theta, start])).toEqual([]);
});
