/** @file LiSSA and ASTRA as attributors: against the damped inverse in its eigenbasis, within their own bounds. */
import { describe, expect, test } from 'vitest';
import { ekfac } from '../../src/curvature/ekfac.ts';
import { CURVATURES } from '../../src/curvature/registry.ts';
import { influenceFunction } from '../../src/influence/attributors/influence-function.ts';
import {
  astraInfluence,
  lissaInfluence,
  type StochasticInfluence,
} from '../../src/influence/attributors/stochastic-influence.ts';
import { DivergenceError } from '../../src/influence/solvers/divergence-error.ts';
import { DomainError, ShapeError } from '../../src/linalg/errors.ts';
import type { Matrix } from '../../src/linalg/matrix.ts';
import { maxAbs } from '../../src/linalg/sum.ts';
import { expectMatrixClose, relativeError } from '../helpers/close.ts';
import { randomData, randomProblem } from '../helpers/problems.ts';

const problem = randomProblem({ sizes: [4, 5, 3], examples: 17, seed: 5 });
const { data: train, ...model } = problem;
const queries = randomData(problem.model, 'cross-entropy', 6, 8);
const damping = 0.02;

function exactScores(
  curvature: 'ggn' | 'hessian' | 'ekfac',
  lambda: number,
  measurement: 'loss' | 'margin',
): Matrix {
  const rule = { kind: 'damped', lambda } as const;
  return influenceFunction({ curvature, rule, measurement }).fit(model, train).score(queries);
}

