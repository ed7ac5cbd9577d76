/** @file Layers without bias and layers that share parameters, against PyTorch: gradients, every curvature, both kernel tiers. */
import { describe, expect, test } from 'vitest';
import { BatchProgram } from '../../src/autodiff/batch-program.ts';
import {
  exampleValues,
  fromTorchOrder,
  hessianByColumns,
  lossGgnvp,
  lossHvp,
  Mlp,
  meanGradient,
  perExampleGradients,
  toTorchOrder,
} from '../../src/autodiff/index.ts';
import {
  blockTridiagonal,
  CURVATURE_KINDS,
  CURVATURES,
  exampleTraces,
  ggnMatrix,
  hessianMatrix,
  nearestKronecker,
} from '../../src/curvature/index.ts';
import { UnsupportedError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { mean } from '../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose } from '../helpers/close.ts';
import { columnsToTorch, fromLower } from '../reference/golden.ts';
import { GOLDEN_NETWORKS } from '../reference/networks.ts';

describe.each(GOLDEN_NETWORKS)('$name', ({ golden, model, loss, theta, data }) => {
  const problem = { model, loss, theta, data };
  const close = (a: Matrix, lower: number[]): void =>
    expectMatrixClose(columnsToTorch(model, a, true), fromLower(lower), { atol: 1e-12 });

  test('θ has every parameter once, in the order of net.parameters()', () => {
    expect(model.parameterCount).toBe(golden.theta.length);
    expect([...toTorchOrder(model, theta)]).toEqual(golden.theta);
  });

  test('loss and gradients', () => {
    expect(mean(exampleValues(model, loss, theta, data))).toBeCloseTo(golden.meanLoss, 13);
    const gradients = perExampleGradients(model, loss, theta, data);
    expectMatrixClose(columnsToTorch(model, gradients), Matrix.of(golden.gradients), { atol: 1e-13 });
    const n = golden.gradients.length;
    const average = golden.theta.map((_, k) => golden.gradients.reduce((sum, g) => sum + g[k], 0) / n);
    expectClose(toTorchOrder(model, meanGradient(model, loss, theta, data)), Float64Array.from(average), {
      atol: 1e-13,
    });
  });

  test('Hessian: layer sweep, columns and products', () => {
    close(hessianMatrix(problem), golden.hessian);
    close(hessianByColumns(model, loss, theta, data), golden.hessian);
    close(lossHvp(model, loss, theta, data, Matrix.identity(theta.length)), golden.hessian);
    expect(hessianMatrix(problem)).toEqual(transposed(hessianMatrix(problem)));
  });

  test('GGN: matrix, products and traces of examples', () => {
    close(ggnMatrix(problem), golden.ggn);
    close(lossGgnvp(model, loss, theta, data, Matrix.identity(theta.length)), golden.ggn);
    const ggn = fromLower(golden.ggn);
    const trace = golden.theta.reduce((sum, _, k) => sum + ggn.at(k, k), 0);
    expect(mean(exampleTraces(problem))).toBeCloseTo(trace, 12);
  });

  test.each(['layer', 'tensor'] as const)('block-GGN, EK-FAC and K-FAC by %s', (partition) => {
    const { blockGgn, ekfac, kfac } = golden[partition];
    close(CURVATURES['block-ggn'].matrix(problem, { partition }), blockGgn);
    close(CURVATURES.ekfac.matrix(problem, { partition }), ekfac);
    close(CURVATURES.kfac.matrix(problem, { partition }), kfac);
  });

  test('a curvature decomposed is the curvature', () => {
    for (const kind of CURVATURE_KINDS)
      expectMatrixClose(CURVATURES[kind].build(problem).toDense(), CURVATURES[kind].matrix(problem), {
        atol: 1e-12,
      });
  });

  test('both kernel tiers give the same bits', () => {
    const n = data.inputs.rows;
    const [scalar, simd] = (['scalar', 'simd'] as const).map((tier) => {
      const { program, nodes } = loaded(tier, n);
      program.forward();
      program.backward();
      const schedule = program.tangentsFrom(['parameters']);
      program.parameterTangent(0).set(theta.map((x, k) => x + k));
      program.forwardTangent(schedule, 1);
      program.backwardTangent(schedule, 1);
      return [program.value(nodes.logits).data, program.gradient, program.gradientTangent(0)].map((v) =>
        v.slice(),
      );
    });
    expect(simd).toEqual(scalar);
  });

  function loaded(tier: 'scalar' | 'simd', n: number): BatchProgram {
    const recorded = new BatchProgram(model, loss, n, { tier, directions: 1 });
    recorded.program.parameters.set(theta);
    recorded.load(data, 0);
    return recorded;
  }
});

test('what supposes one outer product per layer says that layers are tied, and which', () => {
  const tied = GOLDEN_NETWORKS.filter(({ model }) => model.tied);
  expect(tied).toHaveLength(5);
  for (const problem of tied) {
    const layers =
      problem.name === 'tied-apart-gelu' ? 'layers 2 and 4 are tied' : /layers 0 and 1.* are tied/;
    expect(() => nearestKronecker(problem)).toThrow(UnsupportedError);
    expect(() => nearestKronecker(problem)).toThrow(layers);
    expect(() => blockTridiagonal(problem)).toThrow(layers);
  }
});

test('linear regression without intercept has the Hessian XᵀX/N for every output, and no parameter more', () => {
  const { model, loss, theta, data } =
    GOLDEN_NETWORKS.find(({ name }) => name === 'no-intercept') ?? expect.fail();
  const { inputs } = data;
  const h = hessianMatrix({ model, loss, theta, data });
  expect(h.rows).toBe(inputs.cols * model.outputs);
  for (let a = 0; a < h.rows; a++)
    for (let b = 0; b < h.rows; b++) {
      const [r, c, p, q] = [Math.floor(a / 4), a % 4, Math.floor(b / 4), b % 4];
      let sum = 0;
      for (let n = 0; n < inputs.rows; n++) sum += inputs.at(n, c) * inputs.at(n, q);
      expect(h.at(a, b)).toBeCloseTo(r === p ? sum / inputs.rows : 0, 13);
    }
});

test('a tied network has the derivatives of the untied one, folded', () => {
  const { model, loss, theta, data } =
    GOLDEN_NETWORKS.find(({ name }) => name === 'tied-module-tanh') ?? expect.fail();
  const untied = new Mlp(model.sizes, model.activation);
  const own = toTorchOrder(model, theta);
  const where = [...Array(12).keys(), ...Array(12).keys(), ...Array.from({ length: 8 }, (_, k) => 12 + k)];
  const unfolded = fromTorchOrder(
    untied,
    Float64Array.from(where, (k) => own[k]),
  );
  const h = columnsToTorch(untied, hessianMatrix({ model: untied, loss, theta: unfolded, data }), true);
  const folded = Matrix.zeros(20, 20);
  for (let a = 0; a < h.rows; a++)
    for (let b = 0; b < h.rows; b++)
      folded.set(where[a], where[b], folded.at(where[a], where[b]) + h.at(a, b));
  expectMatrixClose(columnsToTorch(model, hessianMatrix({ model, loss, theta, data }), true), folded, {
    atol: 1e-13,
  });
});

function transposed(a: Matrix): Matrix {
  const out = Matrix.zeros(a.cols, a.rows);
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.cols; j++) out.set(j, i, a.at(i, j));
  return out;
}
