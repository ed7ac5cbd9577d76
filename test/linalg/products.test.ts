/** @file Checked products against textbook loops: shapes, transpositions, alpha, out, aliases, NaN. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DomainError, ShapeError } from '../../src/linalg/errors.ts';
import { GEMM_DEPTH } from '../../src/linalg/kernels/kernels.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { axpy, dot, matmul, matvec, syrk, transpose } from '../../src/linalg/products.ts';
import { expectClose, expectMatrixClose } from '../helpers/close.ts';
import { naiveProduct, naiveTranspose, uniformMatrix, uniforms } from './arrays.ts';

const EPS = Number.EPSILON;
/** Around the register block 4, the tiny and thin paths, the row block 128, and primes. */
const SIZES = [0, 1, 2, 3, 4, 5, 7, 16, 31, 37];

/** op(a) op(b) with the error bound k ε |A||B|, element by element. */
function expectProduct(actual: Matrix, a: Matrix, b: Matrix, transposeA: boolean, transposeB: boolean): void {
  const expected = naiveProduct(a, b, transposeA, transposeB);
  const abs = (x: Matrix): Matrix => new Matrix(x.rows, x.cols, x.data.map(Math.abs));
  const size = naiveProduct(abs(a), abs(b), transposeA, transposeB);
  const k = transposeA ? a.rows : a.cols;
  expect(actual.shape).toEqual(expected.shape);
  const worst = actual.data.findIndex((v, i) => !(Math.abs(v - expected.data[i]) <= k * EPS * size.data[i]));
  expect(worst, 'first element beyond the bound').toBe(-1);
}

