/** @file What LoGra computes before there is a query. */
import type { Network } from '../../autodiff/network.ts';
import { checkObject } from '../../linalg/border/arguments.ts';
import { asList } from '../../linalg/border/instances.ts';
import { asMatrix } from '../../linalg/border/matrix.ts';
import { asVector } from '../../linalg/border/vector.ts';
import { checkLength, checkShape } from '../../linalg/checks.ts';
import { ShapeError } from '../../linalg/errors.ts';
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import type { LayerProjection, Side } from './layer-projections.ts';

/** What is computed of the model and the training set: no query and no measurement takes part. */
export interface LograFit {
  /** P_out and P_in of every block of θ, input side first; a side without a matrix stays as it is. */
  readonly projections: readonly LayerProjection[];
  /** λ_l. */
  readonly dampings: Vec;
  /** L_l of F_l + λ_l I = L_l L_lᵀ, [k_out k_in, k_out k_in] each. */
  readonly factors: readonly Matrix[];
  /** g̃ of the training examples, the blocks side by side, [N, Σ k_out k_in]. */
  readonly features: Matrix;
}

/**
 * A fit that was made or read elsewhere, held against the model, training set and length of a side that it is used with.
 *
 * @throws {ShapeError} | {DomainError} it is none, or one of other shapes.
 */
export function asLograFit(
  where: string,
  fit: LograFit,
  {
    model: { blocks },
    dimension,
    n,
  }: { readonly model: Network; readonly dimension: number; readonly n: number },
): LograFit {
  checkObject(where, 'fit', fit);
  const perBlock = <T>(name: string, list: readonly T[]): readonly T[] => {
    const given = asList(where, name, list, 'one per block of θ');
    if (given.length !== blocks.length)
      throw new ShapeError(where, name, `${blocks.length}, one per block of θ`, `${given.length}`);
    return given;
  };
  const side = (name: string, given: Side, length: number): Side => {
    checkObject(where, name, given);
    const rows = Math.min(length, dimension);
    if (length <= dimension) {
      if (given.matrix !== undefined)
        throw new ShapeError(where, name, `none for a side of ${length}`, 'one');
      return { rows, matrix: undefined };
    }
    const matrix = asMatrix(where, name, given.matrix as Matrix);
    checkShape(where, name, matrix, rows, length);
    return { rows, matrix };
  };
  const projections = perBlock('projections', fit.projections).map((given, b) => {
    checkObject(where, `projections[${b}]`, given);
    const { rows, cols } = blocks[b];
    return {
      left: side(`projections[${b}].left`, given.left, rows),
      right: side(`projections[${b}].right`, given.right, cols),
    };
  });
  const widths = projections.map(({ left, right }) => left.rows * right.rows);
  const factors = perBlock('factors', fit.factors).map((given, b) => {
    const lower = asMatrix(where, `factors[${b}]`, given);
    checkShape(where, `factors[${b}]`, lower, widths[b], widths[b]);
    return lower;
  });
  const dampings = asVector(where, 'dampings', fit.dampings);
  checkLength(where, 'dampings', dampings, blocks.length);
  const features = asMatrix(where, 'features', fit.features);
  const width = widths.reduce((total, w) => total + w, 0);
  checkShape(where, 'features', features, n, width);
  return { projections, factors, dampings, features };
}
