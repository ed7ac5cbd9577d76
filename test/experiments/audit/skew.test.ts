/** @file Where the logarithm of a target would suit: said of log-normal targets, of no others. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readNpzData } from '../../../src/experiments/audit/reading/read-npz.ts';
import { tableData } from '../../../src/experiments/tables/read-table.ts';
import { skewness, skewWarnings } from '../../../src/experiments/tables/skew.ts';
import { rng } from '../../../src/linalg/index.ts';
import { writeNpz } from '../../../src/linalg/io/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const DRAWS = 40;
const SAID = /very skewed.*Its logarithm would suit/;

/** Draws of n values each, among which the word is said. */
function said(n: number, value: (random: ReturnType<typeof rng>) => number): number {
  return Array.from({ length: DRAWS }, (_, draw) => {
    const random = rng(draw, 'skew', n);
    return skewWarnings(
      'y',
      Float64Array.from({ length: n }, () => value(random)),
    );
  }).filter((one) => one.length > 0).length;
}

test('skewness by hand, of exponential and of log-normal values', () => {
  // mean 1/4, variance 3/16, third moment (3 (−1/4)³ + (3/4)³)/4 = 3/32
  expect(skewness([0, 0, 0, 1])).toBeCloseTo(3 / 32 / (3 / 16) ** 1.5, 14);
  expect(skewness([-3, 0, 3])).toBe(0);
  const random = rng(1, 'skew');
  const n = 200_000;
  const exponential = Float64Array.from({ length: n }, () => -Math.log(1 - random.uniform()));
  expect(skewness(exponential)).toBeCloseTo(2, 1);
  const s = Math.exp(0.25); // e^σ² of σ = 1/2
  const logNormal = Float64Array.from({ length: n }, () => Math.exp(random.normal() / 2));
  expect(Math.abs(skewness(logNormal) - (s + 2) * Math.sqrt(s - 1))).toBeLessThan(0.1);
});

describe('the word', () => {
  test.each([[400], [1000]])('log-normal targets, σ = 1: each of %i rows', (n) => {
    expect(said(n, (random) => Math.exp(random.normal()))).toBe(DRAWS);
  });

  test.each([
    ['normal', (random: ReturnType<typeof rng>) => 10 + 2 * random.normal()],
    [
      'normal, with one in a hundred ten times as large',
      (random: ReturnType<typeof rng>) => (10 + random.normal()) * (random.uniform() < 0.01 ? 10 : 1),
    ],
    ['uniform', (random: ReturnType<typeof rng>) => 1e-3 + random.uniform()],
    ['uniform far from 0', (random: ReturnType<typeof rng>) => 5 + random.uniform()],
    ['slightly skewed', (random: ReturnType<typeof rng>) => Math.exp(random.normal() / 4)],
    ['exponential', (random: ReturnType<typeof rng>) => -Math.log(1 - random.uniform())],
    [
      'log-normal with a zero',
      (random: ReturnType<typeof rng>) => Math.max(0, Math.exp(random.normal()) - 0.3),
    ],
  ] as const)('not of targets that are %s', (_, value) => {
    expect([said(200, value), said(1000, value)]).toEqual([0, 0]);
  });

  test('not of Concrete, of which it would be said of the age', () => {
    const bytes = gunzipSync(readFileSync(new URL('../../../data/concrete.csv.gz', import.meta.url)));
    const warnings = (target: string): string =>
      tableData(bytes, { file: 'concrete.csv', target, task: 'regression' }).warnings.join(' ');
    expect(warnings('compressive_strength')).not.toMatch(SAID);
    expect(warnings('age')).toMatch(SAID);
  });

  test('of arrays too; not to a network that is given, which predicts what it learnt', () => {
    const random = rng(4, 'skew');
    const n = 300;
    const x = random.fillNormal(new Float64Array(n));
    const y = x.map((one) => Math.exp(one));
    const file = path.join(temporaryFolder(), 'a.npz');
    writeFileSync(file, writeNpz({ x: { shape: [n, 1], data: x }, y: { shape: [n], data: y } }));
    expect(readNpzData({ file }).warnings.join(' ')).toMatch(SAID);
    expect(readNpzData({ file, inputs: 'columns' }).warnings).toEqual([]);
    const table = new TextEncoder().encode(`x,y\n${Array.from(x, (one, i) => `${one},${y[i]}`).join('\n')}`);
    expect(tableData(table, { file, target: 'y' }).warnings.join(' ')).toMatch(SAID);
    expect(tableData(table, { file, target: 'y', inputs: 'columns' }).warnings).toEqual([]);
  });
});
