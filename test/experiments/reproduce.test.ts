/** @file A whole small run: same bits for any number of workers, after a kill, after damage; judged again by `evaluate`. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { digestBytes } from '../../src/experiments/files/digest.ts';
import { spearman } from '../../src/influence/index.ts';
import { readNpy, readNpz, writeNpy } from '../../src/linalg/io/index.ts';
import { expectClose } from '../helpers/close.ts';
import { patience, until } from '../helpers/patience.ts';
import { ROOT } from '../helpers/sources.ts';
import { command, type Run } from './command.ts';
import { forgeTaskFile } from './forged-task.ts';
import { temporaryFolder } from './temporary-folder.ts';

const SETTING = 'd1-w3-e3';
const folder = temporaryFolder();
const first = path.join(folder, 'first');

const run = (out: string, ...flags: string[]): Promise<Run> =>
  command('reproduce', '--profile', 'smoke', '--out', out, '--json', ...flags);
const results = (out: string): { [key: string]: unknown } =>
  JSON.parse(readFileSync(path.join(out, 'results.json'), 'utf8'));
const digestOf = (out: string): unknown => results(out)['digest'];

interface Entry {
  readonly ceiling: number | null;
  readonly lds: Record<string, { mean: number; ci: number[]; perQuery: number[]; single: unknown }>;
  readonly errorShare: Record<string, number>;
  readonly error: Record<string, number>;
  readonly seconds: Record<string, number>;
  readonly differences: Record<string, unknown>;
}
const entry = (out: string): Entry => results(out)[SETTING] as Entry;
const withoutSeconds = (out: string): unknown => ({
  ...results(out),
  [SETTING]: { ...entry(out), seconds: null },
});

/** Every file below a folder whose name passes. */
const filesBelow = (out: string, pattern: RegExp): string[] =>
  readdirSync(out, { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name))
    .map((name) => path.join(out, name))
    .sort();

beforeAll(async () => {
  expect(await run(first, '--workers', '2')).toMatchObject({ code: 0, stderr: '' });
}, patience(60));

test('a whole run has the bits that it has always had', () => {
  // of commit 4ac7b9d, before the laboratory became one; who means to change what is computed changes it here
  expect(digestOf(first)).toBe('85e29cce3a74022e37670a13e02b91e9ce2a5738ba36e43ce59511a0b94587d0');
});

