/** @file One pass over the data for every Gauss–Newton kind: the sides of every site at pseudo-labels, chunk by chunk. */
import { checkOneOutput } from '../autodiff/network.ts';
import { type SiteSides, sweepSides } from '../autodiff/site-sides.ts';
import { SWEEP_BATCH } from '../autodiff/sweep-examples.ts';
import type { Matrix } from '../linalg/matrix.ts';
import { checkFisher, type FisherType, fisherSeeds } from './fisher.ts';
import { asProblem, type ChunkOptions, type ProblemInput } from './problem.ts';

/**
 * Calls `body` for successive chunks of examples. Σ over a chunk's labels of δ δᵀ is E[δ δᵀ] under the Fisher type,
 * because the weights of the labels are folded into δ (see {@link fisherSeeds}).
 *
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} problem or Fisher type are not valid.
 * Cost: one forward sweep, and one backward sweep per pseudo-label.
 */
export function sweepFisher(
  where: string,
  problem: ProblemInput,
  fisher: FisherType,
  options: ChunkOptions,
  body: (sides: SiteSides) => void,
): void {
  const { model, loss, theta, data } = asProblem(where, problem);
  checkFisher(where, fisher);
  checkOneOutput(where, model);
  const batch = options.batch ?? SWEEP_BATCH;
  const seeds = (logits: Matrix, start: number): readonly Matrix[] =>
    fisherSeeds(loss, fisher, logits, data, start);
  sweepSides(model, seeds, theta, data, { batch }, (sides) => body(sides));
}
