/** @file The simd tier gives the bits of the scalar tier: equality, not closeness. */
import { describe, expect, test } from 'vitest';
import { TANH_TABLE } from '../../src/linalg/elementary/tanh-table.ts';
import * as float32 from '../../src/linalg/kernels/float32/simd-module.ts';
import * as fused from '../../src/linalg/kernels/fused-module.ts';
import type { Kernels } from '../../src/linalg/kernels/kernels.ts';
import * as network from '../../src/linalg/kernels/network/simd-module.ts';
import { scalarKernels } from '../../src/linalg/kernels/scalar.ts';
import { selectKernels } from '../../src/linalg/kernels/select.ts';
import { simdKernels } from '../../src/linalg/kernels/simd.ts';
import * as core from '../../src/linalg/kernels/simd-module.ts';
import { triangle, trsm } from '../../src/linalg/kernels/trsm.ts';
import { decodeModule, type Host, instantiateKernels } from '../../src/linalg/kernels/wasm.ts';
import * as wide from '../../src/linalg/kernels/wide-module.ts';
import { rng } from '../../src/linalg/random/random.ts';

const simd = simdKernels() as Kernels;
const random = (length: number, name: string): Float64Array =>
  rng(1, 'simd', name).fillNormal(new Float64Array(length));

/** The first index at which two arrays hold different bits, or −1. */
function firstDifference(x: Float64Array, y: Float64Array): number {
  return x.findIndex((v, i) => !Object.is(v, y[i]));
}

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
          expect(firstDifference(d, c)).toBe(-1);
        }
    });

  /** Runs a kernel on the same numbers in a workspace and on the heap: the whole arrays must agree. */
  function inWorkspace(length: number, run: (k: Kernels, memory: Float64Array) => unknown): void {
    const memory = simd.workspace(length);
    memory.set(random(length, 'workspace'));
    const copy = memory.slice();
    const expected = run(scalarKernels, copy);
    expect(run(simd, memory)).toBe(expected);
    expect(firstDifference(memory, copy)).toBe(-1);
  }

  for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 64, 101])
    test(`symv of order ${n} in a workspace`, () =>
      inWorkspace(n * (n + 1) + 2 * n, (k, w) =>
        k.symv(n, 1.3, w, 0, n + 1, w, n * (n + 1), w, n * (n + 1) + n),
      ));

  for (const [m, n] of [
    [1, 48],
    [4, 64],
    [7, 51],
    [33, 66],
    [34, 129],
    [64, 63],
  ])
    test(`vector kernels of shape [${m}, ${n}] in a workspace`, () => {
      const lda = n + 1;
      const x = m * lda;
      const y = x + m + n;
      inWorkspace(y + m + n, (k, w) => {
        k.gemv(m, n, -0.3, w, 1, lda, w, x, w, y);
        k.gemvT(m, n, 1.7, w, 1, lda, w, x, w, y);
        k.ger(m, n, 0.2, w, x, w, y, w, 0, lda);
        k.axpy(n, 0.9, w, x, w, y);
        k.rotate(n, w, x + 1, w, y, 0.6, -0.8);
        return k.dot(n, w, x, w, y);
      });
    });

  for (const n of [48, 49, 101])
    test(`loops of the secular equation of order ${n} in a workspace`, () =>
      inWorkspace(4 * n + 5 * n, (k, w) => {
        for (let left = 0; left < n - 1; left++)
          k.secularSums(n, left, w, 0, w, n, 0.3, 0.01 * left, w, 4 * n + 5 * left);
        k.loewner(n, w, 0, w, n, w, 2 * n, w, 3 * n);
        k.secularScales(n, w, n, w, 0, w, 2 * n, w, 3 * n, w, 4 * n);
        k.quotients(n, 1.3, w, 0, w, n, 0.3, 0.01, w, 2 * n);
      }));

  for (const [m, n, k] of [
    [4, 40, 7],
    [5, 31, 300],
    [130, 67, 33],
    [66, 514, 257],
  ])
    test(`gemm [${m}, ${k}] × [${k}, ${n}] in a workspace, in all orientations`, () => {
      for (const [aRow, aCol] of [
        [k, 1],
        [1, m],
        [2 * k, 2],
      ])
        for (const [bRow, bCol] of [
          [n, 1],
          [1, k],
        ])
          inWorkspace(2 * m * k + k * n + m * (n + 1), (K, w) => {
            const b = 2 * m * k;
            K.gemm(m, n, k, -0.7, w, 0, aRow, aCol, w, b, bRow, bCol, w, b + k * n, n + 1);
          });
    });

  for (const [n, k] of [
    [3, 2],
    [70, 37],
    [133, 129],
    [530, 32],
  ])
    test(`syrk, syr2k and trsm of order ${n} in a workspace`, () => {
      const b = n * (n + k);
      inWorkspace(b + n * k, (K, w) => {
        for (let i = 0; i < n; i++) w[i * n + i] += 10;
        const sides = { data: w, at: b, cols: k, stride: k };
        trsm(K, triangle(w, n), sides);
        trsm(K, triangle(w, n, { upper: true, unit: true }), sides);
        trsm(K, triangle(w, n, { unit: true, transposed: true }), sides);
        K.syrk(n, k, 0.5, w, n * n, k, 1, w, 0, n);
        K.syr2k(n, k, -1, w, n * n, k, 1, w, b, 1, n, w, 0, n);
        for (let i = 1; i < n; i++) w.fill(0, i * n, i * n + i); // left undefined
      });
    });

  test('a workspace beyond 4 GiB is refused by WebAssembly', () => {
    expect(() => instantiateKernels(2 ** 32)).toThrow(RangeError);
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
      (K: Kernels, c: Float64Array) => trsm(K, triangle(t, n), { data: c, at: 0, cols: n, stride: n }),
    ]) {
      const c = random(n * n, 'c');
      const d = c.slice();
      run(scalarKernels, c);
      run(simd, d);
      expect(firstDifference(d, c)).toBe(-1);
    }
  });
});

test('the inlined modules are what their sources compile to, and their constants lie apart', async () => {
  const { compileKernels, MODULES } = (await import(
    '../../src/linalg/kernels/assembly/build.mjs' as string
  )) as {
    compileKernels(module: object): Promise<Buffer>;
    MODULES: Readonly<Record<'core' | 'wide' | 'fused' | 'network' | 'float32', object>>;
  };
  const hexadecimal = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const { WebAssembly } = globalThis as unknown as Required<Host>;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const ends = [];
  for (const [module, { KERNEL_BYTES, KERNEL_TEXT }] of [
    [MODULES.core, core],
    [MODULES.wide, wide],
    [MODULES.network, network],
  ] as const) {
    const bytes = Uint8Array.from(decodeModule(KERNEL_BYTES, KERNEL_TEXT));
    expect(hexadecimal(bytes)).toBe(hexadecimal(await compileKernels(module)));
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    ends.push((instance.exports as { heapBase(): number }).heapBase());
  }
  // not compiled here: an engine may lack the instructions of the one, and the other has a memory of its own
  for (const [module, { KERNEL_BYTES, KERNEL_TEXT }] of [
    [MODULES.fused, fused],
    [MODULES.float32, float32],
  ] as const)
    expect(hexadecimal(Uint8Array.from(decodeModule(KERNEL_BYTES, KERNEL_TEXT)))).toBe(
      hexadecimal(await compileKernels(module)),
    );
  for (const end of ends.slice(0, 2)) expect(end + TANH_TABLE.byteLength).toBeLessThanOrEqual(16384);
  expect(ends[2]).toBeLessThanOrEqual(24576); // packed columns follow
});
