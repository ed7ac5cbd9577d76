/** @file The diagonal of a curvature from its eigenbasis, beside that of the dense matrix. */
import { expect, test } from 'vitest';
import { initialise, Mlp } from '../../src/autodiff/index.ts';
import { EigenOperator } from '../../src/curvature/eigen-operator.ts';
import { blockGgn, CURVATURES, type CurvatureKind, ggnMatrix } from '../../src/curvature/index.ts';
import { operatorDiagonal } from '../../src/curvature/operator-diagonal.ts';
import { UnsupportedError } from '../../src/linalg/errors.ts';
import { DenseBasis, Matrix, rng } from '../../src/linalg/index.ts';
import { expectClose } from '../helpers/close.ts';

const random = rng(5, 'operator-diagonal');
const inputs = new Matrix(11, 3, random.fillNormal(new Float64Array(33)));
const model = new Mlp([3, 5, 4], 'tanh');
const data = { inputs, labels: Int32Array.from({ length: 11 }, (_, n) => n % 4) };
const problem = { model, loss: 'cross-entropy', theta: initialise(model, 'torch', rng(1)), data } as const;

test.each<CurvatureKind>(['block-ggn', 'ekfac', 'kfac', 'diagonal-ggn', 'diagonal-hessian'])(
  '%s: as the dense matrix has it',
  (kind) => {
    const dense = CURVATURES[kind].matrix(problem);
    const expected = Float64Array.from({ length: dense.rows }, (_, i) => dense.at(i, i));
    expectClose(operatorDiagonal(CURVATURES[kind].build(problem)), expected, { rtol: 1e-12 });
  },
);

test('a layer of the block-diagonal matrix has the diagonal of the GGN itself', () => {
  const c = ggnMatrix(problem);
  const expected = Float64Array.from({ length: c.rows }, (_, i) => c.at(i, i));
  expectClose(operatorDiagonal(blockGgn(problem)), expected, { rtol: 1e-12 });
});

test('negative eigenvalues, and a partial basis', () => {
  const h = Math.SQRT1_2;
  const q = new DenseBasis(Matrix.of([[h, h], [h, -h]])); // biome-ignore format: a matrix
  expectClose(operatorDiagonal(new EigenOperator(q, Float64Array.of(3, -1))), Float64Array.of(1, 1), {
    rtol: 1e-12,
  });
  const half = new EigenOperator(new DenseBasis(Matrix.of([[1], [0]])), Float64Array.of(3, 0));
  expect(() => operatorDiagonal(half)).toThrow(UnsupportedError);
  expect(() => operatorDiagonal(half)).toThrow('only 1 of 2 eigenvectors were computed');
});
