/** @file Every method of the registry through `influence` on a part of Digits: files, JSON, refusals. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readTorchParameters, selectExamples } from '../../src/autodiff/index.ts';
import { prepareDigits } from '../../src/experiments/protocol/data/prepare-digits.ts';
import { PROFILES, settingConfig } from '../../src/experiments/protocol/profile.ts';
import {
  attribute,
  METHOD_NAMES,
  METHODS,
  type MethodName,
  type MethodOptions,
} from '../../src/influence/index.ts';
import type { Matrix } from '../../src/linalg/index.ts';
import { readNpy, readSafetensors, writeNpy } from '../../src/linalg/io/index.ts';
import { relativeError } from '../helpers/close.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const N = 60;
const Q = 5;
const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);
const { train: allTrain, query } = prepareDigits(settingConfig(PROFILES.quick, 'd1-w16-e100', 0).data);
const first = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);
const train = selectExamples(allTrain, first(N)) as typeof allTrain;
const queries = selectExamples(query, first(Q)) as typeof query;
const arrays = ['--train-inputs', file('x.npy'), '--train-labels', file('y.npy')].concat([
  '--query-inputs',
  file('xq.npy'),
  '--query-labels',
  file('yq.npy'),
]);
const net = (seed: number): string[] => ['--params', file(`net-${seed}.safetensors`)];
const run = (seed: number): string[] => ['--checkpoints', file(`run-${seed}`)];

beforeAll(async () => {
  const matrix = ({ rows, cols, data }: Matrix): Uint8Array => writeNpy({ shape: [rows, cols], data });
  const labels = (y: Int32Array): Uint8Array => writeNpy({ shape: [y.length], dtype: 'i4', data: y });
  writeFileSync(file('x.npy'), matrix(train.inputs));
  writeFileSync(file('y.npy'), labels(train.labels));
  writeFileSync(file('xq.npy'), matrix(queries.inputs));
  writeFileSync(file('yq.npy'), labels(queries.labels));
  const data = ['--inputs', file('x.npy'), '--labels', file('y.npy')];
  for (const seed of [0, 1]) {
    const size = ['--width', '4', '--epochs', '30', '--batch', '16', '--seed', String(seed)];
    const out = ['--out', file(`net-${seed}.safetensors`), ...run(seed), '--checkpoint-count', '4'];
    expect(await command('train', ...data, ...size, ...out)).toMatchObject({ code: 0, stderr: '' });
  }
});

/** Few steps; --workers 1 keeps the chains in this thread. */
const QUICK: { readonly [M in MethodName]?: readonly string[] } = {
  lissa: ['--iterations', '30', '--batch', '16', '--alpha', '0.05', '--momentum', '0.5', '--repeats', '2'],
  astra: ['--iterations', '10', '--batch', '32', '--alpha', '0.1lambda', '--decay', '0.5/5'],
  bif: ['--chains', '2', '--draws', '20', '--burn-in', '5', '--workers', '1'],
  'bif-correlation': ['--chains', '2', '--draws', '20', '--n-beta', '50', '--gamma', '9', '--workers', '1'],
  trak: ['--dimension', '8', '--seed', '3'],
  arnoldi: ['--rank', '5', '--curvature', 'ggn'],
  logra: ['--dimension', '3', '--damping', '0.01', '--initialisation', 'pca'],
  cg: ['--tolerance', '1e-4'],
  'astra-source': ['--iterations', '5', '--segments', '2', '--tolerance', '1e-3'],
};

interface Figures {
  readonly method: string;
  readonly rule: { readonly kind: string } | null;
  readonly damping: number | null;
  readonly models: number;
  readonly residuals: readonly number[] | null;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly diagnostics: Readonly<Record<string, unknown>>;
  readonly seconds: Readonly<Record<string, number>>;
  readonly bounds: { readonly largest: number } | null;
  readonly discarded: { readonly query: number | null; readonly train: number | null };
  readonly warnings: readonly string[];
}

async function influence(...flags: readonly string[]): Promise<{ scores: Float64Array; figures: Figures }> {
  const out = ['--out', file('s.npy'), '--json'];
  const { code, stdout, stderr } = await command(
    'influence',
    '--activation',
    'tanh',
    ...arrays,
    ...flags,
    ...out,
  );
  expect([code, stderr]).toEqual([0, '']);
  const { shape, data } = readNpy(readFileSync(file('s.npy')));
  expect(shape).toEqual([Q, N]);
  return { scores: data as Float64Array, figures: JSON.parse(stdout) as Figures };
}

function inLibrary(method: MethodName, options: MethodOptions, seed = 0): Float64Array {
  const parameters = readSafetensors(readFileSync(file(`net-${seed}.safetensors`)));
  const network = readTorchParameters(parameters, 'tanh');
  const models = [{ ...network, loss: 'cross-entropy' as const }];
  return attribute({ method, options, models, train, queries }).scores.data;
}

