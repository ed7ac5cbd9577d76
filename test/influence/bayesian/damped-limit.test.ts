/** @file As nβ and γ grow together, scores tend to the influence function damped by γ/(nβ); what is left is of order 1/(nβ). */
import { expect, test } from 'vitest';
import { meanGradient } from '../../../src/autodiff/mean-loss.ts';
import { Mlp } from '../../../src/autodiff/mlp.ts';
import { hessianMatrix } from '../../../src/curvature/hessian.ts';
import { influenceFunction } from '../../../src/influence/attributors/influence-function.ts';
import { bayesianInfluence } from '../../../src/influence/bayesian/bayesian-influence.ts';
import type { Measurement } from '../../../src/influence/measurement.ts';
import { lu } from '../../../src/linalg/factorisations/lu.ts';
import { Matrix, type Vec } from '../../../src/linalg/matrix.ts';
import { randomData } from '../../helpers/problems.ts';

const model = new Mlp([2, 3], 'identity');
const train = randomData(model, 'cross-entropy', 15, 4);
const queries = randomData(model, 'cross-entropy', 3, 5);
const theta = minimum();
const fitted = { model, loss: 'cross-entropy', theta } as const;
const LAMBDA = 0.05;

/** The least mean loss of the softmax regression, by Newton steps; the ridge only fixes what the loss does not. */
function minimum(): Vec {
  let at: Vec = new Float64Array(model.parameterCount);
  for (let k = 0; k < 12; k++) {
    const gradient = meanGradient(model, 'cross-entropy', at, train);
    const h = hessianMatrix({ model, loss: 'cross-entropy', theta: at, data: train });
    for (let j = 0; j < at.length; j++) h.data[j * at.length + j] += 1e-9;
    const step = lu(h).solve(new Matrix(at.length, 1, gradient)).data;
    at = at.map((v, j) => v - step[j]);
  }
  return at;
}

/** √(Σ(score − damped)²/Σ damped²), and the same for what the error bars expect. */
function deviation(nBeta: number, measurement: Measurement): { found: number; expected: number; z: number } {
  const rule = { kind: 'damped', lambda: LAMBDA } as const;
  const exact = influenceFunction({ curvature: 'hessian', rule, measurement })
    .fit(fitted, train)
    .score(queries);
  const gamma = LAMBDA * nBeta;
  const stepSize = 0.1 / (nBeta + gamma);
  const sampler = {
    nBeta,
    gamma,
    stepSize,
    draws: 1200,
    stepsPerDraw: 12,
    burnIn: 1500,
    batch: 'full',
  } as const;
  const { scores, standardErrors } = bayesianInfluence({ ...sampler, measurement, seed: 2 })
    .fit(fitted, train)
    .scoreWithErrors(queries);
  let [gap, size, error, z] = [0, 0, 0, 0];
  for (let k = 0; k < exact.data.length; k++) {
    gap += (scores.data[k] - exact.data[k]) ** 2;
    size += exact.data[k] ** 2;
    error += standardErrors.data[k] ** 2;
    z = Math.max(z, Math.abs(scores.data[k] - exact.data[k]) / standardErrors.data[k]);
  }
  return { found: Math.sqrt(gap / size), expected: Math.sqrt(error / size), z };
}

test('the minimum is one', () => {
  const gradient = meanGradient(model, 'cross-entropy', theta, train);
  expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-10);
});

for (const measurement of ['loss', 'margin'] as const)
  test(`softmax regression: ${measurement}`, () => {
    const warm = deviation(1, measurement);
    const cold = deviation(1e5, measurement);
    expect(warm.z).toBeGreaterThan(4.5); // far from linear, beyond sampling error
    expect(warm.found).toBeGreaterThan(2 * warm.expected);
    expect(warm.found).toBeGreaterThan(3 * cold.found);
    expect(cold.z).toBeLessThan(4.5); // nothing but sampling error, and the 2.5 % of the step
    expect(cold.found).toBeLessThan(2 * cold.expected);
  });
