/** @file Choosing on one half and judging on the other, relations by intervals, and the study's texts and figures. */
import { describe, expect, test } from 'vitest';
import {
  conventionResults,
  relation,
  studyEntries,
} from '../../src/experiments/better-hessians/study/assemble-study.ts';
import { choose, type JudgedVariant } from '../../src/experiments/better-hessians/study/choice.ts';
import { CONVENTIONS, type Convention } from '../../src/experiments/better-hessians/study/convention.ts';
import type { JudgedRule } from '../../src/experiments/better-hessians/study/judge.ts';
import { GROUPS, type Group } from '../../src/experiments/better-hessians/study/resamples.ts';
import { type StudyRule, studyRules } from '../../src/experiments/better-hessians/study/rule.ts';
import {
  type SettingStudy,
  STUDY_FORMAT,
  type Study,
  verdictOf,
} from '../../src/experiments/better-hessians/study/study.ts';
import { studyFigures } from '../../src/experiments/better-hessians/study/study-figures.ts';
import {
  orderText,
  studyCsv,
  studyLines,
  studyMarkdown,
} from '../../src/experiments/better-hessians/study/study-table.ts';
import { decodeJudged, encodeJudged } from '../../src/experiments/better-hessians/study/study-task.ts';
import { studyVariants, variantName } from '../../src/experiments/better-hessians/study/variant.ts';
import { withoutLds } from '../../src/experiments/better-hessians/study/without-lds.ts';
import { recordBy } from '../../src/experiments/files/record-by.ts';
import { renderSvg } from '../../src/experiments/pages/render.ts';
import { METHODS, type Method } from '../../src/experiments/protocol/methods.ts';
import { BOOTSTRAP_RESAMPLES as LONG } from '../../src/influence/judging/bootstrap.ts';
import type { NetworkBootstrap } from '../../src/influence/judging/network-bootstrap.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';

const RESAMPLES = 500;
const SUBSETS = 12;

/** A bootstrap around a value; `common` is what all methods share on a resample, `own` what they do not. */
function drawn(value: number, own: number, name: string): NetworkBootstrap {
  const shared = rng(0, 'common');
  const single = rng(0, name);
  const replicates = Float64Array.from(
    { length: RESAMPLES },
    () => value + 0.1 * shared.normal() + own * single.normal(),
  );
  return {
    estimate: value,
    replicates,
    subsetReplicates: replicates,
    withoutNetwork: new Float64Array(0),
    withoutBoth: new Matrix(0, SUBSETS),
    jackknife: Float64Array.from({ length: SUBSETS }, () => value + 0.001 * single.normal()),
    seed: 0,
  };
}

type Level = Readonly<Record<Group, number>>;
const level = (first: number, second: number): Level => ({ first, second, all: (first + second) / 2 });

function judged(at: Level, name: string, error: number): JudgedRule {
  const lds = {
    all: drawn(at.all, 0.002, name),
    first: drawn(at.first, 0.002, name),
    second: drawn(at.second, 0.002, name),
  };
  return {
    lds: [lds, lds],
    error,
    diagnostics: {
      rank: 10,
      negative: 1,
      smallestDivisor: 1e-4,
      negativeShare: 0.2,
      sharesBelow: [0, 0.1, 0.9],
    },
  };
}

/** LDS by method and rule; the error follows the ladder. */
function variants(at: (method: Method, rule: StudyRule) => Level): JudgedVariant[] {
  return studyVariants(['type-2'], ['layer']).map((variant) => {
    const { method } = variant;
    const rules: StudyRule[] =
      method === 'grad-dot'
        ? [{ family: 'unrolled', value: 5, negative: 'keep', factors: 'product' }]
        : studyRules(method, 5);
    return {
      variant,
      rules,
      judged: rules.map((rule) => judged(at(method, rule), method, METHODS.indexOf(method))),
    };
  });
}

const LADDER: Readonly<Record<Method, number>> = {
  hessian: 0.5,
  ggn: 0.5,
  'block-ggn': 0.45,
  ekfac: 0.4,
  kfac: 0.35,
  'grad-dot': 0.3,
};
const convention = (id: string): Convention => {
  const found = CONVENTIONS.find((c) => c.id === id);
  if (found === undefined) throw new Error(id);
  return found;
};
const table = (entries: readonly JudgedVariant[]): Map<string, JudgedVariant> =>
  new Map(entries.map((entry) => [variantName(entry.variant), entry]));

