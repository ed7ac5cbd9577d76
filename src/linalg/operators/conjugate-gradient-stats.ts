/** @file How conjugate gradients ended, in a word, in numbers and as a sentence. */
import { ConvergenceError, NumericalError } from '../errors.ts';

/**
 * How a solve ended. `zero-curvature` and `negative-curvature`: a direction p with pᵀAp = 0 (to rounding) or < 0 was met, so
 * A is not positive definite. `stagnated`: rounding errors keep the true residual above the tolerance.
 */
export type ConjugateGradientStatus =
  | 'converged'
  | 'zero-curvature'
  | 'negative-curvature'
  | 'iteration-limit'
  | 'stagnated';

/** What a solution is worth. */
export interface ConjugateGradientStats {
  readonly status: ConjugateGradientStatus;
  readonly iterations: number;
  /** ‖b − A x‖₂, computed from x at the end. */
  readonly residual: number;
  /** max(rtol·‖b‖, atol), what `residual` was to reach. */
  readonly tolerance: number;
  /** ‖r‖₂ before the first and after every iteration, from the recursion, but true where it was recomputed, as at the end. */
  readonly residuals: Float64Array;
  /** The status as a sentence, with numbers. */
  readonly message: string;
}

/** What each status means, and what to do about it. */
export const STATUS_SENTENCES: Readonly<Record<ConjugateGradientStatus, string>> = {
  converged: 'converged',
  'zero-curvature': 'zero curvature: the operator is singular, add damping',
  'negative-curvature':
    'negative curvature: the operator is indefinite, raise the damping or solve by minres',
  'iteration-limit': 'iteration limit: allow more, raise the damping or give a preconditioner',
  stagnated: 'stagnated: rounding errors stop it here, relax the tolerance or raise the damping',
};

/** Throws what a status other than 'converged' deserves: {@link NumericalError} for bad curvature, else {@link ConvergenceError}. */
export function throwUnlessConverged(where: string, s: ConjugateGradientStats): void {
  if (s.status === 'converged') return;
  if (s.status === 'zero-curvature' || s.status === 'negative-curvature')
    throw new NumericalError(`${where}: ${s.message}.`);
  throw new ConvergenceError(where, s.iterations, s.residual, s.tolerance, `${STATUS_SENTENCES[s.status]}.`);
}
