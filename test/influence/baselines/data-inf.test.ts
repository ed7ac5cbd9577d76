/** @file DataInf against its dense formula, layer by layer, and against the exact inverse where the two agree. */
import { expect, test } from 'vitest';
import type { MlpLayer } from '../../../src/autodiff/mlp.ts';
import { perExampleGradients } from '../../../src/autodiff/per-example.ts';
import { dataInf } from '../../../src/influence/baselines/data-inf.ts';
import { DomainError, SingularError } from '../../../src/linalg/errors.ts';
import { solve } from '../../../src/linalg/factorisations/solve.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { dot, matmul, syrk, transpose } from '../../../src/linalg/products.ts';
import { maxAbs } from '../../../src/linalg/sum.ts';
import { expectMatrixClose } from '../../helpers/close.ts';
import { randomData, randomProblem } from '../../helpers/problems.ts';

const problem = randomProblem({ sizes: [3, 5, 4], examples: 9, seed: 3 });
const { data: train, ...fitted } = problem;
const { model, theta } = problem;
const queries = randomData(model, 'cross-entropy', 4, 7);

function layerColumns(a: Matrix, { offset, size }: MlpLayer): Matrix {
  return Matrix.of(Array.from({ length: a.rows }, (_, i) => a.row(i).subarray(offset, offset + size)));
}

function shifted(a: Matrix, lambda: number): Matrix {
  const out = a.clone();
  for (let i = 0; i < a.rows; i++) out.data[i * (a.rows + 1)] += lambda;
  return out;
}

for (const measurement of ['loss', 'margin'] as const)
  test(`${measurement}: each layer has the mean of the inverses of its damped rank-one matrices`, () => {
    const f = measurement === 'loss' ? 'cross-entropy' : 'margin';
    const m = perExampleGradients(model, f, theta, queries);
    const g = perExampleGradients(model, 'cross-entropy', theta, train);
    const scores = dataInf({ damping: 0.05, measurement }).fit(fitted, train).scoreByLayer(queries);
    for (const layer of model.sites) {
      const own = layerColumns(g, layer);
      let mean = Matrix.zeros(layer.size, layer.size);
      for (let j = 0; j < 9; j++) {
        const one = own.rowRange(j, j + 1);
        const inverse = solve(shifted(syrk(one, { transpose: true }), 0.05), Matrix.identity(layer.size));
        mean = new Matrix(
          layer.size,
          layer.size,
          mean.data.map((v, k) => v + inverse.data[k] / 9),
        );
      }
      const expected = matmul(matmul(layerColumns(m, layer), mean), own, { transposeB: true });
      expectMatrixClose(scores[layer.index], expected, { atol: 1e-12 * maxAbs(expected.data) });
    }
  });

test('one example: the exact inverse of the damped empirical Fisher, per layer', () => {
  const one = randomData(model, 'cross-entropy', 1, 12);
  const g = perExampleGradients(model, 'cross-entropy', theta, one);
  const m = perExampleGradients(model, 'cross-entropy', theta, queries);
  const scores = dataInf({ damping: 0.01 }).fit(fitted, one).scoreByLayer(queries);
  for (const layer of model.sites) {
    const own = layerColumns(g, layer);
    const solved = solve(shifted(syrk(own, { transpose: true }), 0.01), transpose(own));
    const expected = matmul(layerColumns(m, layer), solved);
    expectMatrixClose(scores[layer.index], expected, { atol: 1e-11 * maxAbs(expected.data) });
  }
});

test('the default damping is a tenth of the mean squared entry of each layer', () => {
  const g = perExampleGradients(model, 'cross-entropy', theta, train);
  const { dampings } = dataInf().fit(fitted, train);
  for (const layer of model.sites) {
    const { data } = layerColumns(g, layer);
    expect(Math.abs(dampings[layer.index] / ((0.1 * dot(data, data)) / data.length) - 1)).toBeLessThan(1e-13);
  }
});

test('self-influence is the diagonal, and is not negative for the loss', () => {
  const attributed = dataInf().fit(fitted, train);
  const scores = attributed.score(train);
  for (const [i, own] of attributed.selfInfluence().entries()) {
    expect(own).toBeGreaterThanOrEqual(0);
    expect(Math.abs(own - scores.at(i, i))).toBeLessThan(1e-12 * maxAbs(scores.data));
  }
});

test('chunks change nothing; no damping is refused', () => {
  const whole = dataInf().fit(fitted, train).score(queries);
  const cut = dataInf({ chunk: 2 }).fit(fitted, train).score(queries);
  expectMatrixClose(cut, whole, { atol: 1e-12 * maxAbs(whole.data) });
  expect(() => dataInf({ damping: 0 }).fit(fitted, train)).toThrow(SingularError);
  expect(() => dataInf({ damping: -1 })).toThrow(DomainError);
  expect(() => dataInf({ chunk: 0 })).toThrow(DomainError);
});
