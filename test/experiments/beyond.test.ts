/** @file The comparison beyond the ladder, on a tiny setting: against independent routes, and resumed. */
import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { perExampleGradients } from '../../src/autodiff/per-example.ts';
import {
  blockGgn,
  chainInverse,
  ekfac,
  ggn,
  hessian,
  hessianMatrix,
  inverseError,
  kfac,
  PAPER_RULE,
  type Problem,
} from '../../src/curvature/index.ts';
import { accepts } from '../../src/experiments/better-hessians/beyond/approach.ts';
import { APPROACHES } from '../../src/experiments/better-hessians/beyond/approaches.ts';
import type { Beyond, BeyondEntry } from '../../src/experiments/better-hessians/beyond/beyond.ts';
import { beyondCsv, beyondMarkdown } from '../../src/experiments/better-hessians/beyond/beyond-table.ts';
import {
  chainNumbers,
  storedNumbers,
  tridiagonalNumbers,
} from '../../src/experiments/better-hessians/beyond/stored-numbers.ts';
import { RETRAININGS, STORE } from '../../src/experiments/engine/folders.ts';
import { Store } from '../../src/experiments/engine/store.ts';
import { judgeOf } from '../../src/experiments/judging/judge.ts';
import { placeLabels } from '../../src/experiments/pages/label-places.ts';
import { front } from '../../src/experiments/pages/pareto.ts';
import { settingSetup } from '../../src/experiments/protocol/base-network.ts';
import { prepareDigits } from '../../src/experiments/protocol/data/prepare-digits.ts';
import { PROFILES, settingConfig } from '../../src/experiments/protocol/profile.ts';
import { openArchive, retrainingBank, retrainingSeries } from '../../src/experiments/protocol/retrainings.ts';
import { settingModel } from '../../src/experiments/protocol/setting-model.ts';
import { baseTrainingTask } from '../../src/experiments/protocol/tasks.ts';
import {
  influenceFunction,
  iterativeInfluence,
  ldsOverNetworks,
  networkInterval,
  networksDifference,
  outcomeMeans,
  retrainingJobs,
} from '../../src/influence/index.ts';
import { denseOperator, type Matrix } from '../../src/linalg/index.ts';
import { expectClose } from '../helpers/close.ts';
import { patience } from '../helpers/patience.ts';
import { command } from './command.ts';
import { forgeTaskFile } from './forged-task.ts';
import { retrained } from './retrained.ts';
import { temporaryFolder } from './temporary-folder.ts';

const NAME = 'd2-w3-e3';
const SIZE = { subsets: 6, seeds: 2 };
const LAMBDA = 0.05;
const out = temporaryFolder();
const setting = settingConfig(PROFILES.smoke, NAME, 0, 1);
const beyondArguments = [
  'beyond',
  '--profile',
  'smoke',
  '--setting',
  NAME,
  '--damping',
  String(LAMBDA),
  '--out',
  out,
];
let result: Beyond;

beforeAll(async () => {
  const jobs = retrainingJobs(SIZE.subsets, SIZE.seeds);
  retrained(out, retrainingSeries(setting), () => settingSetup(setting), jobs);
  const { code, stderr } = await command(...beyondArguments, '--json');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  result = JSON.parse(readFileSync(path.join(out, 'beyond.json'), 'utf8'));
}, patience(240));

/** No LDS is beyond ± 1, no difference beyond ± 2. */
function cut(ends: readonly number[], bound: number): number[] {
  return ends.map((end) => Math.min(bound, Math.max(-bound, end)));
}

function problemOf(folder: string = out, network = 0): Problem {
  const stored = new Store(path.join(folder, STORE), () => {}).read(baseTrainingTask(setting, network));
  if (stored === undefined) throw new Error('no base model');
  const { train } = prepareDigits(setting.data);
  return {
    model: settingModel(setting),
    loss: setting.loss,
    theta: stored.arrays['theta'].data,
    data: train,
  };
}

function entry(rule: number, id: string): BeyondEntry {
  const found = result.settings[0].rules[rule].entries.find((e) => e.id === id);
  if (found === undefined) throw new Error(`no ${id} under rule ${rule}`);
  return found;
}

function ldsOf(scores: Matrix): number {
  const archive = openArchive(setting, path.join(out, RETRAININGS));
  return judgeOf(setting, retrainingBank(setting, SIZE, archive))(scores).mean;
}

