/** What the report says of each sentence of the paper follows from the numbers: holds, reversed, undecided, missing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diagnosticStatements } from '../../src/experiments/report/diagnostic-statements.ts';
import {
  type Estimate,
  independentDifference,
  magnitude,
  negated,
  overModels,
  pairedOverModels,
  rangeDifference,
  signed,
  signOf,
  UNDEFINED,
} from '../../src/experiments/report/estimate.ts';
import { headline, overallAnswer } from '../../src/experiments/report/overall-answer.ts';
import { type Check, statement, verdictOf } from '../../src/experiments/report/statement.ts';
import { sweepStatements } from '../../src/experiments/report/sweep-statements.ts';
import { collectSweeps, type NamedResults, type Sweep } from '../../src/experiments/report/sweeps.ts';
import { type Sample, sampleResults } from './sample-results.ts';

const setting = (name: string, sample: Sample = {}): NamedResults => ({
  name,
  results: sampleResults(sample),
});
const FALLING = [0.5, 0.45, 0.4, 0.35, 0.3, 0.2];
const RISING = [0.2, 0.25, 0.3, 0.35, 0.4, 0.1];
const EPOCHS = ['d8-w16-e10', 'd8-w16-e100', 'd8-w16-e1000'];

/** The sweep over settings with a sample for each. */
function sweepOf(names: readonly string[], samples: readonly Sample[]): Sweep {
  return collectSweeps(names.map((name, k) => setting(name, samples[k])))[0];
}

/** The statement whose claim begins so. */
function claimed(
  statements: readonly ReturnType<typeof statement>[],
  beginning: string,
): ReturnType<typeof statement> {
  const found = statements.find(({ claim }) => claim.startsWith(beginning));
  if (found === undefined) throw new Error(`no claim begins with ${beginning}`);
  return found;
}

describe('estimates', () => {
  const number = fc.double({ min: -10, max: 10, noNaN: true });
  const estimate = fc
    .tuple(number, fc.double({ min: 0, max: 3, noNaN: true }), fc.double({ min: 0, max: 3, noNaN: true }))
    .map(([value, below, above]): Estimate => ({ value, lo: value - below, hi: value + above }));

  test('a sign is claimed only by a range that excludes zero', () => {
    expect(signOf({ value: 1, lo: 0.1, hi: 2 })).toBe('positive');
    expect(signOf({ value: -1, lo: -2, hi: -0.1 })).toBe('negative');
    expect(signOf({ value: 1, lo: 0, hi: 2 })).toBe('undecided');
    expect(signOf({ value: -1, lo: -2, hi: 0 })).toBe('undecided');
    expect(signOf({ value: 1, lo: null, hi: 2 })).toBe('undefined');
  });

  test('the interval of an independent difference is that of variances for symmetric ones', () => {
    const difference = independentDifference({ value: 5, lo: 1, hi: 9 }, { value: 2, lo: -1, hi: 5 });
    expect(difference).toEqual({ value: 3, lo: -2, hi: 8 }); // 3 ± √(4² + 3²)
  });

  test('differences change sign with their order, and the range of ranges is the wider one', () => {
    fc.assert(
      fc.property(estimate, estimate, (a, b) => {
        for (const difference of [independentDifference, rangeDifference]) {
          const [one, other] = [difference(b, a), negated(difference(a, b))];
          for (const part of ['value', 'lo', 'hi'] as const)
            expect(Math.abs(Number(one[part]) - Number(other[part]))).toBeLessThan(1e-12);
        }
        const [narrow, wide] = [independentDifference(b, a), rangeDifference(b, a)];
        expect(Number(wide.lo)).toBeLessThanOrEqual(Number(narrow.lo) + 1e-12);
        expect(Number(wide.hi)).toBeGreaterThanOrEqual(Number(narrow.hi) - 1e-12);
      }),
    );
  });

  test('magnitudes hold the magnitude of every number of the range', () => {
    fc.assert(
      fc.property(estimate, fc.double({ min: 0, max: 1, noNaN: true }), (e, t) => {
        const x = Math.abs(Number(e.lo) + t * (Number(e.hi) - Number(e.lo)));
        const { lo, hi } = magnitude(e);
        expect(x).toBeGreaterThanOrEqual(Number(lo) - 1e-12);
        expect(x).toBeLessThanOrEqual(Number(hi) + 1e-12);
      }),
    );
  });

  test('base networks: paired differences are narrower than ranges; one undefined network leaves none', () => {
    expect(overModels([1, 3, 2])).toEqual({ value: 2, lo: 1, hi: 3 });
    expect(pairedOverModels([2, 4], [1, 3])).toEqual({ value: 1, lo: 1, hi: 1 });
    expect(signOf(rangeDifference(overModels([2, 4]), overModels([1, 3])))).toBe('undecided');
    expect(overModels([1, null])).toEqual(UNDEFINED);
    expect(overModels([])).toEqual(UNDEFINED);
  });

  test('are written with a sign, a range and a unit; a point has no range', () => {
    const format = { digits: (x: number) => x.toFixed(1), unit: ' units' };
    expect(signed({ value: 1, lo: -0.5, hi: 2 }, format)).toBe('+1.0 [−0.5, 2.0] units');
    expect(signed({ value: -1, lo: -1, hi: -1 }, format)).toBe('−1.0 units');
    expect(signed(UNDEFINED, format)).toBe('–');
  });
});

