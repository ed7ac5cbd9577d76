/** @file A tiny version of the ASTRA experiment from beginning to end: files, resumption, damage, claims. */
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ASTRA_CLAIMS, judgeAstraClaims } from '../../src/experiments/astra/astra-claims.ts';
import type { AstraResults, Scored, SettingAstra } from '../../src/experiments/astra/astra-results.ts';
import { settingJobs } from '../../src/experiments/astra/jobs.ts';
import { isSmall, variantsOf } from '../../src/experiments/astra/method.ts';
import { astraModel } from '../../src/experiments/astra/network.ts';
import { ASTRA_EXPERIMENT, type AstraRequest } from '../../src/experiments/astra/run-astra.ts';
import { astraSetting } from '../../src/experiments/astra/setting.ts';
import { astraLines } from '../../src/experiments/astra/tables.ts';
import { runExperiment } from '../../src/experiments/engine/experiment.ts';
import { silentProgress } from '../../src/experiments/engine/progress.ts';
import { patience } from '../helpers/patience.ts';
import { TINY } from './astra-setting.ts';
import { command } from './command.ts';
import { hollowTaskFile } from './forged-task.ts';
import { temporaryFolder } from './temporary-folder.ts';

const out = temporaryFolder();
const temporary = temporaryFolder();
const request: AstraRequest = {
  cases: [{ setting: TINY, size: { subsets: 5, seeds: 2, models: 2, queries: 5, dear: true } }],
  workers: 2,
  out,
  command: 'astra',
};

describe('a run on Concrete', () => {
  let results: AstraResults;
  let setting: SettingAstra;
  beforeAll(async () => {
    results = await runExperiment(ASTRA_EXPERIMENT, request, silentProgress());
    [setting] = results.settings;
  }, patience(600));

  test('every method and study is there, and every number is finite', () => {
    expect(setting.entries.map(({ name }) => name)).toEqual([
      'grad-dot',
      'ekfac@0.05',
      'ekfac-type-2@0.05',
      'astra@0.05',
      'astra-auto@0.05',
      'lissa@0.05',
      'exact@0.05',
      'tracin',
      'trak',
      'source',
      'astra-source',
    ]);
    for (const { single, ensemble, perModel, models } of setting.entries) {
      expect(models).toBe(2);
      for (const value of [single.mean, ...single.ci, ensemble?.mean, ...perModel])
        expect(value).toSatisfy((x: number) => x >= -1 && x <= 1);
      expect(single.mean).toBeCloseTo(((perModel[0] ?? 0) + (perModel[1] ?? 0)) / 2, 12);
    }
    expect(setting.convergence.map(({ solver }) => solver)).toEqual(['astra', 'sni']);
    expect(setting.ablation?.solvers.length).toBe(5);
    expect(setting.damping?.rows.length).toBe(6);
    expect([setting.subsets, setting.seeds, setting.leftOut]).toEqual([5, 2, 1001]);
    expect(setting.ceiling.perfect).not.toBeNull();
  });

  test('references: EKFAC-IF with the same λ, SOURCE for ASTRA-SOURCE, none for EKFAC-IF', () => {
    const label = (name: string): string | undefined =>
      setting.entries.find((entry) => entry.name === name)?.against?.label;
    expect(label('astra@0.05')).toBe('EKFAC-IF, λ = 0.05');
    expect(label('astra-source')).toBe('SOURCE');
    expect(label('ekfac@0.05')).toBeUndefined();
    const astra = setting.entries.find(({ name }) => name === 'astra@0.05');
    const ekfac = setting.entries.find(({ name }) => name === 'ekfac@0.05');
    expect(astra?.against?.single.mean).toBeCloseTo(
      (astra?.single.mean ?? 0) - (ekfac?.single.mean ?? 0),
      12,
    );
  });

  test('tables, figures and page lie in the folder', () => {
    for (const file of ['astra.json', 'astra.csv', 'astra.md', 'astra-tables.md'])
      expect(existsSync(path.join(out, file)), file).toBe(true);
    expect(JSON.parse(readFileSync(path.join(out, 'astra.json'), 'utf8'))).toEqual(results);
    expect(readdirSync(path.join(out, 'figures')).sort()).toEqual([
      'concrete-astra-convergence.svg',
      'concrete-astra-lds.svg',
      'concrete-astra-low-curvature.svg',
    ]);
    const page = readFileSync(path.join(out, 'astra.md'), 'utf8');
    for (const { id } of ASTRA_CLAIMS) expect(page).toContain(`(#${id})`);
    for (const name of readdirSync(path.join(out, 'figures'))) expect(page).toContain(`](figures/${name})`);
    expect(page).not.toMatch(/undefined|NaN|null/);
    const csv = readFileSync(path.join(out, 'astra.csv'), 'utf8').trim().split('\n');
    expect(new Set(csv.map((line) => line.split(',').length))).toEqual(new Set([20]));
    expect(astraLines(results).join('\n')).toContain('ASTRA-SOURCE');
  });

  test('the same again reads everything and computes nothing', async () => {
    const files = (): string[] => readdirSync(path.join(out, 'store', 'astra-scores'));
    const before = files();
    const again = await runExperiment(ASTRA_EXPERIMENT, { ...request, workers: 1 }, silentProgress());
    expect(again).toEqual(results);
    expect(files()).toEqual(before);
  });

  test(
    'after a kill in the middle, what is lost is computed again, to the same numbers',
    async () => {
      const store = path.join(out, 'store', 'astra-scores');
      const [first, second] = readdirSync(store);
      rmSync(path.join(store, first));
      truncateSync(path.join(store, second), 100);
      for (const kind of ['scores', 'network', 'convergence', 'ablation', 'damping']) {
        const folder = path.join(out, 'store', `astra-${kind}`);
        const files = readdirSync(folder);
        hollowTaskFile(path.join(folder, files[files.length - 1]));
      }
      const logs = path.join(out, 'retrainings', readdirSync(path.join(out, 'retrainings'))[0]);
      const log = readdirSync(logs).find((name) => name.endsWith('.log')) ?? '';
      truncateSync(path.join(logs, log), 64 + 100); // a torn record
      const again = await runExperiment(ASTRA_EXPERIMENT, request, silentProgress());
      expect(again.digest).toBe(results.digest);
    },
    patience(600),
  );

  test('with a budget of nothing, results are those of what is stored; in an empty folder there are none', async () => {
    const stopped = await runExperiment(ASTRA_EXPERIMENT, { ...request, budget: 0 }, silentProgress());
    expect(stopped.digest).toBe(results.digest);
    const empty = await runExperiment(
      ASTRA_EXPERIMENT,
      { ...request, out: temporary, budget: 0 },
      silentProgress(),
    );
    expect(empty.settings).toEqual([]);
    expect(astraLines(empty)[0]).toMatch(/nothing can be judged/);
    expect(judgeAstraClaims(empty).every(({ verdict }) => verdict === 'not testable here')).toBe(true);
  });

  test('fewer masks and queries are judged from the same store', async () => {
    const [{ size }] = request.cases;
    const fewer = await runExperiment(
      ASTRA_EXPERIMENT,
      { ...request, cases: [{ setting: TINY, size: { ...size, seeds: 1, models: 1 } }] },
      silentProgress(),
    );
    expect(fewer.settings[0].seeds).toBe(1);
    expect(fewer.settings[0].ceiling.perfect).toBeNull();
    expect(fewer.settings[0].entries[0].ensemble).toBeNull();
  });
});

