/** @file Influence by conjugate gradients agrees with the damped eigen-inverse, to the tolerance asked for. */
import { describe, expect, test } from 'vitest';
import { perExampleGradients } from '../../src/autodiff/per-example.ts';
import { CURVATURES } from '../../src/curvature/registry.ts';
import { influenceFunction } from '../../src/influence/attributors/influence-function.ts';
import { iterativeInfluence } from '../../src/influence/attributors/iterative-influence.ts';
import { DomainError } from '../../src/linalg/errors.ts';
import { maxAbs, norm2 } from '../../src/linalg/sum.ts';
import { expectMatrixClose } from '../helpers/close.ts';
import { randomData, randomProblem } from '../helpers/problems.ts';

const problem = randomProblem({ sizes: [4, 5, 3], examples: 17, seed: 5 });
const { data: train, ...fittedModel } = problem;
const queries = randomData(problem.model, 'cross-entropy', 6, 8);

describe('iterativeInfluence', () => {
  for (const [curvature, damping] of [
    ['ggn', 1e-3],
    ['hessian', 0.5],
  ] as const)
    for (const measurement of ['loss', 'margin'] as const)
      test(`${curvature} ${measurement}: equals the damped eigen-inverse within the documented bound`, () => {
        const rule = { kind: 'damped', lambda: damping } as const;
        const operator = CURVATURES[curvature].build(problem);
        const exact = influenceFunction({ curvature: operator, rule, measurement })
          .fit(fittedModel, train)
          .score(queries);
        const smallest = Math.min(...operator.values) + damping;
        expect(smallest).toBeGreaterThan(0);
        const gm = perExampleGradients(
          problem.model,
          measurement === 'loss' ? 'cross-entropy' : 'margin',
          problem.theta,
          queries,
        );
        const gl = perExampleGradients(problem.model, 'cross-entropy', problem.theta, train);
        for (const rtol of [1e-3, 1e-9]) {
          const attributor = iterativeInfluence({ curvature, damping, measurement, rtol });
          const scores = attributor.fit(fittedModel, train).score(queries);
          for (let q = 0; q < 6; q++)
            for (let i = 0; i < 17; i++) {
              const bound = (rtol * norm2(gm.row(q)) * norm2(gl.row(i))) / smallest;
              expect(Math.abs(scores.at(q, i) - exact.at(q, i))).toBeLessThanOrEqual(
                bound + 1e-12 * Math.abs(exact.at(q, i)) + 1e-13,
              );
            }
        }
      });

  test('solve returns the inverse products with their residuals', () => {
    const fitted = iterativeInfluence({ curvature: 'ggn', damping: 0.01, rtol: 1e-6 }).fit(
      fittedModel,
      train,
    );
    const { x, residuals, status } = fitted.solve(queries);
    const damped = CURVATURES.ggn.build(problem).apply((sigma) => sigma + 0.01, x);
    const gm = perExampleGradients(problem.model, 'cross-entropy', problem.theta, queries);
    for (let q = 0; q < 6; q++) {
      const gap = damped.row(q).map((v, k) => v - gm.at(q, k));
      expect(Math.abs(norm2(gap) / norm2(gm.row(q)) - residuals[q])).toBeLessThan(1e-12);
      expect(residuals[q]).toBeLessThanOrEqual(1e-6);
      expect(status[q]).toBe('converged');
    }
  });

  test('a preconditioner changes the path, not the answer; the exact inverse takes one iteration', () => {
    const damping = 1e-2;
    const rule = { kind: 'damped', lambda: damping } as const;
    const options = { curvature: 'ggn', damping, rtol: 1e-11 } as const;
    const plain = iterativeInfluence(options).fit(fittedModel, train).solve(queries);
    for (const kind of ['ggn', 'ekfac'] as const) {
      const preconditioner = CURVATURES[kind].build(problem).inverse(rule);
      const helped = iterativeInfluence({ ...options, preconditioner })
        .fit(fittedModel, train)
        .solve(queries);
      expectMatrixClose(helped.x, plain.x, { atol: 1e-9 * maxAbs(plain.x.data) });
      if (kind === 'ggn') expect(Math.max(...helped.iterations)).toBeLessThanOrEqual(2);
      if (kind === 'ekfac') {
        const named = iterativeInfluence({ ...options, preconditioner: 'ekfac' }).fit(fittedModel, train);
        expect(Array.from(named.solve(queries).x.data)).toEqual(Array.from(helped.x.data));
      }
    }
  });

  test('an indefinite Hessian is refused with advice, or returned with its status', () => {
    const values = CURVATURES.hessian.build(problem).values;
    expect(Math.min(...values)).toBeLessThan(-1e-3);
    expect(() =>
      iterativeInfluence({ curvature: 'hessian', damping: 0 }).fit(fittedModel, train).score(queries),
    ).toThrow(/negative curvature.*raise the damping/);
    const lenient = iterativeInfluence({ curvature: 'hessian', damping: 0, onFailure: 'return' }).fit(
      fittedModel,
      train,
    );
    expect(lenient.solve(queries).status).toContain('negative-curvature');
  });

  test('MINRES solves with the indefinite Hessian that stops conjugate gradients, as the eigen-inverse does', () => {
    const operator = CURVATURES.hessian.build(problem);
    for (const [damping, preconditioner] of [
      [0.01, undefined],
      [0.05, 'ekfac'],
    ] as const) {
      const shifted = operator.values.map((sigma) => sigma + damping);
      expect(Math.min(...shifted)).toBeLessThan(-1e-3);
      const rule = { kind: 'damped', lambda: damping } as const;
      const exact = influenceFunction({ curvature: operator, rule }).fit(fittedModel, train).score(queries);
      const options = { curvature: 'hessian', damping, rtol: 1e-11 } as const;
      const helped = preconditioner === undefined ? {} : { preconditioner };
      expect(() => iterativeInfluence(options).fit(fittedModel, train).score(queries)).toThrow(/minres/);
      const attributor = iterativeInfluence({ ...options, ...helped, solver: 'minres' });
      expect(attributor.id).toBe('hessian-minres');
      const fitted = attributor.fit(fittedModel, train);
      expect(fitted.solve(queries).status).toEqual(Array(6).fill('converged'));
      const smallest = Math.min(...shifted.map(Math.abs));
      expectMatrixClose(fitted.score(queries), exact, { atol: (1e-9 * maxAbs(exact.data)) / smallest });
    }
  });

  test('refuses a negative damping and other curvatures', () => {
    expect(() => iterativeInfluence({ curvature: 'ggn', damping: -1 })).toThrow(DomainError);
    expect(() => iterativeInfluence({ curvature: 'kfac' as 'ggn', damping: 1 })).toThrow(DomainError);
    expect(() => iterativeInfluence({ curvature: 'ggn', damping: 1, solver: 'qmr' as 'cg' })).toThrow(
      DomainError,
    );
    expect(() =>
      iterativeInfluence({ curvature: 'ggn', damping: 1, preconditioner: 'kfac' as 'ekfac' }),
    ).toThrow(DomainError);
  });
});
