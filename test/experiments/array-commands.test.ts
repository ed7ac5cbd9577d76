/** @file `curvature`, `influence`, `eigen` and `train` on arrays, against a plain second implementation. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readNpy, readSafetensors, writeNpy, writeSafetensors } from '../../src/linalg/io/index.ts';
import { expectClose } from '../helpers/close.ts';
import { command } from './command.ts';
import {
  dot,
  gaussNewton,
  gradient,
  hessian,
  logits,
  loss,
  margin,
  type Row,
  type Sizes,
  solve,
} from './plain-network.ts';
import { temporaryFolder } from './temporary-folder.ts';

const SIZES: Sizes = [3, 2, 3];
const D = 2 * 3 + 2 + 3 * 2 + 3;
const N = 7;
const wave = (n: number, phase: number): number[] =>
  Array.from({ length: n }, (_, i) => Math.sin(1.7 * i + phase));
const theta = wave(D, 0.4);
const xs = Array.from({ length: N }, (_, i) => wave(3, 10 * i));
const ys = [0, 1, 2, 0, 1, 0, 2];
const queries = Array.from({ length: 2 }, (_, i) => wave(3, 100 + 10 * i));
const queryLabels = [1, 0];
const meanLoss = (p: Row): number => xs.reduce((sum, x, i) => sum + loss(SIZES, p, x, ys[i]), 0) / N;
/** Fourth-order differences, twice. */
const BY_DIFFERENCES = { atol: 2e-8, rtol: 2e-8 };

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);
const read = (name: string): ReturnType<typeof readNpy> => readNpy(readFileSync(file(name)));
const network = ['--params', file('net.safetensors'), '--activation', 'tanh'];
const train = ['--inputs', file('x.npy'), '--labels', file('y.npy')];
const pair = [
  '--train-inputs',
  file('x.npy'),
  '--train-labels',
  file('y.npy'),
  '--query-inputs',
  file('xq.npy'),
  '--query-labels',
  file('yq.npy'),
];

beforeAll(() => {
  writeFileSync(
    file('net.safetensors'),
    writeSafetensors({
      '0.weight': { shape: [2, 3], data: theta.slice(0, 6) },
      '0.bias': { shape: [2], data: theta.slice(6, 8) },
      '2.weight': { shape: [3, 2], data: theta.slice(8, 14) },
      '2.bias': { shape: [3], data: theta.slice(14) },
    }),
  );
  writeFileSync(file('x.npy'), writeNpy({ shape: [N, 3], data: xs.flat() }));
  writeFileSync(file('y.npy'), writeNpy({ shape: [N], dtype: 'i8', data: ys }));
  writeFileSync(file('xq.npy'), writeNpy({ shape: [2, 3], data: queries.flat() }));
  writeFileSync(file('yq.npy'), writeNpy({ shape: [2], dtype: 'i4', data: queryLabels }));
});

