/** @file Minibatch curvature is the curvature of exactly the examples drawn, and unbiased. */
import { describe, expect, test } from 'vitest';
import { selectExamples } from '../../src/autodiff/dataset.ts';
import { lossGgnvp, lossHvp } from '../../src/autodiff/mean-loss.ts';
import { ggnMatrix } from '../../src/curvature/ggn.ts';
import { hessianMatrix } from '../../src/curvature/hessian.ts';
import { fixedCurvature, minibatchCurvature } from '../../src/influence/solvers/curvature-source.ts';
import { DomainError, ShapeError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { denseOperator } from '../../src/linalg/operators/operator.ts';
import { matmul } from '../../src/linalg/products.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { maxAbs } from '../../src/linalg/sum.ts';
import { expectMatrixClose } from '../helpers/close.ts';
import { randomProblem } from '../helpers/problems.ts';

const shapes = [
  randomProblem({ sizes: [4, 5, 3], examples: 9, seed: 3 }),
  randomProblem({ sizes: [3, 4, 4, 2], examples: 7, seed: 4, activation: 'relu', loss: 'squared-error' }),
];

function directions(rows: number, cols: number): Matrix {
  return new Matrix(rows, cols, rng(1, 'directions').fillNormal(new Float64Array(rows * cols)));
}

describe('minibatchCurvature', () => {
  for (const [p, problem] of shapes.entries())
    for (const [curvature, dense] of [
      ['ggn', ggnMatrix],
      ['hessian', hessianMatrix],
    ] as const)
      test(`problem ${p}, ${curvature}: a step is the dense matrix of the examples drawn, repetitions counted`, () => {
        const source = minibatchCurvature(problem, { curvature, batch: 13, seed: 2 });
        const x = directions(11, source.size);
        for (const step of [0, 5]) {
          const drawn = source.batchAt(1, step);
          expect(new Set(drawn).size).toBeLessThan(drawn.length);
          const matrix = dense({ ...problem, data: selectExamples(problem.data, drawn) });
          const expected = matmul(x, matrix, { transposeB: true });
          const actual = source.at(1, step).applyRows(x);
          expectMatrixClose(actual, expected, {
            atol: 64 * Number.EPSILON * source.size * maxAbs(expected.data),
          });
        }
      });

  test('full batch is the product of the mean loss, bit for bit, beyond one chunk', () => {
    const problem = randomProblem({ sizes: [3, 4, 2], examples: 150, seed: 6 });
    const { model, loss, theta, data } = problem;
    const x = directions(9, model.parameterCount);
    const ggn = minibatchCurvature(problem);
    expect(ggn.exact).toBe(true);
    expect(ggn.at(3, 7).applyRows(x).data).toEqual(lossGgnvp(model, loss, theta, data, x).data);
    const hessian = minibatchCurvature(problem, { curvature: 'hessian' });
    expect(hessian.mean.applyRows(x).data).toEqual(lossHvp(model, loss, theta, data, x).data);
    expect([ggn.structure, hessian.structure]).toEqual(['psd', 'symmetric']);
  });

  test('unbiased: single examples average to the mean operator, and each is drawn equally often', () => {
    const [problem] = shapes;
    const source = minibatchCurvature(problem, { batch: 5, seed: 11 });
    const x = directions(3, source.size);
    const sum = new Matrix(3, source.size);
    for (let i = 0; i < 9; i++) {
      const one = source.on(Int32Array.of(i)).applyRows(x);
      for (let k = 0; k < sum.data.length; k++) sum.data[k] += one.data[k] / 9;
    }
    const mean = source.mean.applyRows(x);
    expectMatrixClose(sum, mean, { atol: 64 * Number.EPSILON * maxAbs(mean.data) });
    const counts = new Float64Array(9);
    for (let step = 0; step < 400; step++) for (const i of source.batchAt(0, step)) counts[i]++;
    const chiSquare = counts.reduce((total, c) => total + (c - 2000 / 9) ** 2 / (2000 / 9), 0);
    expect(chiSquare).toBeLessThan(26.1); // 8 degrees of freedom, p = 0.001
  });

  test('a batch is named by seed, path, repeat and step, not by the order of asking', () => {
    const [problem] = shapes;
    const make = (seed: number, ...path: string[]): ReturnType<typeof minibatchCurvature> =>
      minibatchCurvature(problem, { batch: 12, seed, path });
    const source = make(1);
    const later = source.batchAt(2, 9);
    const x = directions(2, source.size);
    const held = source.at(0, 4);
    const before = held.applyRows(x);
    source.at(0, 5).applyRows(x);
    expect(held.applyRows(x).data).toEqual(before.data);
    expect(make(1).batchAt(2, 9)).toEqual(later);
    for (const other of [make(2).batchAt(2, 9), make(1, 'a').batchAt(2, 9), source.batchAt(1, 9)])
      expect(other).not.toEqual(later);
  });

  test('refuses other curvatures, empty batches, examples that are not there', () => {
    const [problem] = shapes;
    expect(() => minibatchCurvature(problem, { curvature: 'kfac' as 'ggn' })).toThrow(DomainError);
    expect(() => minibatchCurvature(problem, { batch: 0 })).toThrow(DomainError);
    expect(() => minibatchCurvature(problem).on(Int32Array.of(9))).toThrow(DomainError);
    expect(() => minibatchCurvature(problem).on(new Int32Array(0))).toThrow(ShapeError);
    expect(() => fixedCurvature(denseOperator(Matrix.identity(2)))).toThrow(/symmetric/);
  });
});
