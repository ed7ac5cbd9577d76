/** @file The eigen-operator of a symmetric matrix, complete or with the vectors of its kept spectrum only. */

import { checkBoolean, checkOneOf, checkOptions } from '../linalg/border/arguments.ts';
import { asMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import { checkNonNegative } from '../linalg/checks.ts';
import { symmetricEigen } from '../linalg/eigen/symmetric-eigen.ts';
import type { Matrix, Vec } from '../linalg/matrix.ts';
import { DenseBasis } from '../linalg/operators/basis.ts';
import { EigenOperator } from './eigen-operator.ts';

export interface DecomposeOptions {
  /** What is known by construction; `'symmetric'` when absent. */
  readonly structure?: 'symmetric' | 'psd';
  /** Compute the eigenvectors with |σ| > keepAbove only; all when absent. See {@link CurvatureOptions}. */
  readonly keepAbove?: number;
  /** true: the memory of the matrix is used as workspace, its contents are lost. Default false. */
  readonly overwrite?: boolean;
}

/**
 * A symmetric matrix in its own eigenbasis: how a curvature that was computed as a matrix becomes an operator.
 *
 * @param c - Symmetric, shape [n, n], not modified unless `overwrite`.
 * @returns σ ascending; with `keepAbove` the σ with a vector first, ascending, then the others, ascending.
 * @throws as {@link symmetricEigen}. Cost: one eigendecomposition, O(n³); see there for what `keepAbove` and `overwrite` save.
 * @example decompose(hessianMatrix(problem), { keepAbove: 1e-4 }).applyInverse(gradients, PAPER_RULE);
 */
export function decompose(c: MatrixInput, options: DecomposeOptions = {}): EigenOperator {
  const where = 'decompose';
  checkOptions(where, options, ['structure', 'keepAbove', 'overwrite']);
  if (options.keepAbove !== undefined) checkNonNegative(where, 'keepAbove', options.keepAbove);
  if (options.overwrite !== undefined) checkBoolean(where, 'overwrite', options.overwrite);
  const { structure = 'symmetric' } = options;
  checkOneOf(where, 'structure', structure, ['symmetric', 'psd']);
  const { vectors, values } = keptEigen(asMatrix(where, 'c', c), options);
  return new EigenOperator(new DenseBasis(vectors), values, { structure });
}

/** All n eigenvalues, those whose vectors were computed first. */
export function keptEigen(c: Matrix, options: DecomposeOptions = {}): { vectors: Matrix; values: Vec } {
  const { keepAbove: above, overwrite = false } = options;
  if (above === undefined) return symmetricEigen(c, { overwrite });
  const { values: kept, vectors, discarded = [] } = symmetricEigen(c, { overwrite, above, discarded: true });
  const values = new Float64Array(c.rows);
  values.set(kept);
  values.set(discarded, kept.length);
  return { vectors, values };
}
