/** @file Curvatures of networks whose weights are used at several positions: against Hessian–vector products and dense sums. */
import { describe, expect, test } from 'vitest';
import { lossGgnvp, lossHvp, selectExamples } from '../../src/autodiff/index.ts';
import type { Network } from '../../src/autodiff/network.ts';
import { tangentMatrix } from '../../src/autodiff/shared/tangent-matrix.ts';
import type { SharedWeights } from '../../src/autodiff/shared-weights.ts';
import { TYPE_2 } from '../../src/curvature/fisher.ts';
import { sweepFisher } from '../../src/curvature/fisher-sweep.ts';
import { sharedBand } from '../../src/curvature/ggn.ts';
import {
  blockGgnMatrices,
  exampleTraces,
  extractBlock,
  ggnMatrix,
  hessianMatrix,
  kroneckerFactors,
} from '../../src/curvature/index.ts';
import { attribute } from '../../src/influence/index.ts';
import { subtractMatrices } from '../../src/linalg/elementwise.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { transpose } from '../../src/linalg/products.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { frobenius, mean } from '../../src/linalg/sum.ts';
import { expectMatrixClose } from '../helpers/close.ts';
import { SHARED_PROBLEMS, Transformer } from '../helpers/shared-networks.ts';

describe.each(SHARED_PROBLEMS)('%s', (_, problem) => {
  const { model, loss, theta, data } = problem;
  const units = Matrix.identity(model.parameterCount);

  test('the Hessian is that of Hessian–vector products, in chunks of any size', () => {
    const columns = lossHvp(model, loss, theta, data, units);
    for (const options of [{}, { batch: 3 }]) {
      const h = hessianMatrix(problem, options);
      expectMatrixClose(h, columns, { atol: 1e-13 });
      expect(frobenius(subtractMatrices(h, transpose(h)))).toBe(0);
    }
  });

  test('so is the GGN', () => {
    const columns = lossGgnvp(model, loss, theta, data, units);
    for (const options of [{}, { batch: 3 }]) {
      const g = ggnMatrix(problem, undefined, options);
      expectMatrixClose(g, columns, { atol: 1e-13 });
      expect(frobenius(subtractMatrices(g, transpose(g)))).toBe(0);
    }
  });

  test('by one direction per parameter and by the gradients at every label: the same', () => {
    const shared = model.shared as SharedWeights<Network>;
    const matrix = sharedBand('test', problem, shared, TYPE_2, { batch: 4 }, Number.POSITIVE_INFINITY);
    expectMatrixClose(matrix, tangentMatrix(problem, { gaussNewton: true }), { atol: 1e-13 });
  });

  test('traces of examples, in chunks of pseudo-labels', () => {
    const g = ggnMatrix(problem);
    const trace = Array.from({ length: g.rows }, (_, i) => g.at(i, i)).reduce((a, b) => a + b, 0);
    expect(mean(exampleTraces(problem))).toBeCloseTo(trace, 12);
    const alone = { ...problem, data: selectExamples(data, [4]) };
    expect(exampleTraces(problem)[4]).toBeCloseTo(exampleTraces(alone)[0], 12);
  });

  test('block-GGN: the diagonal blocks of the GGN, by layer and by tensor', () => {
    const g = ggnMatrix(problem);
    for (const kind of ['layer', 'tensor'] as const)
      for (const { block, matrix } of blockGgnMatrices(problem, { partition: kind }))
        expectMatrixClose(matrix, extractBlock(g, block.indices), { atol: 1e-14 });
  });
});

test('every kind of method takes networks with shared weights: a finite score for each pair, whose values other-networks.test.ts holds', () => {
  for (const [name, { model, loss, theta, data }] of SHARED_PROBLEMS.slice(0, 6))
    for (const method of ['hessian', 'ekfac', 'kfac', 'grad-dot', 'trak', 'logra'] as const) {
      const { scores } = attribute({ method, models: [{ model, loss, theta }], train: data, queries: data });
      expect([scores.rows, scores.cols], `${name} ${method}`).toEqual([data.inputs.rows, data.inputs.rows]);
      expect(scores.data.every(Number.isFinite), `${name} ${method}`).toBe(true);
    }
});

test('more pseudo-labels than fit at once: the same as one example after the other', () => {
  const model = new Transformer(40, 12, 8, 8, 2, false);
  const random = rng(3, 'many-labels');
  const ids = (n: number): Int32Array => Int32Array.from({ length: n }, () => random.integer(40));
  const theta = random.fillNormal(new Float64Array(model.parameterCount)).map((t) => 0.5 * t);
  const data = { inputs: new Matrix(7, 12, Float64Array.from(ids(84))), labels: ids(84) };
  const problem = { model, loss: 'cross-entropy', theta, data } as const;
  let parts = 0;
  sweepFisher('test', problem, TYPE_2, {}, () => void parts++);
  expect(parts).toBeGreaterThan(1);
  const traces = exampleTraces(problem);
  for (const n of [0, 6]) {
    const alone = { ...problem, data: selectExamples(data, [n]) };
    expect(traces[n] / exampleTraces(alone)[0]).toBeCloseTo(1, 12);
  }
  const one = kroneckerFactors(problem, { batch: 1 });
  for (const [b, { gradientCovariance, inputCovariance }] of kroneckerFactors(problem).entries()) {
    expectMatrixClose(gradientCovariance, one[b].gradientCovariance, { atol: 1e-12 });
    expectMatrixClose(inputCovariance, one[b].inputCovariance, { atol: 1e-12 });
  }
});
