/** @file EigenOperator over dense, block and Kronecker bases: operator laws, inverses against independent ones, reports. */
import { describe, expect, test } from 'vitest';
import { EigenOperator } from '../../src/curvature/eigen-operator.ts';
import type { InverseRule } from '../../src/curvature/inverse-rule.ts';
import { DomainError, ShapeError, SingularError, UnsupportedError } from '../../src/linalg/errors.ts';
import { cholesky } from '../../src/linalg/factorisations/cholesky.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';
import {
  BlockBasis,
  DenseBasis,
  KroneckerBasis,
  type OrthogonalBasis,
} from '../../src/linalg/operators/basis.ts';
import { matmul, transpose } from '../../src/linalg/products.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose, expectMatrixClose } from '../helpers/close.ts';
import { checkOperatorLaws } from '../helpers/operator-laws.ts';

const EPS = Number.EPSILON;
const N = 12;

/** Gram–Schmidt, twice, on random rows. */
function randomOrthogonal(n: number, seed: number): Matrix {
  const random = rng(seed, 'orthogonal');
  const q = new Matrix(n, n, random.fillNormal(new Float64Array(n * n)));
  for (let i = 0; i < n; i++) {
    const row = q.row(i);
    for (let pass = 0; pass < 2; pass++)
      for (let j = 0; j < i; j++) {
        const other = q.row(j);
        const along = row.reduce((s, v, k) => s + v * other[k], 0);
        for (let k = 0; k < n; k++) row[k] -= along * other[k];
      }
    const norm = Math.sqrt(row.reduce((s, v) => s + v * v, 0));
    for (let k = 0; k < n; k++) row[k] /= norm;
  }
  return q;
}

/** Q diag(values) Qᵀ by three plain loops. */
function reconstruct(basis: OrthogonalBasis, values: ArrayLike<number>): Matrix {
  const q = basis.toDense();
  const out = new Matrix(q.rows, q.rows);
  for (let i = 0; i < q.rows; i++)
    for (let j = 0; j < q.rows; j++)
      for (let k = 0; k < q.rows; k++) out.data[i * q.rows + j] += q.at(i, k) * values[k] * q.at(j, k);
  return out;
}

const BASES: readonly (readonly [string, OrthogonalBasis])[] = [
  ['dense', new DenseBasis(randomOrthogonal(N, 1))],
  ['Kronecker', new KroneckerBasis(randomOrthogonal(3, 2), randomOrthogonal(4, 3))],
  [
    'block',
    new BlockBasis([
      {
        indices: Int32Array.of(0, 2, 4, 6, 8, 10),
        basis: new KroneckerBasis(randomOrthogonal(2, 4), randomOrthogonal(3, 5)),
      },
      { indices: Int32Array.of(11, 1, 3, 9, 7, 5), basis: new DenseBasis(randomOrthogonal(6, 6)) },
    ]),
  ],
];
const INDEFINITE: Vec = Float64Array.of(-2, 5, 0.5, -0.01, 3, 1e-9, 0, 1, 0.25, -0.5, 2, 0.125);
const POSITIVE: Vec = INDEFINITE.map((sigma) => Math.abs(sigma) + 0.1);
const X = new Matrix(3, N, rng(9, 'rows').fillNormal(new Float64Array(3 * N)));

