/** @file Neighbouring layers coupled: against dense inverses, and the law of the chain. */
import { describe, expect, test } from 'vitest';
import { blockGgnMatrices } from '../../src/curvature/block-ggn.ts';
import {
  blockTridiagonal,
  blockTridiagonalInverse,
  chainInverse,
} from '../../src/curvature/block-tridiagonal.ts';
import { ggn, ggnBandMatrix, ggnMatrix } from '../../src/curvature/ggn.ts';
import { assembleBlocks } from '../../src/curvature/partition.ts';
import type { Problem } from '../../src/curvature/problem.ts';
import { symmetricEigen } from '../../src/linalg/eigen/symmetric-eigen.ts';
import { NotPositiveDefiniteError } from '../../src/linalg/errors.ts';
import { lu } from '../../src/linalg/factorisations/lu.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { expectMatrixClose } from '../helpers/close.ts';
import { randomProblem } from '../helpers/problems.ts';

const deep = randomProblem({ sizes: [4, 3, 5, 3, 2], examples: 30, seed: 2 });
const shallow = randomProblem({ sizes: [4, 3, 2], examples: 30, seed: 2 });

function layerOf({ model }: Problem, index: number): number {
  return model.sites.findIndex(({ offset, size }) => index < offset + size);
}

function inverse(a: Matrix, lambda = 0): Matrix {
  const shifted = a.clone();
  for (let i = 0; i < a.rows; i++) shifted.data[i * (a.rows + 1)] += lambda;
  return lu(shifted).solve(Matrix.identity(a.rows));
}

describe('the block-tridiagonal GGN', () => {
  test('is the GGN within its band and zero outside', () => {
    const full = ggnMatrix(deep);
    const blocks = blockGgnMatrices(deep);
    const diagonal = assembleBlocks(
      full.rows,
      blocks.map(({ block }) => block),
      blocks.map(({ matrix }) => matrix),
    );
    for (const [reach, band] of [0, 1, 2, 3].map((r) => [r, ggnBandMatrix(deep, r)] as const))
      for (let i = 0; i < full.rows; i++)
        for (let j = 0; j < full.rows; j++)
          expect(band.at(i, j)).toBe(
            Math.abs(layerOf(deep, i) - layerOf(deep, j)) <= reach ? full.at(i, j) : 0,
          );
    expectMatrixClose(ggnBandMatrix(deep, 0), diagonal, { atol: 0 });
    expectMatrixClose(blockTridiagonal(deep).toDense(), ggnBandMatrix(deep, 1), { atol: 1e-13 });
  });

  test('of two layers is the GGN', () => {
    expectMatrixClose(blockTridiagonal(shallow).toDense(), ggn(shallow).toDense(), { atol: 1e-14 });
  });

  test('is inverted by block Cholesky as a whole', () => {
    for (const problem of [deep, shallow, randomProblem({ sizes: [4, 3] })]) {
      const band = ggnBandMatrix(problem, 1);
      const lowest = symmetricEigen(band).values[0];
      const lambda = 1e-2 + Math.max(0, -lowest);
      const expected = inverse(band, lambda);
      const size = Math.max(...expected.data.map(Math.abs));
      const found = blockTridiagonalInverse(problem, lambda);
      expectMatrixClose(found.toDense(), expected, { atol: 1e-10 * size });
      const x = new Matrix(2, band.rows);
      x.data.fill(1);
      expectMatrixClose(
        found.applyRows(x),
        blockTridiagonal(problem).applyInverse(x, { kind: 'damped', lambda }),
        { atol: 1e-9 * size },
      );
    }
  });

  test('is refused where λ does not make it definite', () => {
    const lowest = symmetricEigen(ggnBandMatrix(deep, 1)).values[0];
    expect(lowest).toBeLessThan(-1e-4); // the band of a psd matrix need not be psd
    expect(() => blockTridiagonalInverse(deep, -lowest / 2)).toThrow(NotPositiveDefiniteError);
    expect(() => blockTridiagonalInverse(deep, -1)).toThrow(/lambda/);
  });
});

describe('the chain of layers', () => {
  test('agrees with the damped GGN within the band, has an inverse without anything outside, and is definite', () => {
    const lambda = 1e-2;
    const precision = chainInverse(deep, lambda).toDense();
    const covariance = inverse(precision);
    const full = ggnMatrix(deep);
    for (let i = 0; i < full.rows; i++)
      for (let j = 0; j < full.rows; j++) {
        const reach = Math.abs(layerOf(deep, i) - layerOf(deep, j));
        if (reach > 1) expect(precision.at(i, j)).toBe(0);
        else
          expect(Math.abs(covariance.at(i, j) - full.at(i, j) - (i === j ? lambda : 0))).toBeLessThan(1e-10);
      }
    expect(symmetricEigen(precision).values[0]).toBeGreaterThan(0);
  });

  test('of one or two layers is the damped inverse', () => {
    for (const problem of [shallow, randomProblem({ sizes: [4, 3] })]) {
      const expected = inverse(ggnMatrix(problem), 1e-2);
      expectMatrixClose(chainInverse(problem, 1e-2).toDense(), expected, { atol: 1e-9 });
    }
  });
});