describe('claims', () => {
  const scored = (mean: number, lo: number, hi: number): Scored => ({ mean, ci: [lo, hi] });
  const [above] = ASTRA_CLAIMS;
  const judge = (single: Scored, ensemble: Scored): string => {
    const base = {
      label: 'ASTRA-IF',
      method: 'astra',
      damping: 0.0017,
      models: 2,
      perModel: [],
      ensembling: null,
    };
    const entry = {
      ...base,
      name: 'astra@0.0017',
      single: scored(0.5, 0.4, 0.6),
      ensemble: null,
      residual: null,
      alpha: null,
      seconds: 1,
      against: { label: 'EKFAC-IF', single, ensemble },
    };
    const ceiling = { perfect: 0.9, splitHalf: null };
    const setting = { name: 'concrete', config: astraSetting('concrete', 0), ceiling, entries: [entry] };
    const results = { settings: [{ ...setting, convergence: [], ablation: null, damping: null }] };
    const judged = judgeAstraClaims(results as unknown as AstraResults);
    return judged.find(({ id }) => id === above.id)?.verdict ?? '';
  };

  test('“at least as good” holds with one comparison above zero and the other undecided, not with one below', () => {
    expect(judge(scored(0.1, 0.05, 0.15), scored(0.01, -0.02, 0.04))).toBe('confirmed');
    expect(judge(scored(0.1, 0.05, 0.15), scored(-0.1, -0.12, -0.04))).toBe('not confirmed');
    expect(judge(scored(0.01, -0.05, 0.15), scored(0.01, -0.02, 0.04))).toBe('not confirmed');
  });

  test('no two claims share a name', () => {
    expect(new Set(ASTRA_CLAIMS.map(({ id }) => id)).size).toBe(ASTRA_CLAIMS.length);
  });
});

describe('the settings of the paper', () => {
  test('Concrete is small enough for exact solutions, Fashion-MNIST is not', () => {
    expect(isSmall(astraSetting('concrete', 0))).toBe(true);
    expect(isSmall(astraSetting('fashion-mnist', 0))).toBe(false);
    expect(variantsOf(astraSetting('fashion-mnist', 0)).some(({ method }) => method === 'exact')).toBe(false);
    expect(() => astraSetting('mnist', 0)).toThrow(
      /--setting: expected concrete, fashion-mnist, emoji, emoji-smoke/,
    );
  });

  test('the networks have the sizes that the paper’s tables give', () => {
    const parameters = (name: string): number => astraModel(astraSetting(name, 0)).parameterCount;
    expect([parameters('concrete'), parameters('fashion-mnist')]).toEqual([34_305, 567_434]);
  });

  test('dear methods are left out of a quick run', () => {
    const size = { subsets: 2, seeds: 1, models: 1, queries: 5 };
    const methods = (dear: boolean): boolean =>
      settingJobs(TINY, { ...size, dear }).some(
        (job) => job.kind === 'scores' && job.variant.method === 'astra-source',
      );
    expect([methods(false), methods(true)]).toEqual([false, true]);
  });
});

test('the command refuses what it cannot do, in one line', async () => {
  const missing = await command('astra', '--setting', 'fashion-mnist', '--out', temporary);
  expect(missing.code).toBe(1);
  expect(missing.stderr).toMatch(
    /^eigenfluence: Fashion-MNIST needs --data, the folder of its IDX files\.\n$/,
  );
  const wrong = await command('astra', '--profile', 'fast');
  expect(wrong.code).toBe(2);
});