describe('matmul', () => {
  for (const transposeA of [false, true])
    for (const transposeB of [false, true])
      test(`all small shapes, transposeA ${transposeA}, transposeB ${transposeB}`, () => {
        for (const m of SIZES)
          for (const n of SIZES)
            for (const k of [0, 1, 3, 8, 17]) {
              const a = transposeA ? uniformMatrix(k, m, m) : uniformMatrix(m, k, m);
              const b = transposeB ? uniformMatrix(n, k, n + 99) : uniformMatrix(k, n, n + 99);
              expectProduct(matmul(a, b, { transposeA, transposeB }), a, b, transposeA, transposeB);
            }
      });

  test.each([
    [1, 60, 3001],
    [60, 1, 3001],
    [2, 3, GEMM_DEPTH + 1],
    [19, 20, 2 * GEMM_DEPTH - 1],
    [131, 67, 29],
    [29, 521, 13],
  ])('skinny and block-crossing %i × %i × %i', (m, n, k) => {
    for (const transposeA of [false, true])
      for (const transposeB of [false, true]) {
        const a = transposeA ? uniformMatrix(k, m, 1) : uniformMatrix(m, k, 1);
        const b = transposeB ? uniformMatrix(n, k, 2) : uniformMatrix(k, n, 2);
        expectProduct(matmul(a, b, { transposeA, transposeB }), a, b, transposeA, transposeB);
      }
  });

  test('with an inner dimension within one block, the bits are those of the textbook loop', () => {
    const a = uniformMatrix(50, GEMM_DEPTH, 3);
    const b = uniformMatrix(GEMM_DEPTH, 41, 4);
    expect(matmul(a, b).data).toEqual(naiveProduct(a, b).data);
  });

  test('alpha scales, out is returned and overwritten, accumulate adds', () => {
    const a = uniformMatrix(6, 5, 1);
    const b = uniformMatrix(5, 7, 2);
    const ab = naiveProduct(a, b);
    const out = new Matrix(6, 7, new Float64Array(42).fill(Number.NaN));
    expect(matmul(a, b, { alpha: -2, out })).toBe(out);
    expect(out.data).toEqual(ab.data.map((x) => -2 * x)); // doubling is exact
    matmul(a, b, { alpha: 2, out, accumulate: true });
    expect(out.data.every((x) => x === 0)).toBe(true);
  });

  test('algebra: (AB)C = A(BC), (AB)ᵀ = BᵀAᵀ, A(B + D) = AB + AD', () => {
    const size = fc.integer({ min: 0, max: 12 });
    fc.assert(
      fc.property(size, size, size, size, fc.nat(1e6), (m, k, l, n, seed) => {
        const a = uniformMatrix(m, k, seed);
        const b = uniformMatrix(k, l, seed + 1);
        const c = uniformMatrix(l, n, seed + 2);
        const d = uniformMatrix(k, l, seed + 3);
        const atol = 8 * EPS * Math.max(1, k * l);
        expectMatrixClose(matmul(matmul(a, b), c), matmul(a, matmul(b, c)), { atol });
        expect(transpose(matmul(a, b)).data).toEqual(
          matmul(b, a, { transposeA: true, transposeB: true }).data,
        );
        const sum = new Matrix(
          k,
          l,
          b.data.map((x, i) => x + d.data[i]),
        );
        const both = matmul(a, d, { out: matmul(a, b), accumulate: true });
        expectMatrixClose(matmul(a, sum), both, { atol });
      }),
      { numRuns: 60 },
    );
  });

  test('scale: 1e±150 factors neither overflow nor lose digits', () => {
    const a = uniformMatrix(9, 20, 1);
    const b = uniformMatrix(20, 9, 2);
    const up = 2 ** 498;
    const big = new Matrix(
      9,
      20,
      a.data.map((x) => x * up),
    );
    const small = new Matrix(
      20,
      9,
      b.data.map((x) => x / up),
    );
    expect(matmul(big, small).data).toEqual(matmul(a, b).data);
    expect(matmul(big, big, { transposeB: true }).data).toEqual(
      matmul(a, a, { transposeB: true }).data.map((x) => x * up * up),
    );
  });

  test('NaN and ∞ spread as IEEE arithmetic has it, and no further', () => {
    const a = uniformMatrix(9, 6, 1);
    const b = uniformMatrix(6, 10, 2);
    a.set(4, 2, Number.NaN);
    b.set(1, 3, Number.POSITIVE_INFINITY);
    const c = matmul(a, b);
    for (let i = 0; i < 9; i++)
      for (let j = 0; j < 10; j++) {
        if (i === 4) expect(c.at(i, j)).toBeNaN();
        else if (j === 3) expect(Math.abs(c.at(i, j))).toBe(Number.POSITIVE_INFINITY);
        else expect(Number.isFinite(c.at(i, j))).toBe(true);
      }
  });

  test('refuses inner dimensions that differ, a wrong out, an overlapping out, accumulate into nothing', () => {
    const a = Matrix.zeros(2, 3);
    expect(() => matmul(a, a)).toThrow(ShapeError);
    expect(() => matmul(a, a)).toThrow('matmul: b must be such that op(b) has 3 rows, got [2, 3].');
    expect(() => matmul(a, a, { transposeA: true, transposeB: true })).toThrow(/got \[2, 3\], transposed/);
    expect(() => matmul(a, a, { transposeB: true, out: Matrix.zeros(2, 3) })).toThrow(ShapeError);
    const s = Matrix.zeros(3, 3);
    expect(() => matmul(s, Matrix.zeros(3, 3), { out: s })).toThrow(DomainError);
    expect(() => matmul(Matrix.zeros(3, 3), s, { out: s })).toThrow(/overlap/);
    expect(() => matmul(s, s, { accumulate: true })).toThrow(ShapeError);
    const tall = Matrix.zeros(6, 3);
    expect(() => matmul(s, tall.rowRange(0, 3), { out: tall.rowRange(2, 5) })).toThrow(DomainError);
    expect(matmul(s, tall.rowRange(0, 3), { out: tall.rowRange(3, 6) }).rows).toBe(3);
  });
});

describe('syrk', () => {
  test.each([
    [0, 4],
    [1, 1],
    [3, 0],
    [5, 9],
    [37, 11],
    [70, 300],
    [130, 3],
  ])('%i rows of length %i', (n, k) => {
    const a = uniformMatrix(n, k, n + k);
    const aaT = syrk(a);
    expect(aaT.data).toEqual(matmul(a, a, { transposeB: true }).data);
    expect(syrk(naiveTranspose(a), { transpose: true }).data).toEqual(aaT.data);
    expectProduct(aaT, a, a, false, true);
    expect(naiveTranspose(aaT).data).toEqual(aaT.data);
  });

  test('alpha, out and accumulate; only the lower triangle of out is read', () => {
    const a = uniformMatrix(40, 7, 1);
    const once = syrk(a);
    const out = syrk(a, { alpha: 0.5 });
    for (let i = 0; i < 40; i++) for (let j = i + 1; j < 40; j++) out.set(i, j, Number.NaN);
    expect(syrk(a, { alpha: 0.5, out, accumulate: true })).toBe(out);
    expect(out.data).toEqual(once.data);
    expect(syrk(a, { out: new Matrix(40, 40, new Float64Array(1600).fill(Number.NaN)) }).data).toEqual(
      once.data,
    );
  });

  test('refuses a wrong or overlapping out', () => {
    expect(() => syrk(Matrix.zeros(2, 3), { out: Matrix.zeros(3, 3) })).toThrow(ShapeError);
    const a = Matrix.zeros(3, 3);
    expect(() => syrk(a, { out: a })).toThrow(DomainError);
    expect(() => syrk(a, { accumulate: true })).toThrow(ShapeError);
  });
});

