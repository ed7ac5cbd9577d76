/** @file Arnoldi influence against dense eigendecompositions and exact inverses. */
import { expect, test } from 'vitest';
import { perExampleGradients } from '../../../src/autodiff/per-example.ts';
import { ggnMatrix } from '../../../src/curvature/ggn.ts';
import { hessianMatrix } from '../../../src/curvature/hessian.ts';
import { arnoldiInfluence } from '../../../src/influence/baselines/arnoldi.ts';
import { symmetricEigen } from '../../../src/linalg/eigen/symmetric-eigen.ts';
import { DomainError } from '../../../src/linalg/errors.ts';
import { solve } from '../../../src/linalg/factorisations/solve.ts';
import type { Matrix } from '../../../src/linalg/matrix.ts';
import { matmul, transpose } from '../../../src/linalg/products.ts';
import { maxAbs, norm2 } from '../../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose } from '../../helpers/close.ts';
import { randomData, randomProblem } from '../../helpers/problems.ts';

const problem = randomProblem({ sizes: [4, 5, 3], examples: 30, seed: 5 });
const { data: train, ...fitted } = problem;
const { model, theta } = problem;
const D = model.parameterCount;
const queries = randomData(model, 'cross-entropy', 5, 8);
const g = perExampleGradients(model, 'cross-entropy', theta, train);
const m = perExampleGradients(model, 'margin', theta, queries);

/** Σ (m·y)(y·g)/λ over some eigenpairs. */
function spectral(values: ArrayLike<number>, vectors: Matrix): Matrix {
  const left = matmul(m, vectors);
  for (let q = 0; q < left.rows; q++) for (let j = 0; j < left.cols; j++) left.row(q)[j] /= values[j];
  return matmul(left, matmul(g, vectors), { transposeB: true });
}

for (const [curvature, matrix] of [
  ['hessian', hessianMatrix(problem)],
  ['ggn', ggnMatrix(problem)],
] as const)
  test(`${curvature}: the eigenpairs of largest magnitude, as a dense decomposition finds them`, () => {
    const rank = 6;
    const attributor = arnoldiInfluence({
      rank,
      curvature,
      iterations: D,
      measurement: 'margin',
      rtol: 1e-12,
    });
    const fit = attributor.fit(fitted, train);
    const exact = symmetricEigen(matrix, { largest: rank });
    const scale = maxAbs(exact.values);
    expectClose(fit.values, exact.values, { atol: 1e-12 * scale });
    expect(fit.kept).toBe(rank);
    expect(Math.max(...fit.residuals)).toBeLessThan(1e-10 * scale);
    const expected = spectral(exact.values, exact.vectors);
    expectMatrixClose(fit.score(queries), expected, { atol: 1e-8 * maxAbs(expected.data) });
  });

test('all pairs of a definite Hessian: the exact inverse', () => {
  const convex = randomProblem({
    sizes: [3, 3],
    activation: 'identity',
    loss: 'squared-error',
    examples: 30,
  });
  const { data, ...own } = convex;
  const asked = randomData(convex.model, 'squared-error', 4, 2);
  const gradients = perExampleGradients(convex.model, 'squared-error', convex.theta, data);
  const of = perExampleGradients(convex.model, 'squared-error', convex.theta, asked);
  const expected = matmul(of, solve(hessianMatrix(convex), transpose(gradients)));
  const fit = arnoldiInfluence({ rank: 10_000 }).fit(own, data);
  expect(fit.kept).toBe(convex.model.parameterCount);
  expectMatrixClose(fit.score(asked), expected, { atol: 1e-10 * maxAbs(expected.data) });
  const own0 = fit.selfInfluence();
  const square = fit.score(data);
  expectClose(
    own0,
    Array.from({ length: 30 }, (_, i) => square.at(i, i)),
    { atol: 1e-12 * maxAbs(own0) },
  );
});

test('all pairs of a deficient GGN: the inverse on its span, zeros left out', () => {
  // logits are shifted together without effect: the bias and weights of the last layer have 6 such directions
  const fit = arnoldiInfluence({ rank: D, curvature: 'ggn', measurement: 'margin' }).fit(fitted, train);
  expect(fit.kept).toBeLessThanOrEqual(D - 6);
  const { values, vectors } = symmetricEigen(ggnMatrix(problem), { above: 1e-9 });
  expect(fit.kept).toBe(values.length);
  const expected = spectral(values, vectors);
  expectMatrixClose(fit.score(queries), expected, { atol: 1e-6 * maxAbs(expected.data) });
});

test('residuals say how good the pairs are, converged or not', () => {
  const h = hessianMatrix(problem);
  const fit = arnoldiInfluence({ rank: 5, iterations: 7 }).fit(fitted, train);
  expect(fit.stats.status).toBe('iteration-limit');
  const all = symmetricEigen(h).values;
  for (const [i, value] of fit.values.entries()) {
    const nearest = Math.min(...all.map((x) => Math.abs(x - value)));
    expect(nearest).toBeLessThanOrEqual(fit.residuals[i] + 1e-12);
  }
  expect(norm2(fit.residuals)).toBeGreaterThan(1e-6);
});

test('seeds and chunks: same pairs, same scores, up to rounding', () => {
  const options = { rank: 5, iterations: D } as const;
  const whole = arnoldiInfluence(options).fit(fitted, train).score(queries);
  for (const other of [{ chunk: 4 }, { seed: 9 }]) {
    const scores = arnoldiInfluence({ ...options, ...other })
      .fit(fitted, train)
      .score(queries);
    expectMatrixClose(scores, whole, { atol: 1e-7 * maxAbs(whole.data) });
  }
});

test('refuses options that make no sense', () => {
  expect(() => arnoldiInfluence({ rank: 0 })).toThrow(DomainError);
  expect(() => arnoldiInfluence({ rank: 5, iterations: 4 })).toThrow(DomainError);
  expect(() => arnoldiInfluence({ curvature: 'kfac' as 'ggn' })).toThrow(DomainError);
});
