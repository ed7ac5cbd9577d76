/** @file `bif` on a small run: scores are the library's, LDS a plain Spearman's, repeating computes nothing, claims follow their numbers. */

import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ekfac } from '../../src/curvature/index.ts';
import { judgeBifClaims } from '../../src/experiments/bayesian/bif-claims.ts';
import { gridLength, mainLength, seedSetting } from '../../src/experiments/bayesian/bif-plan.ts';
import { BIF_PROFILES, bifSetting } from '../../src/experiments/bayesian/bif-profile.ts';
import { BIF_RESULTS_FORMAT, type BifResults } from '../../src/experiments/bayesian/bif-results.ts';
import { bifArchive, bifSetup, storedProblem } from '../../src/experiments/bayesian/bif-setting.ts';
import { samplingTask } from '../../src/experiments/bayesian/bif-task.ts';
import { overSeeds, slope, studentQuantile } from '../../src/experiments/bayesian/over-seeds.ts';
import { workFolders } from '../../src/experiments/engine/folders.ts';
import { Store } from '../../src/experiments/engine/store.ts';
import { readDigested } from '../../src/experiments/files/digested-file.ts';
import { resnet9 } from '../../src/experiments/protocol/resnet9.ts';
import { DEFAULT_SAMPLER, samplerSettings } from '../../src/experiments/protocol/sampler-variant.ts';
import { bayesianInfluence, drawSubsets, gradientDot, influenceFunction } from '../../src/influence/index.ts';
import { expectClose } from '../helpers/close.ts';
import { patience } from '../helpers/patience.ts';
import { command, type Run } from './command.ts';
import { hollowTaskFile } from './forged-task.ts';
import { temporaryFolder } from './temporary-folder.ts';

const profile = BIF_PROFILES.smoke;
const out = path.join(temporaryFolder(), 'out');
const folders = workFolders(out);
const bif = (workers: number): Promise<Run> =>
  command('bif', '--profile', 'smoke', '--workers', String(workers), '--out', out, '--json');
const results = (): BifResults =>
  JSON.parse(readFileSync(path.join(out, 'results.json'), 'utf8')) as BifResults;
const stored = (): string[] =>
  ['bif-sampling', 'bif-baseline', 'bif-timing', 'base-training'].flatMap((name) =>
    readdirSync(path.join(out, 'store', name)).map((file) => path.join(out, 'store', name, file)),
  );

beforeAll(async () => {
  expect(await bif(2)).toMatchObject({ code: 0, stderr: '' });
}, patience(600));

test('scores of parallel chains are the bits of the attributor', () => {
  const setting = seedSetting(profile, 1);
  const store = new Store(folders.store, () => {});
  const { data: train, ...fitted } = storedProblem(setting, store);
  const length = mainLength(profile);
  const settings = samplerSettings({ ...fitted, data: train }, DEFAULT_SAMPLER, length, 1);
  const { scores } = bayesianInfluence(settings).fit(fitted, train).scoreWithErrors(bifSetup(setting).query);
  const result = store.read(samplingTask(setting, DEFAULT_SAMPLER, length));
  expect(result?.arrays['covariance'].data).toEqual(scores.data);
});

test('a time budget holds for base networks too: nothing is begun', async () => {
  const other = path.join(temporaryFolder(), 'out');
  const { code, stderr } = await command(
    'bif',
    '--profile',
    'smoke',
    '--time-budget',
    '1e-6',
    '--out',
    other,
  );
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/the time is up, and 2 of 2 are missing of base networks: the same/),
  ]);
  expect(existsSync(path.join(other, 'store', 'base-training'))).toBe(false);
});

/** Spearman's ρ of numbers without ties. */
function spearman(x: readonly number[], y: readonly number[]): number {
  const rank = (v: readonly number[]): number[] => v.map((a) => v.filter((b) => b < a).length);
  const [rx, ry] = [rank(x), rank(y)];
  const squares = rx.reduce((sum, r, i) => sum + (r - ry[i]) ** 2, 0);
  return 1 - (6 * squares) / (x.length ** 3 - x.length);
}

