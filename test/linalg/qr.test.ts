/** @file QR: residuals, orthogonality, pivoting, least squares, golden values of mpmath. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NonFiniteError, ShapeError, SingularError } from '../../src/linalg/errors.ts';
import { qr } from '../../src/linalg/factorisations/qr.ts';
import { solveTriangular } from '../../src/linalg/factorisations/triangular.ts';
import { applyReflection, applyReflections, makeReflection } from '../../src/linalg/householder.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';
import { matmul, matvec } from '../../src/linalg/products.ts';
import { frobenius, norm2 } from '../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose, relativeError } from '../helpers/close.ts';
import { naiveProduct, uniformMatrix, uniforms } from './arrays.ts';
import { amplification, GOLDEN } from './golden-factorisations.ts';

const EPS = Number.EPSILON;
const SHAPES = [
  [0, 0],
  [0, 3],
  [3, 0],
  [1, 1],
  [1, 4],
  [4, 1],
  [5, 5],
  [31, 32],
  [32, 32],
  [33, 32],
  [40, 65],
  [65, 40],
  [70, 70],
  [120, 7],
];

const scaled = (a: Matrix, by: number): Matrix =>
  new Matrix(
    a.rows,
    a.cols,
    a.data.map((x) => x * by),
  );
const minus = (x: Vec, y: Vec): Vec => x.map((v, i) => v - y[i]);

function expectOrthonormal(q: Matrix, k: number): void {
  const gram = naiveProduct(q, q, true);
  const gap = minus(gram.data, Matrix.identity(q.cols).data);
  expect(norm2(gap)).toBeLessThanOrEqual(4 * k * EPS * Math.sqrt(q.cols));
}

describe('reflections', () => {
  test('H x = β e₁ with |β| = ‖x‖, at every scale; H is orthogonal', () => {
    for (const n of [1, 2, 3, 10])
      for (const scale of [1e-300, 1e-160, 1, 1e160, 1e300])
        for (const sign of [1, -1]) {
          const x = uniforms(n, n).map((v) => v * scale * sign);
          const v = x.slice();
          const tau = makeReflection(n, v, 0);
          const beta = v[0];
          expect(Math.abs(Math.abs(beta) - norm2(x))).toBeLessThanOrEqual(4 * EPS * norm2(x));
          if (n > 1) expect(Math.sign(beta)).toBe(-Math.sign(x[0]));
          const image = x.slice();
          applyReflection(1, n, tau, v, 0, image, 0, n);
          expectClose(
            image,
            Float64Array.from({ length: n }, (_, i) => (i === 0 ? beta : 0)),
            { atol: 4 * n * EPS * norm2(x) },
          );
          v[0] = 1;
          expect(Math.abs(tau * norm2(v) ** 2 - (tau === 0 ? 0 : 2))).toBeLessThanOrEqual(8 * n * EPS); // τ = 2 / vᵀv
        }
  });

  test('a vector that is already a multiple of e₁ is left alone', () => {
    const x = Float64Array.of(-3, 0, 0);
    expect(makeReflection(3, x, 0)).toBe(0);
    expect(Array.from(x)).toEqual([-3, 0, 0]);
  });

  test('blocks of reflections act as one after the other, in both orders and on parts', () => {
    const length = 50;
    const count = 41;
    const vectors = uniforms(count * length, 3);
    const taus = Float64Array.from({ length: count }, (_, j) =>
      makeReflection(length - j, vectors, j * length + j),
    );
    const q = { count, length, vectors, taus };
    for (const [first, last] of [
      [0, count],
      [3, 40],
      [7, 7],
      [20, 21],
    ])
      for (const transposed of [false, true]) {
        const rows = 6;
        const expected = uniforms(rows * length, 4);
        const actual = expected.slice();
        const order = Array.from({ length: last - first }, (_, i) => first + i);
        if (transposed) order.reverse();
        for (const j of order)
          applyReflection(rows, length - j, taus[j], vectors, j * length + j, expected, j, length);
        applyReflections(q, transposed, rows, actual, 0, length, first, last);
        expectClose(actual, expected, { atol: 16 * length * EPS });
      }
  });
});

describe('qr', () => {
  for (const pivoting of [false, true])
    test(`A P = Q R, QᵀQ = I, over shapes and scales, pivoting ${pivoting}`, () => {
      for (const [m, n] of SHAPES)
        for (const scale of [1e-300, 1e-150, 1, 1e150, 1e290]) {
          const a = scaled(uniformMatrix(m, n, m + n), scale);
          const k = Math.max(m, n);
          const factor = qr(a, { pivoting });
          const r = factor.upper;
          expect(r.shape).toEqual([Math.min(m, n), n]);
          for (let i = 0; i < r.rows; i++)
            expect(
              r
                .row(i)
                .subarray(0, i)
                .every((x) => x === 0),
            ).toBe(true);
          expect(norm2(minus(factor.reconstruct().data, a.data))).toBeLessThanOrEqual(
            4 * k * EPS * frobenius(a),
          );
          expect(Array.from(factor.permutation).sort((i, j) => i - j)).toEqual(
            Array.from({ length: n }, (_, j) => j),
          );
          if (scale !== 1) continue;
          const q = factor.orthogonal();
          expect(q.shape).toEqual([m, Math.min(m, n)]);
          expectOrthonormal(q, k);
          const full = factor.orthogonal('full');
          expect(full.shape).toEqual([m, m]);
          expectOrthonormal(full, k);
          for (let j = 0; j < q.cols; j++) expect(full.column(j)).toEqual(q.column(j));
        }
    });

  test('pivoting: |r₀₀| ≥ |r₁₁| ≥ …, and no element of R exceeds the diagonal of its row', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 25 }),
        fc.integer({ min: 1, max: 25 }),
        fc.nat(1e6),
        (m, n, seed) => {
          const grade = uniforms(n, seed + 1);
          const a = uniformMatrix(m, n, seed);
          for (let p = 0; p < m * n; p++) a.data[p] *= 10 ** Math.round(30 * grade[p % n]);
          const r = qr(a, { pivoting: true }).upper;
          for (let i = 0; i < r.rows; i++)
            for (let j = i + 1; j < n; j++)
              expect(norm2(r.column(j).subarray(i, Math.min(j + 1, r.rows)))).toBeLessThanOrEqual(
                Math.abs(r.at(i, i)) * (1 + 1e-6),
              );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('rank of products of thin factors, with pivoting, at every scale', () => {
    for (const rank of [0, 1, 3, 7])
      for (const scale of [1e-200, 1, 1e200]) {
        const a = scaled(matmul(uniformMatrix(12, rank, rank), uniformMatrix(rank, 9, rank + 1)), scale);
        expect(qr(a, { pivoting: true }).rank()).toBe(rank);
      }
  });

  test('scaling by a power of two changes Q by no bit and R by that power', () => {
    const a = uniformMatrix(40, 37, 4);
    for (const pivoting of [false, true]) {
      const factor = qr(a, { pivoting });
      for (const k of [-900, 900]) {
        const other = qr(scaled(a, 2 ** k), { pivoting });
        expect(other.orthogonal()).toEqual(factor.orthogonal());
        expect(other.upper.data).toEqual(factor.upper.data.map((x) => x * 2 ** k));
      }
    }
  });

  test.each(GOLDEN.filter((c) => c.r !== undefined))(
    'mpmath: R of $name, column by column',
    ({ a, rows, cols, r: golden = [] }) => {
      const exact = new Matrix(cols, cols, Float64Array.from(golden));
      const { upper } = qr(a);
      // Column j of R is that of A + δA with ‖δaⱼ‖ ≤ c m ε ‖aⱼ‖; R itself moves by κ(A with unit columns) times as much.
      const unit = new Matrix(
        cols,
        cols,
        exact.data.map((x, p) => x / norm2(exact.column(p % cols))),
      );
      const inverse = solveTriangular(unit, Matrix.identity(cols), { uplo: 'upper' });
      const condition = Math.sqrt(cols) * frobenius(inverse);
      for (let j = 0; j < cols; j++) {
        const length = norm2(exact.column(j));
        const atol = 4 * rows * EPS * Math.min(condition, 1 / EPS) * length;
        const signed = upper.column(j).map((x, i) => x * Math.sign(upper.at(i, i)));
        expectClose(signed, exact.column(j), { atol });
        expect(Math.abs(norm2(upper.column(j)) - length)).toBeLessThanOrEqual(4 * rows * EPS * length);
      }
    },
  );
});

describe('least squares', () => {
  test('a line through points: closed form', () => {
    const x = qr(
      Matrix.of([
        [1, 0],
        [1, 1],
        [1, 2],
        [1, 3],
      ]),
    ).solve(Float64Array.of(1, 2, 2, 5));
    expectClose(x, [0.7, 1.2], { atol: 8 * EPS });
  });

  test('the residual is orthogonal to the columns; pivoting gives the same solution; inputs stay', () => {
    for (const [m, n] of [
      [1, 1],
      [5, 5],
      [40, 33],
      [90, 4],
      [50, 0],
    ])
      for (const scale of [1e-150, 1, 1e150]) {
        const a = scaled(uniformMatrix(m, n, m), scale);
        const b = uniformMatrix(m, 3, n);
        const before = [a.data.slice(), b.data.slice()];
        const x = qr(a).solve(b);
        expect([a.data, b.data]).toEqual(before);
        expect(x.shape).toEqual([n, 3]);
        for (let j = 0; j < 3; j++) {
          const residual = minus(b.column(j), matvec(a, x.column(j)));
          const size = frobenius(a) * (frobenius(a) * norm2(x.column(j)) + norm2(b.column(j)));
          expect(norm2(matvec(a, residual, { transpose: true }))).toBeLessThanOrEqual(4 * m * EPS * size);
          expectClose(qr(a).solve(b.column(j)), x.column(j), { atol: 1e3 * m * EPS * norm2(x.column(j)) });
        }
        const other = qr(a, { pivoting: true }).solve(b);
        expectMatrixClose(other, x, { atol: 1e3 * m * EPS * Math.max(frobenius(x), Number.MIN_VALUE) });
      }
  });

  const solvable = GOLDEN.filter((c) => c.rows >= c.cols && amplification(c) * EPS < 1e-3);
  test.each(solvable)('mpmath: solution of $name', (golden) => {
    const x = qr(golden.a).solve(Float64Array.from(golden.b));
    const bound = 4 * golden.rows * EPS * amplification(golden);
    expect(relativeError(x, golden.minimumNorm)).toBeLessThanOrEqual(bound);
  });

  test('mpmath: columns scaled by up to 1e-70 cost no digits', () => {
    const golden = GOLDEN.filter((c) => c.name === 'graded-columns')[0];
    const x = qr(golden.a).solve(Float64Array.from(golden.b));
    expectClose(x, golden.minimumNorm, { rtol: 1e4 * EPS });
  });

  test('dependent columns, wide matrices and wrong shapes are refused', () => {
    const dependent = Matrix.of([
      [1, 2, 0],
      [2, 4, 1],
      [3, 6, 0],
      [1, 2, 5],
    ]);
    for (const pivoting of [false, true]) {
      const factor = qr(dependent, { pivoting });
      expect(() => factor.solve(new Float64Array(4))).toThrow(SingularError);
      expect(() => factor.solve(new Float64Array(4))).toThrow(/Column [01] depends on others/);
    }
    expect(() => qr(Matrix.zeros(2, 3)).solve(new Float64Array(2))).toThrow(ShapeError);
    expect(() => qr(Matrix.zeros(2, 3)).solve(new Float64Array(2))).toThrow(/svd\(a\)\.solve/);
    expect(() => qr(Matrix.identity(3)).solve(new Float64Array(2))).toThrow(ShapeError);
    expect(() => qr(Matrix.of([[Number.NaN]]))).toThrow(NonFiniteError);
  });
});
