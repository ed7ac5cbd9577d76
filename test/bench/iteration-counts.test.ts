/** @file Iterations of ASTRA and SNI on a small, ill-conditioned problem of Digits, and what of the gain is momentum's. */
import { describe, expect, test } from 'vitest';
import { bestOf, iterationCounts } from '../../bench/iteration-counts.ts';
import { perExampleGradients } from '../../src/autodiff/index.ts';
import { ekfac, ggnMatrix } from '../../src/curvature/index.ts';
import { decodeNetwork, trainNetwork } from '../../src/experiments/methods/network.ts';
import { prepareDigits } from '../../src/experiments/protocol/data/prepare-digits.ts';
import { settingConfig } from '../../src/experiments/protocol/profile.ts';
import {
  automaticDamping,
  DivergenceError,
  fixedCurvature,
  stochasticNeumann,
} from '../../src/influence/index.ts';
import {
  cholesky,
  denseOperator,
  Matrix,
  matmul,
  norm2,
  shiftedOperator,
  symmetricEigen,
} from '../../src/linalg/index.ts';

const size = { settings: [], subsets: 2, seeds: 1, train: 200, queries: 10, batch: 20, models: 1 };
const setting = settingConfig(size, 'd1-w3-e20', 0);
const { train, query } = prepareDigits(setting.data);
const { fitted } = decodeNetwork(setting, trainNetwork(setting, 0));
const problem = { ...fitted, data: train };
const b = perExampleGradients(fitted.model, fitted.loss, fitted.theta, query, 0, 2);
/** A tenth of the default: the condition number is in the thousands. */
const damping = 0.1 * automaticDamping(problem, 'ggn');
const options = {
  damping,
  rtol: 1e-3,
  cap: 1500,
  dearCap: 300,
  multiples: [1, 1.5, 1.98, 3],
  momenta: [0, 0.9],
};
const counts = iterationCounts(problem, b, options);
const [optimal, ours] = counts.others;
const exact = denseOperator(ggnMatrix(problem), 'psd');
const damped = shiftedOperator(exact, damping).toDense();
const { values } = symmetricEigen(damped, { vectors: false });

describe('SNI', () => {
  test('takes the iterations that stochasticNeumann takes with the dense matrix, or diverges where that does', () => {
    expect(counts.sni.filter((one) => one.horizon !== undefined)).toHaveLength(1);
    const source = fixedCurvature(exact);
    for (const { momentum = 0, alpha = 0, perQuery, diverged } of counts.sni) {
      expect(diverged).toBe(alpha * values[values.length - 1] > 2 * (1 + momentum));
      const steps = { damping, alpha, momentum, rtol: 1e-3, checkEvery: 1, iterations: options.cap };
      if (diverged) {
        expect(() => stochasticNeumann(source, b, steps)).toThrow(DivergenceError);
        continue;
      }
      const { residuals, traces } = stochasticNeumann(source, b, steps);
      expect(perQuery).toEqual(
        Array.from(traces[0].steps, (count, q) => (residuals[q] <= 1e-3 ? count : null)),
      );
    }
  });
});

describe('ASTRA', () => {
  test('needs at most a fifth of the iterations of SNI without momentum, whatever its step size', () => {
    expect(ours).toMatchObject({ solver: 'ASTRA', momentum: 0.9, decay: 'none' });
    const { iterations } = bestOf(counts.sni.filter(({ momentum }) => momentum === 0));
    expect(5 * (ours.iterations ?? Number.POSITIVE_INFINITY)).toBeLessThanOrEqual(iterations ?? options.cap);
  });

  test('needs fewer still with the momentum that its bounds of the spectrum and J give', () => {
    expect(optimal).toMatchObject({ solver: 'ASTRA', decay: 'none' });
    const { iterations, horizon = 0 } = optimal;
    expect(iterations).toBeLessThan(ours.iterations ?? 0);
    expect(iterations).toBeLessThanOrEqual(horizon);
  });

  test('is there after the iterations that were counted and not before, by dense algebra', () => {
    const { perQuery, alpha = 0 } = ours;
    const inverse = dampedInverse(ekfac(problem).toDense());
    for (const [q, count] of perQuery.entries()) {
      const rhs = new Matrix(1, b.cols, b.row(q).slice());
      const x = matmul(rhs, inverse);
      const velocity = new Matrix(1, b.cols);
      const residuals: number[] = [];
      for (let k = 0; k <= (count ?? 0); k++) {
        const residual = difference(rhs, matmul(x, damped));
        residuals.push(norm2(residual.data) / norm2(rhs.data));
        const step = matmul(residual, inverse);
        for (let i = 0; i < x.data.length; i++) {
          velocity.data[i] = 0.9 * velocity.data[i] + step.data[i];
          x.data[i] += alpha * velocity.data[i];
        }
      }
      expect(residuals.findIndex((residual) => residual <= 1e-3)).toBe(count);
    }
  });

  test('owes most of that to its momentum: EK-FAC lowers the condition number by less than two', () => {
    const root = cholesky(damped).lower;
    const inverse = dampedInverse(ekfac(problem).toDense());
    const between = symmetricEigen(matmul(matmul(root, inverse, { transposeA: true }), root)).values;
    const preconditioned = between[between.length - 1] / between[0];
    expect(counts.preconditionedCondition / preconditioned).toBeCloseTo(1, 8);
    expect(counts.condition / (values[values.length - 1] / values[0])).toBeCloseTo(1, 8);
    expect(counts.condition / preconditioned).toBeLessThan(2);
    const { iterations } = bestOf(counts.sni.filter(({ momentum }) => momentum === 0.9));
    expect(iterations).toBeLessThan(options.cap / 3);
  });
});

/** (P + λI)⁻¹, by Cholesky. */
function dampedInverse(p: Matrix): Matrix {
  return cholesky(shiftedOperator(denseOperator(p, 'psd'), damping).toDense()).inverse();
}

function difference(x: Matrix, y: Matrix): Matrix {
  return new Matrix(
    x.rows,
    x.cols,
    x.data.map((value, i) => value - y.data[i]),
  );
}
