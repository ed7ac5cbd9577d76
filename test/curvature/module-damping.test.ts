/** @file Damping per module and of Kronecker factors, beside dense matrices. */
import { describe, expect, test } from 'vitest';
import { kroneckerFactors } from '../../src/curvature/kronecker-factors.ts';
import {
  dampFactors,
  dampModules,
  factorDampings,
  moduleDampings,
} from '../../src/curvature/module-damping.ts';
import { partition } from '../../src/curvature/partition.ts';
import type { Problem } from '../../src/curvature/problem.ts';
import { CURVATURES } from '../../src/curvature/registry.ts';
import { DomainError, ShapeError, SingularError, UnsupportedError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { kron } from '../../src/linalg/operators/kronecker.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose } from '../helpers/close.ts';
import { randomProblem } from '../helpers/problems.ts';
import { SHARED_PROBLEMS } from '../helpers/shared-networks.ts';

const EPS = Number.EPSILON;
const EXACT = { kind: 'truncated', eps: 0, negative: 'keep' } as const;
const PROBLEMS = [
  { name: 'perceptron', problem: randomProblem({ sizes: [4, 5, 3], examples: 17, seed: 5 }) },
  ...SHARED_PROBLEMS.map(([name, problem]) => ({ name, problem })),
];
const trace = (a: Matrix): number =>
  Array.from({ length: a.rows }, (_, i) => a.at(i, i)).reduce((s, x) => s + x, 0);

/** The matrix with λ added on the diagonal of each block. */
function dampedDense(problem: Problem, dense: Matrix, kind: 'layer' | 'tensor', fraction: number): Matrix {
  const out = dense.clone();
  for (const { indices } of partition(problem.model, kind)) {
    const mean = indices.reduce((sum, i) => sum + dense.at(i, i), 0) / indices.length;
    for (const i of indices) out.set(i, i, out.at(i, i) + fraction * mean);
  }
  return out;
}

describe.each(PROBLEMS)('$name', ({ problem }) => {
  for (const kind of ['block-ggn', 'ekfac', 'kfac', 'diagonal-ggn'] as const)
    for (const partitioned of ['layer', 'tensor'] as const)
      test(`${kind} by ${partitioned}: a tenth of tr(C_b)/d_b on each block of the dense matrix`, () => {
        const reads = CURVATURES[kind].reads.includes('partition');
        const operator = CURVATURES[kind].build(problem, reads ? { partition: partitioned } : {});
        const dampings = moduleDampings(operator, problem.model, partitioned);
        const damped = dampModules(operator, dampings);
        const dense = operator.toDense();
        const expected = dampedDense(problem, dense, partitioned, 0.1);
        expectMatrixClose(damped.toDense(), expected, { atol: 64 * dense.rows * EPS * frobenius(dense) });
        const inverse = damped.inverse(EXACT).matmat(expected);
        const condition = Math.max(...damped.values) / Math.min(...damped.values);
        expectMatrixClose(inverse, Matrix.identity(dense.rows), { atol: 256 * dense.rows * EPS * condition });
      });

  test('the means of block-GGN and EK-FAC are one, that of K-FAC is the product of its factors’', () => {
    const mean = (kind: 'block-ggn' | 'ekfac' | 'kfac'): number[] =>
      moduleDampings(CURVATURES[kind].build(problem), problem.model).map((d) => d.meanEigenvalue);
    const exact = mean('block-ggn');
    expectClose(mean('ekfac'), exact, { rtol: 1e-10, atol: 1e-15 });
    const factors = kroneckerFactors(problem);
    const products = partition(problem.model, 'layer').map(({ layer, indices }) => {
      const own = factors.filter(({ block }) => block.layer === layer);
      return (
        own.reduce((s, f) => s + trace(f.gradientCovariance) * trace(f.inputCovariance), 0) / indices.length
      );
    });
    expectClose(mean('kfac'), products, { rtol: 1e-10, atol: 1e-15 });
  });

  for (const split of ['pi', 'each'] as const)
    test(`K-FAC with damped factors: ${split}, by explicit Kronecker products`, () => {
      const operator = CURVATURES.kfac.build(problem);
      const lambda = 0.03;
      const damped = dampFactors(operator, lambda, split).toDense();
      const expected = new Matrix(operator.rows, operator.rows);
      for (const { block, gradientCovariance: g, inputCovariance: a } of kroneckerFactors(problem)) {
        const pi = Math.sqrt(trace(a) / a.rows / (trace(g) / g.rows)) || 1;
        const [left, right] =
          split === 'each' ? [lambda, lambda] : [Math.sqrt(lambda) / pi, Math.sqrt(lambda) * pi];
        const plus = (m: Matrix, by: number): Matrix =>
          Matrix.of(m.toArray().map((row, i) => row.map((x, j) => x + (i === j ? by : 0))));
        const single = g.rows === 1 || a.rows === 1;
        const own = single ? plus(kron(g, a), lambda) : kron(plus(g, left), plus(a, right));
        for (const [i, at] of block.indices.entries())
          for (const [j, to] of block.indices.entries()) expected.set(at, to, own.at(i, j));
      }
      expectMatrixClose(damped, expected, { atol: 64 * operator.rows * EPS * frobenius(expected) });
      if (
        split === 'each' &&
        kroneckerFactors(problem).every(
          (f) => Math.min(f.inputCovariance.rows, f.gradientCovariance.rows) > 1,
        )
      ) {
        const rule = { kind: 'damped', lambda, factors: 'separate' } as const;
        const other = dampFactors(operator, lambda, split).inverse(EXACT);
        expectClose(other.values, operator.inverseValues(rule), { rtol: 1e-12 });
      }
    });
});

test('λ = 0.1 of the mean, split by π, scales each factor by its own mean', () => {
  const problem = randomProblem({ sizes: [4, 5, 3], examples: 17, seed: 5 });
  const operator = CURVATURES.kfac.build(problem);
  const damped = dampFactors(operator, factorDampings(operator, moduleDampings(operator, problem.model)));
  for (const { indices, left, right } of operator.factors ?? []) {
    const [g, a] = [left, right].map((values) => values.reduce((s, x) => s + x, 0) / values.length);
    for (const [k, index] of indices.entries()) {
      const [r, c] = [Math.floor(k / right.length), k % right.length];
      const expected = (left[r] + Math.sqrt(0.1) * g) * (right[c] + Math.sqrt(0.1) * a);
      expectClose([damped.values[index]], [expected], { rtol: 1e-12 });
    }
  }
});

test('what cannot be damped is refused', () => {
  const problem = randomProblem({ sizes: [4, 5, 3], examples: 17, seed: 5 });
  const { model } = problem;
  const operator = CURVATURES.ekfac.build(problem);
  expect(() => dampFactors(operator, 1)).toThrow(UnsupportedError);
  expect(() => dampFactors(CURVATURES.kfac.build(problem), [1])).toThrow(ShapeError);
  expect(() => dampFactors(CURVATURES.kfac.build(problem), -1)).toThrow(DomainError);
  expect(() => moduleDampings(operator, model, 'layer', -1)).toThrow(DomainError);
  expect(() => moduleDampings(CURVATURES.ggn.build(problem, { keepAbove: 0.1 }), model)).toThrow(/keepAbove/);
  const other = randomProblem({ sizes: [4, 3], examples: 5 });
  expect(() => moduleDampings(operator, other.model)).toThrow(ShapeError);
  const dead = { ...problem, theta: problem.theta.slice().fill(0, 0, 25) }; // no signal reaches the second layer's weights
  const still = CURVATURES['block-ggn'].build(
    { ...dead, theta: dead.theta.map(() => 0) },
    { partition: 'tensor' },
  );
  expect(() => dampModules(still, moduleDampings(still, model, 'tensor'))).toThrow(SingularError);
  expect(() => dampModules(still, moduleDampings(still, model, 'tensor'))).toThrow(/site 0/);
});
