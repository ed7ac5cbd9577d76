/** @file Kronecker products that are never formed, against the formed ones. */
import { describe, expect, test } from 'vitest';
import { ShapeError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import {
  KroneckerOperator,
  kron,
  kroneckerApplyRows,
  kroneckerMatvec,
} from '../../src/linalg/operators/kronecker.ts';
import { matmul, matvec, syrk, transpose } from '../../src/linalg/products.ts';
import { expectClose, expectMatrixClose } from '../helpers/close.ts';
import { checkOperatorLaws, normalMatrix } from '../helpers/operator-laws.ts';

test('kron puts G[i, j]·A at block (i, j)', () => {
  const g = Matrix.of([
    [1, 2],
    [0, -1],
  ]);
  const a = Matrix.of([
    [1, 10, 100],
    [3, 30, 300],
  ]);
  expect(kron(g, a).toArray()).toEqual([
    [1, 10, 100, 2, 20, 200],
    [3, 30, 300, 6, 60, 600],
    [0, 0, 0, -1, -10, -100],
    [0, 0, 0, -3, -30, -300],
  ]);
});

describe('products without forming G ⊗ A agree with the formed matrix', () => {
  // p' × p for G, q' × q for A
  for (const [pOut, p, qOut, q] of [
    [3, 3, 4, 4],
    [2, 5, 4, 3],
    [1, 4, 5, 1],
    [4, 1, 1, 5],
    [1, 1, 1, 1],
    [16, 16, 17, 17],
  ]) {
    test(`G [${pOut}, ${p}], A [${qOut}, ${q}]`, () => {
      const g = normalMatrix(pOut, p, 'g');
      const a = normalMatrix(qOut, q, 'a');
      checkOperatorLaws(new KroneckerOperator(g, a), kron(g, a), { tolerance: 128 * Number.EPSILON });
      const v = normalMatrix(p, q, 'v');
      const image = matmul(matmul(g, v), a, { transposeB: true }); // vec(G V Aᵀ)
      const tolerance = { atol: 64 * p * q * Number.EPSILON };
      expectClose(kroneckerMatvec(g, a, v.data), image.data, tolerance);
      expectClose(matvec(kron(g, a), v.data), image.data, tolerance);
    });
  }
});

test('psd factors make a psd product, its own transpose', () => {
  const g = syrk(normalMatrix(3, 2, 'g'));
  const a = syrk(normalMatrix(4, 2, 'a'));
  const op = new KroneckerOperator(g, a, 'psd');
  expect(op.transpose()).toBe(op);
  checkOperatorLaws(op, kron(g, a), { tolerance: 128 * Number.EPSILON });
});

test('the mixed-product law (G ⊗ A)(H ⊗ B) = GH ⊗ AB', () => {
  const [g, h, a, b] = [
    normalMatrix(3, 4, 1),
    normalMatrix(4, 2, 2),
    normalMatrix(2, 3, 3),
    normalMatrix(3, 5, 4),
  ];
  const left = kroneckerApplyRows(g, a, kroneckerApplyRows(h, b, Matrix.identity(10)));
  expectMatrixClose(transpose(left), kron(matmul(g, h), matmul(a, b)), { atol: 1024 * Number.EPSILON });
});

test('a row has the same bits whatever the other rows are', () => {
  const g = normalMatrix(7, 7, 'g');
  const a = normalMatrix(9, 9, 'a');
  const x = normalMatrix(11, 63, 'x');
  const together = kroneckerApplyRows(g, a, x);
  for (const i of [0, 4, 10]) expect(kroneckerMatvec(g, a, x.row(i))).toEqual(together.row(i));
});

test('shapes are checked', () => {
  const g = new Matrix(2, 3);
  const a = new Matrix(4, 5);
  expect(() => kroneckerMatvec(g, a, new Float64Array(8))).toThrow(ShapeError);
  expect(() => kroneckerApplyRows(g, a, new Matrix(1, 8))).toThrow(/\[1, 15\]/);
  expect(() => kroneckerApplyRows(g, a, new Matrix(1, 15), { transpose: true })).toThrow(/\[1, 8\]/);
  expect(() => new KroneckerOperator(g, a, 'symmetric')).toThrow(/square/);
});
