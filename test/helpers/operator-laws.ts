/** @file The contract of LinearOperator and of OrthogonalBasis as code. Every implementation's test starts with these calls. */
import { expect } from 'vitest';
import { Matrix } from '../../src/linalg/matrix.ts';
import type { OrthogonalBasis } from '../../src/linalg/operators/basis.ts';
import type { LinearOperator } from '../../src/linalg/operators/linear-operator.ts';
import { dot, matmul, transpose } from '../../src/linalg/products.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { frobenius, maxAbs, norm2 } from '../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose } from './close.ts';

/** A matrix of standard normal numbers from the stream ('test', ...path). */
export function normalMatrix(rows: number, cols: number, ...path: (string | number)[]): Matrix {
  return new Matrix(rows, cols, rng(0, 'test', ...path).fillNormal(new Float64Array(rows * cols)));
}

export interface OperatorLawOptions {
  /** Allowed error of a product, relative to max|A|·(row length): written c·n·ε by default. */
  readonly tolerance?: number;
  /** False for a general function that came without its transpose. */
  readonly hasTranspose?: boolean;
}

/**
 * `op` is the matrix `dense`: its shape, toDense, applyRows, matmat, matvec and transpose agree with it; it does not
 * modify or return its argument; equal arguments give equal bits; its promised structure holds.
 */
export function checkOperatorLaws(op: LinearOperator, dense: Matrix, options: OperatorLawOptions = {}): void {
  const { tolerance = 16 * Number.EPSILON, hasTranspose = true } = options;
  expect([op.rows, op.cols], 'shape').toEqual([dense.rows, dense.cols]);
  const scale = Math.max(1, op.rows, op.cols) * (maxAbs(dense.data) || 1);
  const atol = tolerance * scale;
  expectMatrixClose(op.toDense(), dense, { atol });

  const x = normalMatrix(op.cols, 3, 'laws/x', op.cols);
  const xT = transpose(x);
  const expected = matmul(dense, x);
  const bound = { atol: 8 * atol }; // |xᵢ| < 8
  checkUntouched('applyRows', xT, () => expectMatrixClose(op.applyRows(xT), transpose(expected), bound));
  checkUntouched('matmat', x, () => expectMatrixClose(op.matmat(x), expected, bound));
  const first = new Matrix(1, op.cols, x.column(0));
  checkUntouched('matvec', first, () => expectClose(op.matvec(first.data), expected.column(0), bound));
  expect(op.applyRows(new Matrix(0, op.cols)).shape, 'no rows').toEqual([0, op.rows]);

  expect(op.applyRows(xT).data, 'same bits twice').toEqual(op.applyRows(xT).data);
  expect(op.matvec(first.data), 'same bits twice').toEqual(op.matvec(first.data));

  if (op.structure !== 'general') expectMatrixClose(dense, transpose(dense), { atol });
  if (op.structure === 'psd') {
    const image = op.applyRows(xT);
    for (let i = 0; i < 3; i++)
      expect(dot(xT.row(i), image.row(i)), 'xᵀAx').toBeGreaterThanOrEqual(-64 * op.cols * atol);
  }
  if (!hasTranspose) return;
  const y = normalMatrix(3, op.rows, 'laws/y', op.rows);
  const adjoint = op.transpose();
  expect([adjoint.rows, adjoint.cols], 'shape of the transpose').toEqual([dense.cols, dense.rows]);
  expect(adjoint.structure).toBe(op.structure);
  expectMatrixClose(adjoint.applyRows(y), matmul(y, dense), bound);
  expectMatrixClose(adjoint.transpose().applyRows(xT), transpose(expected), bound);
}

/**
 * `basis` is the matrix `dense` with orthonormal columns: QᵀQ = I, toDense, rotate and unrotate agree with it; rotate undoes
 * unrotate, which keeps norms; the other way round it is a projection, and nothing is lost when Q is complete. Arguments are
 * left alone.
 */
export function checkBasisLaws(basis: OrthogonalBasis, dense: Matrix): void {
  const { size: n, width: w } = basis;
  const atol = 32 * Math.max(1, n) * Number.EPSILON;
  expect([dense.rows, dense.cols], 'shape').toEqual([n, w]);
  expectMatrixClose(basis.toDense(), dense, { atol });
  expectMatrixClose(matmul(dense, dense, { transposeA: true }), Matrix.identity(w), { atol });
  for (const k of [0, 1, 5]) {
    const x = normalMatrix(k, n, 'basis', n);
    const z = normalMatrix(k, w, 'coordinates', w);
    const bound = { atol: 8 * atol };
    checkUntouched('rotate', x, () => expectMatrixClose(basis.rotate(x), matmul(x, dense), bound));
    checkUntouched('unrotate', z, () =>
      expectMatrixClose(basis.unrotate(z), matmul(z, dense, { transposeB: true }), bound),
    );
    expectMatrixClose(basis.rotate(basis.unrotate(z)), z, bound);
    const projected = basis.unrotate(basis.rotate(x));
    expectMatrixClose(
      w === n ? projected : basis.unrotate(basis.rotate(projected)),
      w === n ? x : projected,
      bound,
    );
    expect(Math.abs(frobenius(basis.unrotate(z)) - frobenius(z))).toBeLessThanOrEqual(atol * frobenius(z));
    for (let i = 0; i < k; i++) {
      const alone = basis.rotate(x.rowRange(i, i + 1));
      expectClose(alone.data, basis.rotate(x).row(i), bound);
      const back = basis.unrotate(z.rowRange(i, i + 1));
      expect(Math.abs(norm2(back.data) - norm2(z.row(i)))).toBeLessThanOrEqual(atol * norm2(z.row(i)));
    }
  }
}

function checkUntouched(what: string, argument: Matrix, body: () => void): void {
  const before = argument.data.slice();
  body();
  expect(argument.data, `${what} leaves its argument alone`).toEqual(before);
}
