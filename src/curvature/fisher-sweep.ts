/** @file One pass over the data for every Gauss–Newton kind: layer inputs and pseudo-gradients, chunk by chunk. */
import { homogeneous } from '../autodiff/outer-products.ts';
import { SWEEP_BATCH, sweepExamples } from '../autodiff/sweep-examples.ts';
import { Matrix } from '../linalg/matrix.ts';
import { checkFisher, type FisherType, fisherSeeds } from './fisher.ts';
import { asProblem, type ChunkOptions, type ProblemInput } from './problem.ts';

/** What the layers of a network see and pass back on a chunk of examples. */
export interface FisherChunk {
  /** Examples in this chunk, and pseudo-labels per example. */
  readonly count: number;
  readonly samples: number;
  /** Per layer ā, the inputs with a row of ones where there is a bias, shape [width, count]. */
  readonly inputs: readonly Matrix[];
  /** Per layer δ at every pseudo-label, shape [out, samples·count]; label s of example n in column s·count + n. */
  readonly deltas: readonly Matrix[];
}

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
  body: (chunk: FisherChunk) => void,
): void {
  const { model, loss, theta, data } = asProblem(where, problem);
  checkFisher(where, fisher);
  const batch = options.batch ?? SWEEP_BATCH;
  sweepExamples(model, 'logits', theta, data, { batch }, (sweep, start, count) => {
    sweep.forward();
    const inputs = model.layers.map((layer) => homogeneous(layer, sweep.input(layer.index)));
    const seeds = fisherSeeds(loss, fisher, sweep.outputs, data, start);
    const samples = seeds.length;
    const deltas = model.layers.map((layer) => new Matrix(layer.outputs, samples * count));
    for (const [s, seed] of seeds.entries()) {
      sweep.backward(seed);
      for (const layer of model.layers) {
        const source = sweep.delta(layer.index);
        const target = deltas[layer.index];
        for (let p = 0; p < layer.outputs; p++) target.data.set(source.row(p), p * target.cols + s * count);
      }
    }
    body({ count, samples, inputs, deltas });
  });
}
