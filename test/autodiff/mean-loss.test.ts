import { describe, expect, test } from 'vitest';
import {
  ACTIVATIONS,
  type ClassificationData,
  type Dataset,
  hessianByColumns,
  type Loss,
  logits,
  lossGgnvp,
  lossHvp,
  Mlp,
  meanGradient,
  perExampleGradients,
  selectExamples,
} from '../../src/autodiff/index.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';
import { matmul, transpose } from '../../src/linalg/products.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { expectMatrixClose, relativeError } from '../helpers/close.ts';
import { centralDifferences, randomData, randomMatrix, randomTheta } from './naive.ts';

const EPS = Number.EPSILON;
const LOSSES: Loss[] = ['cross-entropy', 'squared-error'];

function differenceHessian(model: Mlp, loss: Loss, theta: Vec, data: Dataset): Matrix {
  return transpose(Matrix.of(centralDifferences((t) => meanGradient(model, loss, t, data), theta)));
}

/**
 * Softmax regression by hand: H = (1/N) Σ_n (diag p − p pᵀ) ⊗ x̄ x̄ᵀ with x̄ = [x; 1], in the layout of θ.
 */
function softmaxRegressionHessian(model: Mlp, theta: Vec, data: ClassificationData): Matrix {
  const d = model.inputs + 1;
  const out = Matrix.zeros(model.parameterCount, model.parameterCount);
  const u = logits(model, theta, data.inputs);
  for (let n = 0; n < u.rows; n++) {
    const total = u.row(n).reduce((sum, v) => sum + Math.exp(v), 0);
    const p = u.row(n).map((v) => Math.exp(v) / total);
    const x = [...data.inputs.row(n), 1];
    for (let c = 0; c < p.length; c++)
      for (let e = 0; e < p.length; e++)
        for (let k = 0; k < d; k++)
          for (let l = 0; l < d; l++)
            out.data[(c * d + k) * out.cols + e * d + l] +=
              (((c === e ? p[c] : 0) - p[c] * p[e]) * x[k] * x[l]) / u.rows;
  }
  return out;
}

describe('the Hessian, three ways', () => {
  for (const activation of ACTIVATIONS)
    for (const loss of LOSSES)
      test(`${activation}, ${loss}: columns by forward over reverse = differences of the gradient`, () => {
        const model = new Mlp([4, 3, 3, 2], activation);
        const data = randomData(model, loss, 6, 1);
        const theta = randomTheta(model, 2);
        const h = hessianByColumns(model, loss, theta, data);
        const difference = differenceHessian(model, loss, theta, data);
        expect(relativeError(h.data, difference.data)).toBeLessThan(1e-9);
        expectMatrixClose(h, transpose(h), { atol: 100 * EPS * frobenius(h) });
      });

  test('softmax regression: columns = the formula by hand = Gauss–Newton', () => {
    const model = new Mlp([5, 4], 'tanh');
    const data = randomData(model, 'cross-entropy', 9, 3) as ClassificationData;
    const theta = randomTheta(model, 4);
    const byHand = softmaxRegressionHessian(model, theta, data);
    const tolerance = { atol: 100 * EPS * frobenius(byHand) };
    expectMatrixClose(hessianByColumns(model, 'cross-entropy', theta, data), byHand, tolerance);
    const units = Matrix.identity(model.parameterCount);
    expectMatrixClose(lossGgnvp(model, 'cross-entropy', theta, data, units), byHand, tolerance);
  });

  test('linear regression: H = (1/N) Σ I ⊗ x̄ x̄ᵀ, whatever θ', () => {
    const model = new Mlp([3, 2], 'identity');
    const data = randomData(model, 'squared-error', 5, 5);
    const expected = Matrix.zeros(8, 8);
    for (let n = 0; n < 5; n++) {
      const x = [...data.inputs.row(n), 1];
      for (let i = 0; i < 2; i++)
        for (let k = 0; k < 4; k++)
          for (let l = 0; l < 4; l++) expected.data[(i * 4 + k) * 8 + i * 4 + l] += (x[k] * x[l]) / 5;
    }
    for (const seed of [6, 7])
      expectMatrixClose(hessianByColumns(model, 'squared-error', randomTheta(model, seed), data), expected, {
        atol: 50 * EPS * frobenius(expected),
      });
  });
});

