/** @file The GGN against sums of outer products and Jacobians, Monte-Carlo labels, and the block-diagonal part. */
import { describe, expect, test } from 'vitest';
import { datasetSize, selectExamples } from '../../src/autodiff/dataset.ts';
import { logits, perExampleGradients } from '../../src/autodiff/index.ts';
import { blockGgn, blockGgnMatrices } from '../../src/curvature/block-ggn.ts';
import type { FisherType } from '../../src/curvature/fisher.ts';
import { ggn, ggnMatrix } from '../../src/curvature/ggn.ts';
import { assembleBlocks, extractBlock, partition } from '../../src/curvature/partition.ts';
import type { Problem } from '../../src/curvature/problem.ts';
import { DomainError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { matmul } from '../../src/linalg/products.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose, relativeError } from '../helpers/close.ts';
import { randomProblem, smallProblems } from '../helpers/problems.ts';

const EPS = Number.EPSILON;

/** softmax of one row of logits. */
function softmax(u: ArrayLike<number>): number[] {
  const e = Array.from(u, (v) => Math.exp(v));
  const total = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / total);
}

/** (1/N) Σ_n Σ_c p_c g_c g_cᵀ with g_c the gradient at label c: the Fisher matrix from its definition. */
function fisherFromGradients({ model, theta, data }: Problem): Matrix {
  const n = datasetSize(data);
  const out = new Matrix(model.parameterCount, model.parameterCount);
  const u = logits(model, theta, data.inputs);
  for (let c = 0; c < model.outputs; c++) {
    const labelled = { inputs: data.inputs, labels: new Int32Array(n).fill(c) };
    const gradients = perExampleGradients(model, 'cross-entropy', theta, labelled);
    for (let i = 0; i < n; i++) {
      const weight = Math.sqrt(softmax(u.row(i))[c] / n);
      for (let k = 0; k < gradients.cols; k++) gradients.data[i * gradients.cols + k] *= weight;
    }
    matmul(gradients, gradients, { transposeA: true, out, accumulate: true });
  }
  return out;
}

/**
 * (1/N) Σ Jᵀ H_u J with rows of J from the squared-error gradient Jᵀ(u − t): targets t = u − e_k give row k exactly.
 */
function ggnFromJacobians({ model, loss, theta, data }: Problem): Matrix {
  const n = datasetSize(data);
  const u = logits(model, theta, data.inputs);
  const jacobian = Array.from({ length: model.outputs }, (_, k) => {
    const targets = u.clone();
    for (let i = 0; i < n; i++) targets.data[i * u.cols + k] -= 1;
    return perExampleGradients(model, 'squared-error', theta, { inputs: data.inputs, targets });
  });
  const out = new Matrix(model.parameterCount, model.parameterCount);
  for (let i = 0; i < n; i++) {
    const j = Matrix.of(jacobian.map((rows) => rows.row(i)));
    const p = softmax(u.row(i));
    const curvature = Matrix.of(
      p.map((pc, c) =>
        p.map((pd, d) => (loss === 'squared-error' ? (c === d ? 1 : 0) : (c === d ? pc : 0) - pc * pd)),
      ),
    );
    const hj = matmul(curvature, j);
    matmul(j, hj, { transposeA: true, alpha: 1 / n, out, accumulate: true });
  }
  return out;
}

describe('type-2', () => {
  for (const { name, problem } of smallProblems())
    test(name, () => {
      const g = ggnMatrix(problem);
      const reference = ggnFromJacobians(problem);
      expectMatrixClose(g, reference, { atol: 64 * EPS * frobenius(reference) });
      if (problem.loss === 'cross-entropy')
        expectMatrixClose(g, fisherFromGradients(problem), { atol: 64 * EPS * frobenius(reference) });
    });

  test('a confident model keeps its digits', () => {
    // One softmax layer, logits (t, 0) at x = 1, label 0: the curvature of u₀ is p₀p₁ = 1/(2 + 2cosh t), and its empirical
    // and almost certainly drawn counterpart is (1 − p₀)² = p₁² = 1/(1 + e^t)².
    const base = randomProblem({ sizes: [1, 2], activation: 'identity', examples: 1 });
    const data = { inputs: Matrix.of([[1]]), labels: Int32Array.of(0) };
    for (const t of [20, 30, 40]) {
      const sharp = { ...base, theta: Float64Array.of(t, 0, 0, 0), data };
      const expected = 1 / (2 + 2 * Math.cosh(t));
      expectClose([ggnMatrix(sharp).at(0, 0)], [expected], { rtol: 16 * EPS });
      const square = 1 / (1 + Math.exp(t)) ** 2;
      expectClose([ggnMatrix(sharp, { kind: 'empirical' }).at(0, 0)], [square], { rtol: 16 * EPS });
      const drawn = ggnMatrix(sharp, { kind: 'mc', samples: 4, seed: 0 });
      expectClose([drawn.at(0, 0)], [square], { rtol: 16 * EPS });
    }
  });

  test('in its eigenbasis', () => {
    const problem = randomProblem({ sizes: [3, 4, 3], examples: 9 });
    const matrix = ggnMatrix(problem);
    const operator = ggn(problem);
    expect(operator.structure).toBe('psd');
    expectMatrixClose(operator.toDense(), matrix, { atol: 64 * matrix.rows * EPS * frobenius(matrix) });
  });
});

describe('empirical', () => {
  for (const loss of ['cross-entropy', 'squared-error'] as const)
    test(`${loss}: (1/N) Σ g gᵀ at the labels of the data`, () => {
      const problem = randomProblem({ sizes: [3, 4, 3], loss, examples: 9, seed: 3 });
      const { model, theta, data } = problem;
      const gradients = perExampleGradients(model, loss, theta, data);
      const expected = matmul(gradients, gradients, { transposeA: true, alpha: 1 / 9 });
      const actual = ggnMatrix(problem, { kind: 'empirical' });
      expectMatrixClose(actual, expected, { atol: 64 * EPS * frobenius(expected) });
    });
});

