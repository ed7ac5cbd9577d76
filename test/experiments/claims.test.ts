/** @file Every claim on made-up results whose answer is known: as the paper says, the other way, and too noisy to tell. */
import { describe, expect, test } from 'vitest';
import { LADDER } from '../../src/curvature/index.ts';
import { numberOutcome } from '../../src/experiments/better-hessians/claims/claim.ts';
import { CLAIMS, judgeClaims } from '../../src/experiments/better-hessians/claims/claims.ts';
import { claimsMarkdown } from '../../src/experiments/better-hessians/claims/claims-document.ts';
import type {
  SettingTable,
  SingleDiagnostics,
} from '../../src/experiments/better-hessians/results/results.ts';
import {
  type ConventionResult,
  STUDY_FORMAT,
  type Study,
  type Verdict,
} from '../../src/experiments/better-hessians/study/study.ts';
import type { JudgedClaim } from '../../src/experiments/judging/claim.ts';
import { type ClaimVerdict, verdictGrounds, verdictOf } from '../../src/experiments/judging/verdict.ts';
import { sampleResults } from './sample-results.ts';

/** One setting by the numbers that claims are about. */
interface World {
  /** LDS along the ladder. */
  readonly lds: readonly number[];
  /** Eq. 9 of the Hessian, its distance to K-FAC's, and how the steps share that. */
  readonly error: number;
  readonly gap: number;
  readonly shares: readonly number[];
  readonly residual: number;
  readonly cross: number;
  readonly ekfacValues: number;
  readonly kfacValues: number;
  readonly basis: number;
  /** K-FAC's basis overlap less EK-FAC's, at each of three networks. */
  readonly basisLead?: readonly number[];
}

/** Three networks: K-FAC's error differs by 0.2 %, diagnostics by 0.001. */
function results(world: World, half: number): ReturnType<typeof sampleResults> {
  const { lds, error, gap, shares, basisLead = [-0.001, 0, 0.001] } = world;
  const networks = [-1, 0, 1];
  const errors = networks.map((k) => {
    const steps = shares.map((share, i) => share * gap * (i === 3 ? 1 + 0.002 * k : 1));
    let at = error;
    return [at, ...steps.map((step) => (at += step))];
  });
  const diagnostics = networks.map(
    (k, i): Partial<SingleDiagnostics> => ({
      residual: world.residual + 0.001 * k,
      crossLayer: world.cross + 0.001 * k,
      eigenvalueOverlapEkfac: world.ekfacValues + 0.001 * k,
      eigenvalueOverlapKfac: world.kfacValues + 0.001 * k,
      basisOverlapEkfac: world.basis + 0.001 * k,
      basisOverlapKfac: world.basis + 0.001 * k + basisLead[i],
    }),
  );
  return sampleResults({ lds: [...lds, 0.01], half, errors, diagnostics });
}

const D8: World = {
  lds: [0.4, 0.39, 0.35, 0.33, 0.31],
  error: 0.2,
  gap: 20,
  shares: [0.01, 0.15, 0.259, 0.581],
  residual: 0.4,
  cross: 0.5,
  ekfacValues: 0.6,
  kfacValues: 0.4,
  basis: 0.5,
};

