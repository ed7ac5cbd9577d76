/**
 * @file Ridge regression, where leaving an example out has a closed form: sign, scale and order of the error.
 *
 * θ(w) = argmin (1/N) Σ wᵢ ½(x̄ᵢᵀθ − tᵢ)² + (λ/2)‖θ‖², x̄ = (x, 1). The regulariser is no part of the loss: it enters
 * the inverse as damping λ. Leaving i out means wᵢ = 0 with N and λ as they are.
 */
import { describe, expect, test } from 'vitest';
import type { RegressionData } from '../../src/autodiff/dataset.ts';
import { Mlp } from '../../src/autodiff/mlp.ts';
import { LADDER } from '../../src/curvature/ladder.ts';
import { influenceFunction } from '../../src/influence/attributors/influence-function.ts';
import { iterativeInfluence } from '../../src/influence/attributors/iterative-influence.ts';
import { groupEffect } from '../../src/influence/judging/group-effect.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose } from '../helpers/close.ts';
import { gaussSolve } from './gauss-solve.ts';

const LAMBDA = 0.05;
const model = new Mlp([3, 1], 'identity');

function draw(n: number, name: string): RegressionData {
  const inputs = new Matrix(n, 3, rng(4, name, 'x').fillNormal(new Float64Array(3 * n)));
  const noise = rng(4, name, 'noise').fillNormal(new Float64Array(n));
  const targets = new Matrix(
    n,
    1,
    noise.map((e, i) => inputs.at(i, 0) - 2 * inputs.at(i, 1) + 0.5 + e),
  );
  return { inputs, targets };
}

const extended = ({ inputs }: RegressionData, i: number): number[] => [...inputs.row(i), 1];

/** θ(w) by the normal equations. */
function fit(data: RegressionData, weights: ArrayLike<number>): Float64Array {
  const n = data.inputs.rows;
  const a = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j ? LAMBDA : 0)));
  const b = [0, 0, 0, 0];
  for (let k = 0; k < n; k++) {
    const x = extended(data, k);
    for (let i = 0; i < 4; i++) {
      b[i] += (weights[k] * x[i] * data.targets.at(k, 0)) / n;
      for (let j = 0; j < 4; j++) a[i][j] += (weights[k] * x[i] * x[j]) / n;
    }
  }
  return Float64Array.from(gaussSolve(a, b));
}

/** ½(x̄ᵀθ − t)² of every query. */
function queryLosses(queries: RegressionData, theta: Float64Array): number[] {
  return Array.from({ length: queries.inputs.rows }, (_, q) => {
    const u = extended(queries, q).reduce((s, v, k) => s + v * theta[k], 0);
    return 0.5 * (u - queries.targets.at(q, 0)) ** 2;
  });
}

const queries = draw(4, 'queries');
const rule = { kind: 'damped', lambda: LAMBDA } as const;
const without = (n: number, i: number, weight = 0): Float64Array =>
  new Float64Array(n).fill(1).fill(weight, i, i + 1);

function scoresFor(train: RegressionData): { scores: Matrix; theta: Float64Array } {
  const theta = fit(train, without(train.inputs.rows, 0, 1));
  const fitted = influenceFunction({ curvature: 'hessian', rule }).fit(
    { model, loss: 'squared-error', theta },
    train,
  );
  return { scores: fitted.score(queries), theta };
}

