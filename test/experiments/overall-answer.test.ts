/** The answer over all settings follows from paired intervals alone. */
import { describe, expect, test } from 'vitest';
import type { NamedResults } from '../../src/experiments/better-hessians/claims/sweeps.ts';
import { headline, overallAnswer } from '../../src/experiments/better-hessians/report/overall-answer.ts';
import { type Sample, sampleResults } from './sample-results.ts';

const setting = (name: string, sample: Sample = {}): NamedResults => ({
  name,
  results: sampleResults(sample),
});
const FALLING = [0.5, 0.45, 0.4, 0.35, 0.3, 0.2];
const RISING = [0.2, 0.25, 0.3, 0.35, 0.4, 0.1];

describe('the overall answer', () => {
  test('the headline follows from the signs alone', () => {
    const say = (positive: number, negative: number, undecided: number): string =>
      headline(
        [
          ...new Array<'positive'>(positive).fill('positive'),
          ...new Array<'negative'>(negative).fill('negative'),
          ...new Array<'undecided'>(undecided).fill('undecided'),
        ],
        2,
      ).split(/[:,]/)[0];
    expect(say(4, 0, 1)).toBe('Yes');
    expect(say(0, 4, 1)).toBe('No');
    expect(say(0, 0, 4)).toBe('Undecided');
    expect(say(1, 1, 10)).toBe('Largely undecided');
    expect(say(3, 1, 0)).toBe('Mostly');
    expect(say(2, 2, 0)).toBe('Not in general');
    expect(say(1, 3, 0)).toBe('Seldom');
  });

  test('one setting says nothing of other settings', () => {
    expect(headline(['positive', 'negative'], 1)).toBe('Not in general: it depends on the step.');
    expect(headline(['positive', 'negative'], 2)).toContain('on the setting');
  });

  test('counts, levels with their ceilings, the baseline and the costliest step', () => {
    const { points } = overallAnswer([
      setting('d1-w16-e100', { lds: FALLING, ceiling: 0.8 }),
      setting('d8-w16-e10', { lds: RISING, ceiling: 0.5 }),
    ]);
    expect(points[0]).toContain(
      '8 comparisons between neighbours on the ladder (2 settings, four steps each)',
    );
    expect(points[0]).toContain('has the higher LDS in 4, the coarser in 4; none cannot be told apart');
    expect(points[1]).toContain(
      'scores higher than K-FAC in 1 (d1-w16-e100), scores lower in 1 (d8-w16-e10)',
    );
    expect(points[2]).toContain('between 0.50 of a possible 0.80 (Hessian, d1-w16-e100)');
    expect(points[2]).toContain('and 0.40 of a possible 0.50 (K-FAC, d8-w16-e10)');
    expect(points[3]).toContain('by the exact Hessian in 2 of 2 settings, and by the best curvature in 2');
    expect(points[4]).toContain('grows most at EK-FAC → K-FAC in 2 of 2 settings');
  });

  test('undefined scores leave their point out', () => {
    const results = { ...sampleResults({ ceiling: null }), differences: {} };
    const { headline: words, points } = overallAnswer([{ name: 'd1-w16-e100', results }]);
    expect(words).toMatch(/^Undecided/);
    expect(points.join(' ')).not.toMatch(/of a possible|NaN|undefined/);
  });
});
