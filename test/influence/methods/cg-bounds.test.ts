/** @file CG through the registry: its scores lie within the bounds of its residuals about those of the dense inverse. */
import { expect, test } from 'vitest';
import { perExampleGradients } from '../../../src/autodiff/per-example.ts';
import { ggnMatrix } from '../../../src/curvature/ggn.ts';
import { attribute } from '../../../src/influence/methods/attribute.ts';
import { randomData, randomProblem } from '../../helpers/problems.ts';
import { apply, identity, inverse, plus } from '../bayesian/gaussian.ts';

const problem = randomProblem({ sizes: [3, 4, 3], examples: 13, seed: 5 });
const { data: train, ...model } = problem;
const queries = randomData(problem.model, 'cross-entropy', 4, 8);
const job = { models: [model], train, queries } as const;
const damping = 0.02;

for (const measurement of ['loss', 'margin'] as const)
  for (const stop of [
    { tolerance: 0.3 },
    { iterations: 4 },
    { tolerance: 1e-3, preconditioner: 'ekfac' },
  ] as const)
    test(`the GGN: ${measurement}, ${JSON.stringify(stop)}`, () => {
      const options = { ...stop, damping, measurement };
      const { scores, bounds = expect.fail('no bounds') } = attribute({ ...job, method: 'cg', options });
      const dense = plus(identity(problem.theta.length, damping), ggnMatrix(problem).toArray());
      const inverted = inverse(dense);
      const f = measurement === 'loss' ? 'cross-entropy' : 'margin';
      const asked = perExampleGradients(problem.model, f, problem.theta, queries).toArray();
      const g = perExampleGradients(problem.model, 'cross-entropy', problem.theta, train).toArray();
      const dot = (a: number[], b: number[]): number => a.reduce((sum, v, j) => sum + v * b[j], 0);
      let tightest = 0;
      for (const [q, row] of asked.entries()) {
        const x = apply(inverted, row);
        for (const [i, gradient] of g.entries()) {
          const error = Math.abs(scores.at(q, i) - dot(x, gradient));
          expect(error).toBeLessThanOrEqual(bounds.at(q, i));
          tightest = Math.max(tightest, error / bounds.at(q, i));
        }
      }
      expect(tightest).toBeGreaterThan(0.02); // a bound that nothing comes near would say nothing
    });

test('none for the Hessian, which may be indefinite', () => {
  const options = { curvature: 'hessian', damping: 5 } as const;
  expect(attribute({ ...job, method: 'cg', options }).bounds).toBeUndefined();
});
