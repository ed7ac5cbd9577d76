/** @file How many numbers a method keeps to answer queries: the memory of its inverse, in doubles. */

import type { Site } from '../../../autodiff/index.ts';
import type { EigenOperator, InverseRule } from '../../../curvature/index.ts';
import { BlockBasis, KroneckerBasis, type OrthogonalBasis } from '../../../linalg/index.ts';

/**
 * Basis and inverse eigenvalues, without the vectors that the rule sends to zero where they can be left out: a dense basis of n
 * parameters keeps n numbers per vector, a Kronecker basis its two factors. K-FAC's eigenvalues are those of its factors.
 */
export function storedNumbers(operator: EigenOperator, rule: InverseRule): number {
  const inverse = operator.inverseValues(rule);
  const kept = (coordinates: ArrayLike<number>): number =>
    Array.from(coordinates).filter((i) => inverse[i] !== 0).length;
  const count = (basis: OrthogonalBasis, coordinates: ArrayLike<number>): number => {
    if (basis instanceof KroneckerBasis) return basis.left.rows ** 2 + basis.right.rows ** 2;
    return basis.size * kept(coordinates);
  };
  const { basis, factors } = operator;
  const all = Array.from({ length: basis.width }, (_, i) => i);
  const vectors =
    basis instanceof BlockBasis
      ? basis.blocks.reduce(
          (sum, { basis: part, indices, coordinates = indices }) => sum + count(part, coordinates),
          0,
        )
      : count(basis, all);
  const values =
    factors === undefined
      ? kept(all)
      : factors.reduce((sum, { left, right }) => sum + left.length + right.length, 0);
  return vectors + values;
}

/** Triangles and couplings of the block Cholesky of a block-tridiagonal matrix. */
export function tridiagonalNumbers(layers: readonly Site[]): number {
  return layers.reduce(
    (sum, { size, index }) => sum + (size * (size + 1)) / 2 + size * (layers[index + 1]?.size ?? 0),
    0,
  );
}

/** The triangles of every pair of neighbouring layers and of every inner layer. */
export function chainNumbers(layers: readonly Site[]): number {
  const triangle = (n: number): number => (n * (n + 1)) / 2;
  if (layers.length === 1) return triangle(layers[0].size);
  const pairs = layers.slice(1).map(({ size, index }) => triangle(size + layers[index - 1].size));
  return [...pairs, ...layers.slice(1, -1).map(({ size }) => triangle(size))].reduce((a, b) => a + b, 0);
}
