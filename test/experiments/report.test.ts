/** The page over several settings: complete, foldable, small, and silent about what is not there. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LADDER } from '../../src/curvature/index.ts';
import {
  BEYOND_FORMAT,
  type Beyond,
  type BeyondEntry,
} from '../../src/experiments/better-hessians/beyond/beyond.ts';
import { judgeClaims } from '../../src/experiments/better-hessians/claims/claims.ts';
import { claimsMarkdown } from '../../src/experiments/better-hessians/claims/claims-document.ts';
import { beyondSentences } from '../../src/experiments/better-hessians/report/beyond-section.ts';
import { duration, stageColumns } from '../../src/experiments/better-hessians/report/making-section.ts';
import { type Report, renderReport } from '../../src/experiments/better-hessians/report/report.ts';
import { bestRows } from '../../src/experiments/better-hessians/report/study-section.ts';
import { readSupplements } from '../../src/experiments/better-hessians/report/supplements.ts';
import type { SettingView } from '../../src/experiments/better-hessians/report/view.ts';
import { RESULTS_FORMAT } from '../../src/experiments/better-hessians/results/results.ts';
import { RELATIONS } from '../../src/experiments/better-hessians/study/assemble-study.ts';
import {
  type ConventionResult,
  type SettingStudy,
  STUDY_FORMAT,
  type Study,
} from '../../src/experiments/better-hessians/study/study.ts';
import {
  ORDER_COLUMNS,
  orderRows,
  TALLY_COLUMNS,
  tallyRows,
} from '../../src/experiments/better-hessians/study/study-table.ts';
import { table } from '../../src/experiments/pages/html.ts';
import { texts } from '../../src/experiments/pages/table.ts';
import { METHODS } from '../../src/experiments/protocol/methods.ts';
import { patience } from '../helpers/patience.ts';
import { byName, sampleResults } from './sample-results.ts';

const NAMES = ['d8-w16-e10', 'd8-w16-e100', 'd1-w16-e100', 'd1-w32-e100', 'd1-w64-e100'];
const head = {
  format: RESULTS_FORMAT,
  versions: { node: '20' },
  machine: 'an abacus',
  seed: 0,
  kernelTier: 'scalar',
  incomplete: {
    'd8-w16-e1000': {
      asked: { subsets: 100, seeds: 50, models: 3 },
      used: null,
      missing: ['5000 retrainings'],
    },
  },
} as const;

const view = (name: string, k: number): SettingView => ({
  name,
  results: sampleResults({ lds: [0.5, 0.45, 0.4, 0.35, 0.3, 0.2].map((lds) => lds + 0.01 * k) }),
  spectra: byName(LADDER, () => Float64Array.of(1e-3, 0.1)),
  eps: 1e-4,
  showcases: [],
  protocol: undefined,
});

describe('several settings', () => {
  let report: Report;
  beforeAll(async () => {
    report = await renderReport({ head, digest: 'abc', settings: NAMES.map(view) });
  }, patience(60));

  test('the figures of the paper, each once, on the page and as a file', () => {
    const names = report.figures.map(({ name }) => name);
    for (const name of [
      'ladder',
      'overview',
      'figure-1',
      'figure-1-steps',
      'figure-3',
      'figure-5',
      'figure-8',
    ])
      expect(names.filter((other) => other === name)).toHaveLength(1);
    expect(new Set(names).size).toBe(names.length);
    for (const { name } of report.figures) expect(report.html.split(`id="${name}"`).length, name).toBe(2);
    for (const { svg } of report.figures) expect(/NaN|undefined|Infinity/.test(svg)).toBe(false);
  });

  test('every picture has a label, and no link leads nowhere', () => {
    const pictures = report.html.match(/<svg [^>]*>/g) ?? [];
    expect(pictures.every((tag) => /role="img" aria-label="[^"]{30,}"/.test(tag))).toBe(true);
    const targets = [...report.html.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]);
    expect(targets.length).toBeGreaterThan(5);
    for (const target of targets) expect(report.html.includes(`id="${target}"`), target).toBe(true);
    expect(/<script|https?:\/\/(?!www\.w3\.org)/.test(report.html)).toBe(false);
    expect(report.html.length).toBeLessThan(3e6);
  });

  test('what is missing is said; what needs no input of another command leaves no trace', () => {
    expect(report.html.includes('Not run, and not in the figure: d8-w16-e1000.')).toBe(true);
    expect(report.html.includes('d8-w16-e1000: nothing of 100 × 50 (5000 retrainings)')).toBe(true);
    expect(report.html.includes('id="conventions"')).toBe(false);
    expect(report.html.includes('id="beyond"')).toBe(false);
  });

  test('width 16 is drawn, but the claims are about the widths of the paper', () => {
    const label = 'EK-FAC → K-FAC less Block-GGN → EK-FAC, ';
    expect(report.html.includes('d1-w16-e100: for comparison')).toBe(true);
    expect(report.html.includes(`${label}d1-w32-e100`)).toBe(true);
    expect(report.html.includes(`${label}d1-w16-e100`)).toBe(false);
  });

  test('a claim stands once on the page, beside a figure that is drawn, with the words of docs/claims.md', () => {
    const table = Object.fromEntries(NAMES.map((name, k) => [name, view(name, k).results]));
    const claims = judgeClaims(table, undefined);
    const source = { command: '', resultsDigest: '', studyDigest: undefined, settings: [] };
    const page = claimsMarkdown(claims, claims, { ...source, reservations: [], missing: [], studied: [] });
    for (const { id, claim, verdict, summary, findings } of claims) {
      const [block, ...others] = report.html.split(`id="claim-${id}">`).slice(1);
      expect(others, id).toEqual([]);
      expect(page, id).toContain(`| [${claim}](#${id}) | `);
      expect(page, id).toContain(
        `**${verdict[0].toUpperCase()}${verdict.slice(1)}.** Comparisons: ${summary}.`,
      );
      const text = block.slice(0, block.indexOf('class="statement'));
      for (const { label, found } of findings) {
        const first = label.charAt(0).toUpperCase() + label.slice(1); // of a paragraph
        expect(text.includes(label) || text.includes(first), id).toBe(true);
        expect([text.includes(found), page.includes(`- ${label}: ${found}`)], id).toEqual([true, true]);
      }
    }
    const shown = claims.filter(({ verdict }) => verdict === 'not confirmed').length;
    expect(report.html).toContain(`${shown} not confirmed`);
  });
});

test('one setting: no sweeps, no folding, its figures on the page', async () => {
  const { html, figures } = await renderReport({ head, digest: 'abc', settings: [view(NAMES[0], 0)] });
  expect(html.includes('id="sweeps"') || html.includes('id="diagnostics"')).toBe(false);
  expect(figures.map(({ name }) => name)).toContain('d8-w16-e10-lds');
  expect(html.includes('<details><summary>d8-w16-e10')).toBe(false);
});

test('a supplement that cannot be used is named with the reason, and the page is made without it', async () => {
  const { html } = await renderReport({
    head,
    digest: 'abc',
    settings: [view(NAMES[0], 0)],
    supplements: { leftOut: new Map([['beyond', 'beyond.json: it is of the format <old>.']]) },
  });
  expect(html).toContain('Left out: beyond');
  expect(html).toContain('beyond.json: it is of the format &lt;old&gt;.');
  expect(html.includes('id="making"')).toBe(true);
});

test('a bug in a section is a bug, not a file of another version', async () => {
  const beyond = { format: BEYOND_FORMAT, versions: {}, digest: '', settings: [{ setting: 's' }] };
  const settings = [view(NAMES[0], 0)];
  await expect(
    renderReport({ head, digest: 'abc', settings, supplements: { beyond: beyond as unknown as Beyond } }),
  ).rejects.toThrow(TypeError);
});

describe('how it was computed', () => {
  test('times in words', () => {
    expect([0, 3.25, 59, 61, 3599, 3661, 10_000].map(duration)).toEqual([
      '0 s',
      '3.3 s',
      '59 s',
      '1 min 01 s',
      '59 min 59 s',
      '1 h 01 min',
      '2 h 47 min',
    ]);
  });

  test('every second is in one column', () => {
    const seconds = { 'base-training': 1, retraining: 2, 'ggn/matrix': 4, 'ggn/error': 8, diagnostics: 16 };
    const columns = stageColumns(seconds);
    expect(Object.fromEntries(columns)).toEqual({
      'base networks': 1,
      retraining: 2,
      'curvature and scores': 4,
      'error (Eq. 9)': 8,
      diagnostics: 16,
    });
  });
});

describe('supplements', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'eigenfluence-report-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('are read when they are there, whole, of the right format and unchanged; else they are left out, by name', () => {
    const told: string[] = [];
    const read = () => readSupplements(folder, (line) => told.push(line));
    const at = (name: string): string => path.join(folder, name);
    expect(read()).toEqual({ study: undefined, beyond: undefined, leftOut: new Map() });
    writeFileSync(at('study.json'), '{"format":"eigenfluence st');
    writeFileSync(at('beyond.json'), '{"format":"something else"}');
    expect(read()).toEqual({
      study: undefined,
      beyond: undefined,
      leftOut: new Map([
        ['study', 'study.json: it is not JSON, or cut off.'],
        ['beyond', 'beyond.json: it is of the format "something else", expected "eigenfluence beyond 1".'],
      ]),
    });
    expect(told).toEqual([
      `The report leaves out ${at('study.json')}: it is not JSON, or cut off.`,
      `The report leaves out ${at('beyond.json')}: it is of the format "something else", expected "eigenfluence beyond 1".`,
    ]);
    const empty = createHash('sha256').update('[]').digest('hex');
    const study: Study = { format: STUDY_FORMAT, versions: {}, digest: empty, settings: [] };
    const beyond: Beyond = { format: BEYOND_FORMAT, versions: {}, digest: empty, settings: [] };
    writeFileSync(at('study.json'), JSON.stringify(study));
    writeFileSync(at('beyond.json'), JSON.stringify(beyond));
    expect(read()).toEqual({ study, beyond, leftOut: new Map() });
    writeFileSync(at('beyond.json'), JSON.stringify({ ...beyond, digest: empty.replace(/^./, '0') }));
    expect(read().leftOut?.get('beyond')).toMatch(/^beyond\.json: it was changed after it was written/);
  });

  test('the study in words: orders, and how often each relation holds', () => {
    const convention = (id: string, verdict: 'holds' | 'reversed' | 'undecided'): ConventionResult => ({
      id,
      group: '',
      label: `as in ${id}`,
      measurement: 'loss',
      best: false,
      methods: byName(METHODS, () => ({ lds: 0.1, ci: [0, 0.2], error: 1, rules: [] })),
      relations: RELATIONS.map(([a, b]) => ({
        a,
        b,
        difference: 0.1,
        ci: [0, 0.2],
        verdict,
      })),
      errorOrder: [],
      errorLdsCorrelation: null,
    });
    const conventions = [convention('paper', 'holds'), convention('other', 'reversed')];
    const settings = [{ setting: 'd1-w16-e100', conventions } as unknown as SettingStudy];
    expect(Object.keys(ORDER_COLUMNS)).toEqual(['setting', 'convention', 'LDS order']);
    expect(texts(ORDER_COLUMNS, orderRows(settings))).toEqual([
      ['d1-w16-e100', 'as in paper', expect.stringMatching(/^H > GGN > Block/)],
    ]);
    const [fixed, best] = texts(TALLY_COLUMNS, tallyRows(settings));
    expect([Object.keys(TALLY_COLUMNS)[2], fixed.slice(0, 3), best[1]]).toEqual([
      'H > GGN',
      ['d1-w16-e100', '2 fixed', '1 / 0 / 1'],
      '0 with own best',
    ]);
  });

  test('a table has as many cells in every row as headings', () => {
    expect(table(['a', 'b'], [['1', '<2>']])).toContain('<tr><td class="left">1</td><td>&lt;2&gt;</td></tr>');
    expect(() => table(['a', 'b'], [['1']])).toThrow('a row of 1 cells (1) under 2 headings (a, b).');
  });

  test('the order at the paper’s ε and at each method’s best; trainings unlike the paper’s are left out', () => {
    const convention = (id: string, lds: number, verdict: 'holds' | 'reversed') => ({
      id,
      methods: byName(METHODS, (_, k) => ({ lds: k === 2 ? lds : 0.1 })),
      relations: LADDER.slice(1).map(() => ({ verdict })),
    });
    const conventions = [convention('paper', 0.4, 'holds'), convention('best', 0.5, 'reversed')];
    const settings = ['d1-w16-e100', 'd1-w16-e100-m0'].map((setting) => ({
      setting,
      models: 2,
      conventions,
    }));
    expect(bestRows({ settings } as unknown as Study)).toEqual([
      [
        'd1-w16-e100',
        '2',
        'H > GGN > Block > EK-FAC > K-FAC',
        '0.400',
        'H < GGN < Block < EK-FAC < K-FAC',
        '0.500',
      ],
    ]);
    expect(bestRows(undefined)).toEqual([]);
  });

  test('beyond the paper in words: the best, and who is told apart from whom', () => {
    const entry = (id: string, lds: number | null, lo: number, hi: number): BeyondEntry => ({
      id,
      label: id,
      short: id,
      family: id === 'kfac' ? 'ladder' : 'nearest',
      lds,
      ci: [0, 1],
      percentile: [0, 1],
      error: 1,
      seconds: 0.5,
      stored: 700,
      details: {},
      minus: id === 'kfac' ? {} : { kfac: { difference: (lo + hi) / 2, ci: [lo, hi], percentile: [lo, hi] } },
    });
    const rule = {
      rule: { kind: 'damped', lambda: 0.1 },
      label: 'λ = 0.1',
      absent: ['refused'],
      entries: [entry('kfac', 0.3, 0, 0), entry('better', 0.4, 0.05, 0.15), entry('alike', 0.31, -0.1, 0.1)],
    } as const;
    const setting = {
      setting: 's',
      parameters: 1,
      models: 1,
      subsets: 2,
      seeds: 2,
      ceiling: 0.6,
      sample: 3,
      rules: [rule],
    };
    expect(beyondSentences(setting, rule)).toEqual([
      's, λ = 0.1: the highest LDS is 0.400 of a possible 0.600, by better, with 0.500 s and 700 numbers stored. ' +
        'LDS of the 2 methods that are not on the ladder, by paired intervals, against K-FAC: 1 above, 0 below, 1 undecided. ' +
        'Without an answer under this rule: refused.',
    ]);
    expect(beyondSentences(setting, { ...rule, entries: [entry('kfac', null, 0, 0)] })).toEqual([]);
  });
});
