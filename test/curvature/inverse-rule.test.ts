/** @file Inverse rules: the filters, their limits, and the refusal of singular spectra and of things that are no rule. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkInverseRule,
  type InverseRule,
  keeps,
  spectralInverse,
} from '../../src/curvature/inverse-rule.ts';
import { DomainError, NumericalError, SingularError } from '../../src/linalg/errors.ts';

const EPS = Number.EPSILON;

describe('truncated', () => {
  const keep: InverseRule = { kind: 'truncated', eps: 0.5, negative: 'keep' };
  const drop: InverseRule = { kind: 'truncated', eps: 0.5, negative: 'drop' };

  test('inverts |σ| > eps, strictly, and drops the rest', () => {
    const f = spectralInverse(keep, 4);
    expect([4, 0.5, 0.25, 0, -0.25, -0.5, -4].map(f)).toEqual([0.25, 0, 0, 0, 0, 0, -0.25]);
  });

  test("negative: 'drop' inverts only σ > eps", () => {
    const f = spectralInverse(drop, 4);
    expect([4, 0.5, -0.25, -4].map(f)).toEqual([0.25, 0, 0, 0]);
    expect([keeps(keep, -4), keeps(drop, -4), keeps(drop, 4)]).toEqual([true, false, true]);
  });

  test('eps = 0 drops an exact zero and refuses an eigenvalue whose inverse overflows', () => {
    const f = spectralInverse({ kind: 'truncated', eps: 0, negative: 'keep' }, 1);
    expect(f(0)).toBe(0);
    expect(() => f(Number.MIN_VALUE)).toThrow(SingularError);
  });
});

describe('damped and absolute', () => {
  test('damped is 1/(σ + λ), absolute 1/(|σ| + λ)', () => {
    fc.assert(
      fc.property(fc.double({ min: -10, max: 10, noNaN: true }), (sigma) => {
        const lambda = 0.25;
        fc.pre(Math.abs(sigma + lambda) > 1e-6);
        expect(spectralInverse({ kind: 'damped', lambda }, 10)(sigma) * (sigma + lambda)).toBeCloseTo(1, 14);
        expect(
          spectralInverse({ kind: 'absolute', lambda }, 10)(sigma) * (Math.abs(sigma) + lambda),
        ).toBeCloseTo(1, 14);
      }),
    );
  });

  test('a vanishing denominator is singular relative to the scale, not in absolute terms', () => {
    const damped: InverseRule = { kind: 'damped', lambda: 0 };
    for (const scale of [1e-12, 1, 1e12]) {
      expect(() => spectralInverse(damped, scale)(scale * EPS)).toThrow(SingularError);
      expect(spectralInverse(damped, scale)(scale * 1e-13)).toBe(1 / (scale * 1e-13));
    }
    expect(() => spectralInverse({ kind: 'damped', lambda: 0.1 }, 1)(-0.1)).toThrow(SingularError);
    expect(() => spectralInverse({ kind: 'absolute', lambda: 0 }, 1)(0)).toThrow(SingularError);
    expect(() => spectralInverse(damped, 0)(0)).toThrow(SingularError);
  });

  test('the error carries the offending magnitude', () => {
    try {
      spectralInverse({ kind: 'damped', lambda: 0 }, 8)(-EPS);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(SingularError);
      expect((error as SingularError).smallest).toBe(EPS);
    }
  });
});

describe('unrolled', () => {
  const f = (sigma: number, time: number): number => spectralInverse({ kind: 'unrolled', time }, 1)(sigma);

  test('tends to t as σ → 0, from both sides, and to 1/σ as σt → ∞', () => {
    expect(f(0, 3)).toBe(3);
    for (const sigma of [1e-17, -1e-17, 1e-300, -1e-300, 5e-324]) expect(f(sigma, 3)).toBeCloseTo(3, 14);
    expect(f(2, 1e6)).toBe(0.5);
    expect(f(7, 0)).toBe(0);
  });

  test('keeps its digits near σ = 0: the series t − σt²/2 + σ²t³/6', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e-5, max: 1e-5, noNaN: true }),
        fc.double({ min: 0.1, max: 5, noNaN: true }),
        (sigma, t) => {
          const x = sigma * t;
          const series = t * (1 - x / 2 + (x * x) / 6 - x ** 3 / 24);
          expect(Math.abs(f(sigma, t) - series)).toBeLessThanOrEqual(8 * EPS * t);
        },
      ),
    );
  });

  test('solves dx/dt = 1 − σx: the sum of two durations composes, for either sign of σ', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        (sigma, s, t) => {
          const composed = f(sigma, s) + (1 - sigma * f(sigma, s)) * f(sigma, t);
          const whole = f(sigma, s + t);
          expect(Math.abs(composed - whole)).toBeLessThanOrEqual(
            64 * EPS * (1 + Math.exp(Math.abs(sigma) * (s + t))),
          );
        },
      ),
    );
  });

  test('amplifies negative curvature, and refuses to overflow', () => {
    expect(f(-1, 2)).toBeCloseTo(Math.exp(2) - 1, 13);
    expect(() => f(-1, 1000)).toThrow(NumericalError);
  });
});

describe('checkInverseRule', () => {
  const bad: readonly [string, unknown][] = [
    ['an unknown kind', { kind: 'pinv' }],
    ['a negative eps', { kind: 'truncated', eps: -1, negative: 'keep' }],
    ['a NaN eps', { kind: 'truncated', eps: Number.NaN, negative: 'keep' }],
    ['no word on negatives', { kind: 'truncated', eps: 1 }],
    ['an infinite damping', { kind: 'damped', lambda: Number.POSITIVE_INFINITY }],
    ['a negative damping', { kind: 'absolute', lambda: -1 }],
    ['no damping', { kind: 'damped' }],
    ['a negative time', { kind: 'unrolled', time: -1 }],
    ['an unknown factor mode', { kind: 'damped', lambda: 1, factors: 'both' }],
  ];
  for (const [name, rule] of bad)
    test(`refuses ${name}`, () => {
      expect(() => checkInverseRule('test', rule as InverseRule)).toThrow(DomainError);
      expect(() => spectralInverse(rule as InverseRule, 1)).toThrow(DomainError);
    });
});
