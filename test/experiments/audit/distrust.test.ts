/** @file Labels and targets that nothing predicts: that doubts are not to be trusted is said first, and the number about effects is named for what it is. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { type AuditFile, AuditSchema } from '../../../src/experiments/audit/audit-json.ts';
import { classQuality, guesses } from '../../../src/experiments/audit/class-quality.ts';
import { baselineOf, distrustOf, numberLuck, plainErrors } from '../../../src/experiments/audit/distrust.ts';
import { auditReport } from '../../../src/experiments/audit/report/report.ts';
import { rng } from '../../../src/linalg/index.ts';
import { command } from '../command.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { madeUpFindings } from './made-up-findings.ts';

const folder = temporaryFolder();
const at = (...names: string[]): string => path.join(folder, ...names);
const written = (out: string): AuditFile =>
  v.parse(AuditSchema, JSON.parse(readFileSync(at(out, 'audit.json'), 'utf8')));
const mean = (x: ArrayLike<number>): number => Array.from(x).reduce((a, b) => a + b, 0) / x.length;
const deviation = (x: ArrayLike<number>): number => {
  const centre = mean(x);
  return Math.sqrt(mean(Array.from(x, (one) => (one - centre) ** 2)));
};

/** Three columns of noise, and an answer that has nothing to do with them. */
function noise(rows: number, answer: (random: ReturnType<typeof rng>) => string): string {
  const random = rng(7, 'distrust');
  const lines = Array.from({ length: rows }, () => {
    const cells = [0, 1, 2].map(() => random.normal().toFixed(3));
    return [...cells, answer(random)].join(',');
  });
  return `a,b,c,y\n${lines.join('\n')}\n`;
}

describe.each([
  ['labels', 'classification', (random: ReturnType<typeof rng>) => (random.normal() > 0 ? 'p' : 'q')],
  ['targets', 'regression', (random: ReturnType<typeof rng>) => random.normal().toFixed(4)],
] as const)('random %s', (answers, task, answer) => {
  test('not to be trusted: said before anything else of rows, on the line, the page and in audit.json', async () => {
    writeFileSync(at(`${answers}.csv`), noise(80, answer));
    const { code, stdout, stderr } = await command('audit', at(`${answers}.csv`), '--target', 'y', '--seeds', '2', '--workers', '1', '--out', at(answers)); // biome-ignore format: one line
    expect(code, stderr).toBe(0);
    const [, first, flagged, listed, effects] = stdout.slice(stdout.search(/^10 networks,/m)).split('\n');
    const said = `Do not trust the doubts about ${answers}: on rows that they did not see the networks do no better, or hardly better, than`;
    expect(first).toContain(said);
    expect(flagged).toMatch(
      task === 'classification'
        ? /^\d+ of 80 rows looks? mislabelled to them$/
        : /^\d+ of 80 rows (has a target|have targets) far from what they predict$/,
    );
    expect(listed).toMatch(/^listed: /);
    expect(effects).toMatch(
      new RegExp(
        `^effects of rows: computed ones rank what retraining changes right to .*of ${answers} this says nothing$`,
      ),
    );
    expect(written(answers).trust.distrust).toContain(said);
    expect(written(answers).trust.warnings.join(' ')).not.toContain('better than');
    // effects predict retraining: what they suppose is no warning
    expect(written(answers).trust.lds).toBeGreaterThan(0.3);
    expect(written(answers).trust.warnings.join(' ')).not.toMatch(/curves downwards|settled|gradient/);
    const page = readFileSync(at(answers, 'report.html'), 'utf8');
    const [, panel] = /<h2 id="trust">How far to trust it<\/h2>([\s\S]*?)<\/section>/.exec(page) ?? [];
    expect(panel).toMatch(new RegExp(`^<p class="warn">${said}`));
    expect(/<h2 id="labels">[^<]*<\/h2><p class="warn">([^<]*)</.exec(page)?.[1]).toContain(said);
  }, 120_000);
});

