/** @file The Kronecker product nearest to every block of the GGN, where K-FAC takes the product of two means. */
import { checkInteger } from '../linalg/checks.ts';

import { scaleMatrix } from '../linalg/elementwise.ts';
import { ConvergenceError, DomainError } from '../linalg/errors.ts';
import type { Matrix } from '../linalg/matrix.ts';
import { frobenius, norm2 } from '../linalg/sum.ts';
import { type BlockSamples, blockSamples } from './block-samples.ts';
import type { EigenOperator } from './eigen-operator.ts';
import { kroneckerProductOperator } from './kfac.ts';
import { eigenOfFactors } from './kronecker-eigen.ts';
import type { KroneckerFactors } from './kronecker-factors.ts';
import {
  asCurvatureProblem,
  type ChunkOptions,
  type CurvatureOptions,
  curvatureOptions,
  type ProblemInput,
} from './problem.ts';

/** When the alternation stops. */
export interface NearestKroneckerOptions extends CurvatureOptions, ChunkOptions {
  /** Done when ‖Rᵀg − σ a‖ ≤ rtol·σ for the unit half-vectors g and a of the factors. Default 1e-9. */
  readonly rtol?: number;
  /** Alternations, each as much work as K-FAC's factors. Default 10,000. */
  readonly maxIterations?: number;
}

/**
 * argmin ‖B − G ⊗ A‖_F for every block B of the GGN: the leading singular pair of the rearranged block.
 *
 * Found by the power method, as an alternation: G ← (1/N) Σ (ā_nᵀ A ā_n) M_n, then A ← (1/N) Σ tr(M_n G) ā_n ā_nᵀ, each a
 * K-FAC factor with examples weighted by the other factor. Weights stay ≥ 0 and factors positive semidefinite, beginning
 * from K-FAC's A, whose weights are 1. K-FAC's own factors are what the first half-step without weights would give.
 *
 * @param problem - Not modified. @param options - Fisher type, partition and when to stop.
 * @returns per block G and A with ‖G‖_F = ‖A‖_F, symmetric and psd; zero matrices for a block that is zero.
 * @throws {ConvergenceError} not converged, as when the two largest singular values nearly agree. Otherwise as
 *   {@link blockSamples}; {@link DomainError} options.
 * Cost: per alternation 2N(in² + labels·out²) multiplications and additions, the error shrinks by (σ₂/σ₁)². Memory:
 * the examples, N(in + labels·out) numbers.
 * Accuracy as tested: the leading singular pair of the explicitly rearranged block to 1e-8, a Kronecker block to rounding.
 * Reference: Van Loan and Pitsianis 1993, Approximation with Kronecker products, §2.
 * @example nearestKroneckerFactors(problem)[0].gradientCovariance;
 */
export function nearestKroneckerFactors(
  problem: ProblemInput,
  options: NearestKroneckerOptions = {},
): readonly KroneckerFactors[] {
  const where = 'nearestKroneckerFactors';
  const checked = asCurvatureProblem(where, problem, options, ['rtol', 'maxIterations']);
  const { rtol = 1e-9, maxIterations = 10_000 } = options;
  checkInteger(where, 'maxIterations', maxIterations, 0, Number.POSITIVE_INFINITY);
  if (!(typeof rtol === 'number' && rtol > 0)) throw new DomainError(where, 'rtol', 'above 0', rtol);
  return blockSamples(checked, curvatureOptions(options)).map((samples) =>
    nearestOf(samples, rtol, maxIterations),
  );
}

/** The {@link nearestKroneckerFactors} as a curvature: as K-FAC, with other factors. Cost: and O(in³ + out³) per layer. */
export function nearestKronecker(
  problem: ProblemInput,
  options: NearestKroneckerOptions = {},
): EigenOperator {
  const checked = asCurvatureProblem('nearestKronecker', problem, options, ['rtol', 'maxIterations']);
  const blocks = eigenOfFactors(nearestKroneckerFactors(checked, options));
  return kroneckerProductOperator(checked.model.parameterCount, blocks);
}

function nearestOf(samples: BlockSamples, rtol: number, maxIterations: number): KroneckerFactors {
  const { block } = samples;
  let a = samples.inputMoment();
  let residual = Number.POSITIVE_INFINITY;
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    a = scaleMatrix(1 / frobenius(a), a);
    const g = samples.gradientMoment(a);
    const length = frobenius(g);
    if (length === 0) return { block, gradientCovariance: g, inputCovariance: scaleMatrix(0, a) };
    const unit = scaleMatrix(1 / length, g);
    const next = samples.inputMoment(unit);
    const sigma = frobenius(next);
    residual = gap(next, a, sigma) / sigma;
    if (residual <= rtol) {
      const root = Math.sqrt(sigma);
      return {
        block,
        gradientCovariance: scaleMatrix(root, unit),
        inputCovariance: scaleMatrix(root / sigma, next),
      };
    }
    a = next;
  }
  throw new ConvergenceError(
    'nearestKroneckerFactors',
    maxIterations,
    residual,
    rtol,
    `The two largest singular values of block ${block.layer} nearly agree: allow more iterations or a larger rtol.`,
  );
}

/** ‖a − s b‖_F. */
function gap(a: Matrix, b: Matrix, s: number): number {
  return norm2(a.data.map((value, k) => value - s * b.data[k]));
}
