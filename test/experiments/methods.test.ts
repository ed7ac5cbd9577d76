/** @file The comparison of methods on a tiny setting: against independent routes, resumed, and with retrainings of another folder. */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkpointSteps, Trainer } from '../../src/autodiff/index.ts';
import { RETRAININGS } from '../../src/experiments/engine/folders.ts';
import { findingText } from '../../src/experiments/judging/claim.ts';
import { judgeOf } from '../../src/experiments/judging/judge.ts';
import type { MethodEntry, MethodsResults } from '../../src/experiments/methods/methods.ts';
import { judgeMethodsClaims, publishedClaim } from '../../src/experiments/methods/methods-claims.ts';
import { methodsCsv } from '../../src/experiments/methods/methods-table.ts';
import { front } from '../../src/experiments/pages/pareto.ts';
import { CHECKPOINTS } from '../../src/experiments/protocol/checkpointed-network.ts';
import { prepareDigits } from '../../src/experiments/protocol/data/prepare-digits.ts';
import { PROFILES, settingConfig } from '../../src/experiments/protocol/profile.ts';
import { openArchive, retrainingBank } from '../../src/experiments/protocol/retrainings.ts';
import { settingModel } from '../../src/experiments/protocol/setting-model.ts';
import {
  automaticDamping,
  type Bootstrap,
  type FittedModel,
  influenceFunction,
  sourceInfluence,
  trak,
} from '../../src/influence/index.ts';
import { Matrix } from '../../src/linalg/index.ts';
import { patience } from '../helpers/patience.ts';
import { command } from './command.ts';
import { hollowTaskFile } from './forged-task.ts';
import { temporaryFolder } from './temporary-folder.ts';

const NAME = 'd1-w3-e3';
const SIZE = { subsets: 6, seeds: 2 };
const METHODS = ['ekfac', 'astra', 'grad-dot', 'trak', 'source', 'random'];
const out = temporaryFolder();
const setting = settingConfig(PROFILES.smoke, NAME, 0, 2);
const { train, query } = prepareDigits(setting.data);
let results: MethodsResults;
let others = 0;

const run = (folder: string, ...more: string[]): ReturnType<typeof command> =>
  command(
    'methods',
    '--profile',
    'smoke',
    '--method',
    ...METHODS,
    '--workers',
    '2',
    '--out',
    folder,
    ...more,
  );
const read = (folder: string): MethodsResults =>
  JSON.parse(readFileSync(path.join(folder, 'methods.json'), 'utf8')) as MethodsResults;

beforeAll(async () => {
  const { code, stderr } = await run(out, '--json');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  results = read(out);
}, patience(240));

/** Base model `index` as `reproduce` trains it, with the course of its training. */
function trained(index: number): { fitted: FittedModel } & ReturnType<Trainer['trainTrajectory']> {
  const model = settingModel(setting);
  const trainer = new Trainer(model, setting.loss, train, setting.training);
  const options = { seed: setting.seed, path: ['base', index] };
  const theta = trainer.train(options);
  const checkpoints = checkpointSteps(trainer.stepsOf(), CHECKPOINTS);
  return {
    fitted: { model, loss: setting.loss, theta },
    ...trainer.trainTrajectory({ ...options, checkpoints }),
  };
}

function ldsOf(scores: Matrix): number {
  const archive = openArchive(setting, path.join(out, RETRAININGS));
  return judgeOf(setting, retrainingBank(setting, SIZE, archive))(scores).mean;
}

function entry(method: string, kind: MethodEntry['kind'] = 'default'): MethodEntry {
  const found = results.settings[0].entries.find((e) => e.method === method && e.kind === kind);
  if (found === undefined) throw new Error(`no ${method}, ${kind}`);
  return found;
}

const mean = (a: Matrix, b: Matrix): Matrix =>
  new Matrix(
    a.rows,
    a.cols,
    a.data.map((x, k) => (x + b.data[k]) / 2),
  );