describe('mc', () => {
  for (const loss of ['cross-entropy', 'squared-error'] as const) {
    const problem = randomProblem({ sizes: [2, 3, 3], loss, examples: 5, seed: 4 });
    const exact = ggnMatrix(problem);
    const error = (samples: number, seed: number): number =>
      relativeError(ggnMatrix(problem, { kind: 'mc', samples, seed }).data, exact.data);

    test(`${loss}: tends to type-2 as one over the root of the samples`, () => {
      const rms = (samples: number): number =>
        Math.sqrt([0, 1, 2, 3, 4, 5].reduce((s, seed) => s + error(samples, seed) ** 2, 0) / 6);
      const [few, many] = [rms(20), rms(2000)];
      expect(few / many).toBeGreaterThan(5); // √100 = 10 in expectation
      expect(few / many).toBeLessThan(20);
      expect(many).toBeLessThan(0.1);
    });

    test(`${loss}: drawn by seed and position, not by chunk`, () => {
      const fisher: FisherType = { kind: 'mc', samples: 2, seed: 7 };
      const reference = ggnMatrix(problem, fisher);
      expect(ggnMatrix(problem, fisher).data).toEqual(reference.data);
      expectMatrixClose(ggnMatrix(problem, fisher, { batch: 2 }), reference, {
        atol: 64 * EPS * frobenius(reference),
      });
      expect(relativeError(ggnMatrix(problem, { ...fisher, seed: 8 }).data, reference.data)).toBeGreaterThan(
        1e-3,
      );
    });
  }

  test('a label of probability zero is never drawn', () => {
    const base = randomProblem({ sizes: [1, 3], activation: 'identity' });
    const data = { inputs: new Matrix(50, 1), labels: new Int32Array(50) };
    const theta = Float64Array.of(0, 0, 0, 0, 0, -800); // logits (0, 0, −800): p₂ underflows to 0
    const g = ggnMatrix({ ...base, theta, data }, { kind: 'mc', samples: 3, seed: 1 });
    expect(Array.from(g.row(5))).toEqual([0, 0, 0, 0, 0, 0]);
    expect(g.at(1, 1)).toBeCloseTo(0.25, 15);
  });

  test('samples and seed are checked', () => {
    const problem = randomProblem({ sizes: [2, 2] });
    expect(() => ggnMatrix(problem, { kind: 'mc', samples: 0, seed: 0 })).toThrow(DomainError);
    expect(() => ggnMatrix(problem, { kind: 'mc', samples: 1, seed: 0.5 })).toThrow(DomainError);
    expect(() => ggnMatrix(problem, { kind: 'exact' } as unknown as FisherType)).toThrow(DomainError);
  });
});

describe('block-GGN = the GGN with its off-diagonal blocks removed', () => {
  const fishers: readonly FisherType[] = [
    { kind: 'type-2' },
    { kind: 'mc', samples: 2, seed: 1 },
    { kind: 'empirical' },
  ];
  for (const kind of ['layer', 'tensor'] as const)
    for (const fisher of fishers)
      test(`${kind}, ${fisher.kind}`, () => {
        const problem = randomProblem({ sizes: [3, 4, 2, 3], examples: 9, seed: 6 });
        const n = problem.model.parameterCount;
        const full = ggnMatrix(problem, fisher);
        const blocks = partition(problem.model, kind);
        const masked = assembleBlocks(
          n,
          blocks,
          blocks.map(({ indices }) => extractBlock(full, indices)),
        );
        const atol = 64 * EPS * frobenius(full);
        for (const { block, matrix } of blockGgnMatrices(problem, { fisher, partition: kind }))
          expectMatrixClose(matrix, extractBlock(full, block.indices), { atol });
        const operator = blockGgn(problem, { fisher, partition: kind });
        expectMatrixClose(operator.toDense(), masked, { atol: n * atol });
      });

  test('energy splits: ‖G‖² = ‖BG‖² + ‖G − BG‖²', () => {
    const problem = randomProblem({ sizes: [3, 4, 3], examples: 9 });
    const g = ggnMatrix(problem);
    const bg = blockGgn(problem).toDense();
    const off = new Matrix(
      g.rows,
      g.cols,
      g.data.map((value, k) => value - bg.data[k]),
    );
    const gap = frobenius(g) ** 2 - frobenius(bg) ** 2 - frobenius(off) ** 2;
    expect(Math.abs(gap)).toBeLessThanOrEqual(64 * g.rows * EPS * frobenius(g) ** 2);
  });
});

describe('invariances', () => {
  const problem = randomProblem({ sizes: [3, 4, 3], examples: 10, seed: 8 });
  const reference = ggnMatrix(problem);
  const atol = 64 * EPS * frobenius(reference);

  test('chunk size, order of the examples, the data set twice', () => {
    for (const batch of [1, 3, 10])
      expectMatrixClose(ggnMatrix(problem, undefined, { batch }), reference, { atol });
    const twice = Int32Array.from({ length: 20 }, (_, i) => 9 - (i % 10));
    const data = selectExamples(problem.data, twice);
    expectMatrixClose(ggnMatrix({ ...problem, data }), reference, { atol });
  });

  test('the labels of the data do not enter type-2', () => {
    const data = { inputs: problem.data.inputs, labels: new Int32Array(10) };
    expect(ggnMatrix({ ...problem, data }).data).toEqual(reference.data);
  });
});