describe('stochastic influence', () => {
  for (const measurement of ['loss', 'margin'] as const)
    for (const [name, make] of [
      ['lissa', lissaInfluence],
      ['astra', astraInfluence],
    ] as const)
      test(`${name}, ${measurement}: full batch equals the damped eigen-inverse; minibatches keep to their bounds`, () => {
        const exact = exactScores('ggn', damping, measurement);
        const long = { damping, measurement, momentum: 0.8, rtol: 1e-11, iterations: 4000, checkEvery: 20 };
        const full = name === 'astra' ? astraInfluence({ ...long, decay: 'none' }) : lissaInfluence(long);
        const scores = full.fit(model, train).score(queries);
        expectMatrixClose(scores, exact, { atol: 1e-9 * maxAbs(exact.data) });

        const rough = make({ damping, measurement, batch: 6, iterations: 120, seed: 2 }).fit(model, train);
        const bounded = rough.scoreWithBounds(queries);
        expect(rough.score(queries).data).toEqual(bounded.scores.data);
        expect(bounded.standardErrors).toBeUndefined();
        const bounds = bounded.bounds ?? expect.fail('no bounds');
        let tightest = 0;
        for (const [k, bound] of bounds.data.entries()) {
          const error = Math.abs(bounded.scores.data[k] - exact.data[k]);
          expect(error).toBeLessThanOrEqual(bound);
          tightest = Math.max(tightest, error / bound);
        }
        expect(tightest).toBeGreaterThan(0.02); // a bound that nothing comes near would say nothing
        const { residuals, residualNorms } = rough.solve(queries);
        expect(bounded.residuals).toEqual(residuals);
        expect(residualNorms.every((norm) => norm > 0)).toBe(true);
      });

  test('ASTRA without steps is EK-FAC influence, and steps bring it nearer to the GGN', () => {
    const exact = exactScores('ggn', damping, 'loss');
    const fit = (iterations: number): Matrix =>
      astraInfluence({ damping, iterations, batch: 12, seed: 1 }).fit(model, train).score(queries);
    const start = fit(0);
    expectMatrixClose(start, exactScores('ekfac', damping, 'loss'), { atol: 1e-13 * maxAbs(start.data) });
    expect(relativeError(fit(400).data, exact.data)).toBeLessThan(relativeError(start.data, exact.data) / 3);
  });

  test('a preconditioner built before is used; any psd one leads to the same scores', () => {
    const options = { damping, decay: 'none', rtol: 1e-10, iterations: 4000 } as const;
    const built = astraInfluence(options).fit(model, train).score(queries);
    const given = astraInfluence({ ...options, preconditioner: ekfac(problem) });
    expect(given.fit(model, train).score(queries).data).toEqual(built.data);
    const block = astraInfluence({ ...options, preconditioner: CURVATURES['block-ggn'].build(problem) });
    expectMatrixClose(block.fit(model, train).score(queries), built, { atol: 1e-7 * maxAbs(built.data) });
  });

  test('chunks change nothing: every chunk sees the same batches and the same α', () => {
    for (const make of [
      (chunk: number): StochasticInfluence =>
        lissaInfluence({ damping, batch: 5, iterations: 30, chunk, repeats: 2 }),
      (chunk: number): StochasticInfluence =>
        astraInfluence({ damping, batch: 5, iterations: 30, chunk, repeats: 2 }),
    ]) {
      const [few, all] = [4, 100].map((chunk) => make(chunk).fit(model, train));
      const [cut, whole] = [few.scoreWithBounds(queries), all.scoreWithBounds(queries)];
      expect(cut).toEqual(whole);
      expect(few.score(queries).data).toEqual(whole.scores.data);
      const layers = few.scoreByLayer(queries);
      const sum = whole.scores.data.map((_, k) => layers.reduce((total, layer) => total + layer.data[k], 0));
      expect(relativeError(sum, whole.scores.data)).toBeLessThan(1e-13);
    }
  });

  test('error bars of scores are the spread of the repetitions', () => {
    const options = { damping, batch: 4, iterations: 40, alpha: 0.05 };
    const fitted = lissaInfluence({ ...options, repeats: 3 }).fit(model, train);
    const { scores, standardErrors, bounds } = fitted.scoreWithBounds(queries);
    const { repeats } = fitted.solve(queries);
    const gradients = lissaInfluence({ damping: 1, alpha: 1, iterations: 1 }).fit(model, train);
    // (C + I) with α = 1, one step from zero: x = ∇L, so `solve` hands out the training gradients
    const g = gradients.solve(train).x;
    for (const [q, i] of [
      [0, 0],
      [5, 16],
      [2, 7],
    ]) {
      const runs = repeats.map((x) => x.row(q).reduce((total, value, k) => total + value * g.at(i, k), 0));
      const mean = (runs[0] + runs[1] + runs[2]) / 3;
      const spread = Math.sqrt(runs.reduce((total, value) => total + (value - mean) ** 2, 0) / 6);
      expect(Math.abs(scores.at(q, i) - mean)).toBeLessThan(1e-12 * (1 + Math.abs(mean)));
      expect(Math.abs((standardErrors?.at(q, i) ?? 0) - spread)).toBeLessThan(1e-11 * (1 + spread));
    }
    expect(bounds?.rows).toBe(6);
  });

  test('the Hessian, damped beyond its lowest eigenvalue, without bounds; undamped it is refused as divergent', () => {
    const lowest = Math.min(...CURVATURES.hessian.build(problem).values);
    expect(lowest).toBeLessThan(-1e-3);
    const lambda = 0.1 - lowest;
    const options = { curvature: 'hessian', rtol: 1e-10, iterations: 4000, decay: 'none' } as const;
    const fitted = astraInfluence({ ...options, damping: lambda }).fit(model, train);
    const exact = exactScores('hessian', lambda, 'loss');
    const { scores, bounds } = fitted.scoreWithBounds(queries);
    expect(bounds).toBeUndefined();
    expectMatrixClose(scores, exact, { atol: 1e-7 * maxAbs(exact.data) });
    const undamped = astraInfluence({ ...options, damping: 1e-3, momentum: 0 }).fit(model, train);
    expect(() => undamped.score(queries)).toThrow(DivergenceError);
  });

  test('self-influence is the diagonal of the scores of the training set', () => {
    const fitted = astraInfluence({ damping, batch: 6, iterations: 25 }).fit(model, train);
    const own = fitted.selfInfluence();
    const scores = fitted.score(train);
    for (let i = 0; i < 17; i++)
      expect(Math.abs(own[i] - scores.at(i, i))).toBeLessThan(1e-13 * (1 + own[i]));
  });

  test('refuses bad options where they enter', () => {
    expect(() => lissaInfluence({ damping: -1 })).toThrow(DomainError);
    expect(() => astraInfluence({ damping, measurement: 'accuracy' as 'loss' })).toThrow(DomainError);
    expect(() => astraInfluence({ damping, chunk: 0 })).toThrow(DomainError);
    expect(() => lissaInfluence({ damping, curvature: 'kfac' as 'ggn' }).fit(model, train)).toThrow(
      DomainError,
    );
    const other = ekfac(randomProblem({ sizes: [3, 2], examples: 4 }));
    expect(() => astraInfluence({ damping, preconditioner: other }).fit(model, train)).toThrow(ShapeError);
  });
});
