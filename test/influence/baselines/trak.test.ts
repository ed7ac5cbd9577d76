/** @file TRAK against unprojected dense algebra, its own ensemble against its parts, and against the influence function. */
import { describe, expect, test } from 'vitest';
import { exampleValues, perExampleGradients } from '../../../src/autodiff/per-example.ts';
import { ggnMatrix } from '../../../src/curvature/ggn.ts';
import type { Problem } from '../../../src/curvature/problem.ts';
import type { FittedModel } from '../../../src/influence/attributor.ts';
import { trak } from '../../../src/influence/baselines/trak.ts';
import { DomainError, SingularError } from '../../../src/linalg/errors.ts';
import { solve } from '../../../src/linalg/factorisations/solve.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { matmul, syrk, transpose } from '../../../src/linalg/products.ts';
import { maxAbs } from '../../../src/linalg/sum.ts';
import { expectMatrixClose } from '../../helpers/close.ts';
import { randomData, randomProblem, randomTheta } from '../../helpers/problems.ts';
import { matrixProjection, randomOrthogonal } from './matrix-projection.ts';

const N = 60;
const problem = randomProblem({ sizes: [4, 5, 3], examples: N, seed: 5 });
const { data: train, ...fitted } = problem;
const queries = randomData(problem.model, 'cross-entropy', 6, 8);
const D = problem.model.parameterCount;
const full = (parameters: number, index: number): ReturnType<typeof matrixProjection> =>
  matrixProjection(randomOrthogonal(parameters, 40 + index));

/** N ∇mᵀ (curvature + ρI)⁻¹ ∇L, all dense. */
function dense(
  { model, loss, theta, data }: Problem,
  f: 'cross-entropy' | 'margin' | 'squared-error',
  sum: Matrix,
  ridge: number,
): Matrix {
  const damped = sum.clone();
  for (let i = 0; i < D; i++) damped.data[i * (D + 1)] += ridge;
  const g = perExampleGradients(model, loss, theta, data);
  const m = perExampleGradients(model, f, theta, f === 'squared-error' ? regressionQueries : queries);
  return matmul(m, solve(damped, transpose(g)), { alpha: N });
}

const regression = randomProblem({ sizes: [4, 5, 3], loss: 'squared-error', examples: N, seed: 6 });
const regressionQueries = randomData(regression.model, 'squared-error', 6, 9);

describe('full dimension, orthogonal projection', () => {
  const ridge = 0.5;
  test.each(['loss', 'margin'] as const)('%s: the unprojected dense formula', (measurement) => {
    const f = measurement === 'loss' ? 'cross-entropy' : 'margin';
    const margins = perExampleGradients(problem.model, 'margin', problem.theta, train);
    const expected = dense(problem, f, syrk(margins, { transpose: true }), ridge);
    const scores = trak({ projection: full, ridge, measurement }).fit(fitted, train).score(queries);
    expectMatrixClose(scores, expected, { atol: 1e-11 * maxAbs(expected.data) });
  });

  test('regression: the influence function of the GGN damped by ρ/N', () => {
    const sum = ggnMatrix(regression);
    for (let i = 0; i < sum.data.length; i++) sum.data[i] *= N;
    const expected = dense(regression, 'squared-error', sum, ridge);
    const { data, ...model } = regression;
    const scores = trak({ projection: full, ridge }).fit(model, data).score(regressionQueries);
    expectMatrixClose(scores, expected, { atol: 1e-11 * maxAbs(expected.data) });
  });
});