const followed = (method: MethodName, seed: number): readonly string[] =>
  METHODS[method].needsTrajectory ? run(seed) : [];

describe('every method', () => {
  for (const method of METHOD_NAMES.filter((name) => name !== 'trajectory'))
    test(`${method}: scores, settings and diagnostics; two networks are their mean`, async () => {
      const flags = ['--method', method, ...(QUICK[method] ?? [])];
      const single = await influence(...net(0), ...followed(method, 0), ...flags);
      const { figures, scores } = single;
      expect(scores.every(Number.isFinite)).toBe(true);
      expect(figures).toMatchObject({ method, measurement: 'loss', queries: Q, train: N, models: 1 });
      expect(Object.keys(figures.seconds)).toEqual(['read', 'fit', 'score', 'write']);
      expect(figures.rule === null).toBe(!('spectrum' in figures.diagnostics));
      const other = await influence(...net(1), ...followed(method, 1), ...flags);
      const both = await influence(
        ...net(0),
        ...followed(method, 0),
        ...net(1),
        ...followed(method, 1),
        ...flags,
      );
      expect(both.figures.models).toBe(2);
      const mean = scores.map((value, k) => (value + other.scores[k]) / 2);
      if (method !== 'trak') expect(both.scores).toEqual(mean);
      else expect(both.scores).not.toEqual(mean);
    });
});

describe('options reach the method', () => {
  test('inverse rules: absolute, unrolled, factor by factor, automatic', async () => {
    const cases: [string[], MethodName, MethodOptions][] = [
      [['--absolute', '0.02'], 'hessian', { rule: { kind: 'absolute', lambda: 0.02 } }],
      [['--time', '30'], 'ekfac', { rule: { kind: 'unrolled', time: 30 } }],
      [
        ['--damping', '0.1', '--factors', 'separate'],
        'kfac',
        { rule: { kind: 'damped', lambda: 0.1, factors: 'separate' } },
      ],
      [['--damping', 'auto'], 'kfac', { damping: 'auto' }],
      [
        ['--factors', 'separate', '--eps', '1e-3', '--negative', 'drop'],
        'kfac',
        { rule: { kind: 'truncated', eps: 1e-3, negative: 'drop', factors: 'separate' } },
      ],
    ];
    for (const [flags, method, options] of cases) {
      const { scores, figures } = await influence(...net(0), '--method', method, ...flags);
      expect(scores).toEqual(inLibrary(method, options));
      expect(figures.settings['rule']).toEqual(figures.rule);
    }
  });

  test('solvers, chains and projections', async () => {
    const cases: [string[], MethodName, MethodOptions][] = [
      [
        ['--curvature', 'hessian', '--damping', '0.5', '--tolerance', '1e-3', '--iterations', '50'],
        'cg',
        { curvature: 'hessian', damping: 0.5, tolerance: 1e-3, iterations: 50 },
      ],
      [
        ['--iterations', '7', '--batch', '20', '--alpha', '0.3', '--momentum', '0.2', '--repeats', '2'],
        'astra',
        { iterations: 7, batch: 20, alpha: 0.3, momentum: 0.2, repeats: 2 },
      ],
      [
        ['--alpha', '2lambda', '--iterations', '3', '--batch', 'full', '--decay', 'none'],
        'astra',
        { alpha: { timesDamping: 2 }, iterations: 3, batch: 'full', decay: 'none' },
      ],
      [
        ['--momentum', 'auto', '--batch', 'full', '--damping', '0.01', '--iterations', '40'],
        'lissa',
        { momentum: 'auto', batch: 'full', damping: 0.01, iterations: 40 },
      ],
      [
        [
          '--chains',
          '2',
          '--draws',
          '12',
          '--burn-in',
          '3',
          '--step-size',
          '1e-4',
          '--seed',
          '5',
          '--workers',
          '1',
        ],
        'bif',
        { chains: 2, draws: 12, burnIn: 3, stepSize: 1e-4, seed: 5 },
      ],
      [['--dimension', '4', '--seed', '2', '--ridge', '1'], 'trak', { dimension: 4, seed: 2, ridge: 1 }],
    ];
    for (const [flags, method, options] of cases) {
      const { scores } = await influence(...net(0), '--method', method, ...flags);
      expect(scores).toEqual(inLibrary(method, options));
    }
  });

  test('diagnostics: residuals and history of solves, effective draws and R-hat of chains', async () => {
    const astra = (await influence(...net(0), '--method', 'astra', '--batch', 'full')).figures;
    expect(astra.residuals?.length).toBe(Q);
    expect(astra.diagnostics).toHaveProperty('history.iterations.20', 200);
    expect(astra.diagnostics).toHaveProperty('alpha', astra.settings['alpha']);
    expect(astra.bounds?.largest).toBeGreaterThan(0);
    const bif = (await influence(...net(0), '--method', 'bif', ...(QUICK.bif ?? []))).figures;
    for (const name of ['effectiveSampleSize', 'splitRhat'])
      expect(bif.diagnostics[name]).toEqual(expect.any(Number));
    const { gamma, nBeta } = bif.settings as { gamma: number; nBeta: number };
    expect(bif.damping).toBe(gamma / nBeta);
    expect(bif.diagnostics).toHaveProperty('bias', { step: expect.closeTo(1 / 15, 12), batch: 0 });
  });

  test('bounds and errors go to files', async () => {
    const flags = [
      '--method',
      'lissa',
      ...(QUICK.lissa ?? []),
      '--bounds',
      file('b.npy'),
      '--errors',
      file('e.npy'),
    ];
    const { scores } = await influence(...net(0), ...flags);
    const exact = inLibrary('cg', { tolerance: 1e-10 });
    const bounds = readNpy(readFileSync(file('b.npy'))).data;
    for (const [k, score] of scores.entries())
      expect(Math.abs(score - exact[k])).toBeLessThanOrEqual(bounds[k]);
    expect(readNpy(readFileSync(file('e.npy'))).shape).toEqual([Q, N]);
  });

  test('chains on two threads give the bits of one', async () => {
    const flags = ['--method', 'bif', '--chains', '3', '--draws', '10', '--burn-in', '2', '--workers'];
    const { scores } = await influence(...net(0), ...flags, '1');
    expect((await influence(...net(0), ...flags, '2')).scores).toEqual(scores);
  });

  test('the margin turns the sign round', async () => {
    const loss = await influence(...net(0), '--method', 'tracin', ...run(0));
    const margin = await influence(...net(0), '--method', 'tracin', ...run(0), '--measurement', 'margin');
    expect(relativeError(margin.scores, loss.scores)).toBeGreaterThan(1);
  });
});

