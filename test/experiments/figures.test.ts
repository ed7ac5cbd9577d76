/** @file Figures and report: pure, self-contained, saying no more than the numbers. */
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { LADDER, LADDER_STEPS } from '../../src/curvature/index.ts';
import { digitPng } from '../../src/experiments/better-hessians/figures/digit-png.ts';
import { spectraFigure } from '../../src/experiments/better-hessians/figures/spectra-figure.ts';
import { answer } from '../../src/experiments/better-hessians/report/answer.ts';
import { settingFigures } from '../../src/experiments/better-hessians/report/figures.ts';
import { renderReport } from '../../src/experiments/better-hessians/report/report.ts';
import { chooseQueries, type SettingView } from '../../src/experiments/better-hessians/report/view.ts';
import {
  RESULTS_FORMAT,
  resultsDigest,
  type SettingResults,
} from '../../src/experiments/better-hessians/results/results.ts';
import { resultTable } from '../../src/experiments/better-hessians/results/setting-table.ts';
import { loadDigits } from '../../src/experiments/protocol/data/digits.ts';
import { METHODS } from '../../src/experiments/protocol/methods.ts';
import { byName, sampleResults } from './sample-results.ts';

const results: SettingResults = {
  ...sampleResults({ errors: [[0.02, 0.1, 0.5, 2.5, 12.5]] }),
  lds: byName(METHODS, (_, i) => ({
    mean: 0.4 - 0.05 * i,
    ci: [0.35 - 0.05 * i, 0.45 - 0.05 * i],
    percentile: [0.34 - 0.05 * i, 0.44 - 0.05 * i],
    undefinedQueries: i === 5 ? 1 : 0,
    perQuery: i === 5 ? [0.1, null, 0.2] : [0.1 * i, 0.2, 0.9],
    single: { mean: 0.4 - 0.05 * i, sd: null, values: [0.4 - 0.05 * i] },
  })),
  errorShare: byName(LADDER_STEPS, (_, i) => [0.2, -0.1, 0.5, 0.4][i]),
  ldsChange: byName(LADDER_STEPS, (_, i) => ({
    change: [-0.05, 0.03, -0.01, null][i],
    shareOfTotal: 0.25,
    relative: -0.1,
    relativeToFirst: -0.1,
    ci: (
      [
        [-0.08, -0.02],
        [0.01, 0.05],
        [-0.04, 0.02],
        [null, null],
      ] as const
    )[i],
  })),
};

const shown = { pixels: loadDigits().pixels.slice(0, 64), label: 7, score: -12.3456 };
const view: SettingView = {
  name: 'd1-w16-e100',
  results,
  spectra: byName(LADDER, (_, i) => Float64Array.of(-0.01 * i, 1e-15, 1e-3, 0.1)),
  eps: 1e-4,
  showcases: [
    {
      pixels: shown.pixels,
      label: 4,
      predicted: 9,
      loss: 8.25,
      strongest: byName(METHODS, () => ({ helped: [{ ...shown, score: 3 }], harmed: [shown] })),
    },
  ],
  protocol: {
    pixels: shown.pixels,
    label: 4,
    method: 'Hessian',
    predicted: [1, 3, 2],
    measured: [0.1, 0.4, 0.2],
    rho: 1,
    seeds: 50,
    masks: [
      [true, false],
      [false, true],
    ],
  },
};
const head = {
  format: RESULTS_FORMAT,
  versions: { node: '20' },
  machine: 'an abacus',
  seed: 0,
  kernelTier: 'scalar',
} as const;