test('a table that networks know: no distrust, and the page names both questions', () => {
  const { trust } = madeUpFindings({ rows: 60 });
  expect(trust.distrust).toBeUndefined();
  const page = auditReport(madeUpFindings({ rows: 60 }));
  expect(page).not.toContain('Do not trust');
  expect(page).toContain('Doubts about labels are worth what the networks know');
  expect(page).toContain('Whether labels are right is another question.');
});

describe('luck', () => {
  const random = rng(2, 'luck');

  test('of classes: two standard deviations of the same predictions, dealt to the rows at random', () => {
    const answers = Float64Array.from({ length: 60 }, (_, i) => (i < 36 ? 0 : i < 54 ? 1 : 2));
    const said = Int32Array.from({ length: 60 }, (_, i) => (i % 5 === 0 ? 2 : i % 2));
    const data = { answers, classes: ['a', 'b', 'c'] };
    const dealt = Array.from({ length: 4000 }, () => {
      const order = random.permutation(60);
      return classQuality([said.map((_, i) => said[order[i]])], data).balancedAccuracy.value;
    });
    const { luck } = classQuality([said], data);
    expect(mean(dealt)).toBeCloseTo(1 / 3, 2);
    // dealing without replacement: √(59/60) of it, and 4000 draws know a deviation to 1.1 %
    expect((luck - 1 / 3) / 2 / deviation(dealt)).toBeGreaterThan(0.96);
    expect((luck - 1 / 3) / 2 / deviation(dealt)).toBeLessThan(1.05);
  });

  test('17 of 30 in either class is luck, 170 of 300 is none', () => {
    const quality = (n: number) => {
      const answers = Float64Array.from({ length: 2 * n }, (_, i) => Number(i < n));
      const right = Math.round((17 / 30) * n);
      const said = answers.map((y, i) => (i % n < right ? y : 1 - y));
      return classQuality([said], { answers, classes: ['a', 'b'] });
    };
    expect(quality(30).luck).toBeCloseTo(0.5 + Math.sqrt(0.25 / 30 + 0.25 / 30), 12);
    expect(guesses(quality(30))).toBe(true);
    expect(guesses(quality(300))).toBe(false);
  });

  test('of numbers: two standard errors of the paired difference from the median', () => {
    const plain = Float64Array.of(1, 2, 3, 4);
    const errors = Float64Array.of(1, 1, 3, 3);
    // differences 0, 1, 0, 1: variance 1/3
    expect(numberLuck(errors, plain)).toBeCloseTo(2.5 - 2 * Math.sqrt(1 / 12), 14);
    expect(numberLuck(Float64Array.of(1000, 0, 1, 2), plain)).toBe(0); // an error is never less
    expect(plainErrors({ answers: Float64Array.of(3, 1, 9) })).toEqual(Float64Array.of(0, 2, 6));
    const skill = (value: number) => ({ heldOutLoss: { value, error: null }, baseline: 2, luck: 1.5 });
    expect(distrustOf(skill(1.6)).distrust).toContain('always saying the median');
    expect(distrustOf(skill(1.4))).toEqual({});
    // no luck is needed for a gain of a fiftieth, and it is no knowledge either
    expect(distrustOf({ ...skill(1.96), luck: 1.99 }).distrust).toContain('always saying the median');
  });

  test('what looks at nothing is judged on the rows that are asked', () => {
    const classes = ['a', 'b'];
    const data = { answers: Float64Array.of(0, 0, 1), classes };
    expect(baselineOf(data)).toBeCloseTo(2 / 3, 15);
    expect(baselineOf(data, { answers: Float64Array.of(1, 1, 1, 0) })).toBe(0.25);
    const numbers = { answers: Float64Array.of(1, 2, 3), classes: [] };
    expect(baselineOf(numbers, { answers: Float64Array.of(5, 7) })).toBe(4);
  });
});
