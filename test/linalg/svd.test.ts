/** @file SVD: residuals, orthogonality, golden singular values of mpmath, pseudo-inverses, extreme scales and ranks. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DomainError, NonFiniteError, ShapeError } from '../../src/linalg/errors.ts';
import { svd } from '../../src/linalg/factorisations/svd.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';
import { matmul } from '../../src/linalg/products.ts';
import { frobenius, norm2 } from '../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose } from '../helpers/close.ts';
import { naiveProduct, naiveTranspose, uniformMatrix } from './arrays.ts';
import { amplification, GOLDEN } from './golden-factorisations.ts';

const EPS = Number.EPSILON;
const SHAPES = [
  [0, 0],
  [0, 3],
  [3, 0],
  [1, 1],
  [1, 5],
  [5, 1],
  [4, 4],
  [9, 9],
  [30, 30],
  [35, 8],
  [8, 35],
];

const scaled = (a: Matrix, by: number): Matrix =>
  new Matrix(
    a.rows,
    a.cols,
    a.data.map((x) => x * by),
  );
const minus = (x: Vec, y: Vec): Vec => x.map((v, i) => v - y[i]);

function expectOrthonormal(q: Matrix, k: number): void {
  const gap = minus(naiveProduct(q, q, true).data, Matrix.identity(q.cols).data);
  expect(norm2(gap)).toBeLessThanOrEqual(16 * k * EPS * Math.sqrt(q.cols));
}

/** Everything that defines the answer. */
function expectSvd(a: Matrix, size: 'economy' | 'full'): void {
  const { rows: m, cols: n } = a;
  const k = Math.max(m, n, 1);
  const r = Math.min(m, n);
  const factor = svd(a, { size });
  expect(factor.u.shape).toEqual([m, size === 'full' ? m : r]);
  expect(factor.v.shape).toEqual([n, size === 'full' ? n : r]);
  expect(factor.values.length).toBe(r);
  expectOrthonormal(factor.u, k);
  expectOrthonormal(factor.v, k);
  factor.values.forEach((s, i) => {
    expect(s).toBeGreaterThanOrEqual(0);
    if (i > 0) expect(s).toBeLessThanOrEqual(factor.values[i - 1]);
    const column = factor.v.column(i);
    expect(column.reduce((best, x) => (Math.abs(x) > Math.abs(best) ? x : best), 0)).toBeGreaterThan(0);
  });
  expect(norm2(minus(factor.reconstruct().data, a.data))).toBeLessThanOrEqual(16 * k * EPS * frobenius(a));
}

