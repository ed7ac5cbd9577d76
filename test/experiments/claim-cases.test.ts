/** Single claims on a few made-up settings: as stated, the other way, undecided, in part, not run; and what weakens them. */
import { describe, expect, test } from 'vitest';
import { claim, type PaperClaim } from '../../src/experiments/better-hessians/claims/claim.ts';
import { judgeClaims } from '../../src/experiments/better-hessians/claims/claims.ts';
import { reservations } from '../../src/experiments/better-hessians/claims/reservation.ts';
import { findingText, type JudgedClaim, judgeClaim } from '../../src/experiments/judging/claim.ts';
import { outcomeOf } from '../../src/experiments/judging/verdict.ts';
import { type Sample, sampleResults } from './sample-results.ts';

const FALLING = [0.5, 0.45, 0.4, 0.35, 0.3, 0.2];
const RISING = [0.2, 0.25, 0.3, 0.35, 0.4, 0.1];
const EPOCHS = ['d8-w16-e10', 'd8-w16-e100', 'd8-w16-e1000'];
const DEPTHS = ['d1-w16-e100', 'd4-w16-e100', 'd8-w16-e100'];

/** The claim of that name, judged by settings with a sample for each. */
function judged(id: string, names: readonly string[], samples: readonly Sample[]): JudgedClaim {
  const table = Object.fromEntries(samples.map((sample, k) => [names[k], sampleResults(sample)]));
  const found = judgeClaims(table, undefined).find((claim) => claim.id === id);
  if (found === undefined) throw new Error(`no claim is called ${id}`);
  return found;
}

/** As stated, undecided, the other way. */
const counts = ({ summary }: JudgedClaim): number[] =>
  [...summary.matchAll(/(\d+) (?:as stated|undecided|the other way)/g)].map((match) => Number(match[1]));

describe('a verdict', () => {
  const found = (lo: number | null, hi: number | null) => ({
    value: lo === null || hi === null ? null : (lo + hi) / 2,
    lo,
    hi,
  });
  const [agree, against, open, gone] = [found(1, 2), found(-2, -1), found(-1, 1), found(null, null)];
  const of = (checks: readonly ReturnType<typeof found>[], demand: PaperClaim['demand'] = 'strict') =>
    judgeClaim(
      claim(
        'a',
        ['§4.2', 1],
        'A.',
        () =>
          checks.map((estimate) => ({
            label: 'a over b',
            found: estimate,
            expected: 'positive',
            source: 'retrainings',
            settings: [],
          })),
        { format: { digits: (x) => x.toFixed(1) }, demand },
      ),
      [{ results: {} }],
      { untested: 'the settings that it needs were not run' },
    );

  test('needs every comparison decided as stated; one that was not made counts for neither side', () => {
    expect(of([agree, agree]).verdict).toBe('confirmed');
    expect(of([agree, gone]).verdict).toBe('confirmed');
    for (const others of [
      [agree, open],
      [agree, against, open],
      [against, open],
      [open, open, gone],
    ])
      expect(of(others).verdict).toBe('not confirmed');
    expect(of([gone]).verdict).toBe('not testable here');
    expect(of([]).verdict).toBe('not testable here');
  });

  test('≳ needs one as stated and none the other way', () => {
    expect(of([agree, open], 'not-below').verdict).toBe('confirmed');
    expect(of([open, open], 'not-below').verdict).toBe('not confirmed');
    expect(of([agree, against], 'not-below').verdict).toBe('not confirmed');
  });

  test('a negative expectation turns the outcome, not what is undecided', () => {
    expect(outcomeOf(against, 'negative')).toBe('as-stated');
    expect(outcomeOf(agree, 'negative')).toBe('opposite');
    expect(outcomeOf(open, 'negative')).toBe('open');
    expect(outcomeOf(gone, 'negative')).toBe('missing');
  });

  test('comparisons are counted, and written with their ranges; those not made are left out', () => {
    const { summary, findings } = of([agree, against, open, gone]);
    expect(findings.map(findingText)[1]).toBe('a over b: −1.5 [−2.0, −1.0], the other way');
    expect(summary).toBe('1 as stated, 1 undecided, 1 the other way, 1 not computed');
    expect(findings.map((one) => `${one.label}: ${one.found}, ${one.outcome}`)).toEqual([
      'a over b: +1.5 [1.0, 2.0], as-stated',
      'a over b: −1.5 [−2.0, −1.0], opposite',
      'a over b: 0.0 [−1.0, 1.0], open',
    ]);
    expect(of([]).summary).toBe('the settings that it needs were not run');
  });
});