describe('scores and judgements', () => {
  test('every method asked for has an entry, curvatures a second one, dampings a best', () => {
    const [{ entries, subsets, seeds, models }] = results.settings;
    expect({ subsets, seeds, models }).toEqual({ ...SIZE, models: 2 });
    expect(entries.map(({ method, kind }) => `${method} ${kind}`).sort()).toEqual(
      [...METHODS.map((method) => `${method} default`), 'ekfac auto', 'ekfac best', 'trak best'].sort(),
    );
    expect(entries.every(({ failed }) => failed === null)).toBe(true);
    expect(entry('astra').models).toBe(1); // slow
    expect(entry('trak').models).toBe(2);
  });

  test('EK-FAC with λ auto: single models and the mean of their scores', () => {
    const scores = [0, 1].map((index) => {
      const { fitted } = trained(index);
      const lambda = automaticDamping({ ...fitted, data: train }, 'ggn');
      const rule = { kind: 'damped', lambda } as const;
      return influenceFunction({ curvature: 'ekfac', rule }).fit(fitted, train).score(query);
    });
    const { single, ensembles } = entry('ekfac', 'auto');
    expect(single.values).toEqual(scores.map(ldsOf));
    expect(ensembles.map(({ size, lds }) => [size, lds])).toEqual([[2, ldsOf(mean(scores[0], scores[1]))]]);
  });

  test('TRAK ensembles by its own rule', () => {
    const models = [0, 1].map((index) => trained(index).fitted);
    const { dimension, ridge, seed } = entry('trak').settings as Record<string, number>;
    const fit = trak({ dimension, ridge, seed }).fitMany(models, train);
    expect(entry('trak').ensembles[0].lds).toBe(ldsOf(fit.score(query)));
  });

  test('SOURCE sees the training of each base model, whose end is the base model of reproduce', () => {
    for (const index of [0, 1]) {
      const { fitted, theta, trajectory } = trained(index);
      expect(Array.from(theta)).toEqual(Array.from(fitted.theta));
      const scores = sourceInfluence({ trajectory }).fit(fitted, train).score(query);
      expect(entry('source').single.values[index]).toBe(ldsOf(scores));
    }
  });

  test('the best of the grid is the best of what was tried at the first base model', () => {
    for (const method of ['ekfac', 'trak']) {
      const { grid, single, options } = entry(method, 'best');
      const top = grid.reduce((a, b) => (b.lds > a.lds ? b : a));
      expect(single.values[0]).toBe(top.lds);
      const chosen = method === 'trak' ? Number(options['ridge']) / 60 : Number(options['damping']);
      expect(Math.abs(chosen / top.value - 1)).toBeLessThan(1e-12);
    }
  });
});

describe('folders', () => {
  const files = (): [string, number][] =>
    ['methods-scores', 'methods-lds', 'methods-network'].flatMap((name) =>
      readdirSync(path.join(out, 'store', name)).map((file): [string, number] => [
        file,
        statSync(path.join(out, 'store', name, file)).mtimeMs,
      ]),
    );

  test(
    'a second run computes nothing; a lost result is computed again with the same bits',
    async () => {
      const before = files();
      expect((await run(out, '--json')).code).toBe(0);
      expect(files()).toEqual(before);
      expect(read(out).digest).toBe(results.digest);
      const scores = path.join(out, 'store', 'methods-scores');
      rmSync(path.join(scores, readdirSync(scores)[0]));
      for (const kind of ['methods-network', 'methods-scores', 'methods-lds']) {
        const [file] = readdirSync(path.join(out, 'store', kind));
        hollowTaskFile(path.join(out, 'store', kind, file));
      }
      expect((await run(out, '--json')).code).toBe(0);
      expect(files().map(([name]) => name)).toEqual(before.map(([name]) => name));
      expect(read(out).digest).toBe(results.digest);
    },
    patience(120),
  );

  test(
    'retrainings of another folder are used, and left alone',
    async () => {
      const other = otherFolder();
      const archive = path.join(out, RETRAININGS);
      const state = (): unknown =>
        readdirSync(archive, { recursive: true }).map((name) => [
          name,
          statSync(path.join(archive, String(name))).mtimeMs,
        ]);
      const before = state();
      const { code } = await run(other, '--retrainings', out, '--json');
      expect(code).toBe(0);
      expect(state()).toEqual(before);
      expect(readdirSync(path.join(other, RETRAININGS))).toEqual([]);
      expect(read(other).digest).toBe(results.digest);
      const { code: refused, stderr } = await run(other, '--retrainings', path.join(out, 'store'));
      expect(refused).toBe(1);
      expect(stderr).toMatch(/holds no retrainings of d1-w3-e3/);
    },
    patience(120),
  );

  test(
    'without time nothing is scored, and that is said',
    async () => {
      const other = otherFolder();
      const { code, stdout } = await run(other, '--retrainings', out, '--time-budget', '1e-6');
      expect(code).toBe(0);
      expect(stdout).toMatch(/left out, the time is up/);
      expect(read(other).settings[0].entries.every(({ models }) => models === 0)).toBe(true);
      expect(read(other).claims.every(({ verdict }) => verdict === 'not testable here')).toBe(true);
    },
    patience(120),
  );

  test('unknown methods and settings named twice are refused', async () => {
    const other = otherFolder();
    const base = ['methods', '--profile', 'smoke', '--out', other] as const;
    expect((await command(...base, '--method', 'magic')).stderr).toMatch(
      /--method: expected some of hessian/,
    );
    expect((await command(...base, '--setting', NAME, NAME)).stderr).toMatch(/named twice/);
  });

  function otherFolder(): string {
    return path.join(out, `other-${others++}`);
  }
});