describe('svd', () => {
  for (const size of ['economy', 'full'] as const)
    test(`A = U Σ Vᵀ with orthonormal U and V, over shapes and scales, ${size}`, () => {
      for (const [m, n] of SHAPES)
        for (const scale of [1e-300, 1e-150, 1, 1e150, 1e290])
          expectSvd(scaled(uniformMatrix(m, n, m + n), scale), size);
    });

  test('rank-deficient matrices of every shape: the null space is orthonormal too', () => {
    for (const size of ['economy', 'full'] as const) {
      expectSvd(Matrix.zeros(4, 3), size);
      expectSvd(Matrix.zeros(3, 4), size);
      expectSvd(
        Matrix.of([
          [1, 1],
          [1, 1],
        ]),
        size,
      );
      expectSvd(matmul(uniformMatrix(12, 2, 1), uniformMatrix(2, 7, 2)), size);
      expectSvd(matmul(uniformMatrix(6, 1, 1), uniformMatrix(1, 13, 2)), size);
      const holes = uniformMatrix(6, 6, 3); // zero rows and columns: exactly singular
      for (let i = 0; i < 6; i++) {
        holes.set(i, 1, 0);
        holes.set(4, i, 0);
      }
      expectSvd(holes, size);
      expect(svd(holes).values[5]).toBe(0);
    }
  });

  test('elements near the ends of the range of doubles', () => {
    expect(Array.from(svd(Matrix.diagonal([-3e-310, 5e-310])).values)).toEqual([5e-310, 3e-310]);
    expect(Array.from(svd(Matrix.diagonal([1e308, -1e-308])).values)).toEqual([1e308, 0]); // documented: 1e-616 is 0
    expectSvd(Matrix.diagonal([1e150, 1, 1e-150]), 'economy');
    const blocks = Matrix.diagonal([1, 0, 0, 0]); // a block whose squares underflow still gets orthonormal vectors
    for (const [i, j, x] of [
      [1, 1, 1],
      [1, 2, 2],
      [2, 1, 2],
      [2, 2, 1],
      [3, 3, 5],
    ])
      blocks.set(i, j, x * 1e-200);
    expectSvd(blocks, 'economy');
    expectClose(svd(blocks).values, [1, 5e-200, 3e-200, 1e-200], { rtol: 16 * EPS });
  });

  test('closed form: diagonal matrices, reflections, a 2 × 2 shear', () => {
    const factor = svd(
      Matrix.of([
        [0, -4],
        [3, 0],
      ]),
    );
    expect(Array.from(factor.values)).toEqual([4, 3]);
    expectClose(factor.v.data, [0, 1, 1, 0], {});
    expectClose(factor.u.data, [-1, 0, 0, 1], {});
    const golden = (1 + Math.sqrt(5)) / 2;
    expectClose(
      svd(
        Matrix.of([
          [1, 1],
          [0, 1],
        ]),
      ).values,
      [golden, 1 / golden],
      { rtol: 4 * EPS },
    );
  });

  test('closed form: the second-difference matrix has σ = 4 sin²(kπ / 2(n + 1))', () => {
    const n = 30;
    const a = Matrix.zeros(n, n);
    for (let i = 0; i < n; i++)
      for (let j = Math.max(0, i - 1); j <= Math.min(n - 1, i + 1); j++) a.set(i, j, i === j ? 2 : -1);
    const exact = Float64Array.from(
      { length: n },
      (_, i) => 4 * Math.sin(((n - i) * Math.PI) / (2 * (n + 1))) ** 2,
    );
    expectClose(svd(a).values, exact, { atol: 4 * n * EPS * 4 });
  });

  test.each(GOLDEN)('mpmath: singular values of $name', ({ name, a, rows, cols, values }) => {
    const own = svd(a).values;
    expectClose(own, values, { atol: 4 * Math.max(rows, cols) * EPS * values[0] });
    // one-sided Jacobi on a matrix of graded columns keeps all digits of the small ones
    if (name === 'graded-columns') expectClose(own, values, { rtol: 64 * EPS });
  });

  test('singular values: of Aᵀ the same, of A + E within ‖E‖ (Weyl), and Σσ² = ‖A‖_F²', () => {
    const side = fc.integer({ min: 1, max: 14 });
    fc.assert(
      fc.property(side, side, fc.nat(1e6), (m, n, seed) => {
        const a = uniformMatrix(m, n, seed);
        const e = scaled(uniformMatrix(m, n, seed + 1), 1e-3);
        const k = Math.max(m, n);
        const { values } = svd(a);
        expectClose(svd(naiveTranspose(a)).values, values, { atol: 8 * k * EPS * values[0] });
        const moved = svd(
          new Matrix(
            m,
            n,
            a.data.map((x, i) => x + e.data[i]),
          ),
        ).values;
        expectClose(moved, values, { atol: svd(e).values[0] + 8 * k * EPS * values[0] });
        expect(Math.abs(norm2(values) - frobenius(a))).toBeLessThanOrEqual(8 * k * EPS * frobenius(a));
      }),
      { numRuns: 60 },
    );
  });

  test('scaling by a power of two changes U and V by no bit', () => {
    const a = uniformMatrix(13, 9, 5);
    const factor = svd(a);
    for (const k of [-900, 900]) {
      const other = svd(scaled(a, 2 ** k));
      expect(other.u).toEqual(factor.u);
      expect(other.v).toEqual(factor.v);
      expect(other.values).toEqual(factor.values.map((s) => s * 2 ** k));
    }
  });

  test('non-finite input is refused', () => {
    expect(() => svd(Matrix.of([[1, Number.NaN]]))).toThrow(NonFiniteError);
  });
});

