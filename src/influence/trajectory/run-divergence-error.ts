/** @file The error of a training run, or of its derivative, that leaves the finite numbers. */
import { NumericalError } from '../../linalg/errors.ts';

/** What a {@link RunDivergenceError} knows. */
export interface RunDivergence {
  /** The SGD step, from 0, at which it was noticed: the derivative comes to the steps from the last to the first. */
  readonly step: number;
  /** `loss`: the mean loss of the batch of that step. `parameters`: θ. `adjoint`: ‖∂m/∂θ‖ of a query. `scores`: its row. */
  readonly quantity: 'loss' | 'parameters' | 'adjoint' | 'scores';
  /** Which query; undefined for what does not depend on one. */
  readonly query: number | undefined;
}

/** A run whose loss or θ overflows, or a run so chaotic that its derivative does. */
export class RunDivergenceError extends NumericalError implements RunDivergence {
  override name = 'RunDivergenceError';
  readonly step: number;
  readonly quantity: RunDivergence['quantity'];
  readonly query: number | undefined;
  constructor(where: string, { step, quantity, query }: RunDivergence) {
    const names = {
      loss: 'the mean loss of the batch',
      parameters: 'θ',
      adjoint: `the derivative of query ${query}'s measurement with respect to θ`,
      scores: `the scores of query ${query}`,
    };
    const run = quantity === 'loss' || quantity === 'parameters';
    super(
      `${where}: ${run ? 'training diverged' : 'the adjoint diverged'} at step ${step}: ${names[quantity]} is not finite. ` +
        (run ? 'Lower the learning rate.' : "Take fewer steps or a lower learning rate, or adjoint: 'ggn'."),
    );
    this.step = step;
    this.quantity = quantity;
    this.query = query;
  }
}
