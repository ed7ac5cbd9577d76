/** @file The solvers of the method `cg`: MINRES where conjugate gradients are, and where they cannot go. */
import { expect, test } from 'vitest';
import { hessian } from '../../../src/curvature/hessian.ts';
import { influenceFunction } from '../../../src/influence/attributors/influence-function.ts';
import { attribute } from '../../../src/influence/methods/attribute.ts';
import { NumericalError } from '../../../src/linalg/errors.ts';
import { maxAbs } from '../../../src/linalg/sum.ts';
import { expectMatrixClose } from '../../helpers/close.ts';
import { randomData, randomProblem } from '../../helpers/problems.ts';

const { data: train, ...model } = randomProblem({ sizes: [4, 5, 3], examples: 17, seed: 5 });
const queries = randomData(model.model, 'cross-entropy', 4, 8);
const job = { method: 'cg', models: [model], train, queries } as const;

test('minres gives the scores of cg on a definite system', () => {
  const options = { damping: 0.01, tolerance: 1e-12 };
  const cg = attribute({ ...job, options });
  const minres = attribute({ ...job, options: { ...options, solver: 'minres' } });
  expectMatrixClose(minres.scores, cg.scores, { atol: 1e-9 * maxAbs(cg.scores.data) });
  expect(cg.settings[0]).toMatchObject({ solver: 'cg', iterations: 2 * model.model.parameterCount });
  expect(minres.settings[0]).toMatchObject({ solver: 'minres', iterations: 4 * model.model.parameterCount });
  expect(minres.bounds?.data.every((bound) => bound >= 0)).toBe(true);
});

test('with an indefinite Hessian cg names minres, and minres has the scores of the eigenvalues', () => {
  const curvature = hessian({ ...model, data: train });
  const lambda = 0.01;
  expect(Math.min(...curvature.values) + lambda).toBeLessThan(-1e-3);
  const options = { curvature: 'hessian', damping: lambda, tolerance: 1e-11 } as const;
  expect(() => attribute({ ...job, options })).toThrow(NumericalError);
  expect(() => attribute({ ...job, options })).toThrow(/minres/);
  expect(() => attribute({ ...job, options: { ...options, iterations: 50 } })).toThrow(/minres/);
  const { scores, diagnostics } = attribute({ ...job, options: { ...options, solver: 'minres' } });
  const rule = { kind: 'damped', lambda } as const;
  const exact = influenceFunction({ curvature, rule }).fit(model, train).score(queries);
  expectMatrixClose(scores, exact, { atol: 1e-7 * maxAbs(exact.data) });
  expect(diagnostics[0].status).toEqual(Array(4).fill('converged'));
  expect(Math.max(...(diagnostics[0].residuals ?? []))).toBeLessThanOrEqual(1e-11);
});
