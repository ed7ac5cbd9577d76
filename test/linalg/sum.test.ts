/** @file Compensated sums and safe norms against exact rational arithmetic and closed forms. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DomainError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { frobenius, maxAbs, mean, norm2, sum } from '../../src/linalg/sum.ts';
import { uniforms } from './arrays.ts';

const EPS = Number.EPSILON;

/** Σ x exactly, for |x| ≤ 2⁶⁰ that are multiples of 2⁻²⁰⁰: as a BigInt in units of 2⁻²⁰⁰. */
function exactSum(x: Float64Array): number {
  let total = 0n;
  for (const v of x) {
    let [mantissa, shift] = [v, 0];
    while (!Number.isInteger(mantissa)) {
      mantissa *= 2;
      shift++;
    }
    total += BigInt(mantissa) << BigInt(200 - shift);
  }
  const sign = total < 0n ? -1 : 1;
  const size = total < 0n ? -total : total;
  const drop = BigInt(Math.max(0, size.toString(2).length - 64)); // keep 64 bits: enough for one rounding
  return sign * Number(size >> drop) * 2 ** (Number(drop) - 200);
}

describe('sum', () => {
  test('carries what plain addition loses', () => {
    expect(sum(Float64Array.of(1, 1e100, 1, -1e100))).toBe(2);
    expect(sum(new Float64Array(10).fill(0.1))).toBe(1);
    expect(sum(new Float64Array(0))).toBe(0);
  });

  test('error ≤ ε |Σx| + n² ε² Σ|x|, against exact arithmetic, with heavy cancellation', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.nat(1e6), (n, seed) => {
        const u = uniforms(n, seed);
        const e = uniforms(n, seed + 1);
        const half = u.map((v, i) => v * 2 ** Math.round(40 * e[i]));
        const x = Float64Array.of(...half, ...half.map((v, i) => -v + (i % 3 === 0 ? 2 ** -40 * u[i] : 0)));
        const size = x.reduce((s, v) => s + Math.abs(v), 0);
        const exact = exactSum(x);
        expect(Math.abs(sum(x) - exact)).toBeLessThanOrEqual(
          EPS * Math.abs(exact) + (2 * n * EPS) ** 2 * size,
        );
      }),
      { numRuns: 60 },
    );
  });

  test('±∞ and NaN come out as plain addition gives them', () => {
    expect(sum(Float64Array.of(1, Number.POSITIVE_INFINITY, 2))).toBe(Number.POSITIVE_INFINITY);
    expect(sum(Float64Array.of(1, Number.NEGATIVE_INFINITY))).toBe(Number.NEGATIVE_INFINITY);
    expect(sum(Float64Array.of(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY))).toBeNaN();
    expect(sum(Float64Array.of(Number.NaN, 1))).toBeNaN();
    expect(sum(Float64Array.of(1.7e308, 1.7e308))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('mean', () => {
  test('of integers is exact; of nothing is refused', () => {
    expect(mean(Float64Array.of(1, 2, 6))).toBe(3);
    expect(mean(new Float64Array(1000).fill(0.1))).toBe(0.1);
    expect(() => mean(new Float64Array(0))).toThrow(DomainError);
  });
});

describe('norms', () => {
  test('Pythagorean triples and quadruples at every scale', () => {
    for (const k of [-1074, -1000, -600, -470, -460, -200, 0, 200, 460, 470, 600, 1000, 1020]) {
      const unit = 2 ** k;
      expect(norm2(Float64Array.of(3 * unit, -4 * unit))).toBe(5 * unit);
      expect(norm2(Float64Array.of(2 * unit, 0, 3 * unit, 6 * unit))).toBe(7 * unit);
    }
  });

  test('relative error ≤ n ε against the compensated sum of squares, whatever the scale', () => {
    for (const n of [1, 2, 7, 100, 999])
      for (const scale of [1e-300, 1e-150, 1e-12, 1, 1e12, 1e150, 1e300]) {
        const u = uniforms(n, n);
        const expected = Math.sqrt(sum(u.map((v) => v * v))) * scale;
        expect(Math.abs(norm2(u.map((v) => v * scale)) - expected)).toBeLessThanOrEqual(
          n * EPS * expected + 8 * EPS * expected,
        );
      }
  });

  test('mixed sizes: the large ones decide, the small ones still count', () => {
    expect(norm2(Float64Array.of(1e200, 1e-200))).toBe(1e200);
    const x = new Float64Array(1e4 + 1).fill(1e-5);
    x[0] = 1;
    expect(Math.abs(norm2(x) - Math.sqrt(1 + 1e4 * 1e-10))).toBeLessThanOrEqual(1e4 * EPS);
    expect(norm2(x) - 1).toBeGreaterThan(4e-7);
  });

  test('empty, zero, ±∞ and NaN', () => {
    expect(norm2(new Float64Array(0))).toBe(0);
    expect(norm2(Float64Array.of(0, -0))).toBe(0);
    expect(norm2(Float64Array.of(1, Number.NEGATIVE_INFINITY))).toBe(Number.POSITIVE_INFINITY);
    expect(norm2(Float64Array.of(1, Number.NaN))).toBeNaN();
    expect(norm2(Float64Array.of(1.7e308, 1.7e308))).toBe(Number.POSITIVE_INFINITY); // not representable
  });

  test('maxAbs', () => {
    expect(maxAbs(new Float64Array(0))).toBe(0);
    expect(maxAbs(Float64Array.of(-0))).toBe(0);
    expect(maxAbs(Float64Array.of(1, -3, 2))).toBe(3);
    expect(maxAbs(Float64Array.of(1, Number.NaN, 2))).toBeNaN();
    expect(maxAbs(Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY))).toBeNaN();
    expect(maxAbs(Float64Array.of(5e-324, -1e308))).toBe(1e308);
  });

  test('frobenius is the norm of all elements', () => {
    expect(
      frobenius(
        Matrix.of([
          [1, 2],
          [4, 10],
        ]),
      ),
    ).toBe(11);
    expect(frobenius(Matrix.zeros(0, 5))).toBe(0);
  });
});
