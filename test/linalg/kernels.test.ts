/** @file Every kernel of every tier equals a plain loop in the contracted order, bit for bit. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DomainError } from '../../src/linalg/errors.ts';
import type { Kernels } from '../../src/linalg/kernels/kernels.ts';
import { scalarKernels } from '../../src/linalg/kernels/scalar.ts';
import { kernelTier, selectKernels } from '../../src/linalg/kernels/select.ts';
import { newKernels, simdKernels } from '../../src/linalg/kernels/simd.ts';
import { triangle, trsm } from '../../src/linalg/kernels/trsm.ts';
import { compileAs } from '../../src/linalg/kernels/wasm.ts';
import { pairedBytes, wideBytes } from '../../src/linalg/kernels/wide-bytes.ts';
import { uniforms } from './arrays.ts';
import {
  get,
  orderedDot,
  orderedGemm,
  orderedLoewner,
  orderedQuotients,
  orderedSecularScales,
  orderedSecularSums,
  orderedSymv,
  orderedTrsm,
  type View,
} from './kernel-orders.ts';

/** The loops of the wide tier, which any engine runs. */
function pairedKernels(): Kernels {
  compileAs({ bytes: () => pairedBytes(wideBytes()), paired: true });
  const kernels = newKernels('wide') ?? scalarKernels;
  compileAs({});
  return kernels;
}

const TIERS: readonly Kernels[] = [scalarKernels, simdKernels() ?? scalarKernels];
const LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 13, 31, 64, 67, 257];

function view(data: Float64Array, at: number, row: number, col = 1): View {
  return { data, at, row, col };
}

/** Numbers of very different size, so that another order of additions gives other bits. */
function rough(n: number, seed: number): Float64Array {
  const x = uniforms(n, seed);
  const e = uniforms(n, seed + 1000);
  return x.map((v, i) => v * 10 ** Math.round(12 * e[i]));
}