const refused = async (...flags: readonly string[]): Promise<string> => {
  const target = file('never.npy');
  const { code, stdout, stderr } = await command(
    'influence',
    '--activation',
    'tanh',
    ...arrays,
    ...net(0),
    ...flags,
    '--out',
    target,
  );
  expect([code === 0, stdout, existsSync(target)]).toEqual([false, '', false]);
  expect(stderr).toMatch(/^eigenfluence: [^\n]+\n$/);
  expect(stderr).not.toMatch(/internal error/);
  return stderr;
};

describe('refusals', () => {
  test('an option of other methods, by name, with the methods it belongs to', async () => {
    for (const [flags, message] of [
      [
        ['--method', 'ekfac', '--chains', '3'],
        /--chains does not apply to ekfac; it belongs to bif, bif-correlation/,
      ],
      [['--method', 'grad-dot', '--alpha', '1'], /--alpha .* it belongs to lissa, astra, astra-source/],
      [['--method', 'ekfac', '--factors', 'separate'], /--factors .* it belongs to kfac/],
      [['--method', 'cg', '--burn-in', '3'], /--burn-in does not apply to cg/],
      [['--method', 'trak', '--eps', '1e-3'], /--eps .* hessian, ggn, block-ggn, ekfac, kfac/],
      [['--method', 'label', '--seed', '3'], /--seed does not apply to label/],
      [['--method', 'bif', ...run(0)], /--checkpoints .* it belongs to source, astra-source, tracin/],
      [['--method', 'bif', '--gamma', '1', '--damping', '1'], /give one/],
      [['--method', 'kfac', '--damping', 'auto', '--factors', 'separate'], /must be a number/],
      [['--method', 'hessian', '--absolute', '1', '--damping', '1'], /cannot be used with/],
      [['--method', 'astra', '--alpha', '3mu'], /0\.1lambda, or auto/],
      [['--method', 'astra', '--decay', '2/50'], /factor in \(0, 1\]/],
    ] as const)
      expect(await refused(...flags)).toMatch(message);
  });

  test('checkpoints that are missing, too few, or of another network', async () => {
    expect(await refused('--method', 'source')).toMatch(/train --checkpoints/);
    expect(await refused(...net(1), '--method', 'source', ...run(0))).toMatch(
      /2 --params and 1 --checkpoints/,
    );
    expect(await refused('--method', 'source', ...run(1))).toMatch(/last checkpoint/);
    expect(await refused('--method', 'tracin', '--checkpoints', file('nowhere'))).toMatch(/nowhere/);
  });

  test('a run that diverges, and errors that a method does not have', async () => {
    expect(await refused('--method', 'lissa', '--alpha', '1e6', '--iterations', '200')).toMatch(/diverged/);
    expect(await refused('--method', 'ekfac', '--errors', file('never-e.npy'))).toMatch(
      /--errors: ekfac gives none/,
    );
    expect(await refused('--method', 'bif', '--bounds', file('never-b.npy'), '--draws', '10')).toMatch(
      /--bounds: bif gives none here; cg, lissa, astra/,
    );
    expect(readdirSync(folder).filter((name) => name.startsWith('never'))).toEqual([]);
  });

  test('what must be given is named', async () => {
    const { code, stderr } = await command('influence', '--method', 'ggn');
    expect([code, stderr]).toEqual([2, "eigenfluence: required option '--params <file>' not specified\n"]);
  });
});

