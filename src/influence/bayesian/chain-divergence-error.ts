/** @file The error of a sampling chain that leaves the region of its posterior. */
import { NumericalError } from '../../linalg/errors.ts';

/** What a {@link ChainDivergenceError} knows. */
export interface ChainDivergence {
  readonly chain: number;
  /** Langevin steps done when it was noticed, burn-in included. */
  readonly step: number;
  /** Draws that counted before; 0 during burn-in. */
  readonly draw: number;
  /** `distance`: ‖w − w*‖. `loss`: how much the mean training loss rose. */
  readonly quantity: 'distance' | 'loss';
  /** Its value, which may be ∞ or NaN. */
  readonly value: number;
  /** What it may be at most. */
  readonly limit: number;
  readonly stepSize: number;
}

/** A chain has left the region where its posterior has mass. Its draws say nothing about influence. */
export class ChainDivergenceError extends NumericalError implements ChainDivergence {
  override name = 'ChainDivergenceError';
  readonly chain: number;
  readonly step: number;
  readonly draw: number;
  readonly quantity: 'distance' | 'loss';
  readonly value: number;
  readonly limit: number;
  readonly stepSize: number;
  constructor(where: string, what: ChainDivergence) {
    const names = { distance: '‖w − w*‖', loss: 'the rise of the mean training loss' };
    super(
      `${where}: chain ${what.chain} diverged at step ${what.step} (draw ${what.draw}): ${names[what.quantity]} is ` +
        `${what.value.toExponential(2)}, at most ${what.limit.toExponential(2)} was expected. Lower stepSize from ` +
        `${what.stepSize.toExponential(2)} (stable below 4/(nBeta · steepest curvature + gamma)), or raise gamma or the batch.`,
    );
    this.chain = what.chain;
    this.step = what.step;
    this.draw = what.draw;
    this.quantity = what.quantity;
    this.value = what.value;
    this.limit = what.limit;
    this.stepSize = what.stepSize;
  }
}