describe('vectors', () => {
  test('dot: error below n ε |x|ᵀ|y|, and exact on integers', () => {
    for (const n of [0, 1, 3, 5, 8, 1001]) {
      const [x, y] = [uniforms(n, n), uniforms(n, n + 1)];
      let exact = 0n; // in units of 2⁻⁶⁴
      let size = 0;
      for (let i = 0; i < n; i++) {
        exact += BigInt(x[i] * 2 ** 32) * BigInt(y[i] * 2 ** 32);
        size += Math.abs(x[i] * y[i]);
      }
      expect(Math.abs(dot(x, y) - Number(exact) / 2 ** 64)).toBeLessThanOrEqual(n * EPS * size);
    }
    const ints = Float64Array.from({ length: 100 }, (_, i) => i + 1);
    expect(dot(ints, ints)).toBe((100 * 101 * 201) / 6);
  });

  test('dot with a vector of other length is refused', () => {
    expect(() => dot(new Float64Array(3), new Float64Array(4))).toThrow(
      'dot: y must be of length 3, got length 4.',
    );
  });

  test('axpy works in place and refuses overlap', () => {
    const y = Float64Array.of(1, 2, 3);
    expect(axpy(-1, Float64Array.of(1, 1, 1), y)).toBe(y);
    expect(Array.from(y)).toEqual([0, 1, 2]);
    expect(() => axpy(1, y.subarray(0, 2), y.subarray(1, 3))).toThrow(DomainError);
    expect(() => axpy(1, y, new Float64Array(2))).toThrow(ShapeError);
  });

  test('matvec in both orientations, with and without out', () => {
    for (const m of SIZES)
      for (const n of SIZES) {
        const a = uniformMatrix(m, n, 31 * m + n);
        const [x, z] = [uniforms(n, n), uniforms(m, m)];
        const ax = naiveProduct(a, new Matrix(n, 1, x)).data;
        const az = naiveProduct(a, new Matrix(m, 1, z), true).data;
        expectClose(matvec(a, x), ax, { atol: Math.max(1, n) * EPS });
        expectClose(matvec(a, z, { transpose: true }), az, { atol: Math.max(1, m) * EPS });
        const out = new Float64Array(m).fill(Number.NaN);
        expect(matvec(a, x, { out })).toBe(out);
        expect(out).toEqual(matvec(a, x));
      }
  });

  test('adjoint: yᵀ(A x) = (Aᵀ y)ᵀ x', () => {
    const size = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(size, size, fc.nat(1e6), (m, n, seed) => {
        const a = uniformMatrix(m, n, seed);
        const [x, y] = [uniforms(n, seed + 1), uniforms(m, seed + 2)];
        const gap = dot(y, matvec(a, x)) - dot(matvec(a, y, { transpose: true }), x);
        expect(Math.abs(gap)).toBeLessThanOrEqual(m * n * EPS);
      }),
    );
  });

  test('matvec refuses wrong lengths and overlapping outputs', () => {
    const a = Matrix.zeros(2, 3);
    expect(() => matvec(a, new Float64Array(2))).toThrow(ShapeError);
    expect(() => matvec(a, new Float64Array(3), { transpose: true })).toThrow(ShapeError);
    expect(() => matvec(a, new Float64Array(3), { out: new Float64Array(3) })).toThrow(ShapeError);
    const s = Matrix.zeros(2, 2);
    const x = new Float64Array(2);
    expect(() => matvec(s, x, { out: x })).toThrow(DomainError);
    expect(() => matvec(s, x, { out: s.row(1) })).toThrow(DomainError);
  });
});

test('transpose: any shape, an involution, always a copy', () => {
  for (const m of [0, 1, 15, 16, 17, 33])
    for (const n of [0, 1, 16, 35]) {
      const a = uniformMatrix(m, n, m + n);
      expect(transpose(a)).toEqual(naiveTranspose(a));
      expect(transpose(transpose(a))).toEqual(a);
      expect(transpose(a).data).not.toBe(a.data);
    }
});
