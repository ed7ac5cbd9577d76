/** Exponents of time against size: the closed form on exact powers, and the error by what three points must give. */
import { describe, expect, test } from 'vitest';
import { FITTED_FROM, fitPowerLaw, growths, growthTable } from '../../bench/growth.ts';

const row = (work: string, n: number, peer: string, seconds: number) => ({
  work,
  n,
  peer,
  seconds,
  version: '1',
  spread: 0,
  ratio: 1,
});

describe('fitPowerLaw', () => {
  test('an exact power is found, without error', () => {
    const law = fitPowerLaw([250, 500, 1000, 2000].map((n) => ({ n, seconds: 3e-9 * n ** 2.75 })));
    expect(law.exponent).toBeCloseTo(2.75, 12);
    expect(law.factor / 3e-9).toBeCloseTo(1, 10);
    expect(law.standardError).toBeLessThan(1e-12);
  });

  test('three sizes a factor 2 apart, the middle one δ too slow: exponent by the ends, error δ / (log 2 √3)', () => {
    // log n = −l, 0, l about the mean; residuals of (0, δ, 0) are (−δ/3, 2δ/3, −δ/3), their squares sum to 2δ²/3
    const delta = 0.3;
    const law = fitPowerLaw([
      { n: 500, seconds: 1 },
      { n: 1000, seconds: 8 * Math.exp(delta) },
      { n: 2000, seconds: 64 },
    ]);
    expect(law.exponent).toBeCloseTo(3, 12);
    expect(law.standardError).toBeCloseTo(Math.sqrt((2 * delta ** 2) / 3 / (2 * Math.log(2) ** 2)), 12);
  });

  test('one size is refused', () => {
    expect(() => fitPowerLaw([{ n: 4, seconds: 1 }])).toThrow('two sizes at least, not 1');
  });
});

test('small sizes are shown and not fitted; two sizes make no curve', () => {
  const rows = [
    ...[64, 250, 500, 1000].map((n) => row('matmul', n, 'NumPy', n < FITTED_FROM ? 1 : n ** 3)),
    ...[500, 1000].map((n) => row('eigen', n, 'NumPy', n ** 3)),
  ];
  const all = growths(rows);
  expect(all.map(({ work }) => work)).toEqual(['matmul']);
  expect(all[0].measured).toHaveLength(4);
  expect(all[0].law.exponent).toBeCloseTo(3, 12);
  expect(growthTable(all).at(-1)).toBe('| NumPy, SciPy | 3.00 ± 0.00 |');
});
