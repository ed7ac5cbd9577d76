/** @file IDX and CSV readers, the draws of training and query sets, and their scaling. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { RegressionData } from '../../src/autodiff/index.ts';
import { CommandError } from '../../src/experiments/files/command-error.ts';
import {
  CONCRETE_COLUMNS,
  loadConcrete,
  parseConcrete,
} from '../../src/experiments/protocol/data/concrete.ts';
import { loadFashionMnist } from '../../src/experiments/protocol/data/fashion-mnist.ts';
import { readIdx } from '../../src/experiments/protocol/data/idx.ts';
import { prepareSets } from '../../src/experiments/protocol/data/prepare-sets.ts';
import { FormatError } from '../../src/linalg/errors.ts';
import type { Matrix } from '../../src/linalg/matrix.ts';
import { temporaryFolder } from './temporary-folder.ts';

const SAMPLE = fileURLToPath(new URL('../../data/fashion-mnist-sample', import.meta.url));
const FILES = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
];

describe('IDX', () => {
  const good = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);

  test('dimensions are big-endian, elements row-major, views at any offset', () => {
    expect(readIdx(good)).toEqual({ shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
    const shifted = new Uint8Array(good.length + 5);
    shifted.set(good, 5);
    expect(readIdx(shifted.subarray(5)).shape).toEqual([2, 3]);
  });

  test('an array without elements', () => {
    expect(readIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 0)).data.length).toBe(0);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['too short', good.subarray(0, 3), /3 bytes are too few/],
    ['compressed', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), /two zero bytes/],
    ['floats', Uint8Array.of(0, 0, 13, 1, 0, 0, 0, 0), /element type 0x0d/],
    ['no dimensions', Uint8Array.of(0, 0, 8, 0), /no dimensions/],
    ['header cut off', good.subarray(0, 10), /header of 12 bytes is cut off/],
    ['data cut off', good.subarray(0, 17), /shape \[2, 3\] needs 6 bytes of data, there are 5/],
    ['trailing bytes', Uint8Array.of(...good, 7), /needs 6 bytes of data, there are 7/],
    [
      'a size that would overflow',
      Uint8Array.of(0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255),
      /there are 0/,
    ],
  ])('refused: %s', (_, bytes, message) => {
    expect(() => readIdx(bytes)).toThrow(FormatError);
    expect(() => readIdx(bytes)).toThrow(message);
  });
});

describe('Fashion-MNIST', () => {
  test('the sample: sizes, the first labels, and pixels of the first image', () => {
    const { train, test: held } = loadFashionMnist(SAMPLE);
    expect([train.count, held.count]).toEqual([128, 32]);
    expect(Array.from(train.labels.subarray(0, 10))).toEqual([9, 0, 0, 3, 0, 2, 7, 2, 5, 5]);
    expect(Array.from(held.labels.subarray(0, 5))).toEqual([9, 2, 1, 1, 6]);
    // the ankle boot that every introduction shows: an empty top row, brightest 255
    expect(Math.max(...train.pixels.subarray(0, 28))).toBe(0);
    expect(Math.max(...train.pixels.subarray(0, 784))).toBe(255);
  });

  test('plain files are read like gzipped ones', () => {
    const folder = temporaryFolder();
    for (const name of FILES)
      writeFileSync(path.join(folder, name), gunzipSync(readFileSync(path.join(SAMPLE, `${name}.gz`))));
    expect(loadFashionMnist(folder)).toEqual(loadFashionMnist(SAMPLE));
  });

  test('refusals name the file and what is wrong', () => {
    const folder = temporaryFolder();
    expect(() => loadFashionMnist(folder)).toThrow(/neither train-images-idx3-ubyte nor .*--data/);
    for (const name of FILES) copyFileSync(path.join(SAMPLE, `${name}.gz`), path.join(folder, `${name}.gz`));
    const spoil = (name: string, bytes: Uint8Array): void => writeFileSync(path.join(folder, name), bytes);
    spoil(FILES[1], Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 3));
    expect(() => loadFashionMnist(folder)).toThrow(
      /train-labels-idx1-ubyte: shape \[1\], expected 128 labels/,
    );
    const labels = new Uint8Array(8 + 128).fill(3);
    labels.set([0, 0, 8, 1, 0, 0, 0, 128]);
    labels[20] = 10;
    spoil(FILES[1], labels);
    expect(() => loadFashionMnist(folder)).toThrow(/label 12 is 10, expected 0\.\.9/);
    spoil(`${FILES[0]}.gz`, Uint8Array.of(1, 2, 3));
    expect(() => loadFashionMnist(folder)).toThrow(CommandError);
  });

  test('a draw: distinct examples, pixels standardised by two numbers, named by its seed', () => {
    const draw = { dataset: 'fashion-mnist', train: 60, queries: 10, seed: 3 } as const;
    const { train, query, positions, leftOut, hash } = prepareSets(draw, SAMPLE);
    expect([train.inputs.rows, train.inputs.cols, query.inputs.rows, leftOut]).toEqual([60, 784, 10, 90]);
    expect(new Set(positions.train).size).toBe(60);
    expect(momentsOf(train.inputs)).toEqual([expect.closeTo(0, 12), expect.closeTo(1, 12)]);
    const { train: whole } = loadFashionMnist(SAMPLE);
    expect('labels' in train && train.labels[7]).toBe(whole.labels[positions.train[7]]);
    expect(prepareSets(draw, SAMPLE).hash).toBe(hash);
    expect(prepareSets({ ...draw, seed: 4 }, SAMPLE).hash).not.toBe(hash);
    // another number of queries leaves the training set alone
    expect(prepareSets({ ...draw, queries: 5 }, SAMPLE).positions.train).toEqual(positions.train);
    expect(() => prepareSets({ ...draw, train: 129 }, SAMPLE)).toThrow(/129 examples .* there are 128/);
    expect(() => prepareSets(draw)).toThrow(/--data/);
  });
});

describe('Concrete', () => {
  test('1,030 mixtures of eight quantities; the first and last row, and known extremes', () => {
    const { inputs, targets } = loadConcrete();
    expect([inputs.rows, inputs.cols, targets.rows]).toEqual([1030, 8, 1030]);
    expect(Array.from(inputs.row(0))).toEqual([540, 0, 0, 162, 2.5, 1040, 676, 28]);
    expect(targets.data[0]).toBe(79.99);
    // UCI's description: strength 2.33 to 82.6 MPa, age 1 to 365 days
    expect([Math.min(...targets.data), Math.max(...targets.data)]).toEqual([2.33, 82.6]);
    const ages = Array.from({ length: 1030 }, (_, i) => inputs.row(i)[7]);
    expect([Math.min(...ages), Math.max(...ages)]).toEqual([1, 365]);
  });

  test('a file that is not it is refused with its line', () => {
    const header = CONCRETE_COLUMNS.join(',');
    const parse = (text: string): unknown => parseConcrete(new TextEncoder().encode(text));
    expect(() => parse('a,b\n1,2\n')).toThrow(/line 1 is not cement/);
    expect(() => parse(`${header}\n`)).toThrow(/no examples/);
    expect(() => parse(`${header}\n1,2,3,4,5,6,7,8,9\n1,2,3,4,5,6,7,8\n`)).toThrow(/line 3 is not 9 numbers/);
    for (const bad of ['x', '', '-1', '1e3', 'NaN'])
      expect(() => parse(`${header}\n1,2,3,4,5,6,7,8,${bad}\n`)).toThrow(/line 2/);
  });

  test('896 for training, 103 queries, 31 left out; standardised with the training set', () => {
    const sets = prepareSets({ dataset: 'concrete', train: 896, queries: 103, seed: 0 });
    const { positions, leftOut } = sets;
    expect(leftOut).toBe(31);
    expect(new Set([...positions.train, ...positions.query]).size).toBe(999);
    const train = sets.train as RegressionData;
    for (const column of [0, 3, 7]) {
      const values = Float64Array.from({ length: 896 }, (_, i) => train.inputs.row(i)[column]);
      expect(moments(values)).toEqual([expect.closeTo(0, 12), expect.closeTo(1, 12)]);
    }
    expect(moments(train.targets.data)).toEqual([expect.closeTo(0, 12), expect.closeTo(1, 12)]);
    // queries are scaled by the training set: undoing it with the strengths of two queries gives one line
    const { targets } = loadConcrete();
    const query = sets.query as RegressionData;
    const raw = (k: number): number => targets.data[positions.query[k]];
    const slope = (query.targets.data[1] - query.targets.data[0]) / (raw(1) - raw(0));
    for (const k of [2, 50, 102])
      expect(query.targets.data[k]).toBeCloseTo(query.targets.data[0] + slope * (raw(k) - raw(0)), 12);
  });

  test('the draw depends on its seed, and no more can be drawn than there is', () => {
    const draw = { dataset: 'concrete', train: 896, queries: 103, seed: 0 } as const;
    expect(prepareSets({ ...draw, seed: 1 }).hash).not.toBe(prepareSets(draw).hash);
    expect(() => prepareSets({ ...draw, queries: 135 })).toThrow(/1031 examples .* 1030 of Concrete/);
  });
});

function momentsOf(x: Matrix): [number, number] {
  return moments(x.data);
}

/** Mean and population standard deviation. */
function moments(x: Float64Array): [number, number] {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  return [mean, Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length)];
}
