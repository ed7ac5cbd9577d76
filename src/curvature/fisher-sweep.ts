/** @file One pass over the data for every Gauss–Newton kind: the sides of every site at pseudo-labels, chunk by chunk. */
import type { Network } from '../autodiff/network.ts';
import { homogeneous } from '../autodiff/outer-products.ts';
import { type SiteSides, sweepSides } from '../autodiff/site-sides.ts';
import { SWEEP_BATCH, sweepExamples } from '../autodiff/sweep-examples.ts';
import { Matrix } from '../linalg/matrix.ts';
import { checkFisher, type FisherType } from './fisher.ts';
import { exampleSeeds, positionSeeds } from './position-seeds.ts';
import { asProblem, type ChunkOptions, type Problem, type ProblemInput } from './problem.ts';

/** Where the sides of some examples belong. */
export interface FisherChunk {
  /** Index of the first example. */
  readonly start: number;
  /** Whether these are their first pseudo-labels: those of one example may come in several chunks. */
  readonly first: boolean;
}

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
  body: (sides: SiteSides, chunk: FisherChunk) => void,
): void {
  const checked = asProblem(where, problem);
  checkFisher(where, fisher);
  const { model, loss, theta, data } = checked;
  if (!model.plain) {
    sweepParts(checked, fisher, options, body);
    return;
  }
  const batch = options.batch ?? SWEEP_BATCH;
  const seeds = (logits: Matrix, start: number): readonly Matrix[] =>
    exampleSeeds(loss, fisher, logits, data, start);
  sweepSides(model, seeds, theta, data, { batch }, (sides, start) => body(sides, { start, first: true }));
}

/** Numbers that δ, or the gradients of the examples of a chunk, may fill. */
const ROOM = 2 ** 20;

/** Of networks with shared weights: few examples at a time, and as many cotangents of them as there is room for. */
function sweepParts(
  { model, loss, theta, data }: Problem,
  fisher: FisherType,
  options: ChunkOptions,
  body: (sides: SiteSides, chunk: FisherChunk) => void,
): void {
  const { sites } = model;
  const most = Math.max(...sites.map(({ positions }) => positions));
  const batch = options.batch ?? Math.max(1, Math.min(SWEEP_BATCH, Math.floor(2048 / most)));
  const largest = Math.max(
    ...sites.map(({ positions, outputs, size }) => Math.max(positions * outputs, size)),
  );
  sweepExamples(model, 'logits', theta, data, { batch }, (sweep, start, count) => {
    sweep.forward();
    const inputs = sites.map((site) => homogeneous(site, sweep.input(site.index)));
    const seeds = positionSeeds(model, loss, fisher, sweep.outputs, data, start);
    const atOnce = Math.max(1, Math.floor(ROOM / (count * largest)));
    for (let from = 0; from < seeds.length; from += atOnce) {
      const samples = Math.min(atOnce, seeds.length - from);
      const deltas = emptySides(model, samples, count);
      for (let s = 0; s < samples; s++) {
        sweep.backward(seeds.at(from + s));
        for (const { index } of sites) placeSample(sweep.delta(index), deltas[index], s);
      }
      body({ count, samples, inputs, deltas }, { start, first: from === 0 });
    }
  });
}

function emptySides({ sites }: Network, samples: number, count: number): Matrix[] {
  return sites.map(({ outputs, positions }) => new Matrix(outputs, samples * positions * count));
}

/** The columns of the s-th cotangent. */
function placeSample(from: Matrix, to: Matrix, s: number): void {
  for (let r = 0; r < from.rows; r++) to.data.set(from.row(r), r * to.cols + s * from.cols);
}