describe('reproduce', () => {
  test('results.json has the agreed form', () => {
    const all = results(first);
    expect(Object.keys(all)).toEqual([
      'format',
      'versions',
      'machine',
      'seed',
      'kernelTier',
      'intervals',
      'digest',
      SETTING,
    ]);
    const one = entry(first);
    const ladder = ['hessian', 'ggn', 'block-ggn', 'ekfac', 'kfac'];
    const steps = ['hessian→ggn', 'ggn→block-ggn', 'block-ggn→ekfac', 'ekfac→kfac'];
    expect(one).toMatchObject({ parameters: 235, subsets: 6, seeds: 2, ceiling: expect.any(Number) });
    expect(Object.keys(one.lds)).toEqual([...ladder, 'grad-dot']);
    expect(Object.keys(one.error)).toEqual(ladder);
    expect(Object.keys(one.errorShare)).toEqual(steps);
    expect(Object.keys(one)).toEqual(expect.arrayContaining(['ldsChange', 'diagnostics']));
    for (const { mean, ci, perQuery } of Object.values(one.lds)) {
      const known = perQuery.filter((rho) => rho !== null);
      expect(Math.abs(mean - known.reduce((a, b) => a + b, 0) / known.length)).toBeLessThan(1e-12);
      expect(ci[0]).toBeLessThanOrEqual(ci[1]);
    }
    const shares = Object.values(one.errorShare);
    expect(Math.abs(shares.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-9);
    for (const stage of ['base-training', 'retraining', 'hessian/eigen', 'kfac/error', 'diagnostics'])
      expect(one.seconds[stage]).toBeGreaterThanOrEqual(0);
  });

  test('one worker, and four, give the same bits', async () => {
    for (const workers of ['1', '4']) {
      const out = path.join(folder, `workers-${workers}`);
      expect((await run(out, '--workers', workers)).code).toBe(0);
      expect(withoutSeconds(out)).toEqual(withoutSeconds(first));
    }
  });

  test('a second run computes nothing, and more subsets and seeds keep what there is', async () => {
    const before = filesBelow(first, /\.task$/).map((file) => readFileSync(file));
    const logs = filesBelow(first, /\.log$/).map((file) => readFileSync(file).length);
    expect((await run(first)).code).toBe(0);
    expect(filesBelow(first, /\.log$/).map((file) => readFileSync(file).length)).toEqual(logs);
    expect(filesBelow(first, /\.task$/).map((file) => readFileSync(file))).toEqual(before);
    const digest = digestOf(first);
    expect((await run(first, '--subsets', '7', '--seeds', '3', '--workers', '2')).code).toBe(0);
    expect(entry(first)).toMatchObject({ subsets: 7, seeds: 3 });
    expect((await run(first)).code).toBe(0);
    expect(digestOf(first)).toBe(digest);
  });

  test('damaged results, logs and results.json are told of, computed again, and change nothing', async () => {
    const digest = digestOf(first);
    const [task] = filesBelow(first, /attribution.*\.task$/);
    const [log] = filesBelow(first, /worker.*\.log$/);
    for (const file of [task, log]) {
      const bytes = readFileSync(file);
      bytes[200] ^= 1;
      writeFileSync(file, bytes);
    }
    writeFileSync(path.join(first, 'results.json'), '{"format": "eigenfl');
    const { code, stdout } = await command(
      'reproduce',
      '--profile',
      'smoke',
      '--out',
      first,
      '--workers',
      '1',
    );
    expect(code).toBe(0);
    for (const file of [task, log, path.join(first, 'results.json')])
      expect(stdout.split('\n').filter((line) => line.startsWith(file))).toHaveLength(1);
    expect(digestOf(first)).toBe(digest);
  });

  test('results that somebody made up, with checksums that hold, are told of, computed again, and change nothing', async () => {
    const digest = digestOf(first);
    const [diverged] = filesBelow(first, /base-training.*\.task$/);
    const [reshaped] = filesBelow(first, /attribution.*\.task$/);
    const [empty] = filesBelow(first, /diagnostics.*\.task$/);
    forgeTaskFile(diverged, ({ value }) => {
      value['trainLoss'] = null; // as a network that diverged was once stored
    });
    forgeTaskFile(reshaped, ({ arrays }) => {
      arrays[0].shape.reverse();
    });
    forgeTaskFile(empty, ({ value }) => {
      for (const key of Object.keys(value)) delete value[key];
    });
    const { code, stdout, stderr } = await command(
      ...['reproduce', '--profile', 'smoke', '--out', first, '--workers', '1'],
    );
    expect([code, stderr]).toEqual([0, '']);
    const told = (file: string): string[] => stdout.split('\n').filter((line) => line.startsWith(file));
    expect(told(diverged)).toEqual([
      `${diverged} is not trusted (field trainLoss: expected a number, received null) and is computed again.`,
    ]);
    expect(told(reshaped)).toEqual([
      expect.stringMatching(/array \w+: expected shape \[.*\], received \[.*\]/),
    ]);
    expect(told(empty)).toEqual([expect.stringContaining('field residual is missing')]);
    expect(digestOf(first)).toBe(digest);
  });

  test(
    'a run that is killed continues to the same bits',
    async () => {
      const out = path.join(folder, 'killed');
      const flags = ['reproduce', '--profile', 'smoke', '--out', out, '--workers', '1'];
      const child = spawn(process.execPath, ['--import', 'tsx', 'src/experiments/main.ts', ...flags], {
        cwd: ROOT,
        stdio: 'ignore',
      });
      const gone = new Promise((resolve) => child.once('exit', resolve));
      await until(
        'the first log',
        30,
        () => existsSync(path.join(out, 'retrainings')) && filesBelow(out, /\.log$/).length > 0,
      );
      expect(child.exitCode).toBe(null);
      child.kill('SIGKILL');
      await gone;
      expect(existsSync(path.join(out, 'results.json'))).toBe(false);
      expect((await run(out, '--workers', '2')).code).toBe(0);
      expect(withoutSeconds(out)).toEqual(withoutSeconds(first));
      expect(filesBelow(out, /tmp$|\.lock/)).toEqual([]);
    },
    patience(60),
  );

  test(
    'a folder where another run works is refused',
    async () => {
      const out = path.join(folder, 'busy');
      mkdirSync(out);
      writeFileSync(
        path.join(out, 'run.lock'),
        JSON.stringify({ pid: 1, host: 'another-machine', started: '' }),
      );
      const { code, stderr } = await run(out);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^eigenfluence: another run \(process 1 on another-machine\) is working in .*\n$/,
      );
    },
    patience(15),
  );
});