/** Everything as the paper says, with its numbers where it gives some. */
const AS_STATED: Readonly<Record<string, World>> = {
  'd8-w16-e10': {
    lds: [0.3, 0.0852, 0.07, 0.06, 0.05],
    error: 0.3,
    gap: 30,
    shares: [0.035, 0.1, 0.263, 0.602],
    residual: 0.8,
    cross: 0.52,
    ekfacValues: 0.5,
    kfacValues: 0.3,
    basis: 0.4,
  },
  'd8-w16-e100': D8,
  'd8-w16-e1000': {
    lds: [0.42, 0.415, 0.4, 0.39, 0.38],
    error: 0.1,
    gap: 10,
    shares: [0.005, 0.185, 0.4, 0.41],
    residual: 0.35,
    cross: 0.48,
    ekfacValues: 0.7,
    kfacValues: 0.5,
    basis: 0.6,
  },
  'd1-w16-e100': {
    lds: [0.6, 0.59, 0.587, 0.575, 0.565],
    error: 0.05,
    gap: 12,
    shares: [0.005, 0.03, 0.317, 0.648],
    residual: 0.1,
    cross: 0.1,
    ekfacValues: 0.9,
    kfacValues: 0.85,
    basis: 0.9,
  },
  'd4-w16-e100': {
    lds: [0.5, 0.49, 0.47, 0.455, 0.44],
    error: 0.1,
    gap: 15,
    shares: [0.01, 0.08, 0.39, 0.52],
    residual: 0.25,
    cross: 0.3,
    ekfacValues: 0.75,
    kfacValues: 0.6,
    basis: 0.7,
  },
  ...Object.fromEntries(
    [
      [32, 0, 0.3, 0.44],
      [64, 1, 0.392, 0.354],
      [128, 2, 0.32, 0.42],
    ].map(([width, k, third, last]): [string, World] => [
      `d1-w${width}-e100`,
      {
        lds: [0.6, 0.59, 0.58, 0.57, 0.56].map((x) => x + 0.005 * k),
        error: 0.05,
        gap: 12,
        shares: [0.05, 0.95 - third - last, third, last],
        residual: 0.1 + 0.01 * (k % 2),
        cross: 0.1 + 0.01 * k,
        ekfacValues: 0.9 + 0.01 * k,
        kfacValues: 0.85 + 0.01 * k,
        basis: 0.9 + 0.005 * k,
      },
    ]),
  ),
};

/** The order of the ladder and of every sweep turned round, and width does what depth did. */
const REVERSED: Readonly<Record<string, World>> = Object.fromEntries(
  [
    ['d8-w16-e10', 'd8-w16-e1000'],
    ['d8-w16-e1000', 'd8-w16-e10'],
    ['d8-w16-e100', 'd8-w16-e100'],
    ['d4-w16-e100', 'd1-w64-e100'],
    ['d1-w16-e100', 'd8-w16-e100'],
    ['d1-w32-e100', 'd8-w16-e100'],
    ['d1-w64-e100', 'd4-w16-e100'],
    ['d1-w128-e100', 'd1-w16-e100'],
  ].map(([name, from]): [string, World] => {
    const world = AS_STATED[from];
    const middle = name === 'd8-w16-e100' ? { residual: 0.38, cross: 0.45, basis: 0.55 } : {};
    return [
      name,
      {
        ...world,
        ...middle,
        lds: world.lds.slice().reverse(),
        error: world.error + world.gap,
        gap: -world.gap,
        shares: world.shares.slice().reverse(),
        ekfacValues: world.kfacValues,
        kfacValues: world.ekfacValues,
        basisLead: [0.05, 0.06, 0.07],
      },
    ];
  }),
);

const table = (worlds: Readonly<Record<string, World>>, half = 0.0005): SettingTable =>
  Object.fromEntries(Object.entries(worlds).map(([name, world]) => [name, results(world, half)]));
const verdicts = (claims: readonly JudgedClaim[], verdict: ClaimVerdict): string[] =>
  claims.filter((claim) => claim.verdict === verdict).map(({ id }) => id);
const ids = CLAIMS.map(({ id }) => id);

