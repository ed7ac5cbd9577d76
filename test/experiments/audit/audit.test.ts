/** @file `audit` from a table to its files: known flips are found, the numbers are those of the definition, any number of workers gives the same bytes. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { beforeAll, expect, test } from 'vitest';
import { type AuditFile, AuditSchema } from '../../../src/experiments/audit/audit-json.ts';
import { rng } from '../../../src/linalg/index.ts';
import { command } from '../command.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const at = (...names: string[]): string => path.join(folder, ...names);
const N = 160;
const random = rng(3, 'audit');
const HOSTILE = '</script><script>alert(1)</script>"\'&';
const flipped = new Set([5, 23, 61, 88, 104, 131, 140, 152]);

/** Two clouds, kinds that follow them, eight labels the other way round; targets off by a lot in the same rows. */
function table(answer: 'label' | 'target'): string {
  const lines = Array.from({ length: N }, (_, i) => {
    const side = i % 2;
    const [a, b] = [0, 1].map((k) => (random.normal() + (side === k ? 2.5 : -2.5)).toFixed(4));
    const label = (side === 1) !== flipped.has(i) ? 'yes' : 'no';
    const target = 3 * Number(a) - Number(b) + 0.1 * random.normal() + (flipped.has(i) ? 40 : 0);
    const kind = i === 7 ? `"${HOSTILE.replaceAll('"', '""')}"` : ['u', 'v', 'w'][i % 3];
    return `${i + 1},${a},${b},${kind},${answer === 'label' ? label : target.toFixed(4)}`;
  });
  return `id,a,b,kind,${answer}\n${lines.join('\n')}\n`;
}

const audit = (out: string, ...more: string[]) => command('audit', ...more, '--seeds', '2', '--out', at(out));
const written = (out: string): AuditFile =>
  v.parse(AuditSchema, JSON.parse(readFileSync(at(out, 'audit.json'), 'utf8')));

beforeAll(async () => {
  for (const answer of ['label', 'target'] as const) writeFileSync(at(`${answer}.csv`), table(answer));
  expect(
    await audit('one', at('label.csv'), '--target', 'label', '--verify', '--workers', '1'),
  ).toMatchObject({
    code: 0,
  });
}, 300_000);

test('every row is ranked, and flips come first', () => {
  const { issues, rows, trust, model } = written('one');
  const labels = issues.filter(({ kind }) => kind === 'label');
  expect([rows, labels.length, new Set(labels.map(({ row }) => row)).size]).toEqual([N, N, N]);
  const top = labels.slice(0, flipped.size).map(({ row }) => row);
  expect(top.filter((row) => flipped.has(row)).length).toBeGreaterThanOrEqual(flipped.size - 1);
  for (const { row, suggested, given } of labels.slice(0, 4))
    if (flipped.has(row)) expect(suggested).not.toBe(given);
  expect(labels.every(({ score }, i) => i === 0 || score <= labels[i - 1].score)).toBe(true);
  expect(trust.lds).toBeGreaterThan(0);
  expect(model.accuracy?.value).toBeGreaterThan(model.baseline);
  // as many rows of either class: the mean of their shares is the share of all
  expect(model.recall).toHaveLength(2);
  const [no = 0, yes = 0] = model.recall ?? [];
  expect(model.balancedAccuracy?.value).toBeCloseTo(((no ?? 0) + (yes ?? 0)) / 2, 12);
});

test('retraining without the flagged rows lowers the loss of the others, without random ones it does not', () => {
  const { verified } = written('one');
  expect(verified?.removed.loss.value).toBeLessThan(0);
  expect(verified?.removed.loss.value).toBeLessThan(verified?.random.loss.value ?? 0);
  expect(verified?.removed.predicted).toBeLessThan(0);
});

test('any number of workers writes the same bytes, and what is stored is not computed again', async () => {
  expect(
    await audit('two', at('label.csv'), '--target', 'label', '--verify', 'flagged', '--workers', '2'),
  ).toMatchObject({
    code: 0,
  });
  for (const name of ['audit.json', 'ranked.csv', 'report.html'])
    expect(readFileSync(at('two', name)).equals(readFileSync(at('one', name))), name).toBe(true);
}, 300_000);

test('the page is closed against what cells hold', () => {
  const page = readFileSync(at('one', 'report.html'), 'utf8');
  expect(page).not.toContain('<script>alert');
  expect(page.match(/<script\b/g)).toHaveLength(2);
  expect(page).toContain("default-src 'none'");
  const [, json] = /<script type="application\/json" id="rows">([\s\S]*?)<\/script>/.exec(page) ?? [];
  expect(
    (JSON.parse(json) as { rows: Record<string, { cells: string }> }).rows['7']?.cells ?? HOSTILE,
  ).toContain(HOSTILE);
});

test('ranked.csv has a line for each row, in the order of audit.json', () => {
  const lines = readFileSync(at('one', 'ranked.csv'), 'utf8').trimEnd().split('\n');
  expect(lines[0]).toBe('rank,row,flagged,score,given,suggested,loss,loss_error,id,a,b,kind');
  const order = lines.slice(1).map((line) => Number(line.split(',')[1]));
  expect(order).toEqual(written('one').issues.filter(({ kind }) => kind === 'label').map(({ row }) => row)); // biome-ignore format: one line
});

test('regression: targets that do not fit', async () => {
  const { code, stdout } = await audit('reg', at('target.csv'), '--target', 'target', '--workers', '2');
  expect(code).toBe(0);
  // one of something is no plural
  expect(stdout).toMatch(/^listed: (1 row that harms|\d+ rows that harm), (1 near-duplicate|(?!1 )\d+ near-duplicates), (1 outlier|(?!1 )\d+ outliers)$/m); // biome-ignore format: one pattern
  const { task, issues } = written('reg');
  const top = issues.filter(({ kind }) => kind === 'label').slice(0, flipped.size);
  expect(task).toBe('regression');
  expect(top.filter(({ row }) => flipped.has(row)).length).toBeGreaterThanOrEqual(flipped.size - 1);
}, 300_000);

test('one file, one clear line', async () => {
  const { code, stderr } = await command(
    'audit',
    at('label.csv'),
    at('regression.csv'),
    '--target',
    'label',
    '--out',
    at('no'),
  );
  expect([code === 0, stderr]).toEqual([false, expect.stringMatching(/one file or folder, got 2/)]);
  expect((await command('audit', at('absent.csv'), '--target', 'label', '--out', at('no'))).stderr).toMatch(
    /absent\.csv/,
  );
});