test('an ensemble is the mean of kernels times the mean of slopes', () => {
  const models: FittedModel[] = [1, 2, 3].map((seed) => ({
    ...fitted,
    theta: randomTheta(problem.model, 1.2, seed),
  }));
  const options = { measurement: 'margin' } as const;
  const slopes = models.map(({ model, theta }) =>
    exampleValues(model, 'margin', theta, train).map((f) => -1 / (1 + Math.exp(f))),
  );
  // model m alone, with the projection that it has as number m: its kernel times N ∂L/∂f
  const alone = models.map((model, m) =>
    trak({ ...options, projection: (p) => drawn(p, m) })
      .fit(model, train)
      .score(queries),
  );
  const expected = new Matrix(6, N);
  for (let q = 0; q < 6; q++)
    for (let i = 0; i < N; i++) {
      const kernel = alone.reduce((total, s, m) => total + s.at(q, i) / (N * slopes[m][i]), 0) / 3;
      const slope = slopes.reduce((total, s) => total + s[i], 0) / 3;
      expected.set(q, i, N * kernel * slope);
    }
  const together = trak({ ...options, projection: drawn }).fitMany(models, train);
  expectMatrixClose(together.score(queries), expected, { atol: 1e-11 * maxAbs(expected.data) });
  const own = together.selfInfluence();
  const square = together.score(train);
  for (let i = 0; i < N; i++) expect(Math.abs(own[i] - square.at(i, i))).toBeLessThan(1e-12 * maxAbs(own));

  function drawn(parameters: number, index: number): ReturnType<typeof matrixProjection> {
    const q = randomOrthogonal(parameters, 70 + index);
    const p = new Matrix(parameters, 7);
    for (let i = 0; i < parameters; i++) for (let j = 0; j < 7; j++) p.set(i, j, q.at(i, j));
    return matrixProjection(p);
  }
});

test('positive means that leaving out raises m: the loss of an example itself rises, its margin falls', () => {
  for (const own of trak({ dimension: 10 }).fit(fitted, train).selfInfluence())
    expect(own).toBeGreaterThan(0);
  const margin = trak({ dimension: 10, measurement: 'margin' }).fit(fitted, train);
  for (const own of margin.selfInfluence()) expect(own).toBeLessThan(0);
});

test('examples may be cut in any way, and permuted', () => {
  const options = { dimension: 9, seed: 2 };
  const whole = trak(options).fit(fitted, train).score(queries);
  const cut = trak({ ...options, chunk: 7 })
    .fit(fitted, train)
    .score(queries);
  expectMatrixClose(cut, whole, { atol: 1e-12 * maxAbs(whole.data) });
  const one = trak(options)
    .fit(fitted, train)
    .score({ ...queries, ...single(3) });
  expectMatrixClose(one, whole.rowRange(3, 4), { atol: 1e-12 * maxAbs(whole.data) });

  function single(q: number): { inputs: Matrix; labels: Int32Array } {
    if (!('labels' in queries)) throw new Error('labels');
    return { inputs: queries.inputs.rowRange(q, q + 1), labels: queries.labels.slice(q, q + 1) };
  }
});

test('more dimensions than the gradients span are refused with advice; a ridge helps', () => {
  expect(() => trak({ dimension: 64 }).fit(fitted, train)).toThrow(SingularError);
  expect(() => trak({ dimension: 64 }).fit(fitted, train)).toThrow(/smaller dimension, or a ridge/);
  const scores = trak({ dimension: 64, ridge: 1e-3 }).fit(fitted, train).score(queries);
  expect(scores.data.every(Number.isFinite)).toBe(true);
});

test('as the dimension grows, scores with a ridge tend to the unprojected ones', () => {
  const exact = trak({ projection: full, ridge: 5, measurement: 'margin' }).fit(fitted, train).score(queries);
  const error = (dimension: number): number => {
    const s = trak({ dimension, ridge: 5, measurement: 'margin' }).fit(fitted, train).score(queries);
    return Math.hypot(...s.data.map((v, i) => v - exact.data[i])) / Math.hypot(...exact.data);
  };
  const [coarse, fine] = [error(20), error(1280)];
  expect(fine).toBeLessThan(0.1);
  expect(fine).toBeLessThan(0.3 * coarse); // 1/√k would be an eighth
});

test('refuses options that make no sense', () => {
  expect(() => trak({ dimension: 0 })).toThrow(DomainError);
  expect(() => trak({ ridge: -1 })).toThrow(DomainError);
  expect(() => trak({ projection: 'sparse' as 'gaussian' })).toThrow(DomainError);
  expect(() => trak().fitMany([], train)).toThrow(DomainError);
});
