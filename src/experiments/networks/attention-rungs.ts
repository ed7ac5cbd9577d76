/** @file Curvatures around the Kronecker step of attention: queries, keys and values apart, and sums of two Kronecker products. */
import type { GraphNetwork } from '../../autodiff/index.ts';
import { blockEigenOperator } from '../../curvature/block-ggn.ts';
import {
  blockGgnMatrices,
  type CurvatureBlock,
  type EigenOperator,
  eigenOfFactors,
  ekfacInBasis,
  kroneckerFactors,
  type ParameterBlock,
  type Problem,
} from '../../curvature/index.ts';
import { Matrix, matmul, type SymmetricEigen, symmetricEigen, syrk } from '../../linalg/index.ts';

/** What is done otherwise than on the ladder. */
export type Variation = 'apart' | 'sum';

/** Kronecker products of a sum. */
export const TERMS = 2;

/** The curvature of a variation. @param kind - What it varies. */
export function variedOperator(
  variation: Variation,
  kind: 'block-ggn' | 'ekfac',
  problem: Problem,
): EigenOperator {
  if (variation === 'sum') return sumsOfProducts(problem);
  return kind === 'block-ggn' ? blockGgnApart(problem) : ekfacApart(problem);
}

/** The block-GGN without what couples queries, keys and values of a layer, which makes them layers of their own. */
function blockGgnApart(problem: Problem): EigenOperator {
  const model = problem.model as GraphNetwork;
  const blocks = blockGgnMatrices(problem);
  for (const { block, matrix } of blocks) {
    const size = matrix.rows / partsOf(model, block); // rows of q, k and v follow each other, and so do their parameters
    for (let i = 0; i < matrix.rows; i++)
      for (let j = 0; j < matrix.cols; j++)
        if (Math.floor(i / size) !== Math.floor(j / size)) matrix.set(i, j, 0);
  }
  return blockEigenOperator(model.parameterCount, blocks);
}

/**
 * EK-FAC (expand) with queries, keys and values as layers of their own: their inputs are the same, so all that changes is the basis of the outputs,
 * of which no vector has a part in two of them.
 */
function ekfacApart(problem: Problem): EigenOperator {
  const model = problem.model as GraphNetwork;
  const factors = kroneckerFactors(problem, { kfac: 'expand' });
  const joint = eigenOfFactors(factors);
  const blocks = joint.map((eigen, b) => {
    const parts = partsOf(model, eigen.block);
    return parts === 1 ? eigen : { ...eigen, left: apart(factors[b].gradientCovariance, parts) };
  });
  return ekfacInBasis(problem, blocks, { kfac: 'expand' });
}

/**
 * Every block of the GGN as the nearest sum of Kronecker products (Van Loan and Pitsianis 1993), from the block itself: the library's `kroneckerSum`, which
 * forms no block, is of networks without shared weights. Scale and shift of norms stay exact. Of the sum, which may be indefinite, the nearest psd matrix.
 */
function sumsOfProducts(problem: Problem): EigenOperator {
  const model = problem.model as GraphNetwork;
  const blocks = blockGgnMatrices(problem).map((one) =>
    model.sites[one.block.layer].kronecker ? { ...one, matrix: nearestSum(one) } : one,
  );
  const operator = blockEigenOperator(model.parameterCount, blocks);
  for (const [k, value] of operator.values.entries()) operator.values[k] = Math.max(0, value);
  return operator;
}

/** R[(r, p), (c, q)] = B[(r, c), (p, q)], projected on its leading right singular vectors, and back. */
function nearestSum({ block: { rows, cols }, matrix }: CurvatureBlock): Matrix {
  const rearranged = new Matrix(rows * rows, cols * cols);
  const each = (place: (inBlock: number, inRearranged: number) => void): void => {
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < cols; c++)
        for (let p = 0; p < rows; p++)
          for (let q = 0; q < cols; q++)
            place((r * cols + c) * rows * cols + p * cols + q, (r * rows + p) * cols * cols + c * cols + q);
  };
  each((from, to) => {
    rearranged.data[to] = matrix.data[from];
  });
  const { vectors } = symmetricEigen(syrk(rearranged, { transpose: true })); // ascending
  const last = vectors.cols - Math.min(TERMS, vectors.cols);
  const leading = new Matrix(vectors.rows, vectors.cols - last);
  for (let i = 0; i < leading.rows; i++) leading.row(i).set(vectors.row(i).subarray(last));
  const projected = matmul(matmul(rearranged, leading), leading, { transposeB: true });
  const sum = new Matrix(matrix.rows, matrix.cols);
  each((to, from) => {
    sum.data[to] = projected.data[from];
  });
  return symmetrised(sum);
}

/** Rounding taken out. */
function symmetrised(a: Matrix): Matrix {
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < i; j++) {
      const mean = (a.at(i, j) + a.at(j, i)) / 2;
      a.set(i, j, mean);
      a.set(j, i, mean);
    }
  return a;
}

/** Eigenpairs of the diagonal blocks of a matrix, as many of one size. */
function apart(matrix: Matrix, parts: number): SymmetricEigen {
  const size = matrix.rows / parts;
  const values = new Float64Array(matrix.rows);
  const vectors = new Matrix(matrix.rows, matrix.cols);
  for (let part = 0; part < parts; part++) {
    const first = part * size;
    const own = new Matrix(size, size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) own.set(i, j, matrix.at(first + i, first + j));
    const eigen = symmetricEigen(own);
    values.set(eigen.values, first);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) vectors.set(first + i, first + j, eigen.vectors.at(i, j));
  }
  return { values, vectors };
}

/** 3 of the linear layer that makes queries, keys and values, 1 of another. */
function partsOf({ layers, sites }: GraphNetwork, { layer }: ParameterBlock): 1 | 3 {
  return layers[sites[layer].block].name.endsWith('.qkv') ? 3 : 1;
}