describe('what weakens a comparison is marked', () => {
  const whole = {
    errors: [
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ],
    diagnostics: [{}, {}],
    covers: 'networks and subsets',
  } as const;
  const few = { ...whole, seeds: 7 };

  test('few retrainings and intervals over subsets alone on LDS, a single network on errors, and none on the other', () => {
    const lds = judged('lds-ggn-block-ggn', EPOCHS, [whole, few]);
    expect(lds.findings.map(({ marks }) => marks)).toEqual([[], ['†']]);
    expect(lds.summary).toMatch(/; 1 with few retrainings \(†\)$/);
    const subsetsOnly = judged('lds-ggn-block-ggn', EPOCHS, [whole, { ...whole, covers: undefined }]);
    expect(subsetsOnly.findings.map(({ marks }) => marks)).toEqual([[], ['§']]);
    expect(subsetsOnly.summary).toMatch(/; 1 with intervals over subsets alone \(§\)$/);
    const error = judged('epochs-error', EPOCHS, [few, few]);
    expect(error.findings.flatMap(({ marks }) => marks)).toEqual([]);
    const single = judged('epochs-error', EPOCHS, [whole, { errors: [[1, 2, 3, 4, 5]] }]);
    expect(single.findings.every(({ marks }) => marks.join() === '‡')).toBe(true);
  });

  test('a comparison between settings has the mark of either', () => {
    const { findings } = judged('epochs-lds', EPOCHS, [few, whole, whole]);
    expect(findings.every(({ marks }) => marks.join() === '†')).toBe(true);
  });

  test('the marks are explained, with the settings that have them', () => {
    const results = sampleResults({ seeds: 7 });
    const texts = reservations([
      { name: 'd8-w16-e1000', results },
      { name: 'd8-w16-e100', results: sampleResults(whole) },
    ]);
    expect(texts).toEqual([
      expect.stringMatching(/^† .*100 subsets × 50 seeds: d8-w16-e1000 \(100 × 7\)\./),
      expect.stringMatching(/^§ .*: d8-w16-e1000 \(1 base network\)\./),
      expect.stringMatching(/^‡ .*: d8-w16-e1000\./),
    ]);
    expect(reservations([{ name: 'd8-w16-e100', results: sampleResults(whole) }])).toEqual([]);
  });
});

