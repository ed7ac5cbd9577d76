/** @file The simd tier gives the bits of the scalar tier: equality, not closeness. */
import { describe, expect, test } from 'vitest';
import type { Kernels } from '../../src/linalg/kernels/kernels.ts';
import { scalarKernels } from '../../src/linalg/kernels/scalar.ts';
import { selectKernels } from '../../src/linalg/kernels/select.ts';
import { simdKernels } from '../../src/linalg/kernels/simd.ts';
import { KERNEL_MODULE } from '../../src/linalg/kernels/simd-module.ts';
import { rng } from '../../src/linalg/random.ts';

const simd = simdKernels() as Kernels;
const random = (length: number, name: string): Float64Array =>
  rng(1, 'simd', name).fillNormal(new Float64Array(length));

describe('simd kernels', () => {
  test('are present in this Node, and chosen unless told otherwise', () => {
    expect(selectKernels(undefined).tier).toBe('simd');
    expect(selectKernels('scalar').tier).toBe('scalar');
  });

  for (const [m, n, k] of [
    [4, 4, 400],
    [5, 7, 300],
    [17, 65, 513],
    [130, 515, 260],
    [1, 600, 50],
    [300, 2, 50],
    [64, 64, 1],
  ])
    test(`gemm [${m}, ${k}] × [${k}, ${n}] in all orientations`, () => {
      const a = random(m * k, 'a');
      const b = random(k * n, 'b');
      for (const [aRow, aCol] of [
        [k, 1],
        [1, m],
      ])
        for (const [bRow, bCol] of [
          [n, 1],
          [1, k],
        ]) {
          const c = random(m * n, 'c');
          const d = c.slice();
          scalarKernels.gemm(m, n, k, -0.7, a, 0, aRow, aCol, b, 0, bRow, bCol, c, 0, n);
          simd.gemm(m, n, k, -0.7, a, 0, aRow, aCol, b, 0, bRow, bCol, d, 0, n);
          expect(d).toEqual(c);
        }
    });

  for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 64, 101])
    test(`symv of order ${n} in a workspace`, () => {
      const memory = simd.workspace(n * (n + 1) + 2 * n);
      memory.set(random(memory.length, 'symv'));
      const copy = memory.slice();
      const [x, y] = [n * (n + 1), n * (n + 1) + n];
      scalarKernels.symv(n, 1.3, copy, 0, n + 1, copy, x, copy, y);
      simd.symv(n, 1.3, memory, 0, n + 1, memory, x, memory, y);
      expect(memory.slice()).toEqual(copy);
    });

  test('syrk, syr2k and trsm', () => {
    const [n, k] = [70, 37];
    const a = random(n * k, 'a');
    const b = random(n * k, 'b');
    const t = random(n * n, 't');
    for (let i = 0; i < n; i++) t[i * n + i] += 10;
    for (const run of [
      (K: Kernels, c: Float64Array) => K.syrk(n, k, 0.5, a, 0, k, 1, c, 0, n),
      (K: Kernels, c: Float64Array) => K.syr2k(n, k, -1, a, 0, k, 1, b, 0, k, 1, c, 0, n),
      (K: Kernels, c: Float64Array) => K.trsm(true, false, n, n, t, 0, n, 1, c, 0, n),
    ]) {
      const c = random(n * n, 'c');
      const d = c.slice();
      run(scalarKernels, c);
      run(simd, d);
      expect(d).toEqual(c);
    }
  });
});

test('the inlined module is what its sources compile to', async () => {
  const build = (await import('../../src/linalg/kernels/assembly/build.mjs' as string)) as {
    compileKernels(): Promise<Buffer>;
  };
  expect((await build.compileKernels()).toString('base64')).toBe(KERNEL_MODULE);
});
