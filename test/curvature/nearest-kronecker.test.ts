/** @file Kronecker approximations of GGN blocks against the SVD of the explicitly rearranged block, and in closed form. */
import { describe, expect, test } from 'vitest';
import { blockGgnMatrices } from '../../src/curvature/block-ggn.ts';
import { blockSamples, fromHalfVector, halfVector } from '../../src/curvature/block-samples.ts';
import { kfac } from '../../src/curvature/kfac.ts';
import { kroneckerFactors } from '../../src/curvature/kronecker-factors.ts';
import {
  kroneckerSum,
  kroneckerSumOperator,
  kroneckerSumProducts,
} from '../../src/curvature/kronecker-sum.ts';
import { nearestKronecker, nearestKroneckerFactors } from '../../src/curvature/nearest-kronecker.ts';
import { assembleBlocks } from '../../src/curvature/partition.ts';
import { symmetricEigen } from '../../src/linalg/eigen/symmetric-eigen.ts';
import { svd } from '../../src/linalg/factorisations/svd.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { conjugateGradientRows } from '../../src/linalg/operators/conjugate-gradient.ts';
import { kron } from '../../src/linalg/operators/kronecker.ts';
import { shiftedOperator } from '../../src/linalg/operators/operator.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose } from '../helpers/close.ts';
import { randomProblem } from '../helpers/problems.ts';
import { distance, rearrange } from './rearranged.ts';

const problem = randomProblem({ sizes: [5, 4, 3], examples: 40, seed: 3 });
const uneven = randomProblem({ sizes: [2, 6, 4], examples: 300, seed: 4, activation: 'relu' });

describe('the examples of a block', () => {
  for (const partition of ['layer', 'tensor'] as const)
    test(`rearrange it as its matrix says, by ${partition}`, () => {
      const blocks = blockGgnMatrices(problem, { partition });
      for (const [b, samples] of blockSamples(problem, { partition, batch: 7 }).entries()) {
        const dense = rearrange(blocks[b]);
        const { rows, cols } = samples.block;
        const half = samples.rearranged();
        const scale = frobenius(dense);
        expect(Math.abs(frobenius(half) - scale)).toBeLessThan(64 * Number.EPSILON * scale);
        const symmetric = (n: number, seed: number): Matrix => {
          const x = rng(seed, 'x').fillNormal(new Float64Array((n * (n + 1)) / 2));
          return fromHalfVector(x, n);
        };
        const a = symmetric(cols, 1);
        const g = symmetric(rows, 2);
        const apply = (m: Matrix, x: Matrix): Float64Array =>
          Float64Array.from({ length: m.rows }, (_, i) =>
            m.row(i).reduce((sum, v, k) => sum + v * x.data[k], 0),
          );
        const tolerance = { atol: 256 * Number.EPSILON * scale * frobenius(a) };
        expectClose(samples.gradientMoment(a).data, apply(dense, a), tolerance);
        const turned = new Matrix(cols * cols, rows * rows);
        for (let i = 0; i < dense.rows; i++)
          for (let j = 0; j < dense.cols; j++) turned.set(j, i, dense.at(i, j));
        expectClose(samples.inputMoment(g).data, apply(turned, g), {
          atol: 256 * Number.EPSILON * scale * frobenius(g),
        });
        expectClose(
          apply(half, new Matrix(half.cols, 1, halfVector(a))),
          halfVector(samples.gradientMoment(a)),
          tolerance,
        );
        const v = rng(3, 'v').fillNormal(new Float64Array(2 * rows * cols));
        const rowsOf = new Matrix(2, rows * cols, v);
        for (let i = 0; i < 2; i++)
          expectClose(
            samples.applyRows(rowsOf).row(i),
            apply(blocks[b].matrix, new Matrix(rows * cols, 1, rowsOf.row(i))),
            {
              atol: 512 * Number.EPSILON * scale,
            },
          );
      }
    });

  test('half-vectors keep inner products', () => {
    const a = Matrix.of([
      [1, 2],
      [2, 3],
    ]);
    const b = Matrix.of([
      [5, -1],
      [-1, 4],
    ]);
    const product = halfVector(a).reduce((sum, x, k) => sum + x * halfVector(b)[k], 0);
    expect(product).toBeCloseTo(5 - 2 - 2 + 12, 13);
    expectMatrixClose(fromHalfVector(halfVector(a), 2), a, { atol: 1e-15 });
  });
});

