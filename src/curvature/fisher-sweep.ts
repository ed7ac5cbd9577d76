/** @file One pass over the data for every Gauss–Newton kind: the sides of every site at pseudo-labels, chunk by chunk. */
import type { LabelSeeds, SweepBody } from '../autodiff/shared-weights.ts';
import { sweepSides } from '../autodiff/site-sides.ts';
import { SWEEP_BATCH } from '../autodiff/sweep.ts';
import type { Matrix } from '../linalg/matrix.ts';
import { checkFisher, type FisherType, fisherSeeds } from './fisher.ts';
import { asProblem, type ChunkOptions, type ProblemInput } from './problem.ts';

/**
 * Calls `body` for successive chunks of examples. Σ over a chunk's labels of δ δᵀ is E[δ δᵀ] under the Fisher type,
 * because the weights of the labels are folded into δ (see `fisherSeeds`). Of outputs at several positions each has labels of its own,
 * independent of the others: their gradients are apart.
 *
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} problem or Fisher type are not valid.
 * Cost: one forward sweep, and one backward sweep per pseudo-label and output position.
 */
export function sweepFisher(
  where: string,
  problem: ProblemInput,
  fisher: FisherType,
  options: ChunkOptions,
  body: SweepBody,
): void {
  const checked = asProblem(where, problem);
  checkFisher(where, fisher);
  const { model, loss, theta, data } = checked;
  if (model.shared !== undefined) {
    const seeds: LabelSeeds = (...of) => fisherSeeds(loss, fisher, ...of);
    model.shared.sweepLabels(model, seeds, theta, data, options.batch, body);
    return;
  }
  const batch = options.batch ?? SWEEP_BATCH;
  const seeds = (logits: Matrix, start: number): readonly Matrix[] =>
    fisherSeeds(loss, fisher, logits, data, start);
  sweepSides(model, seeds, theta, data, { batch }, (sides, start) => body(sides, { start, first: true }));
}
