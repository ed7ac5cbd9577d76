/** @file What Arnoldi influence computes before there is a query. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { asMatrix } from '../../linalg/border/matrix.ts';
import { asVector } from '../../linalg/border/vector.ts';
import { checkLength, checkShape } from '../../linalg/checks.ts';
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import type { LanczosStats } from '../../linalg/operators/lanczos.ts';

/** What is computed of the model and the training set: no query and no measurement takes part, nor does the damping. */
export interface ArnoldiFit {
  /** λ ascending, shape [k]. */
  readonly values: Vec;
  /** Y, one eigenvector per column, shape [D, k]. */
  readonly vectors: Matrix;
  /** ‖C y_i − λ_i y_i‖, shape [k]: some eigenvalue of C lies that close to λ_i. */
  readonly residuals: Vec;
  readonly stats: LanczosStats;
  /** Yᵀ∇L of the training examples, shape [N, k]. */
  readonly features: Matrix;
}

/** What the arrays must fit. */
export interface ArnoldiSizes {
  readonly parameters: number;
  /** k. */
  readonly rank: number;
  /** Training examples. */
  readonly n: number;
}

/**
 * A fit that was made or read elsewhere, held against the sizes that it is used with.
 *
 * @throws {ShapeError} | {DomainError} it is none, or one of other shapes.
 */
export function asArnoldiFit(
  where: string,
  fit: ArnoldiFit,
  { parameters, rank, n }: ArnoldiSizes,
): ArnoldiFit {
  checkObject(where, 'fit', fit);
  checkObject(where, 'stats', fit.stats);
  const values = asVector(where, 'values', fit.values);
  checkLength(where, 'values', values, rank);
  const residuals = asVector(where, 'residuals', fit.residuals);
  checkLength(where, 'residuals', residuals, rank);
  const vectors = asMatrix(where, 'vectors', fit.vectors);
  checkShape(where, 'vectors', vectors, parameters, rank);
  const features = asMatrix(where, 'features', fit.features);
  checkShape(where, 'features', features, n, rank);
  return { values, vectors, residuals, stats: fit.stats, features };
}