describe('claims', () => {
  const drawn = (estimate: number, half: number): Bootstrap => ({
    estimate,
    replicates: Float64Array.from({ length: 401 }, (_, i) => estimate + (half * (i - 200)) / 200),
    jackknife: Float64Array.from({ length: 5 }, () => estimate),
    seed: 0,
  });
  /** A setting in which only these two have results. */
  const judged = (astra: Bootstrap, ekfac: Bootstrap): Parameters<typeof judgeMethodsClaims>[0] => [
    {
      setting: 'x',
      entries: [
        { entry: entry('astra'), singles: new Map([[0, astra]]), ensembles: new Map() },
        { entry: entry('ekfac', 'auto'), singles: new Map([[0, ekfac]]), ensembles: new Map() },
      ],
    },
  ];
  const verdict = (astra: Bootstrap): string | undefined =>
    judgeMethodsClaims(judged(astra, drawn(0.3, 0))).find(({ id }) => id === 'astra-over-ekfac')?.verdict;

  test('intervals decide, not middles', () => {
    expect(verdict(drawn(0.4, 0.05))).toBe('confirmed');
    expect(verdict(drawn(0.4, 0.2))).toBe('not confirmed'); // undecided
    expect(verdict(drawn(0.2, 0.05))).toBe('not confirmed');
  });

  test('what needs other networks is not testable, and says why', () => {
    const claim = results.claims.find(({ id }) => id === 'convolutions');
    expect(claim?.verdict).toBe('not testable here');
    expect(claim?.remark).toMatch(/convolutional/);
  });

  test('published: numbers, the outcome in words, the remark as a sentence', () => {
    const claims = judgeMethodsClaims(judged(drawn(0.2, 0.05), drawn(0.3, 0)));
    const [{ remark, paper, findings }] = claims.map(publishedClaim);
    expect(paper).toBe('Wang et al. 2025 (ASTRA)');
    expect(remark).toBe('Difference of LDS, paired over subsets; EK-FAC with the λ of ASTRA, 0.1 tr(G)/D.');
    const [{ value, ci, ...words }] = findings;
    expect(words).toEqual({
      setting: 'x',
      label: 'ASTRA over EK-FAC, λ auto, one base model',
      outcome: 'the other way',
    });
    expect(value).toBeCloseTo(-0.1, 12);
    for (const [k, end] of [-0.1475, -0.0525].entries()) expect(ci[k]).toBeCloseTo(end, 2); // 95 % of ±0.05
    expect(findingText(claims[0].findings[0])).toMatch(
      /^x: ASTRA over EK-FAC, λ auto, one base model: −0\.100 \[−0\.14\d, −0\.05\d\], the other way$/,
    );
  });
});

describe('pages', () => {
  test('the table has every entry and ensemble', () => {
    const { entries } = results.settings[0];
    const lines = methodsCsv(results).trim().split('\n');
    expect(lines.length - 1).toBe(entries.reduce((n, { ensembles }) => n + 1 + ensembles.length, 0));
    const page = readFileSync(path.join(out, 'methods.md'), 'utf8');
    for (const { label } of entries) expect(page).toContain(`| ${label} |`);
    for (const { id, claim } of results.claims) expect(page).toContain(`### <a id="${id}"></a>${claim}`);
    for (const [, name] of page.matchAll(/\]\(figures\/([^)]+)\)/g))
      expect(readFileSync(path.join(out, 'figures', name), 'utf8')).toMatch(/^<svg /);
  });

  test('the front rises', () => {
    const points = [
      { seconds: 3, lds: 0.4 },
      { seconds: 1, lds: 0.2 },
      { seconds: 2, lds: 0.1 },
      { seconds: 3, lds: 0.3 },
      { seconds: 5, lds: 0.45 },
    ];
    const cheapest = front(points, 'seconds', ({ lds }) => lds);
    expect(cheapest.map(({ seconds, lds }) => [seconds, lds])).toEqual([
      [1, 0.2],
      [3, 0.4],
      [5, 0.45],
    ]);
  });
});
