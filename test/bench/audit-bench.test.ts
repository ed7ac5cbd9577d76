/** @file The comparison of the audit with cleanlab: draws are what they say, the page is that of the stored numbers, its sums are right. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { AUDIT_CASES, drawOf, readCase, WRONG } from '../../bench/audit-cases.ts';
import { auditBenchCsv, auditMeasuredPage, auditRemovalsCsv } from '../../bench/audit-page.ts';
import { AUDIT_BENCH } from '../../bench/audit-results.ts';
import { readDigested } from '../../src/experiments/files/digested-file.ts';
import { ROOT } from '../helpers/sources.ts';

const { draws } = readDigested(path.join(ROOT, 'results/audit/audit.json'), AUDIT_BENCH);

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
    const section = auditMeasuredPage(draws)
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

test('page and tables are those of the stored numbers', () => {
  const stored = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');
  expect(stored('docs/audit-measured.md')).toBe(auditMeasuredPage(draws));
  expect(stored('results/audit/audit.csv')).toBe(auditBenchCsv(draws));
  expect(stored('results/audit/removals.csv')).toBe(auditRemovalsCsv(draws));
});
