/** @file Every block of the GGN as a sum of a few Kronecker products, the best one in Frobenius norm. */
import { checkObject } from '../linalg/border/arguments.ts';
import { asList } from '../linalg/border/instances.ts';
import { asIntegers } from '../linalg/border/integers.ts';
import { asMatrix } from '../linalg/border/matrix.ts';
import { checkInteger, checkShape } from '../linalg/checks.ts';
import { symmetricEigen } from '../linalg/eigen/symmetric-eigen.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { kron, kroneckerApplyRows } from '../linalg/operators/kronecker.ts';
import { lanczos } from '../linalg/operators/lanczos.ts';
import { functionOperator, type LinearOperator } from '../linalg/operators/operator.ts';
import { syrk } from '../linalg/products.ts';
import { rng } from '../linalg/random/random.ts';
import { norm2 } from '../linalg/sum.ts';
import { blockEigenOperator } from './block-ggn.ts';
import { type BlockSamples, blockSamples, fromHalfVector, halfVector } from './block-samples.ts';
import type { EigenOperator } from './eigen-operator.ts';
import { pairCount } from './pair-products.ts';
import { checkBlock, type ParameterBlock } from './partition.ts';
import {
  asCurvatureProblem,
  type ChunkOptions,
  type CurvatureOptions,
  curvatureOptions,
  type ProblemInput,
} from './problem.ts';

export interface KroneckerSumOptions extends CurvatureOptions, ChunkOptions {
  /** r ≥ 1, Kronecker products per block; a block of smaller full rank gets as many as that. */
  readonly terms: number;
}

/** Σ_k G_k ⊗ A_k of one block. */
export interface KroneckerSumBlock {
  readonly block: ParameterBlock;
  /** Symmetric factors, largest singular value first; from the second on they are indefinite. */
  readonly terms: readonly { readonly left: Matrix; readonly right: Matrix }[];
  /** ‖G_k ⊗ A_k‖_F, the singular values of the rearranged block, descending. */
  readonly singularValues: Vec;
}

/**
 * The sum of r Kronecker products nearest to every block of the GGN in Frobenius norm: the leading r singular triples of
 * the rearranged block. r = 1 is {@link nearestKronecker}; at r = min(rows(rows+1)/2, cols(cols+1)/2) the block is recovered.
 *
 * The singular vectors of the shorter side come from the Gram matrix of the rearranged block, by Lanczos where few are wanted of
 * many, else from the formed matrix. The other factors are the block applied to them, so that the sum is a projection of the
 * block: errors of the vectors are of second order in it.
 *
 * @param problem - Not modified. @param options - Terms, Fisher type and partition.
 * @returns per block G_k with ‖G_k‖_F = 1 (or A_k, whichever is the shorter side) and the other factor.
 * @throws {DomainError} terms. {@link ConvergenceError} Lanczos. Otherwise as {@link blockSamples}.
 * Cost: some 10 r + 20 products, each as K-FAC's factors; or N·(out²/2)(in²/2) where that is less. r(in² + out²) numbers.
 * Accuracy as tested: the truncated SVD of the explicitly rearranged block; the block at full rank to 64 n ε.
 * Reference: Van Loan and Pitsianis 1993, Approximation with Kronecker products, §2.
 * @example kroneckerSum(problem, { terms: 2 })[0].singularValues; // what the second term adds
 */
export function kroneckerSum(
  problem: ProblemInput,
  options: KroneckerSumOptions,
): readonly KroneckerSumBlock[] {
  const checked = asCurvatureProblem('kroneckerSum', problem, options, ['terms']);
  checkInteger('kroneckerSum', 'terms', options.terms, 1, Number.MAX_SAFE_INTEGER);
  return blockSamples(checked, curvatureOptions(options)).map((samples) => sumOf(samples, options.terms));
}

function sumOf(samples: BlockSamples, wanted: number): KroneckerSumBlock {
  const { block } = samples;
  const byRows = block.rows <= block.cols;
  const [short, long] = byRows ? [block.rows, block.cols] : [block.cols, block.rows];
  const count = Math.min(wanted, pairCount(short));
  const other = (unit: Matrix): Matrix => (byRows ? samples.inputMoment(unit) : samples.gradientMoment(unit));
  const back = (image: Matrix): Matrix =>
    byRows ? samples.gradientMoment(image) : samples.inputMoment(image);
  const vectors = leadingVectors(samples, byRows, short, long, count, (x) =>
    halfVector(back(other(fromHalfVector(x, short)))),
  );
  const terms = vectors.map((vector) => {
    const unit = fromHalfVector(vector, short);
    const image = other(unit);
    return byRows ? { left: unit, right: image } : { left: image, right: unit };
  });
  const singularValues = Float64Array.from(terms, ({ left, right }) => norm2((byRows ? right : left).data));
  return { block, terms, singularValues };
}