describe('statements', () => {
  const check = (lo: number | null, hi: number | null, expected: Check['expected'] = 'positive'): Check => ({
    label: 'a over b',
    found: { value: lo === null || hi === null ? null : (lo + hi) / 2, lo, hi },
    expected,
  });
  const [agree, against, open, gone] = [check(1, 2), check(-2, -1), check(-1, 1), check(null, null)];

  test('the verdict', () => {
    expect(verdictOf([agree, agree])).toBe('found');
    expect(verdictOf([agree, open])).toBe('found in part');
    expect(verdictOf([agree, against, open])).toBe('mixed');
    expect(verdictOf([against, open])).toBe('opposite');
    expect(verdictOf([open, open, gone])).toBe('undecided');
    expect(verdictOf([gone])).toBe('not computed');
    expect(verdictOf([])).toBe('not computed');
    expect(verdictOf([check(-2, -1, 'negative')])).toBe('found');
  });

  test('few comparisons are named with their ranges, many are counted', () => {
    const say = (checks: readonly Check[]): string =>
      statement({ claim: '', place: '', checks, format: { digits: (x) => x.toFixed(1) } }).found;
    expect(say([agree, open])).toBe(
      'A over b: +1.5 [1.0, 2.0]; a over b: 0.0 [−1.0, 1.0], which includes zero.',
    );
    expect(say([agree, agree, against, open, gone])).toBe(
      'Of 4 comparisons: as stated in 2, the opposite in 1, undecided in 1. 1 comparison could not be made.',
    );
    expect(say([])).toBe('The settings that it needs were not run.');
  });
});

describe('Figures 1 to 3', () => {
  const about = (samples: readonly Sample[], beginning: string, names: readonly string[] = EPOCHS) => {
    const sweep = sweepOf(names, samples);
    return claimed(sweepStatements(sweep, [sweep]), beginning);
  };

  test('the order of the ladder: found, opposite, undecided, mixed', () => {
    const order = (...lds: (readonly number[])[]) =>
      about(
        lds.map((values) => ({ lds: values })),
        'The better the approximation',
        EPOCHS.slice(0, lds.length),
      ).verdict;
    expect(order(FALLING, FALLING)).toBe('found');
    expect(order(RISING, RISING)).toBe('opposite');
    expect(order(FALLING, RISING)).toBe('mixed');
    expect(order([0.3, 0.3, 0.3, 0.3, 0.3, 0.3], [0.31, 0.3, 0.3, 0.3, 0.3, 0.3])).toBe('undecided');
  });

  test('a difference that is not in the results is not computed, not zero', () => {
    const results = { ...sampleResults(), differences: {} };
    const [sweep] = collectSweeps(EPOCHS.map((name) => ({ name, results })));
    expect(claimed(sweepStatements(sweep, [sweep]), 'The better').verdict).toBe('not computed');
  });

  test('errors are compared network by network, with the range over networks as their only uncertainty', () => {
    const agreeing = [
      [1, 2, 3, 4, 5],
      [10, 20, 30, 40, 50],
    ];
    const disagreeing = [
      [1, 2, 3, 4, 5],
      [1, 2, 3, 5, 4],
    ];
    const words = 'The error of the inverse';
    expect(about([{ errors: agreeing }, { errors: agreeing }], words, EPOCHS.slice(0, 2)).verdict).toBe(
      'found',
    );
    expect(about([{ errors: disagreeing }, { errors: agreeing }], words, EPOCHS.slice(0, 2)).verdict).toBe(
      'found in part',
    );
  });

  test('LDS against error: a step counts only when both signs are known', () => {
    const words = 'LDS and error';
    const falling = { lds: FALLING, errors: [[1, 2, 3, 4, 5]] };
    const lower = { lds: FALLING, errors: [[5, 4, 3, 2, 1]] };
    expect(about([falling, falling], words, EPOCHS.slice(0, 2)).verdict).toBe('found');
    expect(about([lower, lower], words, EPOCHS.slice(0, 2)).verdict).toBe('opposite');
    const unknown = {
      lds: FALLING,
      errors: [
        [1, 2, 3, 4, 5],
        [5, 4, 3, 2, 1],
      ],
    };
    expect(about([unknown, unknown], words, EPOCHS.slice(0, 2)).verdict).toBe('undecided');
  });

  test('training: rises, saturates, clusters', () => {
    const samples = [0, 0.1, 0.11].map((more, k) => ({
      lds: FALLING.map((lds) => 0.4 + (lds - 0.4) / (1 + k) + more),
      half: 0.005,
    }));
    expect(about(samples, 'It then saturates').verdict).toBe('found');
    expect(about(samples, 'Late in training the methods cluster').verdict).toBe('found');
    expect(about([...samples].reverse(), 'Late in training the methods cluster').verdict).toBe('opposite');
    expect(about(samples.slice(0, 2), 'It then saturates', EPOCHS.slice(0, 2)).verdict).toBe('not computed');
  });

  test('the early step from Hessian to GGN is told with its share and its change', () => {
    const { found, verdict } = about(
      [{ lds: [0.5, 0.1, 0.1, 0.1, 0.1, 0], errors: [[0, 35, 40, 400, 1000]] }, {}, { lds: FALLING }],
      'Early in training',
    );
    expect(verdict).toBe('found');
    expect(found).toContain('At 10 epochs the step has 3.5 % of the error and changes the LDS by −0.400');
  });

  test('depth makes a loss grow only if there is one: a smaller gain is not a growing loss', () => {
    const names = ['d1-w16-e100', 'd8-w16-e100'];
    const block = (...gains: readonly number[]) =>
      about(
        gains.map((gain) => ({ lds: [0.4, 0.4, 0.4 + gain, 0.4, 0.4, 0.3] })),
        'With depth, forgetting',
        names,
      ).verdict;
    expect(block(-0.1, -0.3)).toBe('found');
    expect(block(0.3, 0.1)).toBe('mixed');
    expect(block(0.1, 0.3)).toBe('opposite');
  });

  test('the exception at width 64 is expected to be one', () => {
    const dominant = { errors: [[0, 0.1, 0.2, 0.5, 1]] };
    const exception = { errors: [[0, 0.1, 0.2, 0.7, 1]] };
    const names = ['d1-w32-e100', 'd1-w64-e100', 'd1-w128-e100'];
    const words = 'EK-FAC → K-FAC has the larger share';
    expect(about([dominant, exception, dominant], words, names).verdict).toBe('found');
    expect(about([dominant, dominant, dominant], words, names).verdict).toBe('mixed');
    expect(about([dominant, exception, dominant], 'The two factorisation steps', names).verdict).toBe(
      'found',
    );
    expect(about([dominant, exception, dominant], 'Width moves', names).verdict).toBe('not computed');
  });
});