describe('Figures 1 to 3', () => {
  test('the order of the ladder: in every setting, in none, in some, in one undecided', () => {
    const order = (...lds: (readonly number[])[]) =>
      counts(
        judged(
          'lds-ggn-block-ggn',
          EPOCHS,
          lds.map((values) => ({ lds: values })),
        ),
      );
    expect(order(FALLING, FALLING)).toEqual([2, 0, 0]);
    expect(order(RISING, RISING)).toEqual([0, 0, 2]);
    expect(order(FALLING, RISING)).toEqual([1, 0, 1]);
    expect(order([0.3, 0.3, 0.3, 0.3, 0.3, 0.3], [0.31, 0.31, 0.3, 0.3, 0.3, 0.3])).toEqual([0, 2, 0]);
  });

  test('a difference that is not in the results is not computed, not zero', () => {
    const results = { ...sampleResults(), differences: {} };
    const table = Object.fromEntries(EPOCHS.map((name) => [name, results]));
    const order = judgeClaims(table, undefined).find(({ id }) => id === 'lds-ggn-block-ggn');
    expect(order?.verdict).toBe('not testable here');
  });

  test('errors are compared network by network, with Student’s interval of the mean over networks', () => {
    // every step 1.1 ± 12.71 · 0.1: the two networks have steps of 1 and of 1.2, d = 0.2, s/√2 = 0.1
    const two = [
      [1, 2, 3, 4, 5],
      [1, 2.2, 3.4, 4.6, 5.8],
    ];
    // 1.1 ± 4.303 · 0.0577
    const agreeing = [...two, [1, 2.1, 3.2, 4.3, 5.4]];
    // the last step: (1 + 1.2 − 1.1)/3 ± 4.303 · 0.737
    const disagreeing = [...two, [1, 2.1, 3.2, 4.3, 3.2]];
    expect(counts(judged('error-order', EPOCHS, [{ errors: agreeing }, { errors: two }]))).toEqual([4, 4, 0]);
    expect(judged('error-order', EPOCHS, [{ errors: agreeing }, { errors: agreeing }]).verdict).toBe(
      'confirmed',
    );
    const one = judged('error-order', EPOCHS, [{ errors: disagreeing }, { errors: agreeing }]);
    expect([one.verdict, counts(one)]).toEqual(['not confirmed', [7, 1, 0]]);
  });

  test('LDS against error: a step counts only when both signs are known', () => {
    const relation = (sample: Sample) => counts(judged('inverse-relation', EPOCHS, [sample, sample]));
    expect(relation({ lds: FALLING, errors: [[1, 2, 3, 4, 5]] })).toEqual([8, 0, 0]);
    expect(relation({ lds: FALLING, errors: [[5, 4, 3, 2, 1]] })).toEqual([0, 0, 8]);
    expect(relation({ lds: RISING, errors: [[5, 4, 3, 2, 1]] })).toEqual([8, 0, 0]);
    const unknown = {
      lds: FALLING,
      errors: [
        [1, 2, 3, 4, 5],
        [5, 4, 3, 2, 1],
      ],
    };
    expect(relation(unknown)).toEqual([0, 8, 0]);
    expect(relation({ lds: FALLING, half: 0.2, errors: [[1, 2, 3, 4, 5]] })).toEqual([0, 8, 0]);
  });

  test('training: rises, saturates, clusters', () => {
    const samples = [0, 0.1, 0.11].map((more, k) => ({
      lds: FALLING.map((lds) => 0.4 + (lds - 0.4) / (1 + k) + more),
      half: 0.005,
    }));
    const reversed = [...samples].reverse();
    expect(judged('epochs-saturation', EPOCHS, samples).verdict).toBe('confirmed');
    expect(judged('epochs-saturation', EPOCHS, samples.slice(0, 2)).verdict).toBe('not testable here');
    expect(judged('epochs-cluster', EPOCHS, samples).verdict).toBe('confirmed');
    expect(counts(judged('epochs-cluster', EPOCHS, reversed))).toEqual([0, 0, 1]);
  });

  test('the early step from Hessian to GGN is told with its share and its change', () => {
    const errors = [
      [0, 34, 40, 400, 1000],
      [0, 36, 40, 400, 1000],
    ];
    const samples = [{ lds: [0.5, 0.1, 0.1, 0.1, 0.1, 0], errors }, { errors }, { lds: FALLING, errors }];
    // LDS averaged over two networks is not compared with that of one
    const unlike = [samples[0], {}, { lds: FALLING }];
    expect(judged('early-ggn-drop', EPOCHS, unlike).verdict).toBe('not confirmed');
    expect(judged('early-ggn-drop', EPOCHS, samples).verdict).toBe('confirmed');
    const { findings } = judged('early-ggn-numbers', EPOCHS, samples);
    expect(findings.map(({ label, found }) => `${label}: ${found}`)).toEqual([
      'share of Hessian → GGN, d8-w16-e10: +3.5 [3.4, 3.6] %, the paper 3.5 %',
      'change of LDS at Hessian → GGN, relative to the Hessian’s, d8-w16-e10: −80.0 [−84.0, −76.0] %, the paper −71.6 %',
    ]);
    expect(findings.map(({ outcome, remark }) => [outcome, remark])).toEqual([
      ['as-stated', ''],
      ['opposite', 'which lies outside'],
    ]);
  });

  test('depth makes a loss grow only if there is one: a smaller gain is not a growing loss', () => {
    const block = (...gains: readonly number[]) =>
      counts(
        judged(
          'depth-block-drop',
          [DEPTHS[0], DEPTHS[2]],
          gains.map((gain) => ({ lds: [0.4, 0.4, 0.4 + gain, 0.4, 0.4, 0.3] })),
        ),
      );
    expect(block(-0.1, -0.3)).toEqual([2, 0, 0]);
    expect(block(0.3, 0.1)).toEqual([1, 0, 1]);
    expect(block(0.1, 0.3)).toEqual([0, 0, 2]);
  });

  test('a slope steepens, a lead widens, only where there is one', () => {
    const ends = [DEPTHS[0], DEPTHS[2]];
    const by = (gap: number, error: number): Sample => ({
      lds: [0.4 + gap, 0.4, 0.4, 0.4, 0.4, 0.3],
      half: 0.001,
      errors: [[0.1, 0.2, 0.3, 0.4, error]],
    });
    expect(judged('depth-slope', ends, [by(0.1, 10), by(0.2, 10)]).verdict).toBe('confirmed');
    // from a gain of LDS per unit of error to a slight loss: steeper only by its sign
    expect(counts(judged('depth-slope', ends, [by(-0.1, 10), by(0.1, 100)]))).toEqual([2, 0, 1]);
    expect(counts(judged('depth-gap', ends, [by(-0.2, 10), by(-0.1, 10)]))).toEqual([1, 0, 1]);
    expect(counts(judged('epochs-slope', EPOCHS, [by(-0.1, 10), by(-0.2, 10)]))).toEqual([1, 0, 1]);
  });

  test('the exception at width 64 is expected to be one', () => {
    const dominant = { errors: [[0, 0.1, 0.2, 0.5, 1]] };
    const exception = { errors: [[0, 0.1, 0.2, 0.7, 1]] };
    const names = ['d1-w32-e100', 'd1-w64-e100', 'd1-w128-e100'];
    const of = (id: string, ...samples: Sample[]) => judged(id, names, samples);
    expect(of('share-width-64', dominant, exception, dominant).verdict).toBe('confirmed');
    expect(counts(of('share-width-64', dominant, dominant, dominant))).toEqual([2, 0, 1]);
    expect(of('share-width-both', dominant, exception, dominant).verdict).toBe('confirmed');
    expect(of('width-lds', dominant, exception, dominant).verdict).toBe('not testable here');
  });
});

describe('Figures 5 to 8', () => {
  test('monotone with depth: every step must rise by more than Student’s intervals of both means', () => {
    const of = (...residuals: (readonly number[])[]) =>
      counts(
        judged(
          'residual-depth',
          DEPTHS,
          residuals.map((values) => ({ diagnostics: values.map((residual) => ({ residual })) })),
        ),
      );
    expect(of([0.1, 0.102], [0.2, 0.202], [0.3, 0.302])).toEqual([2, 0, 0]);
    expect(of([0.3, 0.302], [0.2, 0.202], [0.1, 0.102])).toEqual([0, 0, 2]);
    expect(of([0.1, 0.25], [0.2, 0.202], [0.3, 0.302])).toEqual([1, 1, 0]);
    expect(of([0.1, 0.4], [0.2, 0.4], [0.3, 0.4])).toEqual([0, 2, 0]);
  });

  test('a sweep that was not run is said not to be testable', () => {
    const claim = judged('residual-epochs', DEPTHS, [{}, {}, {}]);
    expect(claim.verdict).toBe('not testable here');
    expect(claim.summary).toBe('the settings that it needs were not run');
    expect(claim.findings).toEqual([]);
  });
});
