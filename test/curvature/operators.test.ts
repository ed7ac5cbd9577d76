/** @file Matrix-free Hessian and GGN against the assembled matrices. */
import { describe, expect, test } from 'vitest';
import { ggnMatrix } from '../../src/curvature/ggn.ts';
import { hessianMatrix } from '../../src/curvature/hessian.ts';
import { ggnOperator, hessianOperator } from '../../src/curvature/operators.ts';
import { CURVATURES } from '../../src/curvature/registry.ts';
import { ShapeError } from '../../src/linalg/errors.ts';
import { conjugateGradient } from '../../src/linalg/operators/conjugate-gradient.ts';
import { shiftedOperator } from '../../src/linalg/operators/operator.ts';
import { expectClose } from '../helpers/close.ts';
import { checkOperatorLaws } from '../helpers/operator-laws.ts';
import { randomProblem } from '../helpers/problems.ts';

const EPS = Number.EPSILON;

describe('matrix-free = dense', () => {
  for (const loss of ['cross-entropy', 'squared-error'] as const)
    for (const activation of ['tanh', 'gelu'] as const)
      test(`${loss}, ${activation}`, () => {
        const problem = randomProblem({ sizes: [3, 4, 2, 3], loss, activation, examples: 9, seed: 4 });
        const [h, g] = [hessianMatrix(problem), ggnMatrix(problem)];
        checkOperatorLaws(hessianOperator(problem), h, { tolerance: 64 * EPS });
        checkOperatorLaws(ggnOperator(problem), g, { tolerance: 64 * EPS });
      });
});

test('conjugate gradients on the matrix-free GGN = the damped inverse of the EigenOperator', () => {
  const problem = randomProblem({ sizes: [3, 4, 3], examples: 9 });
  const lambda = 0.05;
  const b = problem.theta;
  const { x } = conjugateGradient(shiftedOperator(ggnOperator(problem), lambda), b, { rtol: 1e-13 });
  const direct = CURVATURES.ggn.build(problem).inverse({ kind: 'damped', lambda }).matvec(b);
  expectClose(x, direct, { atol: 1e-11 * Math.hypot(...direct) });
});

test('a problem that does not fit is refused when the operator is made', () => {
  const problem = randomProblem({ sizes: [3, 2, 3] });
  expect(() => hessianOperator({ ...problem, theta: problem.theta.slice(1) })).toThrow(ShapeError);
  expect(() => ggnOperator({ ...problem, theta: problem.theta.slice(1) })).toThrow(ShapeError);
});