describe('what an SVD is good for', () => {
  const solvable = GOLDEN.filter((c) => amplification(c) * EPS < 1e-3); // beyond, no digit is left to compare
  test.each(solvable)('mpmath: the shortest least-squares solution of $name', (golden) => {
    const exact = Float64Array.from(golden.minimumNorm);
    const atol = 4 * Math.max(golden.rows, golden.cols) * EPS * amplification(golden) * norm2(exact);
    for (const size of ['economy', 'full'] as const)
      expectClose(svd(golden.a, { size }).solve(Float64Array.from(golden.b), 0), exact, { atol });
  });

  test('the four laws of Moore and Penrose, for every shape and rank', () => {
    for (const [m, n, rank] of [
      [5, 5, 5],
      [8, 5, 5],
      [5, 8, 5],
      [9, 7, 3],
      [7, 9, 3],
      [4, 6, 0],
    ])
      for (const size of ['economy', 'full'] as const) {
        const a = matmul(uniformMatrix(m, rank, m), uniformMatrix(rank, n, n));
        const factor = svd(a, { size });
        expect(factor.rank()).toBe(rank);
        const plus = factor.pseudoInverse();
        expect(plus.shape).toEqual([n, m]);
        const [ap, pa] = [matmul(a, plus), matmul(plus, a)];
        const c = 64 * Math.max(m, n) * EPS * (1 + frobenius(a) * frobenius(plus));
        expectMatrixClose(matmul(ap, a), a, { atol: c * frobenius(a) });
        expectMatrixClose(matmul(pa, plus), plus, { atol: c * frobenius(plus) });
        expectMatrixClose(naiveTranspose(ap), ap, { atol: c });
        expectMatrixClose(naiveTranspose(pa), pa, { atol: c });
      }
  });

  test('rank and condition; the cut-off is relative, so scale does not matter', () => {
    for (const scale of [1e-200, 1, 1e200]) {
      const factor = svd(Matrix.diagonal([1, 1e-3, 1e-9].map((x) => x * scale)));
      expect(factor.rank()).toBe(3);
      expect(factor.rank(1e-6)).toBe(2);
      expect(factor.rank(1)).toBe(0);
      expect(Math.abs(factor.condition() / 1e9 - 1)).toBeLessThanOrEqual(8 * EPS);
      const x = factor.solve(Float64Array.of(scale, scale, scale), 1e-6);
      expectClose(x, [1, 1e3, 0], { rtol: 8 * EPS });
    }
    expect(svd(Matrix.zeros(2, 2)).rank()).toBe(0);
    expect(svd(Matrix.zeros(2, 2)).condition()).toBe(Number.POSITIVE_INFINITY);
    expect(svd(Matrix.zeros(0, 2)).condition()).toBe(1);
    expect(Array.from(svd(Matrix.zeros(2, 3)).solve(Float64Array.of(1, 1)))).toEqual([0, 0, 0]);
  });

  test('wrong shapes and cut-offs are refused', () => {
    const factor = svd(Matrix.identity(3));
    expect(() => factor.solve(new Float64Array(2))).toThrow(ShapeError);
    expect(() => factor.solve(Matrix.zeros(2, 2))).toThrow(ShapeError);
    expect(() => factor.rank(-1)).toThrow(DomainError);
    expect(() => factor.solve(new Float64Array(3), Number.NaN)).toThrow(DomainError);
  });
});
