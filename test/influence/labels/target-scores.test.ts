import { expect, test } from 'vitest';
import { targetScores } from '../../../src/influence/index.ts';
import { expectClose } from '../../helpers/close.ts';

/** Means 0, 0, 0, 10; variances over the two repeats 2, 0, 0, 8. */
const repeats = [[[1], [0], [0], [12]], [[-1], [0], [0], [8]]]; // biome-ignore format: two repeats

test('z in closed form', () => {
  const { scores, deviations, suggested, ranked } = targetScores(repeats, [[2], [1], [-1], [16]]);
  // |t − μ| is 2, 1, 1, 6: median 3/2, and 1/Φ⁻¹(3/4) = 1.4826022185056018
  const noise = (1.4826022185056018 * 1.5) ** 2;
  const squares = [4 / (2 + noise), 1 / noise, 1 / noise, 36 / (8 + noise)];
  expectClose(deviations, squares.map(Math.sqrt), { rtol: 8 * Number.EPSILON });
  expectClose(scores, squares.map((z) => 1 / (1 + z)), { rtol: 8 * Number.EPSILON }); // biome-ignore format: short
  expect([...suggested.data]).toEqual([0, 0, 0, 10]);
  expect([...ranked]).toEqual([3, 0, 1, 2]);
});

test('several outputs: the mean of the squares, each in its own units', () => {
  const both = repeats.map((one) => one.map(([u]) => [u, 1000 * u]));
  const targets = [[2], [1], [-1], [16]];
  const { deviations } = targetScores(both, targets.map(([t]) => [t, 1000 * t])); // biome-ignore format: short
  expectClose(deviations, targetScores(repeats, targets).deviations, { rtol: 32 * Number.EPSILON });
});

test('the result of outOfFold and its repeats mean the same', () => {
  const targets = [[2], [1], [-1], [16]];
  const given = { mean: repeats[0], repeats } as never;
  expect(targetScores(given, targets)).toEqual(targetScores(repeats, targets));
});

test('residuals that are far out keep their order', () => {
  const wild = [[1e3], [1], [-1], [1e200]];
  expect([...targetScores(repeats, wild).ranked].slice(0, 2)).toEqual([3, 0]);
});

test('refuses what has no scale', () => {
  const exact = [[[0], [0], [0]], [[0], [0], [0]]]; // biome-ignore format: two repeats
  expect(() => targetScores(exact, [[0], [0], [1]])).toThrow(
    'targetScores: predictions must be uncertain or wrong for half of the examples, got exact ones.',
  );
  expect([...targetScores(exact, [[0], [0], [0]]).scores]).toEqual([1, 1, 1]);
  expect(() => targetScores([[[0]]], [[0]])).toThrow('predictions must be of at least two repeats, got 1.');
  expect(() => targetScores(repeats, [[0]])).toThrow('predictions[0] must be [1, 1], got [4, 1]');
});
