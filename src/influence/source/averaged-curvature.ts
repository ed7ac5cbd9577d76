/** @file The curvature of a segment: that of its checkpoints, averaged within each family in its own way. */
import { blockEigenOperator, blockGgnMatrices } from '../../curvature/block-ggn.ts';
import { decompose } from '../../curvature/decompose.ts';
import { EigenOperator } from '../../curvature/eigen-operator.ts';
import { ekfacInBasis } from '../../curvature/ekfac.ts';
import { kroneckerProductOperator } from '../../curvature/kfac.ts';
import { eigenOfFactors } from '../../curvature/kronecker-eigen.ts';
import { type KroneckerFactors, kroneckerFactors } from '../../curvature/kronecker-factors.ts';
import {
  asProblem,
  type CurvatureOptions,
  checkCurvatureOptions,
  type Problem,
  type ProblemInput,
} from '../../curvature/problem.ts';
import { CURVATURE_KINDS, CURVATURES, type CurvatureKind } from '../../curvature/registry.ts';
import { checkOneOf } from '../../linalg/border/arguments.ts';
import { asList, checkInstance } from '../../linalg/border/instances.ts';
import { ShapeError } from '../../linalg/errors.ts';
import { Matrix } from '../../linalg/matrix.ts';

/** A curvature by name, or anything that makes one operator of the problems at a segment's checkpoints. */
export type SegmentCurvature = CurvatureKind | ((problems: readonly Problem[]) => EigenOperator);

/** What may be told about the curvature; all eigenvectors are needed. */
export type SegmentCurvatureOptions = Omit<CurvatureOptions, 'keepAbove'>;

/**
 * The mean curvature of several problems that differ in θ only.
 *
 * - `hessian`, `ggn`, `block-ggn`, and any curvature that is not named here: the mean of the matrices, decomposed.
 * - `ekfac`: the factors A and G are averaged, which gives the basis; σ* is the mean over the problems of diag(UᵀBU) in that
 *   basis, the best diagonal for the mean block-GGN.
 * - `kfac`: the factors are averaged. The product of the means is not the mean of the products.
 *
 * @param given - The problems, at least one; same model, loss and data. One problem gives the bits of `CURVATURES[kind].build`.
 * @throws {ShapeError} no problem. Otherwise as the builder. Cost: one build per problem, but one eigendecomposition in all.
 * Reference: Bae et al. 2024, §3 and App. D (EK-FAC averaged over checkpoints); Wang et al. 2025, App. B.4.
 * @example averagedCurvature('ekfac', checkpoints.map(({ theta }) => ({ model, loss, theta, data })));
 */
export function averagedCurvature(
  curvature: SegmentCurvature,
  given: readonly ProblemInput[],
  options: SegmentCurvatureOptions = {},
): EigenOperator {
  const where = 'averagedCurvature';
  checkCurvatureOptions(where, options);
  const problems = asList(where, 'problems', given, 'problems').map((problem) => asProblem(where, problem));
  if (problems.length === 0) throw new ShapeError(where, 'problems', 'at least one', 'none');
  if (typeof curvature === 'function') {
    const made = curvature(problems);
    checkInstance(where, 'the result of curvature', made, EigenOperator, 'an EigenOperator');
    return made;
  }
  checkOneOf(where, 'curvature', curvature, CURVATURE_KINDS);
  const [first] = problems;
  const size = first.model.parameterCount;
  for (const { model } of problems)
    if (model.parameterCount !== size)
      throw new ShapeError(where, 'problems', `of ${size} parameters each`, `one of ${model.parameterCount}`);
  if (problems.length === 1) return CURVATURES[curvature].build(first, options);
  switch (curvature) {
    case 'block-ggn': {
      const all = problems.map((problem) => blockGgnMatrices(problem, options));
      const blocks = all[0].map(({ block }, b) => ({
        block,
        matrix: meanMatrix(all, (own) => own[b].matrix),
      }));
      return blockEigenOperator(size, blocks);
    }
    case 'kfac':
      return kroneckerProductOperator(size, eigenOfFactors(averagedFactors(problems, options)));
    case 'ekfac': {
      const blocks = eigenOfFactors(averagedFactors(problems, options));
      const operators = problems.map((problem) => ekfacInBasis(problem, blocks, options));
      const rows = meanMatrix(operators, ({ values }) => new Matrix(1, size, values.slice()));
      return new EigenOperator(operators[0].basis, rows.data, { structure: 'psd' });
    }
    default: {
      const { structure, matrix } = CURVATURES[curvature];
      const mean = meanMatrix(problems, (problem) => matrix(problem, options));
      return decompose(mean, { structure, overwrite: true });
    }
  }
}

/** Factor by factor; blocks that share a factor share its mean. */
function averagedFactors(
  problems: readonly Problem[],
  options: SegmentCurvatureOptions,
): readonly KroneckerFactors[] {
  const all = problems.map((problem) => kroneckerFactors(problem, options));
  const known = new Map<Matrix, Matrix>();
  const mean = (of: (factors: readonly KroneckerFactors[]) => Matrix): Matrix => {
    const key = of(all[0]);
    const made = known.get(key) ?? meanMatrix(all, of);
    known.set(key, made);
    return made;
  };
  return all[0].map(({ block }, b) => ({
    block,
    gradientCovariance: mean((own) => own[b].gradientCovariance),
    inputCovariance: mean((own) => own[b].inputCovariance),
  }));
}

/** Σ / n, added in order, in a matrix of its own. */
function meanMatrix<T>(items: readonly T[], of: (item: T) => Matrix): Matrix {
  const sum = of(items[0]).clone();
  for (const item of items.slice(1)) {
    const { data } = of(item);
    for (let i = 0; i < data.length; i++) sum.data[i] += data[i];
  }
  for (let i = 0; i < sum.data.length; i++) sum.data[i] /= items.length;
  return sum;
}
