/** @file The structured Hessian against the column-by-column one, and its invariances. */
import { describe, expect, test } from 'vitest';
import { selectExamples } from '../../src/autodiff/dataset.ts';
import { hessianByColumns } from '../../src/autodiff/index.ts';
import { hessian, hessianMatrix } from '../../src/curvature/hessian.ts';
import { DomainError, NonFiniteError, ShapeError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { transpose } from '../../src/linalg/products.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { expectMatrixClose } from '../helpers/close.ts';
import { randomProblem, smallProblems } from '../helpers/problems.ts';

const EPS = Number.EPSILON;

describe('structured Hessian = column-by-column Hessian', () => {
  for (const { name, problem } of smallProblems())
    test(name, () => {
      const { model, loss, theta, data } = problem;
      const reference = hessianByColumns(model, loss, theta, data);
      const structured = hessianMatrix(problem);
      expectMatrixClose(structured, reference, { atol: 64 * EPS * frobenius(reference) });
      expect(structured.data).toEqual(transpose(structured).data);
    });

  test('more units than directions in a sweep, and chunks that do not divide N', () => {
    const problem = randomProblem({ sizes: [2, 19, 3], examples: 11, seed: 5 });
    const { model, loss, theta, data } = problem;
    const reference = hessianByColumns(model, loss, theta, data);
    for (const batch of [1, 3, 4, 11, 64])
      expectMatrixClose(hessianMatrix(problem, { batch }), reference, {
        atol: 64 * EPS * frobenius(reference),
      });
  });
});

describe('the Hessian as an operator', () => {
  test('applies and reconstructs the matrix', () => {
    const problem = randomProblem({ sizes: [3, 4, 3], examples: 9 });
    const matrix = hessianMatrix(problem);
    const operator = hessian(problem);
    expect(operator.structure).toBe('symmetric');
    expectMatrixClose(operator.toDense(), matrix, { atol: 64 * matrix.rows * EPS * frobenius(matrix) });
  });
});

describe('invariances of the mean loss', () => {
  const problem = randomProblem({ sizes: [3, 4, 3], examples: 10, seed: 8 });
  const reference = hessianMatrix(problem);
  const atol = 64 * EPS * frobenius(reference);

  test('order of the examples', () => {
    const reversed = selectExamples(problem.data, Int32Array.of(9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    expectMatrixClose(hessianMatrix({ ...problem, data: reversed }), reference, { atol });
  });

  test('the data set twice', () => {
    const twice = selectExamples(
      problem.data,
      Int32Array.from({ length: 20 }, (_, i) => i % 10),
    );
    expectMatrixClose(hessianMatrix({ ...problem, data: twice }), reference, { atol });
  });

  test('same bits on every call', () => {
    expect(hessianMatrix(problem).data).toEqual(reference.data);
  });
});

describe('refusals', () => {
  const problem = randomProblem({ sizes: [3, 2, 3] });
  test('θ of another length, θ with NaN, no examples', () => {
    expect(() => hessianMatrix({ ...problem, theta: problem.theta.slice(1) })).toThrow(ShapeError);
    expect(() => hessianMatrix({ ...problem, theta: problem.theta.map(() => Number.NaN) })).toThrow(
      NonFiniteError,
    );
    const empty = { inputs: new Matrix(0, 3), labels: new Int32Array(0) };
    expect(() => hessianMatrix({ ...problem, data: empty })).toThrow(/at least one example/);
  });
  test('a label out of range', () => {
    const data = { inputs: new Matrix(1, 3), labels: Int32Array.of(3) };
    expect(() => hessianMatrix({ ...problem, data })).toThrow(DomainError);
    expect(() => hessianMatrix({ ...problem, loss: 'hinge' as 'cross-entropy' })).toThrow(
      /must be one of cross-entropy, .*, got 'hinge'/,
    );
  });
});
