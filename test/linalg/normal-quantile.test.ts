/** @file Φ⁻¹ against high-precision values, its symmetry and its ends. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { normalQuantile, normalQuantileInto } from '../../src/linalg/random/normal-quantile.ts';

const { pairs } = JSON.parse(
  readFileSync(new URL('../reference/normal-quantile.json', import.meta.url), 'utf8'),
) as { pairs: readonly (readonly [number, number])[] };

test('within 8 ε of high-precision values down to 1e-300', () => {
  for (const [p, x] of pairs)
    expect(Math.abs(normalQuantile(p) - x), `p = ${p}`).toBeLessThanOrEqual(8 * Number.EPSILON * Math.abs(x));
});

test('is odd about one half', () => {
  for (let k = 1; k < 1024; k++) expect(normalQuantile(1 - k / 2048)).toBe(-normalQuantile(k / 2048));
  expect(normalQuantile(0.5)).toBe(0);
});

test('increases', () => {
  for (let k = 1, previous = normalQuantile(0); k <= 4096; k++) {
    const x = normalQuantile(k / 4096);
    expect(x).toBeGreaterThan(previous);
    previous = x;
  }
});

test('ends and nonsense', () => {
  expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
  expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
  for (const p of [-1e-300, 1.0000001, Number.NaN, Number.POSITIVE_INFINITY])
    expect(normalQuantile(p)).toBeNaN();
});

test('in place: the same bits, ends and outsiders included', () => {
  const p = Float64Array.from({ length: 4001 }, (_, i) => i / 4000);
  const all = Float64Array.of(...p, 1e-300, 5e-324, 1 - 2 ** -53, -0.5, 1.5, Number.NaN, 0.075, 0.925);
  const exact = all.map((v) => normalQuantile(v));
  normalQuantileInto(all);
  expect(new BigUint64Array(all.buffer)).toEqual(new BigUint64Array(exact.buffer));
});