const damped = { kind: 'damped', lambda: LAMBDA } as const;

describe('beyond', () => {
  test('has every approach under every rule that it takes', () => {
    const [{ rules, subsets, seeds, setting: name }] = result.settings;
    expect({ name, subsets, seeds }).toEqual({ name: NAME, ...SIZE });
    expect(rules.map(({ rule }) => rule)).toEqual([PAPER_RULE, damped]);
    for (const { rule, entries, absent } of rules) {
      expect(absent.filter((label) => label !== 'block-tridiagonal GGN, Cholesky')).toEqual([]);
      const expected = APPROACHES.filter((a) => accepts(a, rule)).flatMap(({ answers }) =>
        answers.map(({ id }) => id),
      );
      // the Cholesky of the tridiagonal part may be refused
      const found = entries.map(({ id }) => id);
      expect(expected.filter((id) => !found.includes(id) && id !== 'block-tridiagonal-cholesky')).toEqual([]);
      expect(new Set(found).size).toBe(found.length);
    }
  });

  test('judges the ladder as influence functions and Eq. 9 do', () => {
    const problem = problemOf();
    const { data, ...fitted } = problem;
    const { query } = prepareDigits(setting.data);
    const gradients = perExampleGradients(problem.model, problem.loss, problem.theta, data);
    const exact = denseOperator(hessianMatrix(problem), 'symmetric');
    for (const [r, rule] of [PAPER_RULE, damped].entries())
      for (const [id, build] of Object.entries({ hessian, ggn, 'block-ggn': blockGgn, ekfac, kfac })) {
        const operator = build(problem);
        const scores = influenceFunction({ curvature: operator, rule }).fit(fitted, data).score(query);
        expect(entry(r, id).lds).toBeCloseTo(ldsOf(scores), 10);
        const error = inverseError(exact, operator, rule, gradients);
        expect(Math.abs((entry(r, id).error ?? Number.NaN) - error)).toBeLessThan(1e-8 * error);
      }
  });

  test('conjugate gradients begin at the preconditioner’s ranking and end at the damped GGN', () => {
    for (const by of ['ekfac', 'kfac'])
      expect(entry(1, `ggn-cg-${by}-1`).lds).toBeCloseTo(entry(1, by).lds ?? 0, 12);
    const problem = problemOf();
    const { data, ...fitted } = problem;
    const { query } = prepareDigits(setting.data);
    const solve = iterativeInfluence({
      curvature: 'ggn',
      damping: LAMBDA,
      maxIterations: 16,
      onFailure: 'return',
    });
    expect(entry(1, 'ggn').lds).toBeCloseTo(ldsOf(solve.fit(fitted, data).score(query)), 1);
    const gap = (m: number): number =>
      Math.abs((entry(1, `ggn-cg-ekfac-${m}`).error ?? 0) - (entry(1, 'ggn').error ?? 0));
    expect(gap(16)).toBeLessThan(gap(1));
  });

  test('counts stored numbers', () => {
    const { model } = problemOf();
    const problem = problemOf();
    const factors = model.sites.reduce((n, { inputs, outputs }) => n + (inputs + 1) ** 2 + outputs ** 2, 0);
    const sides = model.sites.reduce((n, { inputs, outputs }) => n + inputs + 1 + outputs, 0);
    expect(entry(1, 'kfac').stored).toBe(factors + sides);
    expect(entry(1, 'ekfac').stored).toBe(factors + model.parameterCount);
    expect(entry(1, 'hessian').stored).toBe(model.parameterCount * (model.parameterCount + 1));
    expect(entry(1, 'block-ggn').stored).toBe(model.sites.reduce((n, { size }) => n + size * (size + 1), 0));
    const { rank } = hessian(problem).kept(PAPER_RULE);
    expect(entry(0, 'hessian').stored).toBe((model.parameterCount + 1) * rank);
    expect(entry(0, 'hessian').details['rank']).toBe(rank);
    const partial = ggn(problem, { keepAbove: 1e-4 });
    expect(storedNumbers(partial, PAPER_RULE)).toBe(entry(0, 'ggn').stored);
    const [a, b, c] = model.sites.map(({ size }) => size);
    expect(tridiagonalNumbers(model.sites)).toBe(
      (a * (a + 1) + b * (b + 1) + c * (c + 1)) / 2 + a * b + b * c,
    );
    const half = (n: number): number => (n * (n + 1)) / 2;
    expect(chainNumbers(model.sites)).toBe(half(a + b) + half(b + c) + half(b));
    expect(chainInverse(problem, LAMBDA).rows).toBe(a + b + c);
  });

  test('compares with K-FAC and EK-FAC on the same resamples', () => {
    for (const { entries } of result.settings[0].rules)
      for (const e of entries)
        for (const [id, { difference, ci }] of Object.entries(e.minus)) {
          const other = entries.find((x) => x.id === id);
          expect(difference).toBeCloseTo((e.lds ?? 0) - (other?.lds ?? 0), 12);
          expect(ci[0] ?? 0).toBeLessThanOrEqual(ci[1] ?? 0);
        }
    expect(entry(1, 'ggn-cg-ekfac-1').minus['ekfac'].difference).toBeCloseTo(0, 12);
    expect(Object.keys(entry(0, 'ekfac').minus)).toEqual(['kfac', 'block-ggn']);
  });

  test('writes a table, a CSV and a figure per rule', () => {
    expect(readFileSync(path.join(out, 'beyond.csv'), 'utf8')).toBe(beyondCsv(result));
    expect(readFileSync(path.join(out, 'beyond.md'), 'utf8')).toBe(beyondMarkdown(result));
    const lines = beyondCsv(result).trim().split('\n');
    const entries = result.settings[0].rules.reduce((n, rule) => n + rule.entries.length, 0);
    expect(lines.length).toBe(1 + entries);
    for (const line of lines) expect(line.split(',').length).toBe(lines[0].split(',').length);
    const figures = readdirSync(path.join(out, 'figures')).filter((file) => file.includes('beyond'));
    expect(figures.sort()).toEqual([`${NAME}-beyond-eps-1e-4.svg`, `${NAME}-beyond-lambda-5e-2.svg`]);
    for (const file of figures)
      expect(readFileSync(path.join(out, 'figures', file), 'utf8')).toContain('processor seconds');
  });

  test(
    'continues: what is stored is not computed again, what is lost is, and the digest stays',
    async () => {
      const folder = path.join(out, STORE, 'beyond');
      const files = readdirSync(folder);
      const times = new Map(files.map((file) => [file, statSync(path.join(folder, file)).mtimeMs]));
      rmSync(path.join(folder, files[0]));
      forgeTaskFile(path.join(folder, files[1]), ({ arrays, value }) => {
        if (arrays.length > 0) arrays.pop();
        else value['surplus'] = 1;
      });
      const { code } = await command(...beyondArguments, '--json');
      expect(code).toBe(0);
      const again: Beyond = JSON.parse(readFileSync(path.join(out, 'beyond.json'), 'utf8'));
      expect(again.digest).toBe(result.digest);
      expect(readdirSync(folder).sort()).toEqual(files.sort());
      const rewritten = files.filter((file) => statSync(path.join(folder, file)).mtimeMs !== times.get(file));
      expect(rewritten.length).toBe(2);
    },
    patience(120),
  );

  test(
    'a time budget holds for base networks too: what is not there is not begun',
    async () => {
      const folder = path.join(out, STORE, 'base-training');
      const before = readdirSync(folder);
      const more = ['--models', '2', '--time-budget', '1e-6'];
      const { code, stderr } = await command(...beyondArguments, ...more);
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/the time is up, and 1 of 2 are missing of d2-w3-e3 base models: the same/),
      ]);
      expect(readdirSync(folder)).toEqual(before);
    },
    patience(30),
  );

  test(
    'two networks: intervals over networks and subsets, those of ldsOverNetworks on scores made anew',
    async () => {
      const two = temporaryFolder();
      cpSync(out, two, { recursive: true });
      const { code } = await command(...beyondArguments.slice(0, -1), two, '--models', '2', '--json');
      expect(code).toBe(0);
      const both: Beyond = JSON.parse(readFileSync(path.join(two, 'beyond.json'), 'utf8'));
      expect([both.settings[0].covers, result.settings[0].covers]).toEqual([
        'networks and subsets',
        undefined,
      ]);
      expect(readFileSync(path.join(two, 'beyond.md'), 'utf8')).toContain(
        'intervals cover networks and subsets',
      );
      const { query } = prepareDigits(setting.data);
      const scores = [hessian, kfac].map((build) =>
        [0, 1].map((model) => {
          const { data, ...fitted } = problemOf(two, model);
          const curvature = build({ data, ...fitted });
          return influenceFunction({ curvature, rule: damped }).fit(fitted, data).score(query);
        }),
      );
      const bank = retrainingBank(setting, SIZE, openArchive(setting, path.join(two, RETRAININGS)));
      const outcomes = outcomeMeans(bank, setting.measurement);
      const [h, k] = ldsOverNetworks({ scores, subsets: bank.subsets, outcomes, seed: setting.seed });
      const found = both.settings[0].rules[1].entries.find(({ id }) => id === 'hessian');
      expectClose((found?.ci ?? []).map(Number), cut(networkInterval(h.ensemble), 1), { atol: 1e-9 });
      const { ci = [] } = found?.minus['kfac'] ?? {};
      expectClose(ci.map(Number), cut(networkInterval(networksDifference(h, k).ensemble), 2), { atol: 1e-9 });
    },
    patience(120),
  );

  test('refuses a setting without retrainings, a name twice, and a damping that is none', async () => {
    const missing = await command('beyond', '--profile', 'smoke', '--setting', 'd1-w4-e3', '--out', out);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/no retrainings of d1-w4-e3 are stored/);
    const twice = await command('beyond', '--setting', NAME, NAME, '--out', out);
    expect(twice.stderr).toMatch(/named twice/);
    const zero = await command('beyond', '--setting', NAME, '--damping', '0', '--out', out);
    expect(zero.code).not.toBe(0);
  });
});

