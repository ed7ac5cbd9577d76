/** @file ASTRA: a stochastic Neumann iteration preconditioned with a damped EK-FAC, started at the EK-FAC solution. */
import type { EigenOperator } from '../../curvature/eigen-operator.ts';
import { type Checks, checkFields, checkSeed, oneOf, orWord } from '../../linalg/border/fields.ts';
import type { MatrixInput } from '../../linalg/border/matrix.ts';
import { checkNonNegative } from '../../linalg/checks.ts';
import { Matrix } from '../../linalg/matrix.ts';
import { nonNegative } from '../option-checks.ts';
import { asSource, type CurvatureSource } from './curvature-source.ts';
import { type HeavyBall, type Momentum, momentumOrAuto, resolveHeavyBall } from './heavy-ball.ts';
import { decayCheck, eigenOperator, type StepDecay, type StepSize, stepSize } from './step-size.ts';
import {
  DESCENT,
  type DescentOptions,
  type StochasticSolution,
  stochasticDescent,
} from './stochastic-descent.ts';

/** Options of {@link astra}. Defaults are those of Wang et al. (2025): 200 iterations, momentum 0.9, α halved every 50. */
export interface AstraOptions extends Omit<DescentOptions, 'decay' | 'momentum'> {
  /** Default 'auto': see `resolveHeavyBall`. The paper's tables have multiples of λ: `{ timesDamping: 0.1 }`. */
  readonly alpha?: StepSize;
  /** Default {@link ASTRA_MOMENTUM}, which 'auto' is too on minibatches; on the full batch see `resolveHeavyBall`. */
  readonly momentum?: Momentum;
  /** λ̃ of the preconditioner. Default λ. */
  readonly preconditionerDamping?: number;
  /** 'warm' (default): the preconditioner's own solution (P + λ̃I)⁻¹b. 'zero': 0. */
  readonly start?: 'warm' | 'zero';
  /** Default {@link ASTRA_DECAY}; 'none' for a constant α. */
  readonly decay?: StepDecay | 'none';
  /** Of the power iteration behind 'auto'. The batches are named by the source. Default 0. */
  readonly seed?: number;
}

/** Checks of the options. */
export const ASTRA: Checks = {
  ...DESCENT,
  alpha: stepSize,
  momentum: momentumOrAuto,
  preconditionerDamping: nonNegative,
  start: oneOf('warm', 'zero'),
  decay: orWord('none', decayCheck),
  seed: checkSeed,
};

/** J of {@link astra}. */
export const ASTRA_ITERATIONS = 200;
/** Momentum of {@link astra}. */
export const ASTRA_MOMENTUM = 0.9;
/** Schedule of {@link astra}. */
export const ASTRA_DECAY: StepDecay = { factor: 0.5, every: 50 };

/**
 * x ≈ (C + λI)⁻¹ b by θ ← θ − α_k (P + λ̃I)⁻¹ [(C_k + λI)θ − b] for every row b, with heavy-ball momentum and a schedule, from
 * θ₀ = (P + λ̃I)⁻¹b. One step from zero with α = 1 is θ₀, the EK-FAC influence; the fixed point is the exact damped inverse of
 * C, whatever P is. P decides the speed: the rate depends on the spectrum of (P + λ̃I)⁻¹(C + λI), not on that of C. A P that misses much of
 * C, as EK-FAC does the correlations between layers of a deep narrow network, needs a larger λ̃ or many steps.
 *
 * @param given - The source, of `minibatchCurvature` (C the GGN), or `fixedCurvature`. @param b - One right-hand side per row, [k, n]. Not modified.
 * @param preconditioner - P, psd, with all eigenvectors; normally `ekfac(problem)`.
 * @returns x, residuals, error bars over the repetitions, and the residual history; see `residuals` for what it is worth.
 * @throws {DivergenceError} iterates or residual left their bounds: α is too long, or C + λI is not positive definite.
 * @throws {SingularError} P + λ̃I is singular. @throws {ShapeError} | {DomainError} | {NonFiniteError} arguments are not valid.
 * Not checked: that P belongs to the same problem.
 * Cost: per step one product with k rows on a batch (O(k·B·D)) and one EK-FAC solve, O(k Σ in·out·(in + out)); one
 * full-batch product per check. Minibatches leave an error floor that falls with α.
 * Reference: Wang, Nguyen, Yang, Bae, McIlraith & Grosse 2025, Better training data attribution via better inverse
 * Hessian-vector products, Eq. 9 and Tables 2 and 3; George et al. 2018 (P).
 * @example astra(minibatchCurvature(problem, { batch: 256 }), gradients, ekfac(problem), { damping: 5e-3 }).x;
 */
export function astra(
  given: CurvatureSource,
  b: MatrixInput,
  preconditioner: EigenOperator,
  options: AstraOptions,
): StochasticSolution {
  const where = 'astra';
  checkFields(where, options, ASTRA, 'options', ['damping']);
  const source = asSource(where, given);
  const { decay = ASTRA_DECAY, start = 'warm', ...rest } = options;
  const { damping, iterations = ASTRA_ITERATIONS } = rest;
  const inverse = astraPreconditioner(preconditioner, rest.preconditionerDamping ?? damping);
  return stochasticDescent(source, b, {
    ...rest,
    where,
    iterations,
    ...(decay === 'none' ? {} : { decay }),
    preconditioner: inverse,
    ...astraHeavyBall(where, source, inverse, options),
    start: (rhs) => (start === 'zero' ? new Matrix(rhs.rows, rhs.cols) : inverse.applyRows(rhs)),
  });
}

/**
 * (P + λ̃I)⁻¹ in P's eigenbasis.
 *
 * @throws {DomainError} λ̃ < 0. @throws {SingularError} an eigenvalue of P + λ̃I vanishes.
 * @example astraPreconditioner(ekfac(problem), 1e-3).applyRows(gradients); // the EK-FAC solutions
 */
export function astraPreconditioner(p: EigenOperator, damping: number): EigenOperator {
  eigenOperator('astra', 'preconditioner', p as never);
  checkNonNegative('astra', 'preconditionerDamping', damping);
  return p.inverse({ kind: 'damped', lambda: damping });
}

/**
 * α and m of {@link astra}, decided once for all right-hand sides.
 *
 * @param inverse - {@link astraPreconditioner} of the same P and λ̃.
 */
export function astraHeavyBall(
  where: string,
  source: CurvatureSource,
  inverse: EigenOperator,
  { momentum = ASTRA_MOMENTUM, iterations = ASTRA_ITERATIONS, ...rest }: AstraOptions,
): HeavyBall {
  const rules = { momentum, iterations, otherwise: ASTRA_MOMENTUM, preconditioner: inverse };
  return resolveHeavyBall(where, source, { ...rest, ...rules });
}
