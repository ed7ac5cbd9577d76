/** @file How MINRES ended, in a word, in numbers and as a sentence. */
import { ConvergenceError, NumericalError } from '../errors.ts';

/**
 * How a solve ended. `inconsistent`: A is singular and b is not in its range; x is a least-squares solution. `stagnated`: rounding
 * errors keep the true residual above the tolerance.
 */
export type MinresStatus = 'converged' | 'inconsistent' | 'iteration-limit' | 'stagnated';

/** What a solution is worth. */
export interface MinresStats {
  readonly status: MinresStatus;
  readonly iterations: number;
  /** ‖b − A x‖₂, computed from x at the end. */
  readonly residual: number;
  /** max(rtol·‖b‖, atol), what `residual` was to reach. */
  readonly tolerance: number;
  /** ‖A r‖₂ / (‖A‖ ‖r‖₂), ‖A‖ as estimated: 0 at a least-squares solution. From the recursion; of M⁻¹ᐟ² A M⁻¹ᐟ² with a preconditioner. */
  readonly normalResidual: number;
  /** ‖r‖₂ before the first and after every iteration, from the recursion, but true where it was recomputed, as at the end. */
  readonly residuals: Float64Array;
  /** The status as a sentence, with numbers. */
  readonly message: string;
}

const SENTENCES: Readonly<Record<MinresStatus, string>> = {
  converged: 'converged',
  inconsistent: 'inconsistent: the operator is singular, and x is a least-squares solution',
  'iteration-limit': 'iteration limit: allow more, or add damping',
  stagnated: 'stagnated: rounding errors stop it here, relax the tolerance or add damping',
};

/** Numbers with the sentence that they make. */
export function withMessage(s: Omit<MinresStats, 'message'>): MinresStats {
  const numbers = `residual ${s.residual.toExponential(2)}, tolerance ${s.tolerance.toExponential(2)}, ${s.iterations} iterations`;
  return { ...s, message: `${SENTENCES[s.status]} (${numbers})` };
}

/** Throws what a status other than 'converged' deserves: {@link NumericalError} when inconsistent, else {@link ConvergenceError}. */
export function throwUnlessSolved(where: string, s: MinresStats): void {
  if (s.status === 'converged') return;
  if (s.status === 'inconsistent') throw new NumericalError(`${where}: ${s.message}.`);
  throw new ConvergenceError(where, s.iterations, s.residual, s.tolerance, `${SENTENCES[s.status]}.`);
}
