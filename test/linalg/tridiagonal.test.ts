/** @file Householder reduction: A = Q T Qᵀ across the panel sizes, what it reads, and extreme entries. */
import { describe, expect, test } from 'vitest';
import { multiplyByReflections } from '../../src/linalg/eigen/compact-wy.ts';
import {
  reductionRoom,
  type Tridiagonalisation,
  tridiagonalise,
} from '../../src/linalg/eigen/tridiagonal.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { matmul } from '../../src/linalg/products.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { expectMatrixClose } from '../helpers/close.ts';
import { expectSameBits } from '../helpers/eigen-laws.ts';
import { clement, goe, graded, hilbert, symmetric, tridiagonal } from '../helpers/zoo.ts';

/** The reduction of a copy. */
function reduced(data: Float64Array, n: number): Tridiagonalisation {
  const work = new Float64Array(reductionRoom(n)).fill(Number.NaN);
  work.set(data);
  return tridiagonalise(work, n);
}

/** Q and T of a reduction of a copy of `a`. */
function reduce(a: Matrix): { q: Matrix; t: Matrix } {
  const n = a.rows;
  const reduction = reduced(a.data, n);
  const qT = Matrix.identity(n); // rows of Qᵀ: I Qᵀ
  multiplyByReflections(qT.data, n, reduction);
  return {
    q: symmetricTranspose(qT),
    t: tridiagonal(reduction.diagonal, reduction.offDiagonal.subarray(0, Math.max(n - 1, 0))),
  };
}

function symmetricTranspose(a: Matrix): Matrix {
  return matmul(a, Matrix.identity(a.rows), { transposeA: true });
}

function checkReduction(a: Matrix): void {
  const n = a.rows;
  const { q, t } = reduce(a);
  const tolerance = 4 * n * Number.EPSILON;
  expectMatrixClose(matmul(q, q, { transposeA: true }), Matrix.identity(n), { atol: tolerance });
  expectMatrixClose(matmul(q, matmul(t, q, { transposeB: true })), a, { atol: tolerance * frobenius(a) });
}

describe('A = Q T Qᵀ with orthogonal Q', () => {
  for (const n of [1, 2, 3, 4, 5, 31, 32, 33, 47, 48, 49, 50, 51, 64, 80, 81, 97, 113, 130])
    test(`random ${n}`, () => checkReduction(goe(n)));
  test('Hilbert', () => checkReduction(hilbert(60)));
  test('graded', () => checkReduction(graded(60, 16)));
  test('zero', () => checkReduction(Matrix.zeros(60, 60)));
  test('entries whose squares underflow', () => {
    checkReduction(symmetric(5, (i, j) => (i === j ? 1 : 1e-170 * (i + j))));
    checkReduction(symmetric(4, (i, j) => (i === 2 && j === 1 ? 1 : i === 3 && j === 1 ? -1e-300 : 0)));
  });
});

test('only the upper triangle is read', () => {
  const a = goe(70);
  const whole = reduced(a.data, 70);
  const upper = a.data.slice();
  for (let i = 0; i < 70; i++) upper.fill(Number.NaN, i * 70, i * 70 + i);
  const half = reduced(upper, 70);
  expectSameBits(half.diagonal, whole.diagonal);
  expectSameBits(half.offDiagonal, whole.offDiagonal);
});

test('a tridiagonal matrix is its own reduction', () => {
  const { matrix } = clement(60);
  const { diagonal, offDiagonal, taus } = reduced(matrix.data, 60);
  expectSameBits(diagonal, new Float64Array(60));
  for (let i = 0; i < 59; i++) expect(offDiagonal[i]).toBe(matrix.at(i, i + 1));
  expectSameBits(taus, new Float64Array(60));
});

test('rows are transformed independently: a subset has the same bits', () => {
  const n = 90;
  const reduction = reduced(goe(n).data, n);
  const all = goe(n, 'rows').data.slice();
  const some = all.slice(20 * n, 57 * n);
  multiplyByReflections(all, n, reduction);
  multiplyByReflections(some, 37, reduction);
  expectSameBits(some, all.subarray(20 * n, 57 * n));
});