describe('curvature', () => {
  const run = async (method: string, ...more: string[]): Promise<number[][]> => {
    const out = file(`${method}.npy`);
    const { code, stderr } = await command(
      'curvature',
      ...network,
      ...train,
      '--method',
      method,
      '--out',
      out,
      ...more,
    );
    expect([code, stderr]).toEqual([0, '']);
    const { shape, dtype, data } = read(`${method}.npy`);
    expect([shape, dtype]).toEqual([[D, D], 'f8']);
    return Array.from({ length: D }, (_, i) => Array.from(data.subarray(i * D, (i + 1) * D)));
  };

  test('hessian: second differences of the mean loss, in PyTorch’s order', async () => {
    expectClose((await run('hessian')).flat(), hessian(meanLoss, theta).flat(), BY_DIFFERENCES);
  });

  test('ggn: Jᵀ H_u J; block-ggn: its blocks per layer; per tensor with --partition', async () => {
    const expected = gaussNewton(SIZES, theta, xs);
    expectClose((await run('ggn')).flat(), expected.flat(), BY_DIFFERENCES);
    const layerOf = (i: number): number => (i < 8 ? 0 : 1);
    const tensorOf = (i: number): number => [6, 8, 14, D].findIndex((end) => i < end);
    for (const [blockOf, ...flags] of [[layerOf], [tensorOf, '--partition', 'tensor']] as const) {
      const blocks = expected.map((row, i) => row.map((value, j) => (blockOf(i) === blockOf(j) ? value : 0)));
      expectClose((await run('block-ggn', ...flags)).flat(), blocks.flat(), BY_DIFFERENCES);
    }
  });

  test('empirical Fisher: (1/N) Σ g gᵀ; mc: depends on --seed, tends to the GGN with --samples', async () => {
    const gradients = xs.map((x, n) => gradient((p) => loss(SIZES, p, x, ys[n]), theta));
    const expected = theta.map((_, i) =>
      theta.map((_, j) => gradients.reduce((sum, g) => sum + g[i] * g[j], 0) / N),
    );
    expectClose((await run('ggn', '--fisher', 'empirical')).flat(), expected.flat(), BY_DIFFERENCES);
    const exact = (await run('ggn')).flat();
    const sampled = (...flags: string[]): Promise<number> =>
      run('ggn', '--fisher', 'mc', ...flags).then((m) =>
        Math.hypot(...m.flat().map((value, k) => value - exact[k])),
      );
    const [few, other, many] = [
      await sampled(),
      await sampled('--seed', '1'),
      await sampled('--samples', '2000'),
    ];
    expect(few).not.toBe(other);
    expect(many).toBeLessThan(few / 5);
  });

  test('kfac, ekfac: trace of the block-GGN for ekfac, one JSON object with --json', async () => {
    const out = file('e.npy');
    const { stdout } = await command(
      'curvature',
      ...network,
      ...train,
      '--method',
      'ekfac',
      '--out',
      out,
      '--json',
    );
    const figures = JSON.parse(stdout) as { trace: number; seconds: Record<string, number> };
    const trace = gaussNewton(SIZES, theta, xs).reduce((sum, row, i) => sum + row[i], 0);
    expectClose([figures.trace], [trace], BY_DIFFERENCES); // Σ diag(Qᵀ B Q) = tr B
    expect(Object.keys(figures.seconds)).toEqual(['read', 'curvature', 'write']);
  });

  test('one example, one class missing, float32 and Fortran order', async () => {
    const fortran = Buffer.from(writeNpy({ shape: [1, 3], dtype: 'f4', data: [0.5, -0.25, 1] }));
    fortran.write(fortran.toString('latin1').replace('False', 'True '), 'latin1');
    writeFileSync(file('one.npy'), fortran);
    writeFileSync(file('label.npy'), writeNpy({ shape: [1], dtype: 'i8', data: [2] }));
    const args = [
      '--inputs',
      file('one.npy'),
      '--labels',
      file('label.npy'),
      '--method',
      'hessian',
      '--out',
      file('h.npy'),
    ];
    expect(await command('curvature', ...network, ...args)).toMatchObject({ code: 0, stderr: '' });
    const expected = hessian((p) => loss(SIZES, p, [0.5, -0.25, 1], 2), theta);
    expectClose(read('h.npy').data, expected.flat(), BY_DIFFERENCES);
  });
});

