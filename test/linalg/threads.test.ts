/** @file Several threads give the bits of one, are refused by name where there are none, and let the process end. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { DomainError, UnsupportedError } from '../../src/linalg/errors.ts';
import { cholesky, lu, Matrix, matmul, qr, rng, symmetricEigen, syrk } from '../../src/linalg/index.ts';
import { scalarKernels } from '../../src/linalg/kernels/scalar.ts';
import { kernels } from '../../src/linalg/kernels/select.ts';
import { Pool, type SharedMemory } from '../../src/linalg/threads/pool.ts';
import { kernelThreads, useThreads } from '../../src/linalg/threads/use-threads.ts';
import { ROOT } from '../helpers/sources.ts';

const normal = (rows: number, cols: number, name: string): Matrix =>
  new Matrix(rows, cols, rng(2, 'threads', name).fillNormal(new Float64Array(rows * cols)));

afterEach(() => vi.unstubAllEnvs());
afterAll(() => void useThreads(1));

describe('kernels', () => {
  test.each([1, 2, 3, 4])('with %i threads give the bits of the scalar tier', (threads) => {
    useThreads(threads);
    const random = rng(3, 'kernels', threads);
    for (const n of [257, 331, 514]) {
      const data = random.fillNormal(new Float64Array(n * (n + 1) + 2 * n));
      const x = n * (n + 1);
      const own = kernels().workspace(data.length);
      own.set(data);
      scalarKernels.symv(n, 1.3, data, 0, n + 1, data, x, data, x + n);
      kernels().symv(n, 1.3, own, 0, n + 1, own, x, own, x + n);
      expect(own.every((v, i) => Object.is(v, data[i]))).toBe(true);
    }
    for (const [m, n, k] of [
      [300, 61, 100],
      [61, 300, 100],
      [513, 517, 300],
    ]) {
      const data = random.fillNormal(new Float64Array(m * k + k * n + m * n));
      const own = kernels().workspace(data.length);
      own.set(data);
      for (const [K, w] of [
        [scalarKernels, data],
        [kernels(), own],
      ] as const) {
        K.gemm(m, n, k, -0.7, w, 0, k, 1, w, m * k, n, 1, w, m * k + k * n, n);
        K.gemm(m, n, k, 0.9, w, 0, 1, m, w, m * k, 1, k, w, m * k + k * n, n);
      }
      expect(own.every((v, i) => Object.is(v, data[i]))).toBe(true);
    }
    const [units, m, q, p, count] = [5, 20, 17, 16, 130];
    const [x, u, t] = [m * count, (m + q) * count, (m + q + units * p) * count];
    const v = t + units * q * count;
    const c = v + p * count;
    const pairs = random.fillNormal(new Float64Array(c + units * (m + 1) * q * p));
    const shared = kernels().workspace(pairs.length);
    shared.set(pairs);
    for (const [K, w] of [
      [scalarKernels, pairs],
      [kernels(), shared],
    ] as const) {
      const [X, U, T, V, C] = [x, u, t, v, c].map((start) => w.subarray(start));
      K.pairGemm(units, m, q, p, count, w, X, U, T, V, C, (m + 1) * q * p, m);
    }
    expect(shared.every((value, i) => Object.is(value, pairs[i]))).toBe(true);
    const [n, k] = [420, 32];
    const data = random.fillNormal(new Float64Array(n * n + 2 * n * k));
    const own = kernels().workspace(data.length);
    own.set(data);
    scalarKernels.syr2k(n, k, -1, data, n * n, k, 1, data, n * n + n * k, 1, n, data, 0, n);
    kernels().syr2k(n, k, -1, own, n * n, k, 1, own, n * n + n * k, 1, n, own, 0, n);
    for (let i = 0; i < n; i++)
      expect(own.subarray(i * n + i, i * n + n)).toEqual(data.subarray(i * n + i, i * n + n));
  });
});

test('products, eigenvectors and factorisations: the same bits with 1, 2 and 4 threads', () => {
  const n = 300;
  const a = normal(n, n, 'a');
  const spd = syrk(a);
  for (let i = 0; i < n; i++) spd.data[i * n + i] += n;
  const all = (threads: number): Float64Array[] => {
    expect(useThreads(threads)).toBe(threads);
    expect(kernelThreads()).toBe(threads);
    const { values, vectors } = symmetricEigen(spd);
    const b = lu(a).solve(normal(n, 70, 'b'));
    return [
      values,
      vectors.data,
      matmul(a, a).data,
      syrk(a).data,
      cholesky(spd).lower.data,
      b.data,
      qr(a).solve(normal(n, 1, 'c')).data,
    ];
  };
  const one = all(1);
  for (const threads of [2, 4, 1])
    for (const [i, x] of all(threads).entries())
      expect(x.every((v, j) => Object.is(v, one[i][j]))).toBe(true);
});

test('more memories than a thread remembers', () => {
  useThreads(2);
  const n = 300;
  const memories = Array.from({ length: 6 }, (_, i) => {
    const own = kernels().workspace(3 * n * n);
    own.set(normal(2 * n, n, `memory ${i}`).data);
    return own;
  });
  for (let round = 0; round < 3; round++)
    for (const own of memories) {
      own.fill(0, 2 * n * n);
      kernels().gemm(n, n, n, 1, own, 0, n, 1, own, n * n, n, 1, own, 2 * n * n, n);
      const expected = new Float64Array(n * n);
      scalarKernels.gemm(n, n, n, 1, own, 0, n, 1, own, n * n, n, 1, expected, 0, n);
      expect(own.subarray(2 * n * n)).toEqual(expected);
    }
});

test('numbers that are none, and hosts without threads, are refused by name', () => {
  for (const threads of [0, -1, 1.5, 65, Number.NaN]) expect(() => useThreads(threads)).toThrow(DomainError);
  expect(() => useThreads('2' as never)).toThrow(/useThreads/);
  useThreads(1);
  vi.stubEnv('EIGENFLUENCE_THREADS', 'many');
  expect(() => useThreads()).toThrow(DomainError);
  vi.stubEnv('EIGENFLUENCE_THREADS', '');
  expect(useThreads()).toBe(1);
  const { getBuiltinModule } = process;
  try {
    process.getBuiltinModule = (() => undefined) as never;
    expect(() => useThreads(2)).toThrow(UnsupportedError);
    expect(() => useThreads(2)).toThrow(/worker_threads.*several workers/);
    expect(kernelThreads()).toBe(1);
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
});

const SCRIPT = `
  import { kernelThreads, Matrix, matmul, useThreads } from './src/linalg/index.ts';
  const n = 300;
  const a = new Matrix(n, n, new Float64Array(n * n).fill(0.5));
  useThreads();
  const product = matmul(a, a).at(7, 9);
  const used = process.cpuUsage();
  await new Promise((wake) => setTimeout(wake, 1000));
  const { user, system } = process.cpuUsage(used);
  console.log(JSON.stringify({ product, threads: kernelThreads(), idle: (user + system) / 1e6 }));`;

test('the environment names a number; idle threads use no processor time; the process ends by itself', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', SCRIPT],
    { cwd: ROOT, env: { ...process.env, EIGENFLUENCE_KERNELS: '', EIGENFLUENCE_THREADS: '2' } },
  );
  const { product, threads, idle } = JSON.parse(stdout) as Record<string, number>;
  expect([product, threads]).toEqual([75, 2]);
  expect(idle).toBeLessThan(0.3);
}, 60_000);

test('without kernels in WebAssembly there is one thread', async () => {
  const script = "import { useThreads } from './src/linalg/index.ts'; useThreads(2);";
  await expect(
    promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: ROOT,
      env: { ...process.env, EIGENFLUENCE_KERNELS: 'scalar' },
    }),
  ).rejects.toThrow(/the 'scalar' tier has one thread/);
}, 60_000);

test('a thread that fails ends the product, and says why', () => {
  const pool = new Pool(2);
  const onePage = new (
    globalThis as unknown as Record<'WebAssembly', { Memory: new (size: object) => SharedMemory['memory'] }>
  ).WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const until = performance.now() + 10_000;
  // the caller's own step takes its time, so that the other thread gets a task
  const step = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  expect(() => {
    while (performance.now() < until) pool.run({ id: 1, memory: onePage, scratch: 0, step }, 2 ** 20, 50, 1);
  }).toThrow(/^useThreads: a thread has failed: RuntimeError: .*out of bounds/);
  return pool.end();
});