for (const [name, basis] of BASES)
  describe(`EigenOperator in a ${name} basis`, () => {
    const op = new EigenOperator(basis, INDEFINITE);
    const dense = reconstruct(basis, INDEFINITE);
    const psd = new EigenOperator(basis, POSITIVE, { structure: 'psd' });

    test('obeys the operator laws, as does its inverse', () => {
      checkOperatorLaws(op, dense, { tolerance: 32 * EPS });
      const inverse = psd.inverse({ kind: 'damped', lambda: 0.5 });
      expect(inverse.structure).toBe('psd');
      checkOperatorLaws(
        inverse,
        reconstruct(
          basis,
          POSITIVE.map((s) => 1 / (s + 0.5)),
        ),
        { tolerance: 32 * EPS },
      );
    });

    test('toDense is exactly symmetric', () => {
      const c = op.toDense();
      expect(c.data).toEqual(transpose(c).data);
    });

    test('trace and Frobenius norm are those of the matrix', () => {
      let trace = 0;
      let squares = 0;
      for (let i = 0; i < N; i++) trace += dense.at(i, i);
      for (const v of dense.data) squares += v * v;
      expectClose([op.trace(), op.frobeniusNorm()], [trace, Math.sqrt(squares)], { atol: 64 * N * EPS * 5 });
    });

    test('damped = a Cholesky solve with C + λI', () => {
      const lambda = 0.3;
      const shifted = reconstruct(basis, POSITIVE);
      for (let i = 0; i < N; i++) shifted.data[i * N + i] += lambda;
      const solved = transpose(cholesky(shifted).solve(transpose(X)) as Matrix);
      expectMatrixClose(psd.applyInverse(X, { kind: 'damped', lambda }), solved, { atol: 64 * N * EPS * 10 });
    });

    test('truncated = the Moore–Penrose inverse of the kept part', () => {
      const rule: InverseRule = { kind: 'truncated', eps: 0.1, negative: 'keep' };
      const kept = reconstruct(
        basis,
        INDEFINITE.map((s) => (Math.abs(s) > 0.1 ? s : 0)),
      );
      const pinv = op.inverse(rule).toDense();
      const atol = 256 * N * EPS * 20;
      expectMatrixClose(matmul(matmul(kept, pinv), kept), kept, { atol });
      expectMatrixClose(matmul(matmul(pinv, kept), pinv), pinv, { atol });
      const projector = matmul(kept, pinv);
      expectMatrixClose(projector, transpose(projector), { atol });
    });

    test("negative: 'drop' inverts the positive part alone", () => {
      const rule: InverseRule = { kind: 'truncated', eps: 0.1, negative: 'drop' };
      const kept = reconstruct(
        basis,
        INDEFINITE.map((s) => (s > 0.1 ? s : 0)),
      );
      const product = matmul(op.inverse(rule).toDense(), dense);
      expectMatrixClose(matmul(kept, product), kept, { atol: 256 * N * EPS * 20 });
      expect(op.inverse(rule).structure).toBe('psd');
    });

    test('absolute inverts (C²)^½ + λI: its inverse minus λI squares to C²', () => {
      const lambda = 0.5;
      const inverse = op.inverse({ kind: 'absolute', lambda }).toDense();
      const root = cholesky(inverse).inverse();
      for (let i = 0; i < N; i++) root.data[i * N + i] -= lambda;
      expectMatrixClose(matmul(root, root), matmul(dense, dense), { atol: 256 * N * EPS * 25 });
    });

    test('apply with σ ↦ σ² is C C', () => {
      expectMatrixClose(
        op.apply((s) => s * s, X),
        matmul(X, matmul(dense, dense)),
        { atol: 64 * N * EPS * 50 },
      );
    });

    test('the inverse as an operator = applyInverse, and the input is left alone', () => {
      const before = X.data.slice();
      const rule: InverseRule = { kind: 'unrolled', time: 2 };
      expect(op.inverse(rule).applyRows(X).data).toEqual(op.applyInverse(X, rule).data);
      expect(X.data).toEqual(before);
    });
  });

describe('unrolled', () => {
  // θ ← θ − η(Cθ − b) from 0: θ_K = (I − (I − ηC)^K) C⁻¹ b, which tends to the filter at t = Kη with an error O(η).
  const [, basis] = BASES[0];
  const op = new EigenOperator(basis, INDEFINITE);
  const dense = reconstruct(basis, INDEFINITE);
  const b = X.row(0);
  const time = 1.5;
  const filtered = op.applyInverse(new Matrix(1, N, b), { kind: 'unrolled', time }).data;

  function descend(eta: number, momentum: number): Vec {
    const theta = new Float64Array(N);
    const velocity = new Float64Array(N);
    for (let k = 0; k < Math.round((time * (1 - momentum)) / eta); k++) {
      const gradient = matmul(new Matrix(1, N, theta), dense).data;
      for (let i = 0; i < N; i++) {
        velocity[i] = momentum * velocity[i] + gradient[i] - b[i];
        theta[i] -= eta * velocity[i];
      }
    }
    return theta;
  }
  const gap = (theta: Vec): number =>
    Math.hypot(...theta.map((v, i) => v - filtered[i])) / Math.hypot(...filtered);

  test('is the limit of gradient descent: the gap is of first order in the step', () => {
    const gaps = [0.02, 0.01, 0.005].map((eta) => gap(descend(eta, 0)));
    expect(gaps[0] / gaps[1]).toBeGreaterThan(1.8);
    expect(gaps[1] / gaps[2]).toBeGreaterThan(1.9);
    expect(gaps[2]).toBeLessThan(0.02);
  });

  test('with momentum m the time is Σ η / (1 − m)', () => {
    const gaps = [0.001, 0.0005].map((eta) => gap(descend(eta, 0.5)));
    expect(gaps[0] / gaps[1]).toBeGreaterThan(1.8);
    expect(gaps[1]).toBeLessThan(0.02);
  });
});

