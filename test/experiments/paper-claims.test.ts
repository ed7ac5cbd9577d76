/** @file Statements of other papers: from numbers with intervals to outcomes, from outcomes to verdicts, and the page that says so. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Claim,
  consistent,
  type Finding,
  fact,
  findingText,
  judgeClaim,
  judgeClaims,
  ordered,
  within,
} from '../../src/experiments/judging/claim.ts';
import { claimsSection } from '../../src/experiments/judging/claims-section.ts';
import { fisherInterval, pearson } from '../../src/experiments/judging/correlation.ts';
import { type Estimate, ranged, signed, UNDEFINED } from '../../src/experiments/judging/estimate.ts';
import { meanBootstrap } from '../../src/experiments/judging/judge.ts';
import {
  countVerdicts,
  type Demand,
  holds,
  type Outcome,
  outcomeCounts,
  outcomeOf,
} from '../../src/experiments/judging/verdict.ts';
import type { Bootstrap } from '../../src/influence/index.ts';
import { expectClose } from '../helpers/close.ts';

const number = (value: number, lo: number | null, hi: number | null): Estimate => ({ value, lo, hi });
const outcomes = (findings: readonly Finding[]): Outcome[] => findings.map(({ outcome }) => outcome);

describe('a comparison', () => {
  const [above, below, both] = [number(2, 1, 3), number(-2, -3, -1), number(1, -1, 3)];

  test('of an order: its interval leaves out zero on the stated side', () => {
    expect(outcomes([above, below, both].flatMap((e) => ordered('x', e)))).toEqual([
      'as-stated',
      'opposite',
      'open',
    ]);
    expect(outcomes([above, below, both].flatMap((e) => ordered('x', e, 'negative')))).toEqual([
      'opposite',
      'as-stated',
      'open',
    ]);
    expect(outcomes(ordered('x', number(1, 0, 3)))).toEqual(['open']); // an end at zero decides nothing
  });

  test('of equality within a tolerance: all of the interval inside, or all of it outside', () => {
    const of = (lo: number, hi: number): Outcome[] =>
      outcomes(within('x', number((lo + hi) / 2, lo, hi), 0.5));
    expect(of(-0.5, 0.5)).toEqual(['as-stated']);
    expect(of(-0.4, 0.6)).toEqual(['open']);
    expect(of(0.5, 0.9)).toEqual(['open']);
    expect(of(0.6, 0.9)).toEqual(['opposite']);
    expect(of(-0.9, -0.6)).toEqual(['opposite']);
  });

  test('of no difference: as stated while the interval includes zero', () => {
    expect(outcomes([above, below, both, number(0, 0, 0)].flatMap((e) => consistent('x', e)))).toEqual([
      'opposite',
      'opposite',
      'as-stated',
      'as-stated',
    ]);
  });

  test('not computed gives none; without an interval nothing is decided', () => {
    const lone = number(0.25, null, null);
    for (const read of [ordered, consistent, (label: string, e: Estimate) => within(label, e, 1)]) {
      expect(read('x', UNDEFINED)).toEqual([]);
      expect(read('x', lone).map((one) => [findingText(one), one.outcome])).toEqual([
        ['x: +0.250, undecided', 'open'],
      ]);
    }
    expect(fact('14 times', true)).toMatchObject({ label: '14 times', found: '', outcome: 'as-stated' });
    expect(fact('0.5 times', false).outcome).toBe('opposite');
  });

  test('is written with its sign and its interval', () => {
    expect(ordered('a − b', number(-0.1234, -0.2, 0.01))[0].found).toBe('−0.123 [−0.200, 0.010]');
    expect(
      ordered('a − b', number(0.5, 0.25, 0.75), 'positive', { digits: (x) => x.toFixed(2) })[0].found,
    ).toBe('+0.50 [0.25, 0.75]');
    expect(ranged(number(0.5, 0.25, 0.75))).toBe('0.500 [0.250, 0.750]');
    expect([signed(number(0, -1, 1)), ranged(UNDEFINED), ranged(number(2, null, 3))]).toEqual([
      '0.000 [−1.000, 1.000]',
      '–',
      '2.000',
    ]);
  });
});

describe('a verdict', () => {
  test('strict: all as stated; not below: none the other way and one as stated; of nothing: not testable', () => {
    const of = (demand: Demand, ...list: Outcome[]): string =>
      judgeClaim(
        {
          id: 'a',
          place: '§1',
          claim: 'A.',
          demand,
          findings: () => list.map((outcome) => ({ label: 'x', found: '', outcome, remark: '', marks: [] })),
        },
        [{ results: undefined }],
      ).verdict;
    expect(of('strict', 'as-stated', 'as-stated')).toBe('confirmed');
    expect(of('strict', 'as-stated', 'open')).toBe('not confirmed');
    expect(of('strict', 'as-stated', 'opposite')).toBe('not confirmed');
    expect(of('not-below', 'as-stated', 'open')).toBe('confirmed');
    expect(of('not-below', 'open', 'open')).toBe('not confirmed');
    expect(of('not-below', 'as-stated', 'opposite')).toBe('not confirmed');
    for (const demand of ['strict', 'not-below'] as const) expect(of(demand)).toBe('not testable here');
  });

  test('what was not computed counts for neither side, and does not hold alone', () => {
    expect(holds('strict', ['as-stated', 'missing'])).toBe(true);
    expect(holds('strict', ['missing'])).toBe(false);
    expect(holds('not-below', ['missing', 'open'])).toBe(false);
  });

  test('a strict claim that holds also holds when none may be below; turning every sign turns it', () => {
    const estimate = fc
      .tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: 0, max: 4 }))
      .map(([value, half]) => number(value, value - half, value + half));
    fc.assert(
      fc.property(fc.array(estimate, { minLength: 1, maxLength: 4 }), (list) => {
        const found = list.map((e) => outcomeOf(e, 'positive'));
        const turned = list.map((e) => outcomeOf(e, 'negative'));
        if (holds('strict', found)) expect(holds('not-below', found)).toBe(true);
        expect(holds('strict', found)).toBe(list.every(({ lo }) => Number(lo) > 0));
        expect(holds('strict', turned)).toBe(list.every(({ hi }) => Number(hi) < 0));
        expect(holds('not-below', found) && holds('not-below', turned)).toBe(false);
      }),
    );
  });

  test('outcomes and verdicts are counted in a fixed order', () => {
    expect(outcomeCounts(['open', 'as-stated', 'open', 'opposite'])).toBe(
      '1 as stated, 2 undecided, 1 the other way',
    );
    expect(outcomeCounts(['missing'])).toBe('0 as stated, 0 undecided, 0 the other way, 1 not computed');
    const claims = (['not confirmed', 'confirmed', 'not confirmed'] as const).map((verdict) => ({ verdict }));
    expect(countVerdicts(claims)).toBe('1 confirmed, 2 not confirmed');
  });
});

describe('statements of a paper', () => {
  interface Results {
    readonly gain: Estimate;
    readonly seeds: number;
  }
  const CLAIMS: readonly Claim<Results>[] = [
    {
      id: 'gain',
      place: 'Figure 2',
      claim: 'It gains.',
      criterion: 'difference of LDS',
      demand: 'strict',
      findings: ({ gain }) => ordered('gain', gain),
      notes: ({ seeds }) => [`over ${seeds} seeds`],
    },
    {
      id: 'large',
      place: '§4',
      claim: 'Large models gain.',
      demand: 'strict',
      untestable: 'there is none here',
      findings: () => [],
    },
  ];
  const small = { gain: number(0.5, 0.25, 0.75), seeds: 3 };
  const large = { gain: number(-0.5, -0.75, 0.25), seeds: 5 };

  test('settings are judged together, and named where there are several', () => {
    const [one] = judgeClaims(CLAIMS, [{ results: small }]);
    expect(one).toMatchObject({ verdict: 'confirmed', notes: ['over 3 seeds'] });
    expect(one.findings.map(findingText)).toEqual(['gain: +0.500 [0.250, 0.750]']);
    const [both] = judgeClaims(CLAIMS, [
      { name: 'small', results: small },
      { name: 'large', results: large },
    ]);
    expect(both.verdict).toBe('not confirmed');
    expect(both.findings[1].outcome).toBe('open');
    expect(findingText(both.findings[1])).toBe('large: gain: −0.500 [−0.750, 0.250], undecided');
    expect(judgeClaims(CLAIMS, []).map(({ verdict }) => verdict)).toEqual([
      'not testable here',
      'not testable here',
    ]);
  });

  test('the page counts, lists and explains them', () => {
    const [rule, ...lines] = claimsSection(
      judgeClaims(CLAIMS, [
        { name: 'small', results: small },
        { name: 'large', results: large },
      ]),
    );
    expect(rule).toMatch(/^A comparison is \*as stated\* when its 95 % interval leaves out 0/);
    expect(lines).toEqual([
      '',
      '2 claims: 1 not confirmed, 1 not testable here.',
      '',
      '| | claim | where | comparisons |',
      '|---|---|---|---|',
      '| ✘ | [It gains.](#gain) | Figure 2 | 1 as stated, 1 undecided, 0 the other way |',
      '| – | [Large models gain.](#large) | §4 | none |',
      '',
      '### <a id="gain"></a>It gains.',
      '',
      'Figure 2. **Not confirmed.** Comparisons: 1 as stated, 1 undecided, 0 the other way. What counts: difference of LDS.',
      '',
      '- small: gain: +0.500 [0.250, 0.750]',
      '- large: gain: −0.500 [−0.750, 0.250], undecided',
      '',
      'Over 3 seeds. Over 5 seeds.',
      '',
      '### <a id="large"></a>Large models gain.',
      '',
      '§4. **Not testable here.** Comparisons: none.',
      '',
      'There is none here.',
      '',
    ]);
  });

  test('without the runs that it needs a claim says so', () => {
    const lines = claimsSection(judgeClaims(CLAIMS.slice(0, 1), []));
    expect(lines).toContain('The runs that it needs have not been made.');
    expect(lines).toContain('| – | [It gains.](#gain) | Figure 2 | none |');
  });
});

describe('what claims are read from', () => {
  test('Pearson’s correlation, and Fisher’s interval by the transformation of its ends', () => {
    expect(pearson([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 15);
    expect(pearson([1, 2, 3, 4], [1, -1, -1, 1])).toBeCloseTo(0, 15);
    expect(pearson([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])).toBeCloseTo(0.8, 15);
    expect(pearson([1, 1, 1], [1, 2, 3])).toBeNaN();
    const { value, lo, hi } = fisherInterval(0.8, 12);
    expect(value).toBe(0.8);
    // ½ ln((1 + r)/(1 − r)) at the ends lies 1.959963985/√9 to either side of that of r
    const z = (r: number | null): number => Math.log((1 + Number(r)) / (1 - Number(r))) / 2;
    expectClose([z(hi) - z(0.8), z(0.8) - z(lo)], [0.6533213283, 0.6533213283], { rtol: 1e-9 });
    expect(fisherInterval(0.8, 4)).toEqual({ value: 0.8, lo: null, hi: null });
    expect(fisherInterval(Number.NaN, 12)).toEqual(UNDEFINED);
  });

  test('the mean of bootstraps is taken resample by resample', () => {
    const drawn = (estimate: number): Bootstrap => ({
      estimate,
      replicates: Float64Array.of(estimate - 1, estimate, estimate + 1),
      jackknife: Float64Array.of(estimate, 2 * estimate),
      seed: 7,
    });
    expect(meanBootstrap([drawn(1), drawn(2), drawn(6)])).toEqual(drawn(3));
    expect(() => meanBootstrap([])).toThrow(/nothing to average/);
  });
});