describe('choosing', () => {
  test('what is best on one half is judged on the other, both ways', () => {
    // ε = 1e-3 looks best on the first half and is bad on the second; ε = 1e-2 the reverse; λ = 1e-2 is decent on both
    const at = (_: Method, { family, value }: StudyRule): Level => {
      if (family === 'truncated' && value === 1e-3) return level(0.9, 0.1);
      if (family === 'truncated' && value === 1e-2) return level(0.2, 0.8);
      return family === 'damped' && value === 1e-2 ? level(0.6, 0.6) : level(0, 0);
    };
    const best = choose(table(variants(at)), 'ggn', convention('best'));
    expect(best?.rules).toEqual(['ε = 1e-3', 'ε = 1e-2']);
    expect(best?.lds.estimate).toBeCloseTo((0.1 + 0.2) / 2, 12);
    expect(choose(table(variants(at)), 'ggn', convention('best-lambda'))?.lds.estimate).toBeCloseTo(0.6, 12);
  });

  test('a single case is judged on all queries', () => {
    const paper = choose(table(variants(() => level(0.2, 0.4))), 'kfac', convention('paper'));
    expect(paper?.lds.estimate).toBeCloseTo(0.3, 12);
    expect(paper?.rules).toEqual(['ε = 1e-4']);
  });

  test('signs change the Hessian only, factors K-FAC only; what was not computed is undefined', () => {
    const at = (_: Method, { negative, factors }: StudyRule): Level =>
      level(negative === 'drop' ? 0.7 : factors === 'separate' ? 0.6 : 0.2, 0.2);
    const entries = table(variants(at));
    const first = (method: Method, id: string): number | undefined =>
      choose(entries, method, convention(id))?.lds.estimate;
    expect(first('hessian', 'drop')).toBeCloseTo(0.45, 12);
    expect(first('ekfac', 'drop')).toBeCloseTo(0.2, 12);
    expect(first('kfac', 'separate')).toBeCloseTo(0.4, 12);
    expect(first('kfac', 'mc-1')).toBeUndefined();
    expect(first('hessian', 'mc-1')).toBeCloseTo(0.2, 12);
  });
});

/** The same with three networks, one of which pulls it up by as much as `reach`. */
function ofThree(drawn: NetworkBootstrap, reach = 0.01): NetworkBootstrap {
  const withoutNetwork = Float64Array.of(drawn.estimate - reach, drawn.estimate, drawn.estimate + reach);
  const withoutBoth = new Matrix(3, SUBSETS);
  for (let m = 0; m < 3; m++)
    withoutBoth.row(m).set(drawn.jackknife.map((x) => x - drawn.estimate + withoutNetwork[m]));
  return { ...drawn, withoutNetwork, withoutBoth };
}

describe('relations', () => {
  test('networks that disagree leave undecided what subsets alone decide', () => {
    const a = drawn(0.5, 0.001, 'a');
    const b = drawn(0.49, 0.001, 'b');
    expect(relation('ggn', 'kfac', a, b).verdict).toBe('holds');
    expect(relation('ggn', 'kfac', ofThree(a, 0.05), ofThree(b, 0)).verdict).toBe('undecided');
    expect(relation('ggn', 'kfac', ofThree(a, 0.05), ofThree(b, 0.05)).verdict).toBe('holds'); // they disagree alike
  });

  test('an interval decides, on either side of 0; paired noise cancels', () => {
    const a = drawn(0.5, 0.001, 'a');
    const b = drawn(0.49, 0.001, 'b'); // each alone is uncertain by 0.1
    expect(relation('ggn', 'kfac', a, b).verdict).toBe('holds');
    expect(relation('kfac', 'ggn', b, a).verdict).toBe('reversed');
    expect(relation('ggn', 'kfac', drawn(0.5, 0.1, 'a'), drawn(0.49, 0.1, 'b')).verdict).toBe('undecided');
    expect(relation('ggn', 'kfac', a, undefined).verdict).toBe('undefined');
    expect([verdictOf([0, 1]), verdictOf([-1, 0]), verdictOf([null, 1])]).toEqual([
      'undecided',
      'undecided',
      'undefined',
    ]);
  });
});

