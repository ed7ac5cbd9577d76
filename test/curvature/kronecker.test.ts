/** @file K-FAC and EK-FAC against explicit sums, dense Kronecker products and the block-GGN. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Activation } from '../../src/autodiff/functions.ts';
import { blockGgnMatrices } from '../../src/curvature/block-ggn.ts';
import { ekfac } from '../../src/curvature/ekfac.ts';
import type { FisherType } from '../../src/curvature/fisher.ts';
import { kfac } from '../../src/curvature/kfac.ts';
import { kroneckerEigen } from '../../src/curvature/kronecker-eigen.ts';
import { kroneckerFactors } from '../../src/curvature/kronecker-factors.ts';
import { extractBlock } from '../../src/curvature/partition.ts';
import type { CurvatureOptions } from '../../src/curvature/problem.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { KroneckerBasis } from '../../src/linalg/operators/basis.ts';
import { kron } from '../../src/linalg/operators/kronecker.ts';
import { matmul } from '../../src/linalg/products.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose } from '../helpers/close.ts';
import { checkOperatorLaws } from '../helpers/operator-laws.ts';
import { randomProblem } from '../helpers/problems.ts';

const EPS = Number.EPSILON;
const FISHERS: readonly FisherType[] = [
  { kind: 'type-2' },
  { kind: 'mc', samples: 3, seed: 2 },
  { kind: 'empirical' },
];
const OPTIONS: readonly CurvatureOptions[] = (['layer', 'tensor'] as const).flatMap((partition) =>
  FISHERS.map((fisher) => ({ partition, fisher })),
);
const label = ({ partition, fisher }: CurvatureOptions): string => `${partition}, ${fisher?.kind}`;

function distance(a: Matrix, b: Matrix): number {
  return frobenius(
    new Matrix(
      a.rows,
      a.cols,
      a.data.map((value, k) => value - b.data[k]),
    ),
  );
}

describe('Kronecker factors', () => {
  test('a softmax layer: A = mean of x̄ x̄ᵀ, G = mean of diag(p) − p pᵀ', () => {
    const problem = randomProblem({ sizes: [2, 3], activation: 'identity', examples: 6, seed: 5 });
    const { inputs } = problem.data;
    const w = new Matrix(3, 3, problem.theta);
    const a = new Matrix(3, 3);
    const g = new Matrix(3, 3);
    for (let n = 0; n < 6; n++) {
      const x = [inputs.at(n, 0), inputs.at(n, 1), 1];
      const e = [0, 1, 2].map((c) => Math.exp(x.reduce((s, v, k) => s + w.at(c, k) * v, 0)));
      const p = e.map((v) => v / (e[0] + e[1] + e[2]));
      for (let i = 0; i < 3; i++)
        for (let j = 0; j < 3; j++) {
          a.data[3 * i + j] += (x[i] * x[j]) / 6;
          g.data[3 * i + j] += ((i === j ? p[i] : 0) - p[i] * p[j]) / 6;
        }
    }
    const [factors] = kroneckerFactors(problem);
    expectMatrixClose(factors.inputCovariance, a, { atol: 16 * EPS * frobenius(a) });
    expectMatrixClose(factors.gradientCovariance, g, { atol: 16 * EPS * frobenius(g) });
    const [weight, bias] = kroneckerFactors(problem, { partition: 'tensor' });
    expectMatrixClose(weight.inputCovariance, extractBlock(a, Int32Array.of(0, 1)), {
      atol: 16 * EPS * frobenius(a),
    });
    expect(bias.inputCovariance.toArray()).toEqual([[1]]);
  });
});

for (const options of OPTIONS)
  describe(`K-FAC and EK-FAC, ${label(options)}`, () => {
    const problem = randomProblem({ sizes: [3, 4, 2, 3], examples: 9, seed: 6 });
    const blocks = blockGgnMatrices(problem, options);

    test('K-FAC = G ⊗ A, block by block, and nothing between blocks', () => {
      const operator = kfac(problem, options);
      const dense = new Matrix(operator.rows, operator.rows);
      for (const { block, gradientCovariance, inputCovariance } of kroneckerFactors(problem, options)) {
        const product = kron(gradientCovariance, inputCovariance);
        for (const [i, row] of block.indices.entries())
          for (const [j, col] of block.indices.entries()) dense.set(row, col, product.at(i, j));
      }
      checkOperatorLaws(operator, dense, { tolerance: 64 * EPS });
    });

    test('EK-FAC = diag(Uᵀ B U) in the basis of K-FAC, for the same labels', () => {
      const { values } = ekfac(problem, options);
      for (const [b, { block, left, right }] of kroneckerEigen(problem, options).entries()) {
        const u = new KroneckerBasis(left.vectors, right.vectors).toDense();
        const rotated = matmul(u, matmul(blocks[b].matrix, u), { transposeA: true });
        const diagonal = Array.from({ length: u.rows }, (_, k) => rotated.at(k, k));
        const actual = Array.from(block.indices, (index) => values[index]);
        expectClose(actual, diagonal, { atol: 64 * EPS * frobenius(blocks[b].matrix) });
      }
    });

    test('trace(EK-FAC) = trace(block-GGN)', () => {
      let trace = 0;
      for (const { matrix } of blocks) for (let k = 0; k < matrix.rows; k++) trace += matrix.at(k, k);
      expect(Math.abs(ekfac(problem, options).trace() - trace)).toBeLessThanOrEqual(64 * EPS * trace);
    });

    test('chunks that do not divide N change rounding only', () => {
      for (const build of [kfac, ekfac]) {
        const reference = build(problem, options);
        const chunked = build(problem, { ...options, batch: 4 });
        expectMatrixClose(chunked.toDense(), reference.toDense(), {
          atol: 1024 * EPS * reference.frobeniusNorm(),
        });
      }
    });
  });

test('‖B − EK-FAC‖ ≤ ‖B − K-FAC‖ for every block of random networks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
      fc.constantFrom<Activation>('tanh', 'relu', 'gelu', 'sigmoid', 'identity'),
      fc.constantFrom<'layer' | 'tensor'>('layer', 'tensor'),
      fc.constantFrom(...FISHERS),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 0, max: 1000 }),
      (hidden, activation, partition, fisher, examples, seed) => {
        const problem = randomProblem({ sizes: [2, ...hidden, 3], activation, examples, seed, gain: 2 });
        const options: CurvatureOptions = { partition, fisher };
        const [corrected, plain] = [ekfac(problem, options).toDense(), kfac(problem, options).toDense()];
        for (const { block, matrix } of blockGgnMatrices(problem, options)) {
          const ek = distance(matrix, extractBlock(corrected, block.indices));
          const k = distance(matrix, extractBlock(plain, block.indices));
          expect(ek).toBeLessThanOrEqual(k + 64 * matrix.rows * EPS * frobenius(matrix));
        }
      },
    ),
    { numRuns: 60, seed: 1 },
  );
});

test("K-FAC under factors: 'separate' inverts G and A by themselves", () => {
  const problem = randomProblem({ sizes: [3, 4, 3], examples: 9 });
  const rule = { kind: 'damped', lambda: 0.1, factors: 'separate' } as const;
  const inverse = kfac(problem).inverse(rule).toDense();
  for (const { block, gradientCovariance, inputCovariance } of kroneckerFactors(problem)) {
    for (const factor of [gradientCovariance, inputCovariance])
      for (let k = 0; k < factor.rows; k++) factor.data[k * factor.cols + k] += rule.lambda;
    const product = matmul(extractBlock(inverse, block.indices), kron(gradientCovariance, inputCovariance));
    expectMatrixClose(product, Matrix.identity(product.rows), { atol: 4096 * EPS });
  }
});