describe('Kronecker factors', () => {
  const left = Float64Array.of(0.001, 2);
  const right = Float64Array.of(0.5, 1e-4, 3);
  const q = randomOrthogonal(2, 7);
  const r = randomOrthogonal(3, 8);
  const values = Float64Array.from({ length: 6 }, (_, k) => left[Math.floor(k / 3)] * right[k % 3]);
  const indices = Int32Array.of(0, 1, 2, 3, 4, 5);
  const op = new EigenOperator(new KroneckerBasis(q, r), values, { factors: [{ indices, left, right }] });
  const v = new Matrix(1, 6, rng(4, 'kron').fillNormal(new Float64Array(6)));

  test("damped with factors: 'separate' = (G + λI)⁻¹ V (A + λI)⁻¹", () => {
    const lambda = 0.2;
    const g = reconstruct(
      new DenseBasis(q),
      left.map((s) => s + lambda),
    );
    const a = reconstruct(
      new DenseBasis(r),
      right.map((s) => s + lambda),
    );
    const expected = matmul(matmul(cholesky(g).inverse(), new Matrix(2, 3, v.data)), cholesky(a).inverse());
    const actual = op.applyInverse(v, { kind: 'damped', lambda, factors: 'separate' });
    expectClose(actual.data, expected.data, { atol: 64 * EPS * 100 });
  });

  test("truncated with factors: 'separate' drops by factor, 'product' by product", () => {
    const eps = 4e-4;
    const separate: InverseRule = { kind: 'truncated', eps, negative: 'keep', factors: 'separate' };
    const product: InverseRule = { ...separate, factors: 'product' };
    // products: 5e-4 1e-7 3e-3 | 1 2e-4 6; of the factors only right[1] = 1e-4 is below eps.
    expect(Array.from(op.inverseValues(separate), (w) => w !== 0)).toEqual([
      true,
      false,
      true,
      true,
      false,
      true,
    ]);
    expect(op.kept(separate).rank).toBe(4);
    expect(op.kept({ ...separate, eps: 0.01 })).toMatchObject({ rank: 2, smallestKept: 1 });
    expect(op.kept({ ...product, eps: 0.0021 })).toMatchObject({ rank: 3 });
    expectClose(op.inverseValues(separate), op.inverseValues(product), { rtol: 4 * EPS });
  });

  test('a factor is singular relative to its own scale', () => {
    const tiny = Float64Array.of(1e-20, 2e-20);
    const large = Float64Array.of(1e20, 1e20, 1e20);
    const balanced = new EigenOperator(new KroneckerBasis(q, r), Float64Array.of(1, 1, 1, 2, 2, 2), {
      factors: [{ indices, left: tiny, right: large }],
    });
    const inverse = balanced.inverseValues({ kind: 'damped', lambda: 0, factors: 'separate' });
    expectClose(inverse, [1, 1, 1, 0.5, 0.5, 0.5], { rtol: 4 * EPS });
  });

  test('an operator without factors refuses', () => {
    const plain = new EigenOperator(new KroneckerBasis(q, r), values);
    const rule: InverseRule = { kind: 'damped', lambda: 1, factors: 'separate' };
    expect(() => plain.applyInverse(v, rule)).toThrow(UnsupportedError);
    expect(() => plain.kept(rule)).toThrow(UnsupportedError);
  });

  test('factors that do not fit are refused', () => {
    const build = (list: readonly number[]): EigenOperator =>
      new EigenOperator(new KroneckerBasis(q, r), values, {
        factors: [{ indices: Int32Array.from(list), left, right }],
      });
    expect(() => build([0, 1, 2])).toThrow(ShapeError);
    expect(() => build([0, 1, 2, 3, 4, 6])).toThrow(DomainError);
    expect(() => new EigenOperator(new KroneckerBasis(q, r), values, { factors: [] })).toThrow(ShapeError);
  });
});

describe('kept', () => {
  const op = new EigenOperator(BASES[0][1], INDEFINITE);

  test('counts what a rule inverts, drops and finds negative', () => {
    expect(op.kept({ kind: 'truncated', eps: 0.1, negative: 'keep' })).toEqual({
      size: 12,
      rank: 9,
      dropped: 3,
      negative: 2,
      smallest: -2,
      largest: 5,
      smallestKept: 0.125,
    });
    expect(op.kept({ kind: 'truncated', eps: 0.1, negative: 'drop' })).toMatchObject({
      rank: 7,
      negative: 0,
    });
    expect(op.kept({ kind: 'truncated', eps: 10, negative: 'keep' })).toMatchObject({
      rank: 0,
      smallestKept: Number.POSITIVE_INFINITY,
    });
  });

  test('reports a singular spectrum that the inverse refuses', () => {
    const rule: InverseRule = { kind: 'damped', lambda: 0 };
    expect(op.kept(rule)).toMatchObject({ rank: 12, smallestKept: 0 });
    expect(() => op.inverse(rule)).toThrow(SingularError);
  });
});

test('what is no rule is refused by its kind, also where nothing is inverted', () => {
  const op = new EigenOperator(BASES[0][1], INDEFINITE);
  const wrong = { kind: 'pseudo', eps: 1 } as unknown as InverseRule;
  for (const use of [
    () => op.applyInverse(new Matrix(1, 12), wrong),
    () => op.inverse(wrong),
    () => op.kept(wrong),
  ])
    expect(use).toThrow(/rule\.kind must be 'truncated', 'damped', 'absolute' or 'unrolled', got pseudo/);
});

test('wrong shapes are refused', () => {
  const [, basis] = BASES[0];
  expect(() => new EigenOperator(basis, new Float64Array(3))).toThrow(ShapeError);
  const op = new EigenOperator(basis, INDEFINITE);
  expect(() => op.applyRows(new Matrix(2, 3))).toThrow(ShapeError);
  expect(() => op.matvec(new Float64Array(3))).toThrow(ShapeError);
  expect(() => op.matmat(new Matrix(3, 2))).toThrow(ShapeError);
});
