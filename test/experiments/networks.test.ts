/** @file Results over several base networks: intervals recomputed from what is exported, two readings, kept settings, changed verdicts. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { judgeClaims } from '../../src/experiments/better-hessians/claims/claims.ts';
import {
  changesSection,
  singleSection,
} from '../../src/experiments/better-hessians/claims/verdict-changes.ts';
import { networksPage } from '../../src/experiments/better-hessians/results/networks-page.ts';
import { comparable, readingOf } from '../../src/experiments/better-hessians/results/reading.ts';
import {
  RESULTS_FILE,
  type Results,
  resultsDigest,
} from '../../src/experiments/better-hessians/results/results.ts';
import { readDigested } from '../../src/experiments/files/digested-file.ts';
import {
  ldsOverNetworks,
  networkInterval,
  networksDifference,
  percentileInterval,
} from '../../src/influence/index.ts';
import { spearman } from '../../src/influence/judging/rank-correlation.ts';
import { readNpy, readNpz, toMatrix } from '../../src/linalg/io/index.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose } from '../helpers/close.ts';
import { patience } from '../helpers/patience.ts';
import { command } from './command.ts';
import { sampleResults } from './sample-results.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const out = path.join(folder, 'run');
const SETTING = 'd1-w3-e3';
const NETWORKS = 3;

async function reproduce(...flags: string[]): Promise<{ code: number | null; stderr: string }> {
  const { code, stderr } = await command('reproduce', '--profile', 'smoke', '--workers', '1', ...flags);
  return { code, stderr };
}

let results: Results;
beforeAll(async () => {
  expect(await reproduce('--out', out, '--models', String(NETWORKS))).toEqual({ code: 0, stderr: '' });
  results = readDigested(path.join(out, 'results.json'), RESULTS_FILE);
}, patience(60));

const read = (name: string): Buffer => readFileSync(path.join(out, 'arrays', SETTING, name));

/** Predictions [network][subset][query] of a method, and outcomes [subset][query], from the exported files. */
function exported(method: string): { predicted: number[][][]; measured: number[][] } {
  const { shape, data } = readNpy(read(`predictions-${method}.npy`));
  const losses = readNpz(read('retrainings.npz')).array('losses');
  const [k, r, q] = losses.shape;
  expect(shape).toEqual([NETWORKS, k, q]);
  const at = (j: number, i: number): number => {
    let sum = 0;
    for (let seed = 0; seed < r; seed++) sum += Number(losses.data[(j * r + seed) * q + i]);
    return sum / r;
  };
  return {
    predicted: Array.from({ length: NETWORKS }, (_, m) =>
      Array.from({ length: k }, (_, j) =>
        Array.from({ length: q }, (_, i) => Number(data[(m * k + j) * q + i])),
      ),
    ),
    measured: Array.from({ length: k }, (_, j) => Array.from({ length: q }, (_, i) => at(j, i))),
  };
}

/** Mean over queries of ρ over the subsets `drawn`, an undefined one counting as 0. */
function lds(
  predicted: readonly number[][],
  measured: readonly number[][],
  drawn: readonly number[],
): number {
  const queries = measured[0].length;
  let sum = 0;
  for (let q = 0; q < queries; q++) {
    const rho = spearman(
      drawn.map((j) => predicted[j][q]),
      drawn.map((j) => measured[j][q]),
    );
    sum += Number.isNaN(rho) ? 0 : rho;
  }
  return sum / queries;
}

function quantile(values: readonly number[], p: number): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const at = p * (sorted.length - 1);
  const i = Math.min(Math.floor(at), sorted.length - 2);
  return sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]);
}