describe('the nearest Kronecker product', () => {
  for (const [name, p] of [
    ['two layers', problem],
    ['uneven', uneven],
  ] as const)
    test(`is the leading singular pair of the rearranged block: ${name}`, () => {
      const blocks = blockGgnMatrices(p);
      for (const [b, { gradientCovariance: g, inputCovariance: a }] of nearestKroneckerFactors(p).entries()) {
        const { u, values, v } = svd(rearrange(blocks[b]));
        const leading = kron(
          new Matrix(
            g.rows,
            g.rows,
            u.column(0).map((x) => x * values[0]),
          ),
          new Matrix(a.rows, a.rows, v.column(0)),
        );
        expectMatrixClose(kron(g, a), leading, { atol: 1e-8 * values[0] });
        expect(frobenius(g)).toBeCloseTo(frobenius(a), 12);
        const squares = values.reduce((sum, s) => sum + s * s, 0);
        expect(distance(blocks[b].matrix, kron(g, a))).toBeCloseTo(Math.sqrt(squares - values[0] ** 2), 10);
      }
    });

  test('has symmetric positive semidefinite factors', () => {
    for (const { gradientCovariance, inputCovariance } of nearestKroneckerFactors(uneven))
      for (const factor of [gradientCovariance, inputCovariance]) {
        for (let i = 0; i < factor.rows; i++)
          for (let j = 0; j < i; j++) expect(factor.at(i, j)).toBe(factor.at(j, i));
        const { values } = symmetricEigen(factor);
        expect(values[0]).toBeGreaterThanOrEqual(-16 * Number.EPSILON * values[values.length - 1]);
      }
  });

  test('is closer than K-FAC, and K-FAC itself where the block is a Kronecker product', () => {
    for (const p of [problem, uneven]) {
      const blocks = blockGgnMatrices(p);
      const nearest = nearestKroneckerFactors(p);
      for (const [b, { gradientCovariance: g, inputCovariance: a }] of kroneckerFactors(p).entries()) {
        const { gradientCovariance, inputCovariance } = nearest[b];
        const own = distance(blocks[b].matrix, kron(gradientCovariance, inputCovariance));
        expect(own).toBeLessThan(distance(blocks[b].matrix, kron(g, a)));
      }
    }
    // deep linear networks under squared error, and single examples: every block is a Kronecker product (Bernacchia et al. 2018)
    const linear = randomProblem({
      sizes: [4, 3, 2],
      activation: 'identity',
      loss: 'squared-error',
      examples: 9,
    });
    const single = randomProblem({ sizes: [4, 3, 2], examples: 1 });
    for (const p of [linear, single])
      for (const partition of ['layer', 'tensor'] as const) {
        const exact = kfac(p, { partition });
        const scale = exact.frobeniusNorm();
        expectMatrixClose(nearestKronecker(p, { partition }).toDense(), exact.toDense(), {
          atol: 64 * Number.EPSILON * scale,
        });
      }
  });

  test('of a block of zeros is zero', () => {
    const data = { inputs: new Matrix(3, 2), targets: new Matrix(3, 2) };
    const dead = { ...randomProblem({ sizes: [2, 3, 2], activation: 'relu', loss: 'squared-error' }), data };
    for (let k = 0; k < 9; k++) dead.theta[k] = -1; // no unit of the first layer is active
    const [first] = nearestKroneckerFactors(dead);
    expect(frobenius(first.gradientCovariance)).toBe(0);
    expect(frobenius(first.inputCovariance)).toBe(0);
  });
});

