/** @file Digits: what is read, how it is split and scaled. */
import { describe, expect, test } from 'vitest';
import { loadDigits, PIXELS, parseDigits } from '../../src/experiments/protocol/data/digits.ts';
import { prepareDigits } from '../../src/experiments/protocol/data/prepare-digits.ts';
import { stratifiedSplit } from '../../src/experiments/protocol/data/split.ts';
import { fitStandardiser, standardise } from '../../src/experiments/protocol/data/standardise.ts';
import { PROFILES, SPLIT_SEED, settingConfig } from '../../src/experiments/protocol/profile.ts';
import { Matrix } from '../../src/linalg/index.ts';
import { expectClose } from '../helpers/close.ts';

/** Examples per class in the UCI test set, as its description lists them. */
const CLASS_COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180];

const countLabels = (labels: Int32Array, indices: Int32Array): number[] => {
  const counts = new Array<number>(10).fill(0);
  for (const i of indices) counts[labels[i]]++;
  return counts;
};

describe('loadDigits', () => {
  const digits = loadDigits();

  test('1,797 images of ten classes', () => {
    expect(digits.count).toBe(1797);
    expect(countLabels(digits.labels, Int32Array.from(digits.labels.keys()))).toEqual(CLASS_COUNTS);
  });

  test('the first image is the zero of scikit-learn’s documentation', () => {
    expect(Array.from(digits.pixels.subarray(0, 8))).toEqual([0, 0, 5, 13, 9, 1, 0, 0]);
    expect(digits.labels[0]).toBe(0);
  });

  test('refuses lines that are no digit', () => {
    const line = (change: (fields: string[]) => string[]): Uint8Array =>
      new TextEncoder().encode(`${change(new Array<string>(65).fill('1')).join(',')}\n`);
    expect(parseDigits(line((f) => f)).count).toBe(1);
    for (const bad of [
      line((f) => f.slice(1)),
      line((f) => ['17', ...f.slice(1)]),
      line((f) => [...f.slice(0, 64), '10']),
    ])
      expect(() => parseDigits(bad)).toThrow(/line 1 is not/);
  });
});

describe('stratifiedSplit', () => {
  const { labels } = loadDigits();
  const split = stratifiedSplit(labels, { queries: 180, train: 1617, seed: SPLIT_SEED });

  test('1,617 and 180 examples, each once, none in both', () => {
    expect([split.train.length, split.query.length]).toEqual([1617, 180]);
    const all = [...split.train, ...split.query].sort((a, b) => a - b);
    expect(all).toEqual(Array.from(labels.keys()));
    expect(split.train).toEqual(split.train.slice().sort());
    expect(split.query).toEqual(split.query.slice().sort());
  });

  test('each class gives its share of queries, up to one', () => {
    for (const [c, count] of countLabels(labels, split.query).entries())
      expect(Math.abs(count - (CLASS_COUNTS[c] * 180) / 1797)).toBeLessThan(1);
  });

  test('a smaller training set is stratified too, and keeps the queries', () => {
    const small = stratifiedSplit(labels, { queries: 180, train: 60, seed: SPLIT_SEED });
    expect(small.query).toEqual(split.query);
    expect(countLabels(labels, small.train)).toEqual(new Array<number>(10).fill(6));
    expect(Array.from(small.train).every((i) => split.train.includes(i))).toBe(true);
  });

  test('another seed gives another split; the same one the same', () => {
    const again = stratifiedSplit(labels, { queries: 180, train: 1617, seed: SPLIT_SEED });
    const other = stratifiedSplit(labels, { queries: 180, train: 1617, seed: SPLIT_SEED + 1 });
    expect(again).toEqual(split);
    expect(other.query).not.toEqual(split.query);
  });

  test('refuses sizes that do not fit', () => {
    for (const [queries, train] of [
      [0, 10],
      [10, 0],
      [180, 1618],
      [1.5, 10],
    ])
      expect(() => stratifiedSplit(labels, { queries, train, seed: 0 })).toThrow(/cannot split/);
  });
});

describe('standardise', () => {
  test('population deviation, as scikit-learn: closed form', () => {
    const x = Matrix.of([
      [1, 7, 0],
      [3, 7, 0],
      [5, 7, 0],
    ]);
    const scaler = fitStandardiser(x);
    expect(Array.from(scaler.mean)).toEqual([3, 7, 0]);
    expectClose(scaler.scale, [Math.sqrt(8 / 3), 1, 1], { rtol: 2 * Number.EPSILON });
    expect(standardise(scaler, x).column(1)).toEqual(new Float64Array(3));
    expectClose(standardise(scaler, Matrix.of([[3 + Math.sqrt(8 / 3), 8, 2]])).data, [1, 1, 2], {
      atol: 4 * Number.EPSILON,
    });
  });

  test('a column of one value, whose mean by addition is another number', () => {
    const x = new Matrix(10, 1, new Float64Array(10).fill(0.1));
    expect(fitStandardiser(x)).toEqual({ mean: Float64Array.of(0.1), scale: Float64Array.of(1) });
  });

  test('the training set gets mean 0 and variance 1; pixels that are always 0 stay 0', () => {
    const { train } = prepareDigits(settingConfig(PROFILES.quick, 'd1-w16-e100', 0).data);
    const n = train.inputs.rows;
    let constant = 0;
    for (let j = 0; j < PIXELS; j++) {
      const column = train.inputs.column(j);
      const mean = column.reduce((a, b) => a + b, 0) / n;
      const variance = column.reduce((a, b) => a + b * b, 0) / n;
      expect(Math.abs(mean)).toBeLessThan(n * Number.EPSILON);
      if (variance === 0) constant++;
      else expect(Math.abs(variance - 1)).toBeLessThan(n * Number.EPSILON);
    }
    expect(constant).toBeGreaterThanOrEqual(3); // pixels 0, 32 and 39 are 0 in every image
  });

  test('queries are scaled by the training set, not by themselves', () => {
    const { query, train, split } = prepareDigits(settingConfig(PROFILES.smoke, 'd1-w3-e3', 0).data);
    const { pixels } = loadDigits();
    const raw = Float64Array.from(split.train, (i) => pixels[i * PIXELS + 20]);
    const mean = raw.reduce((a, b) => a + b, 0) / raw.length;
    const scale = Math.sqrt(raw.reduce((a, b) => a + (b - mean) ** 2, 0) / raw.length);
    expectClose(
      query.inputs.column(20),
      Float64Array.from(split.query, (i) => (pixels[i * PIXELS + 20] - mean) / scale),
      { atol: 8 * Number.EPSILON, rtol: 8 * Number.EPSILON },
    );
    expect(train.labels.length).toBe(60);
  });
});

test('unit scaling: pixels by 16, exactly, of the same split', () => {
  const sizes = { dataset: 'digits', train: 40, queries: 10, splitSeed: 3 } as const;
  const [unit, standardised] = (['unit', 'standardised'] as const).map((scaling) =>
    prepareDigits({ ...sizes, scaling }),
  );
  const { pixels } = loadDigits();
  for (const [row, index] of unit.split.train.entries())
    expect(Array.from(unit.train.inputs.row(row), (x) => 16 * x)).toEqual(
      Array.from(pixels.subarray(index * 64, (index + 1) * 64)),
    );
  expect(unit.split).toEqual(standardised.split);
  expect(unit.train.labels).toEqual(standardised.train.labels);
  expect(unit.hash).not.toBe(standardised.hash);
});