test('the LDS of gradient dot, from stored losses and a plain formula', () => {
  const { cells } = results();
  for (const seed of [0, 1]) {
    const setting = bifSetting(profile, seed, 0.3);
    const { query } = bifSetup(setting);
    const { data: train, ...fitted } = storedProblem(setting, new Store(folders.store, () => {}));
    const scores = gradientDot().fit(fitted, train).score(query);
    const subsets = drawSubsets(train.inputs.rows, 0.3, profile.subsets, seed);
    const archive = bifArchive(setting, folders.retrainings);
    const perQuery = Array.from({ length: scores.rows }, (_, q) => {
      const outcomes = subsets.map((_, k) =>
        [0, 1].reduce((sum, r) => sum + (archive.get(k, r)?.values['loss'][q] ?? Number.NaN) / 2, 0),
      );
      const predicted = subsets.map((kept) => -kept.reduce((sum, i) => sum + scores.at(q, i), 0));
      return spearman(outcomes, predicted);
    });
    const cell = cells.find((c) => c.seed === seed && c.fraction === 0.3);
    expect(cell).toMatchObject({ size: 18, subsets: 6, repeats: 2 });
    const lds = cell?.methods.find(({ method }) => method === 'grad-dot')?.lds ?? Number.NaN;
    expectClose([lds], [perQuery.reduce((a, b) => a + b) / perQuery.length], { atol: 1e-13 });
  }
});

test('the page, tables and figures are there; a refused sampler is a result', () => {
  const { grid, timing, complete } = results();
  expect(complete).toBe(true);
  expect(timing.map(({ width }) => width)).toEqual([...profile.widths]);
  const refused = grid.entries.filter((entry) => entry.refused !== null);
  expect(refused.map(({ variant }) => variant.step)).toEqual([1e6]);
  expect(refused[0].refused).toMatch(/chain \d diverged .*Lower stepSize/);
  const page = readFileSync(path.join(out, 'bayesian.md'), 'utf8');
  const pictures = [...page.matchAll(/\]\((figures\/[^)]+)\)/g)].map(([, file]) => file);
  expect(pictures.length).toBe(5);
  for (const file of [...pictures, 'bif.md', 'bif.csv']) expect(existsSync(path.join(out, file))).toBe(true);
});

test(
  'again: nothing is computed; what is lost is computed to the same bits, with other workers',
  async () => {
    const { digest } = results();
    const before = stored().map((file) => [file, statSync(file).mtimeMs]);
    expect((await bif(2)).code).toBe(0);
    expect(stored().map((file) => [file, statSync(file).mtimeMs])).toEqual(before);
    expect(results().digest).toBe(digest);
    const task = samplingTask(seedSetting(profile, 0), DEFAULT_SAMPLER, gridLength(profile));
    rmSync(new Store(folders.store, () => {}).file(task));
    for (const kind of ['bif-sampling', 'bif-baseline', 'bif-timing', 'base-training'])
      hollowTaskFile(stored().filter((file) => path.basename(path.dirname(file)) === kind)[0]);
    const [archive] = readdirSync(folders.retrainings);
    rmSync(path.join(folders.retrainings, archive), { recursive: true });
    expect((await bif(1)).code).toBe(0);
    expect(results().digest).toBe(digest);
  },
  patience(600),
);

test('claims follow their numbers', () => {
  const made = results();
  const small = Math.min(...made.fractions);
  const verdictWith = (value: number, lo: number, hi: number): string | undefined => {
    const differences = made.differences.map((d) =>
      d.a === 'bif' && d.b === 'ekfac' && d.fraction === small ? { ...d, value, lo, hi } : d,
    );
    return judgeBifClaims({ ...made, differences }).find(({ id }) => id === 'smallest-subsets')?.verdict;
  };
  expect(verdictWith(0.1, 0.02, 0.2)).toBe('confirmed');
  expect(verdictWith(0.1, -0.02, 0.2)).toBe('not confirmed');
  expect(verdictWith(-0.1, -0.2, -0.02)).toBe('not confirmed');
  const stable = (difference: readonly [number, number, number]): string | undefined => {
    const entries = made.grid.entries.map((entry, k) => ({
      ...entry,
      converged: true,
      ...(k === 1 ? { difference } : {}),
    }));
    return judgeBifClaims({ ...made, grid: { ...made.grid, entries } }).find(({ id }) => id === 'stable')
      ?.verdict;
  };
  expect(stable([0.1, -0.1, 0.3])).toBe('confirmed');
  expect(stable([0.1, 0.05, 0.3])).toBe('not confirmed');
  const findings = (id: string): string[] =>
    judgeBifClaims(made)
      .filter((claim) => claim.id === id)
      .flatMap((claim) => claim.findings.map(({ label, found }) => `${label}: ${found}`));
  const { value, lo, hi } = made.differences.find((d) => d.a === 'trak' && d.b === 'bif') ?? expect.fail();
  const [v, l, h] = [value, lo, hi].map((x) => (x ?? Number.NaN).toFixed(3).replace('-', '−'));
  expect(findings('trak-lower')[0]).toBe(
    `TRAK − BIF at α = 0.3: ${Number(value) > 0 ? '+' : ''}${v} [${l}, ${h}]`,
  );
});