test('the Pareto front is what nothing cheaper equals', () => {
  const points = [
    { seconds: 1, stored: 9, q: 0.3 },
    { seconds: 2, stored: 5, q: 0.2 },
    { seconds: 3, stored: 7, q: 0.5 },
    { seconds: 3, stored: 1, q: 0.4 },
    { seconds: 4, stored: 2, q: Number.NaN },
  ];
  expect(front(points, 'seconds', ({ q }) => q, 1).map(({ q }) => q)).toEqual([0.3, 0.5]);
  expect(front(points, 'stored', ({ q }) => q, 1).map(({ q }) => q)).toEqual([0.4, 0.5]);
  expect(front(points, 'seconds', ({ q }) => q, -1).map(({ q }) => q)).toEqual([0.3, 0.2]);
});

test('names stand inside the panel and cover neither each other nor a point', () => {
  const points = Array.from({ length: 30 }, (_, k) => ({
    x: 20 + ((k * 37) % 160),
    y: 15 + ((k * 53) % 120),
    text: k % 7 === 3 ? '' : `GGN+${k}`,
  }));
  const places = placeLabels(points, 200, 150);
  const boxes = places.map(({ index, x, y, align }) => {
    const width = 5.5 * points[index].text.length; // narrower than assumed: what is drawn
    return align === 'left' ? [x, x + width, y - 4, y + 4] : [x - width, x, y - 4, y + 4];
  });
  expect(places.length).toBeGreaterThan(8);
  expect(places.some(({ index }) => points[index].text === '')).toBe(false);
  expect(new Set(places.map(({ index }) => index)).size).toBe(places.length);
  for (const [i, [left, right, top, bottom]] of boxes.entries()) {
    expect(Math.min(left, top, 200 - right, 150 - bottom)).toBeGreaterThanOrEqual(0);
    for (const { x, y } of points) expect(x > left && x < right && y > top && y < bottom).toBe(false);
    for (const other of boxes.slice(i + 1))
      expect(left < other[1] && other[0] < right && top < other[3] && other[2] < bottom).toBe(false);
  }
  const [alone] = placeLabels([{ x: 50, y: 50, text: 'H' }], 100, 100);
  expect(alone).toEqual({ index: 0, x: 56, y: 44, align: 'left', far: false });
  const crowd = Array.from({ length: 14 }, () => ({ x: 150, y: 150, text: 'Hessian' }));
  const spread = placeLabels(crowd, 300, 300);
  expect([spread.length, spread.some(({ far }) => far)]).toEqual([14, true]);
});