describe('a study', () => {
  const entries = variants((method) => level(LADDER[method], LADDER[method]));
  const conventions = conventionResults(entries);
  const study: Study = {
    format: STUDY_FORMAT,
    versions: {},
    digest: '',
    settings: [
      {
        setting: 'd1-w16-e100',
        parameters: 1210,
        models: 1,
        subsets: SUBSETS,
        seeds: 2,
        time: 5,
        queryAccuracy: 0.9,
        ceiling: { loss: 0.8, margin: 0.9 },
        conventions,
        entries: studyEntries(entries),
      } satisfies SettingStudy,
    ],
  };

  test('the ladder, its errors, and what was not decomposed', () => {
    const paper = conventions.find(({ id }) => id === 'paper');
    if (paper === undefined) throw new Error('no paper convention');
    expect(orderText(paper)).toBe('H ≈ GGN > Block > EK-FAC > K-FAC');
    expect(paper.errorOrder).toEqual(['hessian', 'ggn', 'block-ggn', 'ekfac', 'kfac']);
    // errors 0..4 against LDS with one tie at the top: ρ of ranks (1..5) and (4.5, 4.5, 3, 2, 1)
    expect(paper.errorLdsCorrelation).toBeCloseTo(-9.5 / Math.sqrt(10 * 9.5), 5);
    const ids = conventions.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['eps-1e-8', 'lambda-1e-1', 'unrolled', 'best-signs']));
    for (const id of ['mc-1', 'tensor', 'code', 'best-all']) expect(ids).not.toContain(id);
  });

  test('texts name what they hold; one CSV line per rule and measurement', () => {
    const rules = 48 + 16 * 3 + 31 + 1;
    expect(studyCsv(study).trim().split('\n')).toHaveLength(1 + 2 * rules);
    const text = studyMarkdown(study);
    expect(text).toContain('H ≈ GGN > Block > EK-FAC > K-FAC');
    expect(text).toContain('- ε, GGN > Block: holds at 1e-8…1e-2');
    expect(text).not.toMatch(/undefined|NaN/);
  });

  test('methods without an LDS are told with the reason: nothing inverted, or no finite inverse', () => {
    const paper = conventions.find(({ id }) => id === 'paper');
    if (paper === undefined) throw new Error('no paper convention');
    const without = (label: string, error: number | null, ...names: Method[]): typeof paper => ({
      ...paper,
      label,
      methods: Object.fromEntries(
        METHODS.map((name) => [
          name,
          names.includes(name) ? { ...paper.methods[name], lds: null, error } : paper.methods[name],
        ]),
      ) as typeof paper.methods,
      relations: paper.relations.map((one) => relation(one.a, one.b, undefined, undefined)),
    });
    const all = [
      paper,
      without('ε = 1e-3', 1, 'kfac'),
      without('ε = 1e-2', 1, 'ggn', 'ekfac', 'kfac'),
      without('ε = 1e-1', 1, 'kfac'),
      without('unrolled', null, 'hessian'),
    ];
    const lines = [
      'K-FAC inverts nothing (ε = 1e-3; ε = 1e-1): no eigenvalue passes the rule, every score is 0, and there is no LDS.',
      'GGN, EK-FAC and K-FAC invert nothing (ε = 1e-2): no eigenvalue passes the rule, every score is 0, and there is no LDS.',
      'Hessian has no finite inverse (unrolled), and so no LDS.',
    ];
    expect(withoutLds(all)).toEqual(lines);
    expect(withoutLds(conventions)).toEqual([]);
    const [setting] = study.settings;
    const silent = {
      ...study,
      settings: [{ ...setting, conventions: [without('as in the paper', 1, 'kfac')] }],
    };
    const told =
      'K-FAC inverts nothing (as in the paper): no eigenvalue passes the rule, every score is 0, and there is no LDS.';
    expect(studyLines(silent)).toContain(`  ${told}`);
    expect(studyMarkdown(silent).split(told)).toHaveLength(3); // beside the short table and the long one
    expect(studyMarkdown(silent)).not.toContain('undefined at');
    expect(studyLines(study).join(' ')).not.toContain('inverts nothing');
  });

  test('figures render, with a tile per decided relation and a panel per family', async () => {
    const figures = studyFigures(study);
    expect(figures.map(({ name }) => name)).toEqual(['study-sweep', 'study-map']);
    const [sweep, map] = await Promise.all(figures.map(({ spec }) => renderSvg(spec)));
    expect([sweep.includes('no damping'), map.includes('the first has the higher LDS')]).toEqual([
      true,
      true,
    ]);
    const variant = { ...study.settings[0], setting: `${study.settings[0].setting}-m0` };
    const both = { ...study, settings: [...study.settings, variant] };
    expect(studyFigures(both).map(({ name }) => name)).toEqual([
      'study-sweep',
      'study-map',
      'study-map-training',
    ]);
    expect(studyMarkdown(both)).toContain('(figures/study-map-training.svg)');
    const many = {
      ...study,
      settings: ['a', 'b', 'c', 'd'].map((setting) => ({ ...study.settings[0], setting })),
    };
    expect(studyFigures(many).map(({ name, alt }) => [name, /for (.*);/.exec(alt ?? '')?.[1]])).toEqual([
      ['study-sweep', undefined],
      ['study-map', 'a, b, c'],
      ['study-map-2', 'd'],
    ]);
    for (const svg of [sweep, map]) expect(/NaN|undefined|…/.test(svg)).toBe(false); // nothing is cut off
  });

  test('a stored result reads back as it was; a rule without an answer stays without', () => {
    const alone = judged(level(0.3, 0.5), 'kfac', 2);
    const several = {
      ...alone,
      lds: alone.lds.map((lds) => recordBy(GROUPS, (group) => ofThree(lds[group]))),
    };
    for (const [models, rule] of [
      [1, alone],
      [3, several],
    ] as const) {
      const extent = { models, subsets: SUBSETS, seed: 0 };
      const [back, none] = decodeJudged(encodeJudged([rule, undefined], extent, 1));
      expect(back).toEqual(rule);
      expect(none).toBeUndefined();
    }
    expect(LONG).toBeGreaterThan(RESAMPLES);
  });
});