describe('ridge regression', () => {
  const n = 24;
  const train = draw(n, 'train');
  const { scores, theta } = scoresFor(train);

  test('every leave-one-out change of the query loss is what the score and the leverage give, to rounding', () => {
    // Sherman–Morrison: θ₋ᵢ − θ = H⁻¹ x̄ᵢ rᵢ / (N (1 − hᵢ)), hᵢ = x̄ᵢᵀ H⁻¹ x̄ᵢ / N, hence with s = score/N and the query
    // residual r: Δu = s / (r (1 − hᵢ)) and Δm = r Δu + ½ Δu².
    const before = queryLosses(queries, theta);
    const h = hessian(train);
    for (let i = 0; i < n; i++) {
      const after = queryLosses(queries, fit(train, without(n, i)));
      const x = extended(train, i);
      const leverage = gaussSolve(h, x).reduce((s, v, k) => s + v * x[k], 0) / n;
      const effect = groupEffect(scores, Int32Array.of(i));
      const predicted = before.map((m, q) => {
        const residual =
          extended(queries, q).reduce((s, v, k) => s + v * theta[k], 0) - queries.targets.at(q, 0);
        const du = effect[q] / (residual * (1 - leverage));
        expect(m).toBeCloseTo(0.5 * residual ** 2, 12);
        return residual * du + 0.5 * du ** 2;
      });
      expectClose(
        predicted,
        after.map((m, q) => m - before[q]),
        { atol: 256 * Number.EPSILON * Math.max(...before, ...after) },
      );
    }
  });

  test('infinitesimal weights: ∂m/∂wᵢ = −score/N, by central differences', () => {
    const step = 1e-4;
    for (let i = 0; i < n; i++) {
      const up = queryLosses(queries, fit(train, without(n, i, 1 + step)));
      const down = queryLosses(queries, fit(train, without(n, i, 1 - step)));
      const slope = up.map((m, q) => (m - down[q]) / (2 * step));
      expectClose(
        slope,
        groupEffect(scores, Int32Array.of(i)).map((v) => -v),
        { atol: 1e-8 },
      ); // step² and ε/step
    }
  });

  test('the error of the first order falls with N', () => {
    const errors = [30, 120, 480].map((size) => {
      const data = draw(size, 'growing');
      const fitted = scoresFor(data);
      const before = queryLosses(queries, fitted.theta);
      let error = 0;
      let effect = 0;
      for (let i = 0; i < 30; i++) {
        const after = queryLosses(queries, fit(data, without(size, i)));
        const predicted = groupEffect(fitted.scores, Int32Array.of(i));
        for (let q = 0; q < 4; q++) {
          error += (after[q] - before[q] - predicted[q]) ** 2;
          effect += (after[q] - before[q]) ** 2;
        }
      }
      return Math.sqrt(error / effect);
    });
    // Relative error O(1/N): a factor of four per step, give or take the draw.
    for (const k of [1, 2]) expect(errors[k - 1] / errors[k]).toBeGreaterThan(2.5);
    expect(errors[2]).toBeLessThan(0.02);
  });

  test('removing several: the effect is the sum, right to first order', () => {
    const data = draw(480, 'growing');
    const fitted = scoresFor(data);
    const removed = Int32Array.of(3, 77, 200, 401);
    const weights = new Float64Array(480).fill(1);
    for (const i of removed) weights[i] = 0;
    const before = queryLosses(queries, fitted.theta);
    const change = queryLosses(queries, fit(data, weights)).map((m, q) => m - before[q]);
    const predicted = groupEffect(fitted.scores, removed);
    const scale = Math.max(...change.map(Math.abs));
    expectClose(predicted, change, { atol: 0.05 * scale });
  });

  test('one linear layer with squared error: all five curvatures and both iterative ones are the Hessian here', () => {
    const fittedModel = { model, loss: 'squared-error', theta } as const;
    const tolerance = { atol: 1e-11 * Math.max(...scores.data.map(Math.abs)) };
    for (const curvature of LADDER)
      expectClose(
        influenceFunction({ curvature, rule }).fit(fittedModel, train).score(queries).data,
        scores.data,
        tolerance,
      );
    for (const curvature of ['hessian', 'ggn'] as const)
      expectClose(
        iterativeInfluence({ curvature, damping: LAMBDA, rtol: 1e-13 }).fit(fittedModel, train).score(queries)
          .data,
        scores.data,
        tolerance,
      );
  });
});

/** (1/N) X̄ᵀX̄ + λI, as rows. */
function hessian(data: RegressionData): number[][] {
  const n = data.inputs.rows;
  return [0, 1, 2, 3].map((i) =>
    [0, 1, 2, 3].map((j) => {
      let total = 0;
      for (let k = 0; k < n; k++) total += extended(data, k)[i] * extended(data, k)[j];
      return total / n + (i === j ? LAMBDA : 0);
    }),
  );
}
