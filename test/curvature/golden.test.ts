/** @file The five curvatures, both partitions and the empirical Fisher against NumPy and PyTorch. */
import { describe, expect, test } from 'vitest';
import { kroneckerFactors } from '../../src/curvature/kronecker-factors.ts';
import type { CurvatureOptions } from '../../src/curvature/problem.ts';
import { CURVATURES, type CurvatureKind } from '../../src/curvature/registry.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { relativeError } from '../helpers/close.ts';
import {
  blockDiagonal,
  blockSizes,
  columnsToTorch,
  fromLower,
  GOLDENS,
  type Golden,
  keepBlocks,
} from '../reference/golden.ts';

/** Norm-wise relative; the exact matrices are sums of products, those through an eigenbasis lose ε/gap more. */
const EXACT = 64 * Number.EPSILON;
const EIGEN = 1e-12;
const EMPIRICAL = { fisher: { kind: 'empirical' } } as const;

/** (G ⊗ A) of each layer in PyTorch's order; without the cross terms of weight and bias for `tensor`. */
function kroneckerReference({ file, model }: Golden, partition: 'layer' | 'tensor'): Matrix {
  const blocks = file.factors.map(({ a, g }) => {
    const outputs = g.length;
    const inputs = a.length - 1;
    const position = (r: number, c: number): number => (c < inputs ? r * inputs + c : outputs * inputs + r);
    const block = Matrix.zeros(outputs * a.length, outputs * a.length);
    for (let r = 0; r < outputs; r++)
      for (let c = 0; c <= inputs; c++)
        for (let p = 0; p < outputs; p++)
          for (let q = 0; q <= inputs; q++) block.set(position(r, c), position(p, q), g[r][p] * a[c][q]);
    return block;
  });
  return keepBlocks(blockDiagonal(blocks), blockSizes(model, partition));
}

for (const golden of GOLDENS)
  describe(golden.name, () => {
    const { file, model, loss, theta, data } = golden;
    const problem = { model, loss, theta, data };
    const ggn = fromLower(file.ggn);
    const layers = (blocks: readonly number[][]): Matrix => blockDiagonal(blocks.map(fromLower));

    /** Both forms of the curvature: assembled directly, and as Q diag(σ) Qᵀ. */
    function expectCurvature(
      kind: CurvatureKind,
      reference: Matrix,
      options: CurvatureOptions,
      direct: number,
    ): void {
      const { matrix, build } = CURVATURES[kind];
      expect(
        relativeError(columnsToTorch(model, matrix(problem, options), true).data, reference.data),
        'matrix',
      ).toBeLessThan(direct);
      const dense = columnsToTorch(model, build(problem, options).toDense(), true);
      expect(relativeError(dense.data, reference.data), 'eigen-operator').toBeLessThan(EIGEN);
    }

    test('Hessian', () => expectCurvature('hessian', fromLower(file.hessian), {}, EXACT));
    test('GGN', () => expectCurvature('ggn', ggn, {}, EXACT));
    test('empirical Fisher in the place of the GGN', () =>
      expectCurvature('ggn', fromLower(file.empiricalFisher), EMPIRICAL, EXACT));

    for (const partition of ['layer', 'tensor'] as const) {
      const sizes = blockSizes(model, partition);
      test(`block-GGN per ${partition}`, () =>
        expectCurvature('block-ggn', keepBlocks(ggn, sizes), { partition }, EXACT));
      test(`K-FAC per ${partition}`, () =>
        expectCurvature('kfac', kroneckerReference(golden, partition), { partition }, EIGEN));
      test(`EK-FAC per ${partition}`, () =>
        expectCurvature(
          'ekfac',
          layers(partition === 'layer' ? file.ekfacLayer : file.ekfacTensor),
          { partition },
          EIGEN,
        ));
    }

    test('block-GGN, K-FAC and EK-FAC of the empirical Fisher', () => {
      const blocks = keepBlocks(fromLower(file.empiricalFisher), blockSizes(model, 'layer'));
      expectCurvature('block-ggn', blocks, EMPIRICAL, EXACT);
      expectCurvature('kfac', layers(file.kfacEmpiricalLayer), EMPIRICAL, EIGEN);
      expectCurvature('ekfac', layers(file.ekfacEmpiricalLayer), EMPIRICAL, EIGEN);
    });

    test('Kronecker factors', () => {
      for (const [l, { inputCovariance, gradientCovariance }] of kroneckerFactors(problem).entries()) {
        expect(
          relativeError(inputCovariance.data, Matrix.of(file.factors[l].a).data),
          `A of layer ${l}`,
        ).toBeLessThan(EXACT);
        expect(
          relativeError(gradientCovariance.data, Matrix.of(file.factors[l].g).data),
          `G of layer ${l}`,
        ).toBeLessThan(EXACT);
      }
    });
  });