describe('products', () => {
  const model = new Mlp([6, 5, 4], 'tanh');
  const d = model.parameterCount;
  const theta = randomTheta(model, 8);

  for (const loss of LOSSES) {
    const data = randomData(model, loss, 150, 9); // chunks of 128 and 22
    const v = randomMatrix(11, d, 10); // more directions than one sweep carries

    test(`${loss}: H v are rows of V H, and ⟨a, H b⟩ = ⟨b, H a⟩`, () => {
      const h = hessianByColumns(model, loss, theta, data);
      const hv = lossHvp(model, loss, theta, data, v);
      const tolerance = { atol: 100 * EPS * frobenius(h) * Math.sqrt(d) };
      expectMatrixClose(hv, matmul(v, h, { transposeB: true }), tolerance);
      const gram = matmul(v, hv, { transposeB: true });
      expectMatrixClose(gram, transpose(gram), { atol: 100 * EPS * frobenius(h) * d });
    });

    test(`${loss}: G v = (1/N) Σ Jᵀ H_u J v with J formed by differences`, () => {
      const small = selectExamples(data, Int32Array.of(3, 1, 4));
      const expected = Matrix.zeros(v.rows, d);
      const step = (t: Vec): Vec => logits(model, t, small.inputs).data.slice();
      const jacobian = Matrix.of(centralDifferences(step, theta)); // [d, 3·C]
      const u = logits(model, theta, small.inputs);
      for (let n = 0; n < 3; n++) {
        const jn = Matrix.zeros(d, u.cols);
        for (let i = 0; i < d; i++)
          for (let c = 0; c < u.cols; c++) jn.set(i, c, jacobian.at(i, n * u.cols + c));
        const p = softmax(u.row(n));
        const hu = Matrix.identity(u.cols);
        if (loss === 'cross-entropy')
          for (let c = 0; c < u.cols; c++)
            for (let e = 0; e < u.cols; e++) hu.set(c, e, (c === e ? p[c] : 0) - p[c] * p[e]);
        matmul(matmul(v, matmul(jn, hu)), jn, {
          transposeB: true,
          alpha: 1 / 3,
          out: expected,
          accumulate: true,
        });
      }
      const actual = lossGgnvp(model, loss, theta, small, v);
      expect(relativeError(actual.data, expected.data)).toBeLessThan(1e-8);
    });

    test(`${loss}: order and chunks of the data change nothing beyond rounding`, () => {
      const shuffled = selectExamples(
        data,
        Int32Array.from({ length: 150 }, (_, i) => (i * 67 + 5) % 150),
      );
      const expected = lossHvp(model, loss, theta, data, v);
      expect(relativeError(lossHvp(model, loss, theta, shuffled, v).data, expected.data)).toBeLessThan(
        100 * EPS,
      );
      const halves = [0, 75].map((start) =>
        selectExamples(
          data,
          Int32Array.from({ length: 75 }, (_, i) => start + i),
        ),
      );
      const [first, second] = halves.map((half) => lossHvp(model, loss, theta, half, v));
      const mean = first.data.map((value, i) => (value + second.data[i]) / 2);
      expect(relativeError(mean, expected.data)).toBeLessThan(100 * EPS);
      expect(lossHvp(model, loss, theta, data, v).data).toEqual(expected.data); // and not even rounding twice
    });
  }

  test('no directions give no rows; a wrong width is refused', () => {
    const data = randomData(model, 'cross-entropy', 4, 11);
    expect(lossHvp(model, 'cross-entropy', theta, data, Matrix.zeros(0, d)).rows).toBe(0);
    expect(() => lossHvp(model, 'cross-entropy', theta, data, Matrix.zeros(2, d + 1))).toThrow(`[2, ${d}]`);
  });

  test('with one output, squared error and a perfect fit, G = (1/N) Σ g gᵀ of the outputs and H = G', () => {
    const one = new Mlp([3, 4, 1], 'tanh');
    const at = randomTheta(one, 12);
    const { inputs } = randomData(one, 'squared-error', 6, 13);
    const fitted = { inputs, targets: logits(one, at, inputs) };
    const h = hessianByColumns(one, 'squared-error', at, fitted);
    const g = lossGgnvp(one, 'squared-error', at, fitted, Matrix.identity(one.parameterCount));
    expectMatrixClose(h, g, { atol: 100 * EPS * frobenius(g) });
    const shifted = {
      inputs,
      targets: new Matrix(
        6,
        1,
        fitted.targets.data.map((t) => t - 1),
      ),
    }; // residual 1: ∇ℓ = ∇u
    const rows = perExampleGradients(one, 'squared-error', at, shifted);
    const expected = matmul(rows, rows, { transposeA: true, alpha: 1 / 6 });
    expectMatrixClose(g, expected, { atol: 100 * EPS * frobenius(g) });
  });
});

function softmax(u: Vec): number[] {
  const total = u.reduce((sum, v) => sum + Math.exp(v), 0);
  return Array.from(u, (v) => Math.exp(v) / total);
}