describe('results over networks', () => {
  test('say that their intervals cover networks and subsets, and how many networks there are', () => {
    const { models, covers, differences } = results.settings[SETTING];
    expect([models, covers]).toEqual([NETWORKS, 'networks and subsets']);
    for (const { single } of Object.values(differences)) expect(single?.values).toHaveLength(NETWORKS);
    const tables = readFileSync(path.join(out, 'tables/lds.md'), 'utf8');
    expect(tables).toContain('95 % intervals cover networks and subsets');
    expect(readFileSync(path.join(out, 'report.html'), 'utf8')).toContain('over networks and subsets');
  });

  test('LDS of each network and of their average are those of the exported predictions and retrainings', () => {
    for (const [method, entry] of Object.entries(results.settings[SETTING].lds)) {
      const { predicted, measured } = exported(method);
      const all = measured.map((_, j) => j);
      const single = predicted.map((one) => lds(one, measured, all));
      expectClose(entry.single.values.map(Number), single, { atol: 1e-12 });
      const mean = measured.map((row, j) =>
        row.map((_, q) => predicted.reduce((sum, one) => sum + one[j][q], 0)),
      );
      expectClose([Number(entry.mean)], [lds(mean, measured, all)], { atol: 1e-12 });
    }
  });

  test('percentile intervals of both readings, recomputed with the named streams from the exported files', () => {
    const entries = results.settings[SETTING].lds;
    const { predicted, measured } = exported('ggn');
    const k = measured.length;
    const drawn = (n: number, ...names: (string | number)[]): number[] => {
      const stream = rng(0, 'bootstrap', ...names);
      return Array.from({ length: n }, () => stream.integer(n));
    };
    const [single, ensemble]: [number[], number[]] = [[], []];
    for (let b = 0; b < 2000; b++) {
      const subsets = drawn(k, b);
      const networks = drawn(NETWORKS, 'networks', b);
      if (new Set(subsets).size < 2) continue;
      single.push(networks.reduce((sum, m) => sum + lds(predicted[m], measured, subsets), 0) / NETWORKS);
      const mixed = measured.map((row, j) =>
        row.map((_, q) => networks.reduce((sum, m) => sum + predicted[m][j][q], 0)),
      );
      ensemble.push(lds(mixed, measured, subsets));
    }
    for (const [values, { percentile = [null, null] }] of [
      [single, entries.ggn.single],
      [ensemble, entries.ggn],
    ] as const)
      expectClose(percentile.map(Number), [quantile(values, 0.025), quantile(values, 0.975)], { atol: 1e-9 });
  });

  test('networks.md has both readings, every comparison and the networks needed', () => {
    const page = readFileSync(path.join(out, 'networks.md'), 'utf8');
    expect(page).toBe(networksPage(results.settings));
    expect(page).toMatch(/\| d1-w3-e3 \| Hessian − GGN \|/);
    expect(page.match(/^\| d1-w3-e3 \| /gm)).toHaveLength(6 + 5 + 11);
    expect(networksPage({ 'd8-w16-e100': sampleResults() })).toBeUndefined();
  });
});

describe('evaluate with a file a network', () => {
  const file = (method: string): string => path.join(out, 'arrays', SETTING, `scores-${method}.npy`);
  const evaluate = (...flags: string[]) =>
    command('evaluate', '--profile', 'smoke', '--setting', SETTING, '--out', out, ...flags);

  test(
    'both readings, and their difference to a second method, are those of the library',
    async () => {
      const files = [
        ['ggn', 'kfac'],
        ['hessian', 'grad-dot'],
      ].map((pair) => pair.map(file));
      const { code, stdout } = await evaluate('--scores', ...files[0], '--against', ...files[1], '--json');
      expect(code).toBe(0);
      const found = JSON.parse(stdout);
      const npz = readNpz(read('retrainings.npz'));
      const [kept, { measured }] = [npz.array('subsets'), exported('ggn')];
      const [k, n] = kept.shape;
      const [a, b] = ldsOverNetworks({
        scores: files.map((pair) => pair.map((name) => toMatrix(readNpy(readFileSync(name)), name))),
        subsets: Array.from({ length: k }, (_, j) =>
          Array.from({ length: n }, (_, i) => Number(kept.data[j * n + i])),
        ),
        outcomes: Matrix.of(measured),
        seed: 0,
      });
      expect([found.networks, found.intervals]).toEqual([2, 'networks and subsets']);
      expectClose(found.lds.single.values, a.perNetwork, { atol: 1e-12 });
      expectClose([found.lds.mean], [a.ensemble.estimate], { atol: 1e-12 });
      const gap = networksDifference(a, b);
      expectClose([found.difference.difference], [gap.ensemble.estimate], { atol: 1e-12 });
      expectClose(found.difference.percentile, percentileInterval(gap.ensemble), { atol: 1e-12 });
      expectClose(
        found.difference.single.ci,
        networkInterval(gap.single).map((end) => Math.min(2, Math.max(-2, end))),
        { atol: 1e-12 },
      );
    },
    patience(30),
  );

  test(
    'in words, and refused where the second method has other networks',
    async () => {
      const { stdout } = await evaluate('--scores', file('ggn'), file('kfac'));
      expect(stdout).toContain('95 % intervals cover networks and subsets');
      expect(stdout).toMatch(
        /\nof single networks -?0\.\d+, sd 0\.\d+, 95 % interval \[.*\] \(studentised\)/,
      );
      const { code, stderr } = await evaluate(
        '--scores',
        file('ggn'),
        file('kfac'),
        '--against',
        file('hessian'),
      );
      expect([code, stderr]).toEqual([
        1,
        'eigenfluence: --against: expected as many files as --scores, 2, each of the same network, got 1.\n',
      ]);
    },
    patience(30),
  );
});

