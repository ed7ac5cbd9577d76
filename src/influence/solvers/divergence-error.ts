/** @file The error of an iteration that grows instead of settling. */
import { NumericalError } from '../../linalg/errors.ts';

/** What a {@link DivergenceError} knows. */
export interface Divergence {
  /** Steps done when it was noticed. */
  readonly iteration: number;
  /** The right-hand side, as a row of what the solver was given. */
  readonly row: number;
  /** Independent repetition. */
  readonly repeat: number;
  /** What was measured: `iterate` ‖v‖ ÷ ‖b‖, or `residual` ‖b − (C + λ)v‖ ÷ ‖b‖. */
  readonly quantity: 'iterate' | 'residual';
  /** Its value, which may be ∞ or NaN. */
  readonly norm: number;
  /** What it may be at most. */
  readonly limit: number;
  /** The step size at that iteration. */
  readonly alpha: number;
}

/** A stochastic solve has left the region that contains its solution. Lower the step size, or raise damping or batch. */
export class DivergenceError extends NumericalError implements Divergence {
  override name = 'DivergenceError';
  readonly iteration: number;
  readonly row: number;
  readonly repeat: number;
  readonly quantity: 'iterate' | 'residual';
  readonly norm: number;
  readonly limit: number;
  readonly alpha: number;
  constructor(where: string, what: Divergence) {
    super(
      `${where}: diverged at iteration ${what.iteration} of repeat ${what.repeat}, row ${what.row}: relative norm of the ` +
        `${what.quantity} ${what.norm.toExponential(2)} > ${what.limit.toExponential(2)} with α = ${what.alpha.toExponential(2)}. ` +
        'Lower alpha, or raise the damping or the batch.',
    );
    this.iteration = what.iteration;
    this.row = what.row;
    this.repeat = what.repeat;
    this.quantity = what.quantity;
    this.norm = what.norm;
    this.limit = what.limit;
    this.alpha = what.alpha;
  }
}