describe('claims', () => {
  test('have names of their own, a place and words', () => {
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(35);
    for (const { place, figures, claim } of CLAIMS)
      expect([place, figures.length > 0, claim]).toEqual([
        expect.stringMatching(/^(§4\.2|C\.\d).*, Figures? \d(–\d)?$/),
        true,
        expect.stringMatching(/^[A-Z].*\.$/),
      ]);
  });

  test('results as the paper has them confirm every claim but the one that contradicts another', () => {
    const judged = judgeClaims(table(AS_STATED), undefined);
    expect(
      judged.filter(({ verdict }) => verdict !== 'confirmed').map(({ id, findings }) => [id, findings]),
    ).toEqual([['basis-depth-kfac', expect.any(Array)]]);
  });

  test('a faster decline of K-FAC’s basis confirms that one, and refutes that both are the same', () => {
    const worlds = {
      ...AS_STATED,
      'd8-w16-e100': { ...D8, basisLead: [-0.05, -0.06, -0.05] },
    };
    const judged = judgeClaims(table(worlds), undefined);
    expect(verdicts(judged, 'not confirmed')).toEqual(['basis-identical']);
  });

  test('results the other way confirm none, but for two that turning both sides leaves as they are', () => {
    const judged = judgeClaims(table(REVERSED), undefined);
    const twice = ['inverse-relation', 'values-width'];
    expect(verdicts(judged, 'confirmed')).toEqual(twice);
    expect(verdicts(judged, 'not confirmed')).toEqual(ids.filter((id) => !twice.includes(id)));
  });

  test('those two fail when one side is turned: LDS against the same errors, overlaps against width', () => {
    const turned = Object.fromEntries(
      Object.entries(AS_STATED).map(([name, world]) => [
        name,
        { ...world, lds: world.lds.slice().reverse() },
      ]),
    );
    const { 'd1-w32-e100': narrow, 'd1-w128-e100': wide } = AS_STATED;
    const worlds = { ...turned, 'd1-w32-e100': wide, 'd1-w128-e100': narrow };
    const failed = verdicts(judgeClaims(table(worlds), undefined), 'not confirmed');
    expect(failed).toEqual(expect.arrayContaining(['inverse-relation', 'values-width']));
  });

  test('intervals that include 0 confirm nothing about LDS', () => {
    const judged = judgeClaims(table(AS_STATED, 2), undefined);
    const about = judged.filter(
      ({ id }) => /lds|gap|slope|drop|cluster|saturation|moderate/.test(id) && id !== 'values-gap',
    );
    expect(about.length).toBeGreaterThan(14);
    expect(verdicts(about, 'not confirmed')).toEqual(about.map(({ id }) => id));
    for (const { summary } of about)
      expect(summary).toMatch(/^0 as stated, [1-9]\d* undecided, 0 the other way/);
  });

  test('≳ allows an undecided step, > does not', () => {
    const worlds = {
      ...AS_STATED,
      'd1-w32-e100': { ...AS_STATED['d1-w32-e100'], lds: [0.6, 0.6, 0.6, 0.57, 0.56] },
    };
    const failed = verdicts(judgeClaims(table(worlds), undefined), 'not confirmed');
    expect(failed).toContain('lds-ggn-block-ggn');
    expect(failed).not.toContain('lds-hessian-ggn');
  });

  test('without its settings a claim is not testable', () => {
    const { 'd8-w16-e100': d8, 'd8-w16-e10': early } = AS_STATED;
    const judged = judgeClaims(table({ 'd8-w16-e100': d8, 'd8-w16-e10': early }), undefined);
    const missing = verdicts(judged, 'not testable here');
    expect(missing).toEqual(
      expect.arrayContaining(['depth-lds', 'width-lds', 'share-width-64', 'cross-depth']),
    );
    expect(missing).not.toContain('lds-ekfac-kfac');
    expect(verdicts(judgeClaims({}, undefined), 'not testable here')).toEqual(ids);
  });

  test('a stated number agrees within the range over networks; one network decides nothing', () => {
    const number = (lo: number, hi: number): string => numberOutcome(0.6, { value: (lo + hi) / 2, lo, hi });
    expect([number(0.5, 0.7), number(0.61, 0.7), number(0.6, 0.6)]).toEqual([
      'as-stated',
      'opposite',
      'open',
    ]);
  });
});

