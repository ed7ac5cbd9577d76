/** @file The block-diagonal Gauss–Newton matrix: what is left of the GGN when blocks of parameters are decoupled. */

import type { Matrix, Vec } from '../linalg/matrix.ts';
import { type BasisBlock, BlockBasis, DenseBasis } from '../linalg/operators/basis.ts';
import type { Curvature } from './curvature.ts';
import { keptEigen } from './decompose.ts';
import { EigenOperator } from './eigen-operator.ts';
import { ggnLayerBlocks } from './ggn.ts';
import { blockOf, type ParameterBlock, partition, placeBlocks } from './partition.ts';
import {
  asCurvatureProblem,
  asProblem,
  type ChunkOptions,
  type CurvatureOptions,
  type ProblemInput,
} from './problem.ts';

/** A block of parameters and the curvature within it, shape [k, k]. */
export interface CurvatureBlock {
  readonly block: ParameterBlock;
  readonly matrix: Matrix;
}

/**
 * The diagonal blocks of the GGN; couplings between blocks are never computed.
 *
 * @param problem - Not modified. @param options - Fisher type and partition: `type-2` and `layer` when absent.
 * @returns blocks in the order of {@link partition}, each exactly symmetric.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ, data or an option are not valid.
 * Cost: N·Σ d_l² multiplications and additions over the layers' sizes d_l. Accuracy: as the GGN.
 * Reference: Hong et al. 2025, Better Hessians matter, §3.2.2.
 * @example blockGgnMatrices(problem, { partition: 'tensor' }).length; // 2 per layer: weight, bias
 */
export function blockGgnMatrices(
  problem: ProblemInput,
  options: CurvatureOptions & ChunkOptions = {},
): readonly CurvatureBlock[] {
  const checked = asCurvatureProblem('blockGgnMatrices', problem, options);
  const blocks = partition(checked.model, options.partition ?? 'layer');
  const layers = ggnLayerBlocks(checked, options.fisher, options);
  return blocks.map((block) => {
    const layer = checked.model.sites[block.layer];
    const within = block.indices.map((index) => index - layer.offset);
    return { block, matrix: blockOf(layers[layer.block], within) };
  });
}

/**
 * The block-GGN as one operator: eigenvectors of every block by itself, all of them or those with |σ| > `keepAbove`.
 * Cost: {@link blockGgnMatrices} and O(Σ d_b³).
 */
export function blockGgn(problem: ProblemInput, options: CurvatureOptions = {}): EigenOperator {
  const checked = asCurvatureProblem('blockGgn', problem, options);
  return blockEigenOperator(checked.model.parameterCount, blockGgnMatrices(checked, options), options);
}

/**
 * A block-diagonal matrix by the eigenvectors of its blocks, all of them or those with |σ| > `keepAbove`.
 *
 * @param size - Number of parameters. @param curvatures - Blocks that cover it once; their matrices are overwritten.
 */
export function blockEigenOperator(
  size: number,
  curvatures: readonly CurvatureBlock[],
  options: CurvatureOptions = {},
): EigenOperator {
  const blocks = curvatures.map(({ block, matrix }) => ({
    indices: block.indices,
    ...keptEigen(matrix, {
      overwrite: true,
      ...(options.keepAbove === undefined ? {} : { keepAbove: options.keepAbove }),
    }),
  }));
  const values: Vec = new Float64Array(size);
  let placed = 0; // with keepAbove: eigenvalues with a vector block after block, then those without
  const bases: BasisBlock[] = blocks.map(({ indices, vectors, values: own }) => {
    const start = placed;
    placed += vectors.cols;
    const coordinates = options.keepAbove === undefined ? indices : indices.map((_, k) => start + k);
    const used = coordinates.subarray(0, vectors.cols);
    for (const [k, at] of used.entries()) values[at] = own[k];
    return { indices, basis: new DenseBasis(vectors), coordinates: used };
  });
  for (const { vectors, values: own } of blocks) {
    values.set(own.subarray(vectors.cols), placed);
    placed += own.length - vectors.cols;
  }
  return new EigenOperator(new BlockBasis(bases), values, { structure: 'psd' });
}

/** Blocks apart. */
export const BLOCK_GGN: Curvature = {
  label: 'Block-GGN',
  structure: 'psd',
  reads: ['fisher', 'partition'],
  build: blockGgn,
  matrix(problem, options) {
    const blocks = blockGgnMatrices(problem, options);
    return placeBlocks(asProblem('blockGgn', problem).model.parameterCount, blocks);
  },
};