describe.each([...TIERS, pairedKernels()].map((k) => [k.tier, k] as const))('%s kernels', (_tier, k) => {
  test('dot', () => {
    for (const n of LENGTHS) {
      const x = rough(n + 3, n);
      const y = rough(n + 5, n + 50);
      expect(k.dot(n, x, 3, y, 5)).toBe(
        orderedDot(
          n,
          (i) => x[i + 3],
          (i) => y[i + 5],
        ),
      );
    }
  });

  test('axpy and rotate touch exactly their n elements', () => {
    for (const n of LENGTHS) {
      const x = rough(n + 4, n);
      const y = rough(n + 4, n + 50);
      const axpy = y.map((v, i) => (i >= 2 && i < n + 2 ? v + 0.7 * x[i - 1] : v));
      const actual = y.slice();
      k.axpy(n, 0.7, x, 1, actual, 2);
      expect(actual).toEqual(axpy);
      const [c, s] = [0.6, -0.8];
      const [u, v] = [x.slice(), y.slice()];
      k.rotate(n, u, 1, v, 2, c, s);
      expect(u).toEqual(x.map((xi, i) => (i >= 1 && i < n + 1 ? c * xi + s * y[i + 1] : xi)));
      expect(v).toEqual(y.map((yi, i) => (i >= 2 && i < n + 2 ? c * yi - s * x[i - 1] : yi)));
    }
  });

  test('gemv, gemvT and ger on a window of a larger array', () => {
    for (const m of [0, 1, 3, 4, 5, 9, 30])
      for (const n of [0, 1, 2, 4, 7, 33]) {
        const lda = n + 3;
        const a = rough(m * lda + 2, 10 * m + n);
        const [x, y] = [rough(n + 1, n), rough(m + 2, m)];
        const A = view(a, 2, lda);

        const gemv = y.slice();
        k.gemv(m, n, -1.3, a, 2, lda, x, 1, gemv, 2);
        const rows = y.slice();
        for (let i = 0; i < m; i++)
          rows[2 + i] +=
            -1.3 *
            orderedDot(
              n,
              (j) => get(A, i, j),
              (j) => x[j + 1],
            );
        expect(gemv).toEqual(rows);

        const gemvT = x.slice();
        k.gemvT(m, n, -1.3, a, 2, lda, y, 2, gemvT, 1);
        const cols = x.slice();
        for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) cols[1 + j] += -1.3 * y[2 + i] * get(A, i, j);
        expect(gemvT).toEqual(cols);

        const ger = a.slice();
        k.ger(m, n, 0.3, y, 2, x, 1, ger, 2, lda);
        const update = a.slice();
        for (let i = 0; i < m; i++)
          for (let j = 0; j < n; j++) update[2 + i * lda + j] += 0.3 * y[2 + i] * x[1 + j];
        expect(ger).toEqual(update);
      }
  });

  test('symv reads the upper triangle only', () => {
    for (const n of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 31, 66]) {
      const lda = n + 2;
      const a = rough(n * lda + 5, n);
      for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a[5 + i * lda + j] = Number.NaN;
      const x = rough(n, n + 7);
      const y = rough(n, n + 8);
      const expected = y.slice();
      orderedSymv(n, 0.9, view(a, 5, lda), x, expected);
      k.symv(n, 0.9, a, 5, lda, x, 0, y, 0);
      expect(y).toEqual(expected);
    }
  });

  test('the loops of the secular equation, on the heap and in the memory of the kernels', () => {
    for (const memory of [new Float64Array(2000), k.workspace(2000)])
      for (const n of [2, 3, 4, 5, 9, 10, 47, 48, 49, 50, 131]) {
        const d = uniforms(n, n).sort();
        const z = rough(n, n + 1);
        const origins = d.map((x, i) => d[i - (i % 2)] ?? x);
        const offsets = uniforms(n, n + 2).map((x) => 0.01 * x);
        memory.fill(Number.NaN);
        const at = [3, n + 4, 2 * n + 5, 3 * n + 6, 4 * n + 7]; // a place is left free behind each
        for (const [p, x] of [d, z, origins, offsets].entries()) memory.set(x, at[p]);
        const [d0, z0, o0, t0, out] = at;
        const origin = d[n >> 1];
        const tau = 0.3 * (d[(n >> 1) - 1] - origin);
        const result = (length: number): Float64Array => {
          expect(memory[out - 1]).toBeNaN();
          expect(memory[out + length]).toBeNaN();
          return memory.slice(out, out + length);
        };
        for (const left of new Set([0, 1, n >> 1, n - 3, n - 2].filter((i) => i >= 0 && i <= n - 2))) {
          k.secularSums(n, left, memory, d0, memory, z0, origin, tau, memory, out);
          expect(Array.from(result(5))).toEqual(orderedSecularSums(n, left, d, z, origin, tau));
        }
        memory.fill(Number.NaN, out);
        k.loewner(n, memory, d0, memory, o0, memory, t0, memory, out);
        expect(result(n)).toEqual(orderedLoewner(d, origins, offsets));
        k.secularScales(n, memory, z0, memory, d0, memory, o0, memory, t0, memory, out);
        expect(result(n)).toEqual(orderedSecularScales(z, d, origins, offsets));
        k.quotients(n, 0.7, memory, z0, memory, d0, origin, tau, memory, out);
        expect(result(n)).toEqual(orderedQuotients(0.7, z, d, origin, tau));
      }
  });

  test('pairGemm: W = x u + t v, then the product, on the heap and in a workspace', () => {
    for (const [units, m, q, p, count, ones] of [
      [1, 1, 1, 1, 1, 1],
      [2, 4, 3, 8, 7, 5],
      [3, 7, 5, 10, 33, 7],
      [2, 16, 4, 13, 256, -1],
      [1, 131, 2, 133, 131, 131],
    ] as const) {
      const rows = m + 2;
      const sizes = [
        m * count,
        q * count,
        units * p * count,
        units * q * count,
        p * count,
        units * rows * q * p,
      ];
      const at = sizes.map((_, i) => sizes.slice(0, i).reduce((x, y) => x + y, 3));
      const [a, x, u, t, v, c] = at;
      const values = rough(c + sizes[5] + 1, 7 * m + count);
      const expected = values.slice();
      for (let r = 0; r < units; r++) {
        const w = new Float64Array(q * p * count);
        for (let k = 0, i = 0; k < q; k++)
          for (let j = 0; j < p; j++)
            for (let n = 0; n < count; n++) {
              const first = values[x + k * count + n] * values[u + (r * p + j) * count + n];
              const second = values[t + (r * q + k) * count + n] * values[v + j * count + n];
              w[i++] = first + second;
            }
        const W = view(w, 0, 1, count);
        const to = c + r * rows * q * p;
        orderedGemm(m, q * p, count, 1, view(values, a, count), W, view(expected, to, q * p));
        const row = view(expected, to + ones * q * p, q * p);
        if (ones >= 0)
          orderedGemm(1, q * p, count, 1, view(new Float64Array(count).fill(1), 0, count), W, row);
      }
      for (const memory of [values.slice(), k.workspace(values.length)]) {
        memory.set(values);
        const [A, X, U, T, V, C] = at.map((start) => memory.subarray(start));
        k.pairGemm(units, m, q, p, count, A, X, U, T, V, C, rows * q * p, ones);
        expect(memory).toEqual(expected);
      }
    }
  });

  test('rowProducts: the samples of an example in turn, on the heap and in a workspace', () => {
    for (const [rows, count, samples] of [
      [0, 5, 2],
      [1, 1, 3],
      [3, 7, 1],
      [4, 33, 10],
      [5, 64, 3],
    ]) {
      const row = samples * count;
      const values = rough((rows + 1) * row + rows * count + 1, 9 * rows + count);
      const expected = values.slice();
      for (let j = 0; j < rows; j++)
        for (let n = 0; n < count; n++) {
          let sum = 0;
          for (let i = n; i < row; i += count) sum += values[i] * values[(j + 1) * row + i];
          expected[(rows + 1) * row + j * count + n] = sum;
        }
      for (const memory of [values, k.workspace(values.length)]) {
        memory.set(values);
        k.rowProducts(rows, count, samples, memory, 0, memory, row, memory, (rows + 1) * row);
        expect(memory).toEqual(expected);
      }
    }
  });

  const shapes = [
    [0, 3, 3],
    [3, 0, 3],
    [3, 3, 0],
    [1, 1, 1],
    [1, 17, 300],
    [2, 40, 257],
    [3, 5, 513],
    [17, 1, 300],
    [33, 2, 256],
    [4, 4, 4],
    [5, 7, 11],
    [13, 12, 29],
    [31, 37, 17],
    [129, 5, 19],
    [7, 513, 9],
    [130, 67, 40],
    [20, 19, 600],
  ];
  test.each(shapes)('gemm %i × %i × %i, four transpositions, in a window', (m, n, depth) => {
    for (const ta of [false, true])
      for (const tb of [false, true]) {
        const a = rough(m * depth + 3, m);
        const b = rough(depth * n + 2, n);
        const ldc = n + 1;
        const c = rough(m * ldc + 1, depth);
        const A = ta ? view(a, 3, 1, m) : view(a, 3, depth, 1);
        const B = tb ? view(b, 2, 1, depth) : view(b, 2, n, 1);
        const expected = c.slice();
        orderedGemm(m, n, depth, -0.7, A, B, view(expected, 1, ldc));
        k.gemm(m, n, depth, -0.7, a, A.at, A.row, A.col, b, B.at, B.row, B.col, c, 1, ldc);
        expect(c).toEqual(expected);
      }
  });

  test('gemm: any shape and stride, and any cut into rows and columns, gives the same bits', () => {
    const size = fc.integer({ min: 1, max: 24 });
    fc.assert(
      fc.property(
        size,
        size,
        fc.integer({ min: 1, max: 300 }),
        fc.nat(1e6),
        fc.nat(),
        fc.nat(),
        (m, n, depth, seed, i, j) => {
          const a = rough(m * depth, seed);
          const b = rough(depth * n, seed + 1);
          const whole = new Float64Array(m * n);
          k.gemm(m, n, depth, 1.1, a, 0, depth, 1, b, 0, n, 1, whole, 0, n);
          const [i0, j0] = [i % m, j % n];
          const part = new Float64Array((m - i0) * (n - j0));
          k.gemm(m - i0, n - j0, depth, 1.1, a, i0 * depth, depth, 1, b, j0, n, 1, part, 0, n - j0);
          const same = part.every((v, q) =>
            Object.is(v, whole[(i0 + Math.floor(q / (n - j0))) * n + j0 + (q % (n - j0))]),
          );
          expect(same).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('syrk: lower triangle as gemm, mirrored; the old upper triangle is ignored', () => {
    for (const [n, depth] of [
      [0, 3],
      [1, 1],
      [5, 3],
      [31, 300],
      [33, 7],
      [64, 2],
      [101, 20],
    ]) {
      const a = rough(n * depth, n);
      const c = rough(n * n, n + 1);
      const expected = c.slice();
      orderedGemm(n, n, depth, 0.5, view(a, 0, depth), view(a, 0, 1, depth), view(expected, 0, n));
      for (let i = 0; i < n; i++)
        for (let j = 0; j < i; j++) {
          expected[j * n + i] = expected[i * n + j];
          c[j * n + i] = Number.NaN;
        }
      k.syrk(n, depth, 0.5, a, 0, depth, 1, c, 0, n);
      expect(c).toEqual(expected);
    }
  });

  test('syr2k: upper triangle as gemm of [V W] and [W V]ᵀ', () => {
    for (const [n, depth] of [
      [0, 3],
      [1, 1],
      [6, 2],
      [31, 4],
      [33, 140],
      [77, 8],
    ]) {
      const v = rough(n * depth, n);
      const w = rough(n * depth, n + 1); // stored transposed, [depth, n]
      const c = rough(n * n, n + 2);
      const expected = c.slice();
      for (let i = 0; i < n; i++)
        for (let j = i; j < n; j++) {
          const left = Float64Array.from({ length: 2 * depth }, (_, p) =>
            p < depth ? v[i * depth + p] : w[(p - depth) * n + i],
          );
          const right = Float64Array.from({ length: 2 * depth }, (_, p) =>
            p < depth ? w[p * n + j] : v[j * depth + p - depth],
          );
          orderedGemm(1, 1, 2 * depth, -1, view(left, 0, 1), view(right, 0, 1), view(expected, i * n + j, n));
        }
      k.syr2k(n, depth, -1, v, 0, depth, 1, w, 0, 1, n, c, 0, n);
      for (let i = 0; i < n; i++)
        expect(c.subarray(i * n + i, i * n + n)).toEqual(expected.subarray(i * n + i, i * n + n));
    }
  });

  test('trsm: both triangles, transposed or not, unit or not', () => {
    for (const m of [0, 1, 5, 31, 32, 33, 70])
      for (const n of [1, 2, 9])
        for (const lower of [true, false])
          for (const transposed of [true, false])
            for (const unit of [true, false]) {
              const t = uniforms(m * m, m);
              for (let i = 0; i < m; i++) {
                t[i * m + i] = unit ? Number.NaN : 2 + t[i * m + i];
                for (let j = 0; j < i; j++) t[lower === transposed ? i * m + j : j * m + i] = Number.NaN;
              }
              const b = rough(m * (n + 1), n);
              const expected = b.slice();
              const [row, col] = transposed ? [1, m] : [m, 1];
              orderedTrsm(lower, unit, m, n, view(t, 0, row, col), view(expected, 0, n + 1));
              const given = triangle(t, m, { upper: !lower, unit, transposed });
              trsm(k, given, { data: b, at: 0, cols: n, stride: n + 1 });
              expect(b).toEqual(expected);
            }
  });

  test('signed zeros: sums start at +0', () => {
    const minus = new Float64Array(9).fill(-0);
    const one = new Float64Array(9).fill(1);
    expect(k.dot(9, minus, 0, one, 0)).toBe(0);
    const c = new Float64Array(1).fill(-0);
    k.gemm(1, 1, 9, 1, minus, 0, 9, 1, one, 0, 1, 1, c, 0, 1);
    expect(c[0]).toBe(0);
  });
});

describe('the choice of a tier', () => {
  test('no wish takes a present tier, scalar is always there', () => {
    expect(TIERS).toContain(selectKernels(undefined));
    expect(selectKernels('')).toBe(selectKernels(undefined));
    expect(selectKernels('scalar')).toBe(scalarKernels);
    expect(TIERS.map((k) => k.tier)).toContain(kernelTier());
  });

  test('a tier that is unknown or absent is refused by name', () => {
    expect(() => selectKernels('avx')).toThrow(DomainError);
    expect(() => selectKernels('avx')).toThrow(
      /EIGENFLUENCE_KERNELS.*'scalar', 'simd', 'wide' or 'best', got avx/,
    );
    expect(selectKernels('simd').tier).toBe('simd');
  });
});