describe('kept settings', () => {
  const other = 'd1-w4-e2';
  const copy = path.join(folder, 'copy');
  const kept = path.join(folder, 'kept.json');

  test(
    'stand as they were, under the digest of their file, where nothing of them is stored',
    async () => {
      expect(await reproduce('--out', path.join(folder, 'other'), '--setting', other)).toEqual({
        code: 0,
        stderr: '',
      });
      const from = path.join(folder, 'other', 'results.json');
      const before = readDigested(from, RESULTS_FILE);
      writeFileSync(kept, readFileSync(from));
      expect(await reproduce('--out', copy, '--keep', kept)).toEqual({ code: 0, stderr: '' });
      const { head, settings } = readDigested(path.join(copy, 'results.json'), RESULTS_FILE);
      expect(head.kept).toEqual({ [other]: before.digest });
      expect(settings[other]).toEqual(before.settings[other]);
      expect(Object.keys(settings)).toEqual([SETTING, other]);
      const report = readFileSync(path.join(copy, 'report.html'), 'utf8');
      expect(report).toContain(`Kept as an earlier run left them`);
      expect(report).toContain(`${other} (digest ${before.digest.slice(0, 16)})`);
    },
    patience(60),
  );

  test(
    'are made anew, not kept, where their work is stored',
    async () => {
      expect(await reproduce('--out', copy, '--setting', SETTING, other, '--keep', kept)).toEqual({
        code: 0,
        stderr: '',
      });
      expect(readDigested(path.join(copy, 'results.json'), RESULTS_FILE).head.kept).toBeUndefined();
    },
    patience(60),
  );

  test(
    'are refused where the file was edited, is of another seed, or is none',
    async () => {
      const edited = path.join(folder, 'edited.json');
      writeFileSync(edited, readFileSync(kept, 'utf8').replace(/"query": 0\.\d/, '"query": 0.9'));
      const refusals = [
        [edited, [], /digest/],
        [kept, ['--seed', '1'], /made with --seed 0, this run has 1/],
        [path.join(folder, 'none.json'), [], /none\.json/],
      ] as const;
      for (const [file, flags, why] of refusals) {
        const { code, stderr } = await reproduce(
          '--out',
          path.join(folder, 'refused'),
          '--keep',
          file,
          ...flags,
        );
        expect(code).not.toBe(0);
        expect(stderr).toMatch(why);
      }
    },
    patience(60),
  );
});

