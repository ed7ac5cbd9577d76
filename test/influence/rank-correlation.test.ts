/** @file Ranks and Spearman's ρ: hand values, another library, laws. */
import fc from 'fast-check';
import { sampleRankCorrelation } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { argsort, ranks, spearman } from '../../src/influence/judging/rank-correlation.ts';
import { NonFiniteError, ShapeError } from '../../src/linalg/errors.ts';

/** Small integers, so that ties are frequent. */
const tied = (n: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: -3, max: 3 }), { minLength: n, maxLength: n });
const pairOfTied = fc.integer({ min: 2, max: 12 }).chain((n) => fc.tuple(tied(n), tied(n)));

describe('ranks', () => {
  test('ties share the mean of their ranks', () => {
    expect(Array.from(ranks([30, 10, 20]))).toEqual([3, 1, 2]);
    expect(Array.from(ranks([5, 1, 5, 5, 0]))).toEqual([4, 2, 4, 4, 1]);
    expect(Array.from(ranks([2, 2]))).toEqual([1.5, 1.5]);
    expect(Array.from(ranks([]))).toEqual([]);
  });

  test('−0 ties with 0, and infinities have ranks', () => {
    expect(Array.from(ranks([0, Infinity, -0, -Infinity]))).toEqual([2.5, 4, 2.5, 1]);
  });

  test('a rank is one half plus the count below plus half the count of equals', () => {
    fc.assert(
      fc.property(tied(9), (x) => {
        const count = (test: (v: number) => boolean): number => x.filter(test).length;
        expect(Array.from(ranks(x))).toEqual(
          x.map((xi) => 0.5 + count((v) => v < xi) + 0.5 * count((v) => v === xi)),
        );
      }),
    );
  });

  test('NaN is refused with its index', () => {
    expect(() => ranks([1, 2, Number.NaN])).toThrow(NonFiniteError);
    expect(() => ranks([1, 2, Number.NaN])).toThrow(/index 2/);
  });

  test('argsort is the stable sorting permutation', () => {
    fc.assert(
      fc.property(tied(15), (x) => {
        const stable = x.map((_, i) => i).sort((a, b) => x[a] - x[b]); // Array.prototype.sort is stable
        expect(Array.from(argsort(x))).toEqual(stable);
      }),
    );
  });
});

describe('spearman', () => {
  test('textbook value without ties: 1 − 6 Σd²/(n(n² − 1))', () => {
    const x = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110];
    const y = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];
    // Ranks of x: 7 4 1 5 3 6 2 10 9 8; of y: 3 7 1 10 8 9 6 4 2 5. Σd² = 16+9+0+25+25+9+16+36+49+9 = 194.
    expect(Math.abs(spearman(x, y) - (1 - (6 * 194) / 990))).toBeLessThanOrEqual(4 * Number.EPSILON);
  });

  test('value with ties, by hand: ranks (1, 2.5, 2.5, 4) and (1, 2, 3, 4)', () => {
    // centred ranks (−1.5, 0, 0, 1.5) and (−1.5, −0.5, 0.5, 1.5): 4.5 / √(4.5 · 5)
    expect(spearman([1, 2, 2, 3], [10, 20, 30, 40])).toBeCloseTo(4.5 / Math.sqrt(22.5), 15);
  });

  test('agrees with simple-statistics, ties included', () => {
    fc.assert(
      fc.property(pairOfTied, ([x, y]) => {
        const expected = sampleRankCorrelation(x, y);
        const actual = spearman(x, y);
        if (Number.isNaN(expected)) expect(actual).toBeNaN();
        else expect(Math.abs(actual - expected)).toBeLessThanOrEqual(64 * Number.EPSILON);
      }),
    );
  });

  test('same bits under increasing maps and under a permutation of the pairs; sign flips under decreasing maps', () => {
    fc.assert(
      fc.property(pairOfTied, ([x, y]) => {
        const rho = spearman(x, y);
        expect(
          spearman(
            x.map((v) => v ** 3 - 7),
            y.map(Math.exp),
          ),
        ).toBe(rho);
        expect(spearman([...x].reverse(), [...y].reverse())).toBe(rho);
        expect(spearman(y, x)).toBe(rho);
        expect(
          spearman(
            x.map((v) => -v),
            y,
          ) + rho,
        ).toSatisfy((v: number) => v === 0 || Number.isNaN(v));
      }),
    );
  });

  test('is exactly ±1 for equal and reversed orders, also with ties and many items', () => {
    const x = Float64Array.from({ length: 20_000 }, (_, i) => Math.floor(((i * 7919) % 20_011) / 3));
    expect(spearman(x, x)).toBe(1);
    expect(
      spearman(
        x,
        x.map((v) => -v),
      ),
    ).toBe(-1);
  });

  test('is NaN for a constant variable or fewer than two pairs', () => {
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeNaN();
    expect(spearman([1, 2, 3], [4, 4, 4])).toBeNaN();
    expect(spearman([1], [2])).toBeNaN();
    expect(spearman([], [])).toBeNaN();
  });

  test('refuses unequal lengths and NaN', () => {
    expect(() => spearman([1, 2], [1])).toThrow(ShapeError);
    expect(() => spearman([1, 2], [1, Number.NaN])).toThrow(NonFiniteError);
  });
});
