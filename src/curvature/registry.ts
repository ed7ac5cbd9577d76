/** @file The five curvatures by name: tests, benchmarks, the command line and the figures loop over this table. */
import type { Matrix } from '../linalg/matrix.ts';
import { blockGgn, blockGgnMatrices } from './block-ggn.ts';
import type { EigenOperator } from './eigen-operator.ts';
import { ekfac } from './ekfac.ts';
import { ggn, ggnMatrix } from './ggn.ts';
import { hessian, hessianMatrix } from './hessian.ts';
import { kfac } from './kfac.ts';
import { assembleBlocks } from './partition.ts';
import { asProblem, type CurvatureOptions, type ProblemInput } from './problem.ts';

/** One line of the table. */
export interface Curvature {
  /** For tables and figures. */
  readonly label: string;
  /** Known by construction. */
  readonly structure: 'symmetric' | 'psd';
  /** The curvature of a problem, ready to be applied and inverted. */
  readonly build: (problem: ProblemInput, options?: CurvatureOptions) => EigenOperator;
  /** The same as a matrix [D, D] in θ's order; without an eigendecomposition of size D where there is a way. */
  readonly matrix: (problem: ProblemInput, options?: CurvatureOptions) => Matrix;
}

/**
 * Every curvature, from exact to cheap: each step of the ladder makes one more assumption.
 * A sixth one is a new file, a new line here, and nothing else.
 *
 * @example CURVATURES['ekfac'].build(problem, { partition: 'tensor' });
 */
export const CURVATURES: Record<CurvatureKind, Curvature> = {
  hessian: { label: 'Hessian', structure: 'symmetric', build: hessian, matrix: (p) => hessianMatrix(p) },
  ggn: { label: 'GGN', structure: 'psd', build: ggn, matrix: (p, options) => ggnMatrix(p, options?.fisher) },
  'block-ggn': { label: 'Block-GGN', structure: 'psd', build: blockGgn, matrix: blockGgnDense },
  ekfac: {
    label: 'EK-FAC',
    structure: 'psd',
    build: ekfac,
    matrix: (p, options) => ekfac(p, options).toDense(),
  },
  kfac: { label: 'K-FAC', structure: 'psd', build: kfac, matrix: (p, options) => kfac(p, options).toDense() },
};

export type CurvatureKind = 'hessian' | 'ggn' | 'block-ggn' | 'ekfac' | 'kfac';

/** The names in the order of the ladder. */
export const CURVATURE_KINDS: readonly CurvatureKind[] = ['hessian', 'ggn', 'block-ggn', 'ekfac', 'kfac'];

function blockGgnDense(problem: ProblemInput, options?: CurvatureOptions): Matrix {
  const blocks = blockGgnMatrices(problem, options);
  return assembleBlocks(
    asProblem('blockGgn', problem).model.parameterCount,
    blocks.map(({ block }) => block),
    blocks.map(({ matrix }) => matrix),
  );
}