describe('figures', () => {
  test('every figure is an SVG with its axis titles and methods; twice the same text', async () => {
    const figures = await settingFigures(view);
    expect(figures.map(({ name }) => name.replace('d1-w16-e100-', ''))).toEqual([
      'lds',
      'lds-error',
      'error-share',
      'per-query',
      'spectra',
      'digits-0',
    ]);
    for (const { svg, caption } of figures) {
      expect(svg).toMatch(/^<svg /);
      expect(svg).not.toMatch(/NaN|undefined|null/);
      expect(caption.length).toBeGreaterThan(40);
    }
    expect(figures[0].svg).toContain('noise ceiling 0.620');
    for (const label of ['Hessian', 'Block-GGN', 'K-FAC', 'Gradient dot'])
      expect(figures[0].svg).toContain(label);
    expect(figures[2].svg).toContain('−10.0 %');
    expect(figures[5].svg).toContain('query: a 4, taken for a 9');
    expect((await settingFigures(view)).map(({ svg }) => svg)).toEqual(figures.map(({ svg }) => svg));
  });

  test('undefined numbers leave gaps, not crashes', async () => {
    const empty: SettingResults = {
      ...results,
      ceiling: null,
      lds: byName(METHODS, () => ({
        mean: null,
        ci: [null, null],
        percentile: [null, null],
        undefinedQueries: 3,
        perQuery: [null],
        single: { mean: null, sd: null, values: [null] },
      })),
      error: byName(LADDER, () => null),
      errorShare: byName(LADDER_STEPS, () => null),
    };
    const figures = await settingFigures({ ...view, results: empty });
    expect(figures.map(({ name }) => name)).toEqual(['d1-w16-e100-spectra', 'd1-w16-e100-digits-0']);
    for (const { svg } of figures) expect(svg).not.toMatch(/NaN/);
    expect(answer(empty).summary).toBe('No method has a defined score here.');
  });

  test('the spectra leave out rounding errors, and draw ε only when there is one', async () => {
    expect(JSON.stringify(spectraFigure(view.spectra, 1e-4))).not.toContain('1e-15');
    const svg = async (eps: number | undefined): Promise<string> =>
      (await settingFigures({ ...view, eps }))[4].svg;
    expect(await svg(1e-4)).toContain('ε = 0.0001');
    expect(await svg(undefined)).not.toContain('ε =');
  });

  test('a digit’s PNG decodes to its pixels, 16 being black', () => {
    const { pixels } = shown;
    const png = Buffer.from(digitPng(pixels).split(',')[1], 'base64');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([8, 8]);
    const length = png.readUInt32BE(33);
    const rows = inflateSync(png.subarray(41, 41 + length));
    for (let i = 0; i < 64; i++)
      expect(rows[Math.floor(i / 8) * 9 + 1 + (i % 8)]).toBe(255 - Math.round((pixels[i] * 255) / 16));
  });

  test('queries are shown once per class, hardest first', () => {
    const losses = Float64Array.from({ length: 40 }, (_, i) => i);
    const labels = Int32Array.from(losses, (i) => i % 10);
    expect(chooseQueries(losses, labels)).toEqual([39, 37, 28, 16]); // 29, 19, 18 and 17 are of classes shown before
  });
});

describe('answer', () => {
  const { summary, steps } = answer(results);

  test('names the best method with its interval and the ceiling', () => {
    expect(summary).toContain('The highest LDS is 0.400 [0.350, 0.450], by Hessian, of a possible 0.620');
  });

  test('says which neighbour the best method is not told apart from', () => {
    const best = { ...results.lds['block-ggn'], mean: 0.5 };
    const { summary } = answer({ ...results, lds: { ...results.lds, 'block-ggn': best } });
    expect(summary).toContain('by Block-GGN (not told apart from EK-FAC), of a possible');
  });

  test('claims a change only where the paired interval excludes zero', () => {
    expect(steps[0]).toContain('Hessian → GGN: LDS falls by 0.050 [0.020, 0.080].');
    expect(steps[1]).toContain('GGN → Block-GGN: LDS rises by 0.030 [0.010, 0.050].');
    expect(steps[2]).toContain('an interval that includes zero: no difference is claimed.');
    expect(steps[3]).toContain('the change in LDS is undefined.');
    expect(steps[1]).toContain('(−10.0 % of the whole gap)');
  });
});

describe('report', () => {
  test('one page without outside references, with every figure and number', async () => {
    const { html, figures } = await renderReport({ head, digest: 'abc', settings: [view] });
    const links = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map((match) => match[1]);
    expect(links.filter((link) => !link.startsWith('data:') && !link.startsWith('#'))).toEqual([]);
    expect(html.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:\/\//);
    expect(html).not.toContain('<script');
    for (const { name } of figures) expect(html).toContain(`id="${name}"`);
    expect(html.includes('The digest of all numbers is abc')).toBe(true);
    expect(html).toContain(
      'A network with 1 hidden layer of 16 units, trained for 100 epochs, 1210 parameters;',
    );
    expect(html).not.toMatch(/>NaN</);
  });
});

describe('results', () => {
  test('the digest covers every number but the seconds', () => {
    const slower = { ...results, seconds: { retraining: 1e6 } };
    const other = { ...results, ceiling: 0.6200000000000001 };
    expect(resultsDigest(0, { a: slower })).toBe(resultsDigest(0, { a: results }));
    expect(resultsDigest(0, { a: other })).not.toBe(resultsDigest(0, { a: results }));
    expect(resultsDigest(1, { a: results })).not.toBe(resultsDigest(0, { a: results }));
  });

  test('the table says what it rests on and has a line per method; judging does not count as cost', () => {
    const lines = resultTable('d1-w16-e100', results);
    expect(lines).toHaveLength(4 + METHODS.length);
    expect(lines[0]).toContain('noise ceiling 0.620');
    expect(lines[3]).toMatch(/^Hessian +0\.400 +\[0\.350, 0\.450\] +0\.0200 +3\.00$/);
    expect(lines[4]).toContain('20.0 %');
    expect(lines[1]).toContain('judged by the loss after retraining on 100 subsets × 50 seeds');
    expect(lines.at(-1)).toMatch(/^Gradient dot: 1 of 3 queries .* they count as 0\.$/);
  });
});