describe('conventions', () => {
  /** A study of one setting with two conventions, whose relations all have one verdict each. */
  const study = (paper: Verdict, other: Verdict): Study => {
    const row = (id: string, verdict: Verdict): ConventionResult => ({
      id,
      group: '',
      label: id,
      measurement: 'loss',
      best: false,
      methods: {} as ConventionResult['methods'],
      relations: LADDER.slice(1).map((b, i) => ({
        a: LADDER[i],
        b,
        difference: 0,
        ci: [0, 0],
        verdict,
      })),
      errorOrder: [],
      errorLdsCorrelation: null,
    });
    const kinds = {
      kfac: { error: 1 },
      ekfac: { error: 0.2 },
      'block-ggn': { error: 0.1 },
      ggn: { error: 0.05 },
      hessian: { error: 0 },
    };
    const conventions = [row('paper', paper), row('other', other)].map((c) => ({
      ...c,
      methods: kinds as unknown as ConventionResult['methods'],
    }));
    return {
      format: STUDY_FORMAT,
      versions: {},
      digest: '',
      settings: [
        {
          setting: 'd8-w16-e100-m0',
          parameters: 1,
          models: 1,
          subsets: 2,
          seeds: 1,
          time: 1,
          queryAccuracy: null,
          ceiling: { loss: null, margin: null },
          conventions,
          entries: [],
        },
      ],
    };
  };
  const judged = (worlds: Readonly<Record<string, World>>, with_: Study): JudgedClaim => {
    const found = judgeClaims(table(worlds), with_).find(({ id }) => id === 'lds-block-ggn-ekfac');
    if (found === undefined) throw new Error('no such claim');
    return found;
  };

  test('reversed somewhere: confirmed only under conventions, which are named', () => {
    const claim = judged(AS_STATED, study('holds', 'reversed'));
    expect(claim.verdict).toBe('confirmed only under some conventions');
    expect(claim.conventions).toMatchObject({
      holding: ['training m0: paper'],
      opposite: ['training m0: other'],
    });
  });

  test('held elsewhere only, held everywhere, held nowhere', () => {
    const only: ClaimVerdict = 'confirmed only under some conventions';
    expect(judged(REVERSED, study('reversed', 'holds')).verdict).toBe(only);
    expect(judged(AS_STATED, study('holds', 'undecided')).verdict).toBe('confirmed');
    expect(judged(REVERSED, study('reversed', 'undecided')).verdict).toBe('not confirmed');
  });

  test('half of the conventions is the least; one that fails nearly everywhere is not confirmed', () => {
    const under = (holding: number, stands = false): ClaimVerdict =>
      verdictOf(stands, { holding, studied: 120, turned: true });
    expect([under(0), under(5), under(59)]).toEqual(Array(3).fill('not confirmed'));
    expect([under(60), under(119), under(60, true)]).toEqual(
      Array(3).fill('confirmed only under some conventions'),
    );
    expect(under(5, true)).toBe('not confirmed'); // stands here, but turned by nearly every other convention
    expect(verdictOf(true, { holding: 5, studied: 120, turned: false })).toBe('confirmed');
    expect([verdictOf(true), verdictOf(false)]).toEqual(['confirmed', 'not confirmed']);
    expect(
      verdictGrounds('0 as stated, 2 undecided, 6 the other way', { holding: 5, studied: 127, turned: true }),
    ).toBe('Comparisons: 0 as stated, 2 undecided, 6 the other way. Holds under 5 of 127 conventions.');
  });

  test('“at least” holds under a convention as it does here: undecided does not count against it', () => {
    const of = (a: Verdict, b: Verdict): JudgedClaim | undefined => {
      const one = study(a, a);
      const two = study(b, b);
      const both = {
        ...one,
        settings: [...one.settings, { ...two.settings[0], setting: 'd1-w16-e100-m0' }],
      };
      return judgeClaims(table(AS_STATED), both).find(({ id }) => id === 'lds-hessian-ggn');
    };
    expect(of('holds', 'undecided')?.conventions?.holding.length).toBe(2);
    expect(of('undecided', 'undecided')?.conventions?.holding.length).toBe(0);
    expect(of('holds', 'reversed')?.conventions?.opposite.length).toBe(2);
  });

  test('the document names verdicts, numbers and conventions', () => {
    const judged = judgeClaims(table(AS_STATED), study('holds', 'reversed'));
    const text = claimsMarkdown(judged, judged, {
      command: 'npm run -s cli -- claims',
      resultsDigest: 'abc',
      studyDigest: 'def',
      settings: ['d8-w16-e100'],
      reservations: ['† few'],
      missing: ['d1-w32-e100'],
      studied: ['d8-w16-e100-m0'],
    });
    expect(text).toContain('Confirmed only under some conventions.');
    expect(text).toContain('Not run: d1-w32-e100.');
    expect(text).toContain('the other way in at least one setting (1): training m0: other');
    expect(text).toContain('holds under 1 of 2, undecided under 0, the other way under 1');
    expect(text).toContain('\n† few\n');
    expect(text).toMatch(/share of EK-FAC → K-FAC, d8-w16-e10: .*60\.2.*the paper 60\.2 %/);
    expect(text).not.toMatch(/undefined|NaN/);
  });
});
