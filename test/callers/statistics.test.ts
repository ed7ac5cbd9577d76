/** @file Statistics of influence take plain arrays and JSON with the same bits, and refuse the rest by name. */
import { expect, test } from 'vitest';
import {
  type Bootstrap,
  bcaInterval,
  bootstrap,
  bootstrapDifference,
  ldsChange,
  midpoint,
  percentileInterval,
  spearmanBrown,
  topInfluences,
} from '../../src/influence/index.ts';
import { EigenfluenceError, Matrix } from '../../src/linalg/index.ts';

const drawn = () => bootstrap(4, (w) => w[0] - w[1] + 2 * w[2] ** 2, { resamples: 20 });
const json = (): Bootstrap => ({
  ...drawn(),
  replicates: Array.from(drawn().replicates),
  jackknife: Array.from(drawn().jackknife),
}) as unknown as Bootstrap; // biome-ignore format: short

test('negative seeds name resamples, as for rng', () => {
  expect(bootstrap(3, (w) => w[0], { resamples: 2, seed: -1 }).seed).toBe(-1);
});

test('plain arrays', () => {
  expect(bcaInterval(json())).toEqual(bcaInterval(drawn()));
  expect(percentileInterval(json())).toEqual(percentileInterval(drawn()));
  expect(bootstrapDifference(json(), drawn()).replicates).toEqual(new Float64Array(20));
  expect(topInfluences([[2, -1, 5, 0]], 0, 1)).toEqual(topInfluences(Matrix.of([[2, -1, 5, 0]]), 0, 1));
});

// biome-ignore lint/suspicious/noExplicitAny: what a JavaScript caller may pass
const wrong: any[] = [undefined, null, '1', Number.NaN, Number.POSITIVE_INFINITY, {}, [], [1, 'a']];
test.each(wrong.map((value) => [value]))('%s is refused', (value) => {
  const calls: [string, () => unknown][] = [
    ['bootstrap', () => bootstrap(value, () => 1)],
    ['bootstrap', () => bootstrap(3, value)],
    ['bootstrapDifference', () => bootstrapDifference(drawn(), value)],
    ['bcaInterval', () => bcaInterval(value)],
    ['percentileInterval', () => percentileInterval(value)],
    ['midpoint', () => midpoint(value)],
    ['ldsChange', () => ldsChange(value)],
    ['topInfluences', () => topInfluences([[1, 2]], value, 1)],
  ];
  for (const [name, run] of calls) {
    let caught: unknown;
    try {
      run();
    } catch (error) {
      caught = error;
    }
    expect(caught, name).toBeInstanceOf(EigenfluenceError);
    expect((caught as Error).message).toContain(name);
  }
  if (typeof value !== 'number') expect(() => spearmanBrown(value, 2)).toThrow(EigenfluenceError);
});