describe('Figures 5 to 8', () => {
  const depth = ['d1-w16-e100', 'd4-w16-e100', 'd8-w16-e100'];
  const of = (residuals: readonly (readonly number[])[]): readonly Sweep[] =>
    collectSweeps(
      depth.map((name, k) => setting(name, { diagnostics: residuals[k].map((residual) => ({ residual })) })),
    );

  test('monotone with depth: every step must rise in every base network', () => {
    const verdict = (...residuals: (readonly number[])[]) =>
      claimed(diagnosticStatements(5, of(residuals)), 'It grows with depth').verdict;
    expect(verdict([0.1, 0.12], [0.2, 0.22], [0.3, 0.32])).toBe('found');
    expect(verdict([0.3, 0.32], [0.2, 0.22], [0.1, 0.12])).toBe('opposite');
    expect(verdict([0.1, 0.25], [0.2, 0.22], [0.3, 0.32])).toBe('found in part');
    expect(verdict([0.1, 0.4], [0.2, 0.4], [0.3, 0.4])).toBe('undecided');
  });

  test('a sweep that was not run is said not to be computed', () => {
    const statements = diagnosticStatements(5, of([[0.1], [0.2], [0.3]]));
    expect(claimed(statements, 'The residual falls').verdict).toBe('not computed');
    expect(claimed(statements, 'The residual falls').found).toBe('The settings that it needs were not run.');
    for (const figure of [5, 6, 7, 8] as const)
      expect(diagnosticStatements(figure, []).every(({ verdict }) => verdict === 'not computed')).toBe(true);
  });
});

describe('sweeps', () => {
  test('the paper’s own go first; settings of other conventions do not mix; missing ones are named', () => {
    const names = ['d8-w16-e1000', 'd8-w16-e10', 'd8-w16-e100-m0', 'd1-w16-e100', 'd8-w16-e50'];
    const sweeps = collectSweeps(names.map((name) => setting(name)));
    expect(sweeps.map(({ axis }) => axis)).toEqual(['epochs']);
    expect(sweeps[0].members.map(({ name }) => name)).toEqual(['d8-w16-e10', 'd8-w16-e50', 'd8-w16-e1000']);
    expect(sweeps[0].missing).toEqual(['d8-w16-e100']);
  });

  test('without two settings of the paper’s the largest other group is drawn, which misses nothing', () => {
    const [sweep] = collectSweeps(['d1-w3-e3', 'd2-w3-e3', 'd3-w3-e3'].map((name) => setting(name)));
    expect(sweep).toMatchObject({ axis: 'depth', fixed: '3 epochs, width 3', missing: [] });
    expect(collectSweeps([setting('d1-w16-e100')])).toEqual([]);
  });
});

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
