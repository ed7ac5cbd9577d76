/** @file The paper's comparisons, Eq. 9 and Eq. 14 to 18, on closed forms and on networks. */
import { describe, expect, test } from 'vitest';
import { perExampleGradients } from '../../src/autodiff/index.ts';
import { blockGgn } from '../../src/curvature/block-ggn.ts';
import {
  crossLayerMass,
  errorShares,
  inverseError,
  inverseErrors,
  LADDER_STEPS,
  residualMass,
} from '../../src/curvature/compare.ts';
import { EigenOperator } from '../../src/curvature/eigen-operator.ts';
import { ekfac } from '../../src/curvature/ekfac.ts';
import { ggnMatrix } from '../../src/curvature/ggn.ts';
import { hessian, hessianMatrix } from '../../src/curvature/hessian.ts';
import type { InverseRule } from '../../src/curvature/inverse-rule.ts';
import { kfac } from '../../src/curvature/kfac.ts';
import { LADDER } from '../../src/curvature/ladder.ts';
import { hessianOperator } from '../../src/curvature/operators.ts';
import { basisOverlap, eigenvalueOverlap } from '../../src/curvature/overlap.ts';
import { CURVATURES } from '../../src/curvature/registry.ts';
import { DomainError, ShapeError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { BlockBasis, DenseBasis } from '../../src/linalg/operators/basis.ts';
import { matmul } from '../../src/linalg/products.ts';
import { randomProblem } from '../helpers/problems.ts';

const EPS = Number.EPSILON;
const RULE: InverseRule = { kind: 'truncated', eps: 1e-3, negative: 'keep' };
const problem = randomProblem({ sizes: [3, 4, 3], examples: 9, seed: 3 });
const gradients = perExampleGradients(problem.model, problem.loss, problem.theta, problem.data);

/** An operator that is diagonal in the standard basis. */
function diagonal(...values: number[]): EigenOperator {
  return new EigenOperator(new DenseBasis(Matrix.identity(values.length)), Float64Array.from(values));
}

describe('inverse error (Eq. 9)', () => {
  test('by hand: H = diag(2, 3), Ĥ = diag(1, 3)', () => {
    // v = (1, 0): H Ĥ⁻¹ v − v = (1, 0), error 1. v = (0, 5): 0. v = (1, 1): 1/2.
    const v = Matrix.of([
      [1, 0],
      [0, 5],
      [1, 1],
    ]);
    const { mean, perVector, skipped } = inverseErrors(diagonal(2, 3), diagonal(1, 3), RULE, v);
    expect(Array.from(perVector)).toEqual([1, 0, expect.closeTo(0.5, 15)]);
    expect(mean).toBeCloseTo(0.5, 15);
    expect(skipped).toBe(0);
  });

  test('of the Hessian itself: the share of squared gradient norm in the dropped eigenspace', () => {
    const rule: InverseRule = { kind: 'truncated', eps: 0.05, negative: 'keep' };
    const operator = hessian(problem);
    const q = operator.basis.toDense();
    const coordinates = matmul(gradients, q);
    let expected = 0;
    for (let i = 0; i < gradients.rows; i++) {
      let [dropped, all] = [0, 0];
      for (const [k, sigma] of operator.values.entries()) {
        const square = coordinates.at(i, k) ** 2;
        all += square;
        if (Math.abs(sigma) <= rule.eps) dropped += square;
      }
      expected += dropped / all / gradients.rows;
    }
    expect(expected).toBeGreaterThan(1e-3);
    expect(operator.kept(rule).dropped).toBeGreaterThan(0);
    expect(Math.abs(inverseError(operator, operator, rule, gradients) - expected)).toBeLessThan(1e-12);
  });

  test('is 0 for an invertible matrix and its inverse, and grows without bound for a wrong one', () => {
    const operator = diagonal(1, -2, 0.5);
    const v = Matrix.of([[1, 2, 3]]);
    expect(inverseError(operator, operator, RULE, v)).toBeLessThan(1e-30);
    expect(inverseError(operator, diagonal(0.01, 0.01, 0.01), RULE, v)).toBeGreaterThan(100);
  });

  test('takes batches of rows, and a matrix-free H', () => {
    const batches = [gradients.rowRange(0, 4), gradients.rowRange(4, 9)];
    const approximate = kfac(problem);
    const whole = inverseErrors(hessian(problem), approximate, RULE, gradients);
    const parts = inverseErrors(hessianOperator(problem), approximate, RULE, batches);
    expect(parts.perVector.length).toBe(9);
    expect(Math.abs(parts.mean - whole.mean)).toBeLessThanOrEqual(1e-9 * whole.mean);
  });

  test('leaves out vectors of norm zero and counts them; tiny vectors are not zero', () => {
    const v = Matrix.of([
      [0, 0],
      [1e-200, 0],
    ]);
    const result = inverseErrors(diagonal(2, 3), diagonal(1, 3), RULE, v);
    expect(result.skipped).toBe(1);
    expect(Array.from(result.perVector)).toEqual([1]);
    expect(() => inverseErrors(diagonal(2, 3), diagonal(1, 3), RULE, new Matrix(2, 2))).toThrow(DomainError);
    expect(() => inverseErrors(diagonal(2, 3), diagonal(1, 3), RULE, new Matrix(2, 3))).toThrow(ShapeError);
  });
});

describe('error shares', () => {
  test('sum to 1 and follow the ladder', () => {
    const errors = { hessian: 0.1, ggn: 0.2, 'block-ggn': 0.5, ekfac: 0.4, kfac: 1.1 };
    const shares = errorShares(errors);
    expect(LADDER_STEPS.map((step) => shares[step])).toEqual(
      [0.1, 0.3, -0.1, 0.7].map((v) => expect.closeTo(v, 14)),
    );
  });

  test('of a network: the five errors of Eq. 9', () => {
    const exact = hessian(problem);
    const errors = LADDER.map((kind) =>
      inverseError(exact, CURVATURES[kind].build(problem), RULE, gradients),
    );
    const [h, g, bg, ek, k] = errors;
    const shares = errorShares({ hessian: h, ggn: g, 'block-ggn': bg, ekfac: ek, kfac: k });
    expect(LADDER_STEPS.reduce((total, step) => total + shares[step], 0)).toBeCloseTo(1, 12);
    expect(h).toBeLessThan(Math.min(g, bg, ek, k));
  });

  test('no gap, no shares', () => {
    const shares = errorShares({ hessian: 1, ggn: 1, 'block-ggn': 1, ekfac: 1, kfac: 1 });
    expect(LADDER_STEPS.every((step) => Number.isNaN(shares[step]))).toBe(true);
  });
});

describe('residual and cross-layer mass (Eq. 14, 15)', () => {
  test('by hand', () => {
    expect(residualMass(Matrix.diagonal([3, 4]), Matrix.diagonal([3, 0]))).toBe(0.8);
    const g = Matrix.of([
      [1, 2],
      [2, 4],
    ]);
    expect(crossLayerMass(g, Matrix.diagonal([1, 4]))).toBeCloseTo(Math.sqrt(8) / 5, 15);
    expect(residualMass(new Matrix(2, 2), new Matrix(2, 2))).toBe(0);
    expect(() => residualMass(g, new Matrix(1, 1))).toThrow(ShapeError);
  });

  test('0 for softmax regression, which is one layer and has no residual', () => {
    const softmax = randomProblem({ sizes: [4, 3], activation: 'identity', examples: 9 });
    const g = ggnMatrix(softmax);
    expect(residualMass(hessianMatrix(softmax), g)).toBeLessThan(64 * EPS);
    expect(crossLayerMass(g, CURVATURES['block-ggn'].matrix(softmax))).toBe(0);
    expect(
      crossLayerMass(g, CURVATURES['block-ggn'].matrix(softmax, { partition: 'tensor' })),
    ).toBeGreaterThan(0.01);
  });
});

describe('eigenvalue overlap (Eq. 16, 17)', () => {
  test('by hand: sorted spectra, blocks weighted by their size', () => {
    const blocks = (small: number[], large: number[]): EigenOperator =>
      new EigenOperator(
        new BlockBasis([
          { indices: Int32Array.of(0, 3), basis: new DenseBasis(Matrix.identity(2)) },
          { indices: Int32Array.of(1, 2, 4), basis: new DenseBasis(Matrix.identity(3)) },
        ]),
        Float64Array.of(small[0], large[0], large[1], small[1], large[2]),
      );
    const exact = blocks([3, 4], [1, 2, 2]);
    // first block: (4, 3) sorts to the same, overlap 1; second: gap (0, 0, 3) over norm 3, overlap 0.
    expect(eigenvalueOverlap(blocks([4, 3], [5, 2, 1]), exact)).toBeCloseTo(2 / 5, 15);
    expect(eigenvalueOverlap(exact, exact)).toBe(1);
    expect(() => eigenvalueOverlap(diagonal(1, 2, 3, 4, 5), exact)).toThrow(ShapeError);
  });

  test('EK-FAC is not below K-FAC on a network, and exact where K-FAC is', () => {
    const exact = blockGgn(problem);
    expect(eigenvalueOverlap(ekfac(problem), exact)).toBeGreaterThan(eigenvalueOverlap(kfac(problem), exact));
    const linear = randomProblem({
      sizes: [3, 4, 2],
      loss: 'squared-error',
      activation: 'identity',
      examples: 9,
    });
    expect(eigenvalueOverlap(kfac(linear), blockGgn(linear))).toBeCloseTo(1, 12);
  });
});

describe('eigenbasis overlap (Eq. 18)', () => {
  /** A rotation by `angle` in the plane of coordinates 0 and 1. */
  function rotated(angle: number, ...values: number[]): EigenOperator {
    const q = Matrix.identity(values.length);
    q.set(0, 0, Math.cos(angle));
    q.set(0, 1, -Math.sin(angle));
    q.set(1, 0, Math.sin(angle));
    q.set(1, 1, Math.cos(angle));
    return new EigenOperator(new DenseBasis(q), Float64Array.from(values));
  }

  test('by hand: the squared cosine of the angle between the top vectors', () => {
    const exact = diagonal(5, 1, 0.5, 0.2, 0.1);
    expect(basisOverlap(rotated(0.3, 5, 1, 0.5, 0.2, 0.1), exact)).toBeCloseTo(Math.cos(0.3) ** 2, 14);
    expect(basisOverlap(rotated(0.3, 5, 1, 0.5, 0.2, 0.1), exact, 0.4)).toBeCloseTo(1, 14); // the same plane
    expect(basisOverlap(diagonal(1, 5, 0.5, 0.2, 0.1), exact)).toBe(0);
    expect(basisOverlap(exact, exact, 1)).toBeCloseTo(1, 15);
  });

  test('at most 1, and 1 where K-FAC is exact', () => {
    const overlap = basisOverlap(kfac(problem), blockGgn(problem));
    expect(overlap).toBeGreaterThan(0);
    expect(overlap).toBeLessThan(1);
    const linear = randomProblem({
      sizes: [3, 4, 2],
      loss: 'squared-error',
      activation: 'identity',
      examples: 9,
    });
    expect(basisOverlap(kfac(linear), blockGgn(linear))).toBeCloseTo(1, 10);
  });

  test('the fraction is checked', () => {
    for (const fraction of [0, -1, 1.5, Number.NaN])
      expect(() => basisOverlap(diagonal(1), diagonal(1), fraction)).toThrow(DomainError);
  });
});