describe('sums of Kronecker products', () => {
  test('are truncated singular value decompositions of the rearranged block', () => {
    const blocks = blockGgnMatrices(uneven);
    for (const terms of [1, 2, 3])
      for (const [b, sum] of kroneckerSum(uneven, { terms }).entries()) {
        const { values } = svd(rearrange(blocks[b]));
        expectClose(sum.singularValues, values.slice(0, terms), { atol: 1e-8 * values[0] });
        const built = addKronecker(sum.terms);
        const tail = Math.sqrt(values.slice(terms).reduce((total, s) => total + s * s, 0));
        expect(Math.abs(distance(blocks[b].matrix, built) - tail)).toBeLessThan(1e-10 * values[0]);
      }
  });

  test('with Lanczos give what the formed matrix gives', () => {
    const p = randomProblem({ sizes: [30, 24, 3], examples: 60, seed: 8 }); // 300 pairs of units: Lanczos for one or two terms
    const blocks = blockGgnMatrices(p);
    const two = kroneckerSum(p, { terms: 2 })[0];
    const many = kroneckerSum(p, { terms: 60 })[0];
    expectClose(two.singularValues, many.singularValues.slice(0, 2), { rtol: 1e-9 });
    expectMatrixClose(addKronecker(two.terms), addKronecker(many.terms.slice(0, 2)), {
      atol: 1e-8 * two.singularValues[0],
    });
    // 60 examples, 60 terms: nothing is left of the block
    expect(distance(blocks[0].matrix, addKronecker(many.terms))).toBeLessThan(
      1e-7 * frobenius(blocks[0].matrix),
    );
  });

  test('at full rank recover the block, and never have more terms', () => {
    const blocks = blockGgnMatrices(problem);
    for (const [b, { terms }] of kroneckerSum(problem, { terms: 1000 }).entries()) {
      const { rows, cols } = blocks[b].block;
      const short = Math.min(rows, cols);
      expect(terms.length).toBe((short * (short + 1)) / 2);
      const scale = frobenius(blocks[b].matrix);
      expectMatrixClose(addKronecker(terms), blocks[b].matrix, {
        atol: 64 * rows * cols * Number.EPSILON * scale,
      });
    }
  });

  test('as a curvature are the nearest psd matrix, solved alike by eigenvectors and conjugate gradients', () => {
    const sums = kroneckerSum(uneven, { terms: 2 });
    const size = uneven.model.parameterCount;
    const operator = kroneckerSumOperator(uneven, { terms: 2 });
    const dense = assembleBlocks(
      size,
      sums.map(({ block }) => block),
      sums.map(({ terms }) => addKronecker(terms)),
    );
    const products = kroneckerSumProducts(size, sums);
    expectMatrixClose(products.toDense(), dense, { atol: 64 * Number.EPSILON * frobenius(dense) });
    const { values, vectors } = symmetricEigen(dense);
    expect(values[0]).toBeLessThan(-1e-6); // an artefact of truncation, which the operator does without
    expect(operator.values.every((sigma) => sigma >= 0)).toBe(true);
    const clipped = new Matrix(size, size);
    for (let k = 0; k < size; k++)
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++)
          clipped.data[i * size + j] += Math.max(0, values[k]) * vectors.at(i, k) * vectors.at(j, k);
    expectMatrixClose(operator.toDense(), clipped, { atol: 1e-13 * values[size - 1] * size });
    const lambda = 1.5 * Math.abs(values[0]) + 1e-3;
    const b = new Matrix(2, size, rng(1, 'b').fillNormal(new Float64Array(2 * size)));
    const solved = conjugateGradientRows(shiftedOperator(products, lambda), b, {
      preconditioner: nearestKronecker(uneven).inverse({ kind: 'damped', lambda }),
      rtol: 1e-12,
    });
    const shifted = symmetricEigen(dense);
    for (let q = 0; q < 2; q++) {
      const expected = new Float64Array(size);
      for (let k = 0; k < size; k++) {
        const v = shifted.vectors.column(k);
        const c = v.reduce((total, x, i) => total + x * b.at(q, i), 0) / (shifted.values[k] + lambda);
        for (let i = 0; i < size; i++) expected[i] += c * v[i];
      }
      expectClose(solved.x.row(q), expected, { atol: 1e-8 * Math.max(...expected.map(Math.abs)) });
    }
  });

  test('refuse fewer than one term', () => {
    expect(() => kroneckerSum(problem, { terms: 0 })).toThrow(/terms/);
  });
});

function addKronecker(terms: readonly { readonly left: Matrix; readonly right: Matrix }[]): Matrix {
  const parts = terms.map(({ left, right }) => kron(left, right));
  for (const part of parts.slice(1))
    for (let k = 0; k < part.data.length; k++) parts[0].data[k] += part.data[k];
  return parts[0];
}
