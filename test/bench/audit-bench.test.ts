/** @file The comparison of the audit with cleanlab: draws are what they say, the page is that of the stored numbers, its sums are right. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { AUDIT_CASES, drawOf, readCase, WRONG } from '../../bench/audit-cases.ts';
import { auditBenchCsv, auditDrawing, auditMeasuredPage, auditRemovalsCsv } from '../../bench/audit-page.ts';
import { AUDIT_BENCH } from '../../bench/audit-results.ts';
import { readDigested } from '../../src/experiments/files/digested-file.ts';
import { accessible, rendered } from '../../src/experiments/pages/render.ts';
import { ROOT } from '../helpers/sources.ts';
import { readPanels } from '../helpers/svg-figure.ts';

const found = readDigested(path.join(ROOT, 'results/audit/audit.json'), AUDIT_BENCH);
const { draws, averaged } = found;

describe.each(AUDIT_CASES)('$name', (of) => {
  test('a draw has its rows once, and wrong answers where it says', async () => {
    const table = await readCase({ ...of, file: path.join(ROOT, of.file) });
    const { train, test: clean, wrong, clean: answers } = drawOf(of, table, 7);
    expect(train.answers.length + clean.answers.length).toBe(table.answers.length);
    const key = (data: typeof train, i: number): string => data.inputs.row(i).join();
    const rows = (data: typeof train): string[] => Array.from(data.answers, (_, i) => key(data, i));
    expect([...rows(train), ...rows(clean)].sort()).toEqual(rows(table).sort());
    expect(wrong.length).toBe(Math.round(WRONG * of.rows));
    const changed = [...answers.keys()].filter((i) => answers[i] !== train.answers[i]);
    if (train.classes.length > 0) expect(changed).toEqual([...wrong]);
    else expect(changed.filter((i) => !wrong.includes(i))).toEqual([]);
    expect(drawOf(of, table, 7).wrong).toEqual(wrong);
    expect(drawOf(of, table, 8).wrong).not.toEqual(wrong);
  });

  test('at least five draws are stored, each with cleanlab 2.9', () => {
    const own = draws.filter((one) => one.case === of.name);
    expect(new Set(own.map(({ draw }) => draw)).size).toBeGreaterThanOrEqual(5);
    for (const { wrong, rows, entries, versions } of own) {
      expect(wrong).toBe(Math.round(WRONG * rows));
      expect(versions['cleanlab']).toMatch(/^2\.9\./);
      for (const { found, flagged, flaggedRight } of entries) {
        expect(found).toBeLessThanOrEqual(wrong);
        expect(flaggedRight).toBeLessThanOrEqual(Math.min(wrong, flagged));
      }
    }
  });

  test('the page has the mean share that is found, and the paired lead, as added up here', () => {
    const own = draws.filter((one) => one.case === of.name);
    const share = (k: number): number =>
      own.reduce((sum, { entries, wrong }) => sum + entries[k].found / wrong, 0) / own.length;
    const section = auditMeasuredPage(found)
      .split('\n## ')
      .find((text) => text.includes(`${own[0].rows} rows of ${own[0].features} features`));
    for (const [k, { way, model }] of own[0].entries.entries()) {
      const line = section?.split('\n').find((one) => one.startsWith(`| ${way} | ${model} |`)) ?? '';
      expect(line).toContain(`| ${share(k).toFixed(3)} [`);
      if (k === 0) continue;
      const lead = (share(0) - share(k))
        .toFixed(3)
        .replace(/^-(?=0\.000)/, '')
        .replace('-', '−');
      expect(line).toContain(`| ${lead} [`);
    }
  });
});

test('averaged: the same draws, and precision with one repeat and with four as added up here', () => {
  expect(averaged.map((one) => [one.case, one.draw])).toEqual(draws.map((one) => [one.case, one.draw]));
  const [, section] = auditMeasuredPage(found).split('## How much of it is averaging');
  const mean = (x: readonly number[]): number => x.reduce((sum, one) => sum + one, 0) / x.length;
  for (const table of AUDIT_CASES.map(({ name }) => name)) {
    const own = averaged.filter((one) => one.case === table);
    const share = (way: string, repeats: number): number =>
      mean(own.map(({ entries, wrong }) => (entries.find((one) => one.way === way && one.repeats === repeats)?.found ?? Number.NaN) / wrong)); // biome-ignore format: one sum
    const line = section.split('\n').find((one) => one.startsWith(`| ${table} | audit |`)) ?? '';
    expect(line).toContain(`| ${share('audit', 1).toFixed(3)} [`);
    expect(line).toContain(`| ${share('audit', 4).toFixed(3)} [`);
    const again = draws.filter((one) => one.case === table).map((one) => one.entries[0].found / one.wrong);
    expect(share('audit', 4)).toBeCloseTo(mean(again), 12);
  }
});

test('page and tables are those of the stored numbers', () => {
  const stored = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');
  expect(stored('docs/audit-measured.md')).toBe(auditMeasuredPage(found));
  expect(stored('results/audit/audit.csv')).toBe(auditBenchCsv(draws));
  expect(stored('results/audit/removals.csv')).toBe(auditRemovalsCsv(draws));
});

describe('the figure of the page', async () => {
  const svg = readFileSync(path.join(ROOT, 'results/audit/figures/audit-precision.svg'), 'utf8');

  test('is that of the stored numbers, and fits a phone', async () => {
    const [{ svg: drawn, alt }] = await rendered([auditDrawing(draws)]);
    expect(svg).toBe(accessible(drawn, alt));
    expect(Number(/ width="(\d+)"/.exec(svg)?.[1])).toBeLessThanOrEqual(390);
  });

  test('every mark stands at the mean of its draws', () => {
    const panels = readPanels(svg);
    const tables = [...new Set(draws.map((one) => one.case))];
    expect(panels).toHaveLength(tables.length + 1); // and the legend
    const colours = { audit: '#D55E00', 'Confident Learning': '#0072B2', Datalab: '#009E73', CleanLearning: '#CC79A7' }; // biome-ignore format: one line
    for (const [k, table] of tables.entries()) {
      const own = draws.filter((one) => one.case === table);
      for (const [way, colour] of Object.entries(colours)) {
        const expected = own[0].entries.flatMap((entry, e) =>
          entry.way === way
            ? [own.reduce((sum, { entries, wrong }) => sum + entries[e].found / wrong / own.length, 0)]
            : [],
        );
        const found = panels[k].points(colour).map(({ x }) => x);
        const places = expected.map((value) => panels[k].x.place(value));
        expect(found).toHaveLength(places.length);
        found.sort((a, b) => a - b);
        places.sort((a, b) => a - b);
        for (const [i, at] of found.entries()) expect(Math.abs(at - places[i])).toBeLessThan(1.5);
      }
    }
  });
});