test('means over seeds: Student’s intervals, whose quantiles integrate to 0.975', () => {
  for (const degrees of [1, 2, 3, 4, 5, 9, 30]) {
    const t = studentQuantile(degrees);
    // ∫₀ᵗ of the density by Simpson's rule, against the integral to a far end by the same, with x = tan φ
    const area = (end: number): number => {
      const n = 20_000;
      const f = (phi: number): number =>
        (1 + Math.tan(phi) ** 2 / degrees) ** (-(degrees + 1) / 2) / Math.cos(phi) ** 2;
      let sum = f(0) + f(end);
      for (let k = 1; k < n; k++) sum += (k % 2 === 0 ? 2 : 4) * f((k * end) / n);
      return (sum * end) / (3 * n);
    };
    expect(Math.abs(area(Math.atan(t)) / area(Math.PI / 2 - 1e-7) - 0.95)).toBeLessThan(2e-6);
  }
  const { value, lo, hi, standardError } = overSeeds([1, 2, 3, 4, 5]);
  expect([value, standardError]).toEqual([3, Math.sqrt(0.5)]);
  expectClose([hi ?? 0, lo ?? 0], [3 + 2.7764451 * Math.sqrt(0.5), 3 - 2.7764451 * Math.sqrt(0.5)], {
    rtol: 1e-6,
  });
  expect(overSeeds([Number.NaN, 2])).toMatchObject({ value: 2, lo: null, hi: null });
  expect(overSeeds([])).toMatchObject({ value: null, perSeed: [] });
});

test('slopes: least squares, with Student’s interval from the residuals', () => {
  const found = slope([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 4],
  ]);
  // Sxx = 5, Sxy = 4.5, Syy = 4.75: residuals 4.75 − 4.5²/5 = 0.7 on two degrees of freedom, t = 4.3026527
  const reach = 4.3026527 * Math.sqrt(0.7 / 2 / 5);
  expectClose([Number(found.value), Number(found.lo), Number(found.hi)], [0.9, 0.9 - reach, 0.9 + reach], {
    rtol: 1e-7,
  });
  const through = slope([
    [1, 2],
    [3, 6],
  ]);
  expect(through).toEqual({ value: 2, lo: null, hi: null });
  expect(slope([[1, 2]])).toEqual({ value: null, lo: null, hi: null });
});

test(
  'a ResNet-9: scores are the library’s, the strongest drawings are counted',
  async () => {
    const own = BIF_PROFILES['resnet-smoke'];
    const folder = path.join(temporaryFolder(), 'out');
    const { code, stderr } = await command('bif', '--profile', 'resnet-smoke', '--out', folder);
    expect([code, stderr]).toEqual([0, '']);
    const made = readDigested(path.join(folder, 'results.json'), BIF_RESULTS_FORMAT);
    expect(made).toMatchObject({ complete: true, setting: 'resnet9-w1', parameters: 662 });
    expect(made.timing.map(({ parameters }) => parameters)).toEqual(
      [2, 4].map((width) => resnet9({ width, groups: 1, side: 16, colours: 3, classes: 6 }).parameterCount),
    );
    const setting = seedSetting(own, 1);
    const store = new Store(workFolders(folder).store, () => {});
    const { data: train, ...fitted } = storedProblem(setting, store);
    const { query } = bifSetup(setting);
    const kronecker = ekfac({ ...fitted, data: train });
    const rule = { kind: 'damped', lambda: (0.1 * kronecker.trace()) / kronecker.rows } as const;
    const scores = influenceFunction({ curvature: kronecker, rule }).fit(fitted, train).score(query);
    const [own1, other] = ['labels' in train && train.labels, 'labels' in query && query.labels];
    if (own1 === false || other === false) throw new Error('no labels');
    const shares = Array.from(other, (label, q) => {
      const row = Array.from(scores.row(q));
      const strongest = [...row.keys()].sort((a, b) => row[b] - row[a]).slice(0, 10);
      return strongest.filter((i) => own1[i] === label).length / 10;
    });
    const found = made.kin?.entries.find(({ seed, method }) => seed === 1 && method === 'ekfac')?.category;
    expectClose([found ?? Number.NaN], [shares.reduce((a, b) => a + b) / shares.length], { atol: 1e-12 });
    const page = readFileSync(path.join(folder, 'bayesian.md'), 'utf8');
    expect(page).toMatch(/^# Bayesian influence functions on emoji, resnet9-w1/);
    expect(page).toContain('| narrowest channels |');
    expect(page).toContain('on 16 examples each');
    expect(page).not.toMatch(/hidden|Digits/);
  },
  patience(120),
);
