/** @file The sentence beside a table: what one number rests on, and which settings rest on the same. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { RESULTS_FILE } from '../../src/experiments/better-hessians/results/results.ts';
import { settingBasis } from '../../src/experiments/better-hessians/results/setting-basis.ts';
import { resultTables } from '../../src/experiments/better-hessians/results/tables.ts';
import { readDigested } from '../../src/experiments/files/digested-file.ts';
import { basisSentence, basisSentences, ruleText } from '../../src/experiments/judging/basis.ts';
import { ROOT } from '../helpers/sources.ts';

const quick = settingBasis('d1-w16-e100', {
  models: 1,
  subsets: 100,
  seeds: 20,
  config: { rule: { kind: 'truncated', eps: 1e-4, negative: 'keep' }, measurement: 'loss' },
});

describe('what a number rests on', () => {
  test('setting, networks, subsets and seeds, rule, and what intervals cover', () => {
    expect(basisSentence(quick)).toBe(
      'd1-w16-e100: one base network; judged by the loss after retraining on 100 subsets × 20 seeds; eigenvalues |σ| ≤ 1e-4 left out, no damping; ' +
        '95 % intervals cover the draw of the subsets, not that of the networks.',
    );
    expect(basisSentence({ ...quick, networks: 3, seeds: 50 })).toContain(
      'scores of 3 base networks averaged; judged by the loss after retraining on 100 subsets × 50 seeds;',
    );
    expect(basisSentence({ ...quick, networks: 10, together: 'LDS averaged' })).toContain(
      '10 base networks one by one, their LDS averaged;',
    );
    expect(basisSentence({ setting: 's', subsets: 2, seeds: 1 })).toBe(
      's: judged by retraining on 2 subsets × 1 seed.',
    );
  });

  test('settings that rest on the same share a sentence; any difference is a sentence of its own', () => {
    const other = { ...quick, setting: 'd8-w16-e10' };
    expect(basisSentences([quick, other])).toMatch(/^d1-w16-e100, d8-w16-e10: one base network;[^:]*\.$/);
    const apart = basisSentences([quick, { ...other, seeds: 5 }]);
    expect(apart).toContain('d1-w16-e100: one');
    expect(apart).toContain(
      'd8-w16-e10: one base network; judged by the loss after retraining on 100 subsets × 5 seeds',
    );
  });

  test('every rule in words; a file without its configuration says what it knows', () => {
    expect(ruleText({ kind: 'truncated', eps: 1e-2, negative: 'drop' })).toBe(
      'eigenvalues |σ| ≤ 1e-2 left out, negative ones too, no damping',
    );
    expect(ruleText({ kind: 'damped', lambda: 0.1 })).toBe('damping λ = 0.1');
    expect(ruleText({ kind: 'absolute', lambda: 1e-3 })).toBe('damping λ = 1e-3 on |σ|');
    expect(ruleText({ kind: 'unrolled', time: 50 })).toBe('unrolled, t = 50');
    const { rule, measurement } = settingBasis('s', { models: 1, subsets: 2, seeds: 1, config: {} });
    expect([rule, measurement]).toEqual([undefined, undefined]);
  });

  test('every committed table says what its own numbers rest on, and nothing more', () => {
    const { settings } = readDigested(path.join(ROOT, 'results/paper/results.json'), RESULTS_FILE);
    const texts: Readonly<Record<string, (networks: number, intervals: string) => string>> = {
      judged: (n, intervals) =>
        `scores of ${n} base networks averaged; judged by the loss after retraining on 100 subsets × 50 seeds; eigenvalues |σ| ≤ 1e-4 left out, no damping; 95 % intervals cover ${intervals}.`,
      error: (n) =>
        `${n} base networks one by one, their values averaged; eigenvalues |σ| ≤ 1e-4 left out, no damping.`,
      diagnostics: (n) => `${n} base networks, each on its own line.`,
      settings: (n) =>
        `${n} base networks one by one, their values averaged; judged by the loss after retraining on 100 subsets × 50 seeds.`,
      seconds: (n) =>
        `${n} base networks, their seconds added; judged by retraining on 100 subsets × 50 seeds.`,
    };
    const tables = {
      lds: 'judged',
      'lds-change': 'judged',
      differences: 'judged',
      error: 'error',
      'error-share': 'error',
      diagnostics: 'diagnostics',
      settings: 'settings',
      seconds: 'seconds',
    };
    for (const [table, kind] of Object.entries(tables)) {
      const groups = new Map<string, string[]>();
      for (const [name, { models, covers }] of Object.entries(settings)) {
        const intervals = covers ?? 'the draw of the subsets, not that of the networks';
        const text = texts[kind](models, intervals);
        groups.set(text, [...(groups.get(text) ?? []), name]);
      }
      const expected = [...groups].map(([text, names]) => `${names.join(', ')}: ${text}`).join(' ');
      const lines = readFileSync(path.join(ROOT, 'results/paper/tables', `${table}.md`), 'utf8').trimEnd();
      expect(lines.split('\n').at(-1), table).toBe(expected);
    }
  });

  test('the committed tables are those of results.json', () => {
    const { settings } = readDigested(path.join(ROOT, 'results/paper/results.json'), RESULTS_FILE);
    for (const [file, text] of resultTables(settings))
      expect(readFileSync(path.join(ROOT, 'results/paper/tables', file), 'utf8'), file).toBe(text);
  });
});
