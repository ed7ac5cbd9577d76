/** @file The drawings of emoji: their files, the draw of both sets, and the network that they are shown to. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { EMOJI_CATEGORIES, loadEmoji } from '../../src/experiments/protocol/data/emoji.ts';
import { prepareSets } from '../../src/experiments/protocol/data/prepare-sets.ts';
import { resnet9 } from '../../src/experiments/protocol/resnet9.ts';
import { temporaryFolder } from './temporary-folder.ts';

const FOLDER = fileURLToPath(new URL('../../data/emoji', import.meta.url));
const FILES = ['images-idx4-ubyte.gz', 'labels-idx1-ubyte.gz', 'names.txt.gz'] as const;

describe('the files', () => {
  test('1,403 drawings in six categories; hands in six tones', () => {
    const { count, pixels, labels, names } = loadEmoji();
    expect([count, pixels.length, labels.length, names.length]).toEqual([1403, 1403 * 768, 1403, 1403]);
    // as counted in Unicode's list by data/make-emoji.py
    expect(EMOJI_CATEGORIES.map((_, label) => labels.filter((other) => other === label).length)).toEqual([
      270, 264, 258, 224, 218, 169,
    ]);
    const hands = names.filter((_, i) => labels[i] === 2);
    const toned = hands.filter((name) => /, tone [1-5]$/.test(name));
    expect([hands.length - toned.length, toned.length]).toEqual([43, 215]);
    expect(names.some((name, i) => labels[i] !== 2 && /, tone \d$/.test(name))).toBe(false);
  });

  test('the flag of Japan is a red disc on white', () => {
    const { pixels, names } = loadEmoji();
    const at = names.indexOf('japan flag');
    const [red, green, blue] = [0, 1, 2].map((colour) => pixels[at * 768 + colour * 256 + 8 * 16 + 8]);
    expect(red).toBeGreaterThan(150);
    expect(Math.max(green, blue)).toBeLessThan(100);
    expect(pixels[at * 768]).toBe(255); // transparent corners are white
  });

  test('missing and damaged files are refused by name', () => {
    const folder = temporaryFolder();
    expect(() => loadEmoji(folder)).toThrow(/images-idx4-ubyte\.gz is not there: .*make-emoji\.py/);
    for (const name of FILES) copyFileSync(path.join(FOLDER, name), path.join(folder, name));
    expect(loadEmoji(folder).count).toBe(1403);
    const labels = gunzipSync(readFileSync(path.join(folder, FILES[1])));
    const spoil = (name: string, bytes: Uint8Array): void => writeFileSync(path.join(folder, name), bytes);
    spoil(FILES[1], labels.subarray(0, 100));
    expect(() => loadEmoji(folder)).toThrow(/labels-idx1-ubyte\.gz/);
    copyFileSync(path.join(FOLDER, FILES[1]), path.join(folder, FILES[0]));
    copyFileSync(path.join(FOLDER, FILES[1]), path.join(folder, FILES[1]));
    expect(() => loadEmoji(folder)).toThrow(/shape \[1403\], expected images of 3 × 16 × 16/);
  });
});

test('a draw: distinct drawings, pixels standardised by two numbers of the training set', () => {
  const draw = { dataset: 'emoji', train: 1200, queries: 100, seed: 0 } as const;
  const { train, query, positions, leftOut } = prepareSets(draw);
  expect([train.inputs.rows, train.inputs.cols, query.inputs.rows, leftOut]).toEqual([1200, 768, 100, 103]);
  expect(new Set([...positions.train, ...positions.query]).size).toBe(1300);
  const { data } = train.inputs;
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  const square = data.reduce((sum, x) => sum + x * x, 0) / data.length;
  expect([mean, square]).toEqual([expect.closeTo(0, 10), expect.closeTo(1, 10)]); // a million summands
  expect(() => prepareSets({ ...draw, train: 1400 })).toThrow(/1500 examples are asked for, there are 1403/);
});

test('ResNet-9 has the parameters of its eight convolutions, eight norms and one linear layer', () => {
  const count = (w: number): number => {
    const channels = [w, 2 * w, 2 * w, 2 * w, 4 * w, 4 * w, 4 * w, 2 * w];
    const kernels = [3, 5, 3, 3, 3, 3, 3, 3];
    const inputs = [3, ...channels];
    const convolutions = channels.reduce(
      (sum, c, l) => sum + c * (inputs[l] * kernels[l] ** 2 + 1) + 2 * c,
      0,
    );
    return convolutions + 6 * (2 * w + 1);
  };
  for (const width of [1, 2, 4]) {
    const network = resnet9({ width, groups: width, side: 16, colours: 3, classes: 6 });
    expect(network.parameterCount).toBe(count(width));
    expect(network.outputs).toBe(6);
  }
  expect(count(2)).toBe(2426);
});