describe('evaluate', () => {
  const evaluate = (scores: string, ...flags: string[]): Promise<Run> =>
    command(
      'evaluate',
      '--scores',
      scores,
      '--setting',
      SETTING,
      '--profile',
      'smoke',
      '--out',
      first,
      '--json',
      ...flags,
    );
  const array = (name: string): ReturnType<typeof readNpy> =>
    readNpy(readFileSync(path.join(first, 'arrays', SETTING, `${name}.npy`)));
  const retrained = (): ReturnType<typeof readNpz> =>
    readNpz(readFileSync(path.join(first, 'arrays', SETTING, 'retrainings.npz')));
  const outcomes = (name: string): ReturnType<typeof readNpy> =>
    retrained().get(name) as ReturnType<typeof readNpy>;

  test('gives the LDS of results.json for the exported scores', async () => {
    for (const method of ['hessian', 'kfac', 'grad-dot']) {
      const { code, stdout } = await evaluate(
        path.join(first, 'arrays', SETTING, `scores-${method}.npy`),
        '--subsets',
        '6',
        '--seeds',
        '2',
      );
      expect(code).toBe(0);
      const { single: _models, ...lds } = entry(first).lds[method];
      expect((JSON.parse(stdout) as { lds: unknown }).lds).toEqual(lds);
    }
  });

  test('the exported halves of the seeds give the noise ceiling of results.json', () => {
    const [losses, splits] = [outcomes('losses'), outcomes('splits')];
    const [subsets, seeds, queries] = losses.shape;
    const [count, , half] = splits.shape;
    expect([count, half]).toEqual([1, 1]); // two seeds have one pair of halves
    const mean = (first: number, q: number): Float64Array =>
      Float64Array.from({ length: subsets }, (_, j) => {
        const numbers = Array.from({ length: half }, (_, i) => Number(splits.data[first + i]));
        return numbers.reduce((sum, r) => sum + Number(losses.data[(j * seeds + r) * queries + q]), 0) / half;
      });
    const perQuery = Array.from({ length: queries }, (_, q) => {
      const rho = Array.from({ length: count }, (_, s) =>
        spearman(mean(2 * s * half, q), mean((2 * s + 1) * half, q)),
      ).reduce((a, b) => a + b / count, 0);
      return Math.sqrt((2 * Math.max(rho, 0)) / (1 + Math.max(rho, 0)));
    });
    const ceiling = perQuery.reduce((a, b) => a + b, 0) / queries;
    expect(Math.abs(ceiling - Number(entry(first).ceiling))).toBeLessThan(1e-12);
  });

  test('scores whose sums overflow: the file and its largest cell are named', async () => {
    const { shape, data } = array('scores-hessian');
    const scores = new Float64Array(data.length).fill(1e308);
    scores[5] = 1.5e308;
    const name = path.join(folder, 'huge-scores.npy');
    writeFileSync(name, writeNpy({ shape, data: scores }));
    const usual = path.join(first, 'arrays', SETTING, 'scores-hessian.npy');
    for (const args of [[name], [usual, '--against', name]]) {
      const { code, stdout, stderr } = await evaluate(args[0], ...args.slice(1));
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toBe(
        `eigenfluence: ${name}: sums of its scores over subsets overflow: its largest number is 1.5e+308, element [0, 5] of ${name}. Scale the scores down; ranks do not change.\n`,
      );
    }
  });

  test('against a second matrix: the difference of results.json, with both intervals', async () => {
    const scores = (method: string): string => path.join(first, 'arrays', SETTING, `scores-${method}.npy`);
    const flags = ['--against', scores('kfac'), '--subsets', '6', '--seeds', '2'];
    const { stdout } = await evaluate(scores('hessian'), ...flags);
    const { against, difference } = JSON.parse(stdout) as Record<string, unknown>;
    const { single: _models, ...lds } = entry(first).lds['kfac'];
    expect(against).toEqual(lds);
    expect(entry(first).differences['hessian−kfac']).toEqual({
      a: 'hessian',
      b: 'kfac',
      ...(difference as object),
    });
    const reverse = JSON.parse(
      (await evaluate(scores('kfac'), '--against', scores('hessian'), ...flags.slice(2))).stdout,
    );
    expect(reverse.difference.difference).toBeCloseTo(-(difference as { difference: number }).difference, 12);
  });

  test(
    'zeroed rows count as no correlation, are told, and lose against the whole file',
    async () => {
      const whole = array('scores-hessian');
      const [queries, train] = whole.shape;
      const data = Float64Array.from(whole.data, (value, k) => (k < 7 * train ? 0 : Number(value)));
      const file = path.join(folder, 'zeroed.npy');
      writeFileSync(file, writeNpy({ shape: [queries, train], data }));
      const original = path.join(first, 'arrays', SETTING, 'scores-hessian.npy');
      const flags = ['--against', original, '--subsets', '6', '--seeds', '2'];
      const judged = JSON.parse((await evaluate(file, ...flags)).stdout);
      const rho = entry(first).lds['hessian'].perQuery.map(Number);
      const left = rho.slice(7).reduce((sum, r) => sum + r, 0) / queries;
      const all = rho.reduce((sum, r) => sum + r, 0) / queries;
      expect(judged.lds.mean).toBeCloseTo(left, 12);
      expect(judged.difference.difference).toBeCloseTo(left - all, 12); // both over the same queries
      expect(judged.lds.perQuery.slice(0, 7)).toEqual(Array(7).fill(null));
      expect(judged.undefinedQueries).toEqual({
        predictions: [0, 1, 2, 3, 4, 5, 6],
        outcomes: [],
        against: [],
      });
      expect(judged.warnings).toEqual([
        expect.stringMatching(/7 of 12 queries .*count as 0: 0, 1, 2, 3, 4, 5, 6/),
      ]);
      const zeros = path.join(folder, 'zeros.npy');
      writeFileSync(zeros, writeNpy({ shape: [queries, train], data: new Float64Array(queries * train) }));
      const nothing = JSON.parse((await evaluate(zeros, ...flags.slice(2))).stdout);
      expect(nothing.lds).toMatchObject({ mean: 0, ci: [0, 0], undefinedQueries: queries });
      expect(nothing.warnings).toEqual([expect.stringMatching(/12 of 12 queries/)]);
    },
    patience(20),
  );

  test('the README beside the arrays describes them, and its digests are theirs', () => {
    const below = path.join(first, 'arrays', SETTING);
    const readme = readFileSync(path.join(below, 'README.md'), 'utf8');
    for (const name of readdirSync(below).filter((file) => file !== 'README.md'))
      expect(readme, name).toContain(
        `| ${name} | \`${digestBytes(readFileSync(path.join(below, name)))}\` |`,
      );
    for (const [name, { shape }] of retrained())
      expect(readme, name).toContain(`| ${name} | [${shape.join(', ')}] |`);
    // its Python averages over all queries, as evaluate does: a constant counts as no correlation
    expect(readme).not.toContain('nanmean');
    expect(readme.match(/np\.nan_to_num\(/g)).toHaveLength(2);
  });

  test('perfect scores: least squares on the exported outcomes reaches an LDS near 1', async () => {
    const [subsets, losses] = [outcomes('subsets'), outcomes('losses')];
    const [count, kept] = subsets.shape;
    const queries = losses.shape[2];
    // score[q, i] = −Σ_j w_j(q) [i ∈ S_j] with w = K⁻¹ outcome predicts each subset's outcome exactly.
    const overlap = Array.from({ length: count }, (_, j) =>
      Array.from({ length: count }, (_, k) => {
        const other = new Set(subsets.data.subarray(k * kept, (k + 1) * kept));
        return subsets.data.subarray(j * kept, (j + 1) * kept).filter((i) => other.has(i)).length;
      }),
    );
    const { solve } = await import('./plain-network.ts');
    const scores = new Float64Array(queries * 60);
    for (let q = 0; q < queries; q++) {
      const outcome = overlap.map(
        (_, j) => (losses.data[2 * j * queries + q] + losses.data[(2 * j + 1) * queries + q]) / 2,
      );
      for (const [j, w] of solve(overlap, outcome).entries())
        for (const i of subsets.data.subarray(j * kept, (j + 1) * kept)) scores[q * 60 + i] -= w;
    }
    const file = path.join(folder, 'perfect.npy');
    writeFileSync(file, writeNpy({ shape: [queries, 60], data: scores }));
    const { stdout } = await evaluate(file, '--subsets', '6', '--seeds', '2');
    expectClose([(JSON.parse(stdout) as { lds: { mean: number } }).lds.mean], [1], { atol: 1e-12 });
  });

  test('the exported split is the one that the scores speak of', () => {
    const data = (name: string): ReturnType<typeof readNpy> =>
      readNpy(readFileSync(path.join(first, 'data', `${name}.npy`)));
    expect([data('train-inputs').shape, data('query-labels').shape]).toEqual([[60, 64], [12]]);
    const all = [...data('train-indices').data, ...data('query-indices').data];
    expect(new Set(all).size).toBe(72);
    expect(array('scores-ggn').shape).toEqual([12, 60]);
  });

  test('refuses more subsets than there are', async () => {
    const { code, stderr } = await evaluate(
      path.join(first, 'arrays', SETTING, 'scores-ggn.npy'),
      '--subsets',
      '100',
    );
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/holds \d+ subsets × \d seeds of d1-w3-e3, not 100 × \d: run reproduce/),
    ]);
  });
});