describe('readings', () => {
  test('single: LDS, differences and changes of single networks with their intervals', () => {
    const entry = results.settings[SETTING];
    const single = readingOf(entry, 'single');
    expect(readingOf(entry, 'ensemble')).toBe(entry);
    expect(single.lds.ggn.mean).toBe(entry.lds.ggn.single.mean);
    expect(single.lds.ggn.ci).toEqual(entry.lds.ggn.single.ci);
    const { single: inner } = entry.differences['hessian−ggn'];
    expect(single.differences['hessian−ggn'].difference).toBe(inner?.difference);
    expect(single.ldsChange['hessian→ggn'].change).toBe(-Number(inner?.difference));
    expectClose(
      [Number(inner?.difference)],
      [Number(entry.lds.hessian.single.mean) - Number(entry.lds.ggn.single.mean)],
      { atol: 1e-14 },
    );
  });

  test('without resampled networks a difference of single networks has no interval; with one network both are one', () => {
    const many = sampleResults({
      errors: [
        [0.01, 0.1, 0.3, 1, 3],
        [0.01, 0.1, 0.3, 1, 3],
      ],
    });
    expect(readingOf(many, 'single').differences['hessian−ggn'].ci).toEqual([null, null]);
    const judged = judgeClaims({ 'd8-w16-e100': many, 'd8-w16-e10': many }, undefined, 'single');
    const gap = judged.find(({ id }) => id === 'lds-ggn-block-ggn');
    expect(gap?.findings.map(({ outcome, remark }) => [outcome, remark])).toEqual(
      [1, 2].map(() => ['open', 'no interval over networks']),
    );
    expect(gap?.verdict).toBe('not confirmed');
    const one = sampleResults();
    expect(readingOf(one, 'single').lds).toEqual(one.lds);
  });

  test('averages over unlike numbers of networks are not compared between settings, single networks are', () => {
    const [three, ten] = [3, 10].map((n) =>
      sampleResults({
        errors: Array.from({ length: n }, () => [0.01, 0.1, 0.3, 1, 3]),
        diagnostics: Array.from({ length: n }, () => ({})),
      }),
    );
    expect(comparable(three, ten)).toBe(false);
    expect(comparable(readingOf(three, 'single'), readingOf(ten, 'single'))).toBe(true);
    const of = (d1: typeof three) =>
      judgeClaims({ 'd1-w16-e100': d1, 'd4-w16-e100': three, 'd8-w16-e100': three }, undefined).find(
        ({ id }) => id === 'depth-lds',
      );
    expect(of(three)?.findings).toHaveLength(10);
    const remarks = of(ten)?.findings.map(({ outcome, remark }) => `${outcome}: ${remark}`) ?? [];
    expect(remarks.filter((text) => text === 'open: averages over unlike numbers of networks')).toHaveLength(
      5,
    );
    expect(of(three)?.findings.some(({ remark }) => remark.includes('unlike'))).toBe(false);
  });
});

describe('what changed', () => {
  const table = (half: number) => ({
    'd8-w16-e100': sampleResults({ half }),
    'd8-w16-e10': sampleResults({ half }),
  });
  const [narrow, wide] = [0.02, 0.2].map((half) => judgeClaims(table(half), undefined));
  const before = {
    format: 'eigenfluence claims 3' as const,
    digest: 'a'.repeat(64),
    seed: 0,
    command: '',
    resultsDigest: 'b'.repeat(64),
    settings: ['d8-w16-e100 (3)'],
    reservations: [],
    missing: [],
    studied: [],
    claims: narrow.map((claim) => ({ ...claim, findings: claim.findings.map((one) => ({ ...one })) })),
  };

  test('verdicts that changed are named, and the comparisons behind them', () => {
    const text = changesSection(before, wide).join('\n');
    expect(text).toContain('digest aaaaaaaaaaaaaaaa (d8-w16-e100 (3))');
    expect(text).toContain('[lds-ggn-block-ggn](#lds-ggn-block-ggn)');
    expect(text).toContain(
      '| [lds-ggn-block-ggn](#lds-ggn-block-ggn) ✔ → ✘ | GGN over Block-GGN, d8-w16-e100 | as stated | undecided |',
    );
    expect(changesSection(before, narrow).join('\n')).toContain(
      'no verdict changed. No comparison came out otherwise.',
    );
  });

  test('single networks: only what differs', () => {
    expect(singleSection(narrow, narrow)).toContain('Nothing.');
    expect(singleSection(narrow, wide).join('\n')).toContain('| as stated | undecided |');
  });
});

test('results without networks are read as before: their intervals cover subsets', () => {
  const { settings } = readDigested('results/quick/results.json', RESULTS_FILE);
  for (const { covers, models } of Object.values(settings)) expect([covers, models]).toEqual([undefined, 1]);
  expect(resultsDigest(0, settings)).toMatch(/^[0-9a-f]{64}$/);
});
