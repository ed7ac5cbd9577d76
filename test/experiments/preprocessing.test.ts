/** @file Inputs that are not prepared as the network's file says are told; honest ones, and random parts of them, never. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ClassificationData, selectExamples } from '../../src/autodiff/index.ts';
import { prepareDigits } from '../../src/experiments/protocol/data/prepare-digits.ts';
import { PROFILES, settingConfig } from '../../src/experiments/protocol/profile.ts';
import type { ToldNetwork } from '../../src/experiments/user-files/network.ts';
import { preprocessingWarnings } from '../../src/experiments/user-files/preprocessing.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';
import { writeNpy } from '../../src/linalg/io/index.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);
const WORDS = 'standardised: less the mean of the training set, by its standard deviation';
const told = (preprocessing: string | null): ToldNetwork =>
  ({ file: 'net.safetensors', preprocessing }) as ToldNetwork;
const warned = (inputs: Matrix, words: string | null = WORDS): string[] =>
  preprocessingWarnings(told(words), inputs, 'x.npy');

const { data } = settingConfig(PROFILES.quick, 'd1-w16-e100', 0);
const standardised = prepareDigits(data).train;
const unit = prepareDigits({ ...data, scaling: 'unit' }).train;
const raw = { ...unit, inputs: times(unit.inputs, 16) };

function times({ rows, cols, data: values }: Matrix, factor: number): Matrix {
  return new Matrix(
    rows,
    cols,
    values.map((x) => factor * x),
  );
}

/** Less the mean, by the standard deviation, in two plain passes. */
function standardise(x: readonly number[][]): Matrix {
  const n = x.length;
  const columns = x[0].map((_, j) => x.map((row) => row[j]));
  const scaled = columns.map((column) => {
    const mean = column.reduce((a, b) => a + b) / n;
    const sd = Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0) / n);
    return column.map((value) => (sd === 0 ? 0 : (value - mean) / sd));
  });
  return Matrix.of(x.map((_, i) => scaled.map((column) => column[i])));
}

const part = ({ inputs }: { readonly inputs: Matrix }, n: number, k: number): Matrix => {
  const labels = new Int32Array(inputs.rows);
  const chosen = rng(k, 'part').permutation(inputs.rows).slice(0, n);
  return (selectExamples({ inputs, labels }, chosen) as ClassificationData).inputs;
};

describe('honest inputs', () => {
  test('Digits, whole, in single precision, and random parts of every size', () => {
    expect(warned(standardised.inputs)).toEqual([]);
    const { rows, cols, data: values } = standardised.inputs;
    expect(warned(new Matrix(rows, cols, Float64Array.from(Float32Array.from(values))))).toEqual([]);
    for (const n of [1, 2, 5, 10, 30, 100, 300, 1000])
      for (let k = 0; k < 20; k++) expect(warned(part(standardised, n, k))).toEqual([]);
  });

  test('heavy tails, rare features, one feature, and three examples', () => {
    const random = rng(1, 'features');
    const rows = (n: number, cols: number, value: () => number): number[][] =>
      Array.from({ length: n }, () => Array.from({ length: cols }, value));
    const sets = [
      rows(2000, 20, () => Math.exp(2 * random.normal())),
      rows(2000, 50, () => (random.uniform() < 0.01 ? 1 : 0)),
      rows(2000, 1, () => random.normal()),
      rows(3, 4, () => random.normal()),
    ].map(standardise);
    for (const inputs of sets) {
      expect(warned(inputs)).toEqual([]);
      let alarms = 0;
      for (let k = 0; k < 100; k++) alarms += warned(part({ inputs }, Math.ceil(inputs.rows / 20), k)).length;
      expect(alarms).toBeLessThanOrEqual(4); // Markov's 1/25 at the very most
    }
  });
});

describe('inputs that are plainly not standardised', () => {
  test('raw pixels, pixels of unit size, another scale, another centre: told with their figures', () => {
    const plain = (inputs: Matrix): string => {
      const live = Array.from({ length: inputs.cols }, (_, j) =>
        Array.from({ length: inputs.rows }, (_, i) => inputs.at(i, j)),
      ).filter((column) => column.some((x) => x !== 0));
      const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
      const means = live.map(mean);
      const variances = live.map((column, j) => mean(column.map((x) => (x - means[j]) ** 2)));
      const shown = [mean(means.map((m) => m * m)), mean(variances)].map((x) => Math.sqrt(x).toPrecision(2));
      return `their means are ${shown[0]} and their standard deviations ${shown[1]} (root`;
    };
    for (const inputs of [raw.inputs, unit.inputs])
      expect(warned(inputs)).toEqual([expect.stringContaining(plain(inputs))]);
    expect(warned(part(raw, 10, 0))).toHaveLength(1);
    expect(warned(part(unit, 300, 0))).toHaveLength(1);
    expect(warned(times(standardised.inputs, 100))).toHaveLength(1);
    expect(warned(times(standardised.inputs, 0.01))).toHaveLength(1);
    const { rows, cols, data: values } = standardised.inputs;
    expect(
      warned(
        new Matrix(
          rows,
          cols,
          values.map((x) => x + 1),
        ),
      ),
    ).toHaveLength(1);
  });

  test('only where the file says so, in its words', () => {
    const heard = (words: string | null): number => warned(raw.inputs, words).length;
    for (const words of [
      'standardised',
      'Standardized per feature',
      'z-scores',
      WORDS,
      'UCI Digits, pixels standardised',
    ])
      expect([words, heard(words)]).toEqual([words, 1]);
    for (const words of [
      null,
      'none',
      'divided by 16',
      'not standardised',
      'unstandardised',
      'standardised per image',
    ])
      expect([words, heard(words)]).toEqual([words, 0]);
  });
});

test('influence and curvature tell it, in --json and in the text', async () => {
  const npy = (name: string, { inputs }: ClassificationData, n: number): string[] => {
    writeFileSync(
      file(`${name}.npy`),
      writeNpy({ shape: [n, inputs.cols], data: inputs.data.slice(0, n * inputs.cols) }),
    );
    return [file(`${name}.npy`)];
  };
  writeFileSync(
    file('y.npy'),
    writeNpy({ shape: [60], dtype: 'i8', data: Array.from(raw.labels.slice(0, 60)) }),
  );
  expect(await command('train', '--width', '2', '--epochs', '1', '--out', file('net'))).toMatchObject({
    code: 0,
  });
  const net = ['--params', file('net')];
  for (const [name, set, count] of [
    ['raw', raw, 1],
    ['own', standardised, 0],
  ] as const) {
    const [inputs] = npy(name, set, 60);
    const influence = ['--train-inputs', inputs, '--train-labels', file('y.npy'), '--query-inputs', inputs];
    for (const args of [
      ['influence', ...net, ...influence, '--query-labels', file('y.npy'), '--method', 'grad-dot'],
      ['curvature', ...net, '--inputs', inputs, '--labels', file('y.npy'), '--method', 'kfac'],
    ]) {
      const { code, stdout } = await command(...args, '--out', file('out.npy'), '--json');
      const { warnings } = JSON.parse(stdout) as { warnings: string[] };
      const mine = warnings.filter((text) =>
        text.startsWith(`${inputs}: these are not the standardised inputs`),
      );
      expect([code, mine.length]).toEqual([0, count]);
      const text = await command(...args, '--out', file('out.npy'));
      expect(text.stdout.includes(`warning: ${inputs}: these are not`)).toBe(count === 1);
    }
  }
});