/** Orthonormal half-vectors of the shorter side, largest singular value first. */
function leadingVectors(
  samples: BlockSamples,
  byRows: boolean,
  short: number,
  long: number,
  count: number,
  gram: (x: Vec) => Vec,
): Vec[] {
  const [m, n] = [pairCount(short), pairCount(long)];
  const products = 10 * count + 20;
  if (products < m && 2 * products * (m + n) < m * n) {
    const operator = functionOperator(m, (x) => new Matrix(1, m, gram(x.row(0))), 'psd');
    const { vectors } = lanczos(operator, count, rng(0, 'kronecker-sum'), { target: 'largest' });
    return Array.from({ length: count }, (_, k) => vectors.column(count - 1 - k));
  }
  const { vectors } = symmetricEigen(syrk(samples.rearranged(), { transpose: !byRows }));
  return Array.from({ length: count }, (_, k) => vectors.column(m - 1 - k));
}

/**
 * The block-diagonal matrix of sums as products only.
 *
 * @returns symmetric, of size `size`; it need not be psd, see {@link kroneckerSumOperator}. Cost per vector: 2r(in + out) per parameter.
 */
export function kroneckerSumProducts(size: number, blocks: readonly KroneckerSumBlock[]): LinearOperator {
  checkSums('kroneckerSumProducts', size, blocks);
  const applyRows = (x: Matrix): Matrix => {
    const out = new Matrix(x.rows, size);
    for (const { block, terms } of blocks) {
      const { indices } = block;
      const part = new Matrix(x.rows, indices.length);
      for (let i = 0, k = 0; i < x.rows; i++)
        for (let j = 0; j < indices.length; j++, k++) part.data[k] = x.data[i * size + indices[j]];
      for (const { left, right } of terms) {
        const image = kroneckerApplyRows(left, right, part);
        for (let i = 0, k = 0; i < x.rows; i++)
          for (let j = 0; j < indices.length; j++, k++) out.data[i * size + indices[j]] += image.data[k];
      }
    }
    return out;
  };
  return functionOperator(size, applyRows, 'symmetric');
}

/**
 * {@link kroneckerSum} as a curvature, by the eigendecomposition of every formed block. A truncated sum of a psd block may be
 * indefinite: its negative eigenvalues, which are artefacts, are set to 0, which gives the nearest psd matrix (Higham 1988).
 *
 * Cost: {@link kroneckerSum} and, as for the block-GGN itself, O(Σ d_b³) and Σ d_b² numbers: few terms save storage of the
 * block, not of its inverse, for which no basis of Kronecker form exists when r > 1. Products and conjugate gradients
 * ({@link kroneckerSumProducts}) stay at r(in² + out²) numbers.
 * @example kroneckerSumOperator(problem, { terms: 2 }).applyInverse(gradients, PAPER_RULE);
 */
export function kroneckerSumOperator(problem: ProblemInput, options: KroneckerSumOptions): EigenOperator {
  const checked = asCurvatureProblem('kroneckerSumOperator', problem, options, ['terms']);
  const curvatures = kroneckerSum(checked, options).map(({ block, terms }) => {
    const matrix = new Matrix(block.indices.length, block.indices.length);
    for (const { left, right } of terms) {
      const product = kron(left, right);
      for (let k = 0; k < matrix.data.length; k++) matrix.data[k] += product.data[k];
    }
    return { block, matrix };
  });
  const operator = blockEigenOperator(checked.model.parameterCount, curvatures, options);
  for (let i = 0; i < operator.values.length; i++) operator.values[i] = Math.max(0, operator.values[i]);
  return operator;
}

function checkSums(where: string, size: number, blocks: readonly KroneckerSumBlock[]): void {
  checkInteger(where, 'size', size, 0, Number.MAX_SAFE_INTEGER);
  for (const [b, sum] of asList(where, 'blocks', blocks, 'sums of Kronecker products').entries()) {
    checkObject(where, `blocks[${b}]`, sum);
    checkBlock(where, `blocks[${b}].block`, sum.block);
    const { rows, cols, indices } = sum.block;
    asIntegers(where, `blocks[${b}].block.indices`, indices, 0, size - 1);
    for (const [t, term] of asList(where, `blocks[${b}].terms`, sum.terms, 'products').entries()) {
      checkObject(where, `blocks[${b}].terms[${t}]`, term);
      const [left, right] = [asMatrix(where, 'left', term.left), asMatrix(where, 'right', term.right)];
      checkShape(where, `blocks[${b}].terms[${t}].left`, left, rows, rows);
      checkShape(where, `blocks[${b}].terms[${t}].right`, right, cols, cols);
    }
  }
}
