/** @file Runs that grow: plans, several base models, other settings in the same folder, a time that is up, stale work. */
import {
  appendFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { patience } from '../helpers/patience.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const base = path.join(folder, 'base'); // d1-w3-e3 with two base models
let copies = 0;

/** A run that must succeed, with what it prints. */
async function reproduce(out: string, ...flags: string[]): Promise<string> {
  const all = ['reproduce', '--profile', 'smoke', '--workers', '1', '--out', out, ...flags];
  const { code, stdout, stderr } = await command(...all);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/** A copy of the base folder that a test may spoil. */
function copy(): string {
  const out = path.join(folder, `copy-${copies++}`);
  cpSync(base, out, { recursive: true });
  return out;
}

interface Entry {
  readonly subsets: number;
  readonly seeds: number;
  readonly models: number;
  readonly config: { baseModels: number };
  readonly lds: Record<string, { mean: number; single: { mean: number; sd: number; values: number[] } }>;
  readonly error: Record<string, number>;
  readonly errorSingle: Record<string, number[]>;
  readonly diagnostics: { residual: number };
  readonly diagnosticsSingle: { residual: number }[];
}

const results = (out: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(out, 'results.json'), 'utf8'));
const settings = (out: string): string[] => Object.keys(results(out)).filter((key) => /^d\d/.test(key));
const entry = (out: string, name = 'd1-w3-e3'): Entry => results(out)[name] as Entry;
const numbers = (out: string, name = 'd1-w3-e3'): unknown => ({ ...entry(out, name), seconds: null });

beforeAll(async () => {
  await reproduce(base, '--models', '2');
}, patience(60));

describe('several base models', () => {
  test('means, spreads and values of single models agree', () => {
    const { models, config, lds, error, errorSingle, diagnostics, diagnosticsSingle } = entry(base);
    expect([models, config.baseModels]).toEqual([2, 2]);
    const mean = (values: readonly number[]): number => (values[0] + values[1]) / 2;
    for (const { single } of Object.values(lds)) {
      expect(single.values).toHaveLength(2);
      expect(single.mean).toBeCloseTo(mean(single.values), 14);
      expect(single.sd).toBeCloseTo(Math.abs(single.values[0] - single.values[1]) / Math.SQRT2, 14);
    }
    for (const [kind, values] of Object.entries(errorSingle))
      expect(Math.abs(mean(values) / error[kind] - 1)).toBeLessThan(1e-14);
    expect(mean(diagnosticsSingle.map(({ residual }) => residual))).toBeCloseTo(diagnostics.residual, 14);
  });

  test('one model alone says what it says among several; growth computes only the new ones', async () => {
    const out = path.join(folder, 'one');
    await reproduce(out, '--models', '1');
    const alone = entry(out);
    for (const [method, { mean }] of Object.entries(alone.lds))
      expect(entry(base).lds[method].single.values[0]).toBe(mean);
    const before = taskFiles(out).map((file) => readFileSync(file));
    expect(await reproduce(out, '--models', '2')).toContain('8 of 16 stored');
    expect(numbers(out)).toEqual(numbers(base));
    const after = new Set(taskFiles(out).map((file) => readFileSync(file).toString('base64')));
    for (const bytes of before) expect(after.has(bytes.toString('base64'))).toBe(true);
  });
});

describe('the plan', () => {
  test('tells what is stored and what is missing, and writes nothing', async () => {
    const out = copy();
    const files = readdirSync(out, { recursive: true });
    const flags = ['--models', '3', '--subsets', '8', '--setting', 'd1-w3-e3', 'd1-w4-e2', '--plan'];
    const stdout = await reproduce(out, ...flags, '--json');
    const plan = JSON.parse(stdout);
    expect(plan.settings['d1-w3-e3']).toMatchObject({
      parameters: 235,
      models: 3,
      jobs: { total: 24, stored: 16 },
      retrainings: { total: 16, stored: 12 },
      basis: 'stored',
    });
    expect(plan.settings['d1-w4-e2']).toMatchObject({
      jobs: { total: 24, stored: 0 },
      retrainings: { total: 16, stored: 0 },
      basis: 'measured',
    });
    expect(plan.seconds.wall).toBeGreaterThan(0);
    expect(await reproduce(out, ...flags)).toMatch(/d1-w3-e3 .*16 of 24 stored +12 of 16 stored/);
    expect(readdirSync(out, { recursive: true })).toEqual(files);
    const nowhere = path.join(folder, 'nowhere');
    await reproduce(nowhere, '--plan');
    expect(readdirSync(folder)).not.toContain('nowhere');
  });
});

describe('other settings of the folder', () => {
  test(
    'stay in results.json, made again from stored work, whatever the order of the runs',
    async () => {
      const out = copy();
      const before = numbers(out);
      const old = results(out);
      const forged = { ...old, 'd1-w3-e3': { ...entry(out), ceiling: 17 } };
      writeFileSync(path.join(out, 'results.json'), JSON.stringify(forged));
      await reproduce(out, '--setting', 'd1-w4-e2-drop');
      expect(settings(out)).toEqual(['d1-w3-e3', 'd1-w4-e2-drop']);
      expect(numbers(out)).toEqual(before);
      expect(readFileSync(path.join(out, 'tables', 'lds.md'), 'utf8')).toMatch(/d1-w3-e3 .*d1-w4-e2-drop /s);
      const digest = results(out)['digest'];
      rmSync(path.join(out, 'results.json')); // a lost file: names come from the folders of retrainings
      await reproduce(out, '--setting', 'd1-w4-e2-drop');
      expect(entry(out)).toMatchObject({ models: 1, subsets: 6, seeds: 2, config: { baseModels: 1 } });
      await reproduce(out, '--models', '2');
      expect(results(out)['digest']).toBe(digest);
    },
    patience(60),
  );

  test('are left out, by name, when a stored result is gone', async () => {
    const out = copy();
    for (const file of taskFiles(out).filter((name) => name.includes('diagnostics'))) rmSync(file);
    const stdout = await reproduce(out, '--setting', 'd1-w2-e1');
    expect(stdout).toContain(
      'd1-w3-e3 is not kept: not stored, or not by this version: diagnostics of base model 0.',
    );
    expect(settings(out)).toEqual(['d1-w2-e1']);
  });
});

describe('a time budget', () => {
  test(
    'that is too short leaves what is complete, says so, and the same command continues',
    async () => {
      const out = copy();
      const flags = ['--models', '3', '--subsets', '7', '--seeds', '3'];
      const stdout = await reproduce(out, ...flags, '--time-budget', '1e-6');
      expect(stdout).toContain(
        'd1-w3-e3 rests on 6 subsets × 2 seeds and 2 base models of the 7 subsets × 3 seeds and 3 base models asked for.',
      );
      expect(stdout).toContain('The same command continues where this run ended.');
      expect(numbers(out)).toEqual(numbers(base));
      expect(results(out)['digest']).toBe(results(base)['digest']);
      expect(results(out)['incomplete']).toEqual({
        'd1-w3-e3': {
          asked: { subsets: 7, seeds: 3, models: 3 },
          used: { subsets: 6, seeds: 2, models: 2 },
          missing: ['base-training of base model 2', 'retrainings: 6 × 2 of 7 × 3'],
        },
      });
      await reproduce(out, ...flags);
      expect(entry(out)).toMatchObject({ subsets: 7, seeds: 3, models: 3 });
      expect(results(out)['incomplete']).toBeUndefined();
    },
    patience(60),
  );

  test('of nothing leaves a results.json without settings', async () => {
    const out = path.join(folder, 'no-time');
    const stdout = await reproduce(out, '--time-budget', '1e-6');
    expect(stdout).toContain('d1-w3-e3 is left out: there is too little of it for any result.');
    expect(settings(out)).toEqual([]);
  });
});

describe('stale work', () => {
  test('of another version or configuration is refused by name, with what was found and expected', async () => {
    const out = copy();
    const [task] = taskFiles(out).filter((name) => name.includes('base-training'));
    const stale = path.join(path.dirname(task), `${'0'.repeat(64)}.task`);
    const bytes = readFileSync(task, 'latin1').replace('"version":1', '"version":7');
    writeFileSync(stale, bytes, 'latin1');
    const [archive] = readdirSync(path.join(out, 'retrainings'));
    const other = path.join(out, 'retrainings', 'd1-w3-e3-0123456789ab');
    cpSync(path.join(out, 'retrainings', archive), other, { recursive: true });
    const described = path.join(other, 'setting.json');
    writeFileSync(described, readFileSync(described, 'utf8').replace('"momentum": 0.9', '"momentum": 0.5'));
    const stdout = await reproduce(out, '--models', '2');
    expect(stdout).toContain(
      `${stale} is not used: it was made by version 7 of base-training, this is version 1.`,
    );
    expect(stdout).toContain(`${other} is not used: its training.momentum is 0.5, expected 0.9.`);
    expect(results(out)['digest']).toBe(results(base)['digest']);
  });

  test(
    'a log in the wrong folder, and a task under a wrong name, are not used',
    async () => {
      const out = copy();
      const [own] = readdirSync(path.join(out, 'retrainings'));
      const log = readdirSync(path.join(out, 'retrainings', own)).find((name) => name.endsWith('.log'));
      await reproduce(out, '--setting', 'd1-w4-e2', '--subsets', '2');
      const [foreign] = readdirSync(path.join(out, 'retrainings')).filter((name) => name.startsWith('d1-w4'));
      cpSync(
        path.join(out, 'retrainings', own, String(log)),
        path.join(out, 'retrainings', foreign, 'worker-99.log'),
      );
      const tasks = taskFiles(out).filter((name) => name.includes('diagnostics'));
      renameSync(tasks[0], `${tasks[0]}.kept`);
      cpSync(tasks[1], tasks[0]);
      appendFileSync(path.join(out, 'retrainings', own, String(log)), 'torn');
      const stdout = await reproduce(out, '--setting', 'd1-w3-e3', 'd1-w4-e2', '--models', '2');
      expect(stdout).toContain('worker-99.log is not a log of this setting and is not used');
      expect(stdout).toContain(`${tasks[0]} is not trusted (it is the result of another task)`);
      expect(stdout).toContain('an incomplete end, not trusted and computed again.');
      expect(numbers(out)).toEqual(numbers(base));
    },
    patience(60),
  );
});

/** Every result file of the store. */
function taskFiles(out: string): string[] {
  return readdirSync(path.join(out, 'store'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.task'))
    .map((name) => path.join(out, 'store', name))
    .sort();
}