describe('influence', () => {
  const run = async (...flags: string[]): Promise<Float64Array> => {
    const { code, stderr } = await command(
      'influence',
      ...network,
      ...pair,
      '--out',
      file('s.npy'),
      ...flags,
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(read('s.npy').shape).toEqual([2, N]);
    return read('s.npy').data;
  };
  const trainGradients = xs.map((x, n) => gradient((p) => loss(SIZES, p, x, ys[n]), theta));
  const queryGradients = (m: typeof loss): number[][] =>
    queries.map((x, q) => gradient((p) => m(SIZES, p, x, queryLabels[q]), theta));
  const expected = (m: typeof loss, c: number[][], lambda: number): number[] => {
    const damped = c.map((row, i) => row.map((value, j) => (i === j ? value + lambda : value)));
    const solved = queryGradients(m).map((g) => solve(damped, g));
    return solved.flatMap((x) => trainGradients.map((g) => dot(x, g)));
  };

  test('∇m(q)ᵀ (C + λI)⁻¹ ∇L(i), by elimination', async () => {
    const ggn = gaussNewton(SIZES, theta, xs);
    const tolerance = { atol: 1e-6, rtol: 1e-6 };
    expectClose(await run('--method', 'ggn', '--damping', '0.1'), expected(loss, ggn, 0.1), tolerance);
    const margins = await run('--method', 'ggn', '--damping', '0.1', '--measurement', 'margin');
    expectClose(margins, expected(margin, ggn, 0.1), tolerance);
    const h = hessian(meanLoss, theta);
    expectClose(await run('--method', 'hessian', '--damping', '1'), expected(loss, h, 1), tolerance);
  });

  test('grad-dot is C = I; eps above the spectrum gives zeros; --negative drop changes the Hessian’s scores', async () => {
    const plain = queryGradients(loss).flatMap((g) => trainGradients.map((t) => dot(g, t)));
    expectClose(await run('--method', 'grad-dot'), plain, { atol: 1e-9 });
    expectClose(await run('--method', 'ggn', '--eps', '1000'), new Array<number>(2 * N).fill(0), {});
    const keep = await run('--method', 'hessian', '--eps', '1e-3');
    expect(await run('--method', 'hessian', '--eps', '1e-3', '--negative', 'drop')).not.toEqual(keep);
  });
});

describe('eigen', () => {
  const a = [
    [2, 1, 0],
    [1, 2, 0],
    [0, 0, -5],
  ];
  const run = (...flags: string[]): Promise<{ code: number; stdout: string }> =>
    command(
      'eigen',
      '--input',
      file('a.npy'),
      '--values',
      file('w.npy'),
      '--vectors',
      file('v.npy'),
      ...flags,
    );

  test('ascending values, vectors in columns, and only |λ| > eps with --above', async () => {
    writeFileSync(file('a.npy'), writeNpy({ shape: [3, 3], data: a.flat() }));
    for (const method of ['auto', 'jacobi', 'ql', 'dc']) {
      expect((await run('--method', method, '--json')).code).toBe(0);
      expectClose(read('w.npy').data, [-5, 1, 3], { atol: 32 * Number.EPSILON });
      const { data: v } = read('v.npy');
      for (const [j, value] of [-5, 1, 3].entries())
        for (let i = 0; i < 3; i++)
          expect(Math.abs(dot(a[i], [v[j], v[3 + j], v[6 + j]]) - value * v[3 * i + j])).toBeLessThan(
            64 * Number.EPSILON,
          );
    }
    expect((await run('--above', '2')).code).toBe(0);
    expectClose(read('w.npy').data, [-5, 3], { atol: 32 * Number.EPSILON });
    expect(read('v.npy').shape).toEqual([3, 2]);
  });

  test('a matrix computed in float32 and not quite symmetric is that of its mean with the transpose', async () => {
    const rounded = a.flat();
    rounded[1] += 3e-7;
    rounded[3] -= 3e-7;
    writeFileSync(file('a.npy'), writeNpy({ shape: [3, 3], data: rounded }));
    expect((await run()).code).toBe(0);
    expectClose(read('w.npy').data, [-5, 1, 3], { atol: 32 * Number.EPSILON });
  });
});

describe('train', () => {
  test('--models writes F-0, F-1, each as its own seed alone would; the accuracy is that of the written network', async () => {
    const flags = ['--width', '2', '--epochs', '3', '--batch', '4', '--lr', '0.5', ...train];
    const many = await command('train', ...flags, '--models', '2', '--out', file('F.safetensors'), '--json');
    expect([many.code, many.stderr]).toEqual([0, '']);
    await command('train', ...flags, '--seed', '1', '--out', file('G.safetensors'));
    expect(readFileSync(file('F-1.safetensors'))).toEqual(readFileSync(file('G.safetensors')));
    expect(readFileSync(file('F-0.safetensors'))).not.toEqual(readFileSync(file('G.safetensors')));
    const tensors = readSafetensors(readFileSync(file('F-0.safetensors')));
    expect([...tensors.keys()]).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
    const p = [...tensors.values()].flatMap(({ data }) => Array.from(data));
    const right = xs.filter((x, i) => {
      const u = logits(SIZES, p, x);
      return u.indexOf(Math.max(...u)) === ys[i];
    });
    expect((JSON.parse(many.stdout) as { models: { trainAccuracy: number }[] }).models[0].trainAccuracy).toBe(
      right.length / N,
    );
  });

  test('fewer examples than the usual batch are one batch', async () => {
    const flags = ['--width', '2', '--epochs', '2', ...train];
    expect(await command('train', ...flags, '--out', file('all.safetensors'))).toMatchObject({ code: 0 });
    await command('train', ...flags, '--batch', String(N), '--out', file('seven.safetensors'));
    expect(readFileSync(file('all.safetensors'))).toEqual(readFileSync(file('seven.safetensors')));
  });

  test('leaves nothing but what it was asked to write', () => {
    expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([]);
  });
});