test('--list tells of every method, as text and as JSON', async () => {
  const { code, stdout } = await command('influence', '--list');
  expect(code).toBe(0);
  for (const name of METHOD_NAMES) {
    const { label, approximates, reference } = METHODS[name];
    for (const text of [`${name} (${label}): ${approximates}`, reference]) expect(stdout).toContain(text);
  }
  const { methods } = JSON.parse((await command('influence', '--list', '--json')).stdout) as {
    methods: Record<string, { options: { name: string; flags: string[] }[] }>;
  };
  expect(Object.keys(methods)).toEqual([...METHOD_NAMES]);
  for (const { options } of Object.values(methods))
    for (const { flags } of options) expect(flags.length).toBeGreaterThan(0);
});

describe('the rule of an eigen-decomposed curvature', () => {
  const curvatures = ['hessian', 'ggn', 'block-ggn', 'ekfac', 'kfac'] as const;

  test('none given is the automatic one; paper is |σ| > 1e-4; --eps alone cuts as it says', async () => {
    for (const method of curvatures) {
      const flags = [...net(0), '--method', method];
      const none = await influence(...flags);
      expect(none.figures.rule).toMatchObject({ kind: 'damped' });
      expect(none.figures).toMatchObject({ discarded: { query: 0, train: 0 }, warnings: [] });
      expect((await influence(...flags, '--rule', 'auto')).scores).toEqual(none.scores);
      expect((await influence(...flags, '--damping', 'auto')).scores).toEqual(none.scores);
      const paper = await influence(...flags, '--rule', 'paper');
      expect(paper.figures.rule).toEqual({ kind: 'truncated', eps: 1e-4, negative: 'keep' });
      expect((await influence(...flags, '--eps', '1e-4')).scores).toEqual(paper.scores);
      expect(paper.scores).toEqual(inLibrary(method, { rule: 'paper' }));
    }
  });

  test('what a cut discards stands in --json, and above a tenth as a warning in the text', async () => {
    const flags = [...net(0), '--method', 'ggn', '--eps', '1e-2'];
    const { figures } = await influence(...flags);
    expect(figures.discarded.query).toBeGreaterThan(0.1);
    expect(figures.warnings).toEqual([expect.stringMatching(/discarded, .* of the query gradients/)]);
    const out = ['--activation', 'tanh', ...arrays, '--out', file('s.npy')];
    const { code, stdout } = await command('influence', ...out, ...flags);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^warning: .*discarded/m);
    const huge = await command('influence', ...out, ...net(0), '--method', 'ggn', '--eps', '1e308');
    expect(huge.stdout).toMatch(/^warning: .*Every score is 0/m);
  });

  test('rules that contradict each other, or belong to another, are refused', async () => {
    for (const [flags, message] of [
      [['--rule', 'paper', '--eps', '1e-3'], /--rule.*cannot be used with.*--eps/],
      [['--rule', 'auto', '--damping', '1'], /cannot be used with/],
      [['--negative', 'drop'], /--negative.*give --eps/],
      [['--rule', 'best'], /Allowed choices are auto, paper/],
    ] as const)
      expect(await refused('--method', 'ggn', ...flags)).toMatch(message);
    expect(await refused('--method', 'kfac', '--factors', 'separate')).toMatch(/no automatic rule/);
    expect(await refused('--method', 'cg', '--rule', 'auto')).toMatch(/--rule does not apply to cg/);
  });
});

test('a rate at which training diverges ends in one line, and writes neither network nor checkpoints', async () => {
  const data = ['--inputs', file('x.npy'), '--labels', file('y.npy'), '--epochs', '3'];
  for (const rate of ['1e300', '1e6']) {
    const out = ['--out', file('wild.safetensors'), '--checkpoints', file('wild'), '--models', '2'];
    const { code, stderr } = await command('train', ...data, '--lr', rate, ...out, '--json');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/^eigenfluence: [^\n]*diverged[^\n]*epoch[^\n]*Lower the learning rate\.\n$/);
    expect(readdirSync(folder).filter((name) => name.startsWith('wild'))).toEqual([]);
  }
});
