/** @file Initial parameters. */
import { allocate } from '../linalg/border/allocate.ts';
import { checkOneOf } from '../linalg/border/arguments.ts';
import { checkInstance } from '../linalg/border/instances.ts';
import type { Vec } from '../linalg/matrix.ts';
import { Rng } from '../linalg/random/random.ts';
import { asModel } from './as-model.ts';
import type { Network } from './network.ts';

/** How θ is drawn before training. */
export type Initialisation = 'torch' | 'xavier';

/** Every way, for messages. */
export const INITIALISATIONS: readonly Initialisation[] = ['torch', 'xavier'];

/**
 * A random θ.
 *
 * - `torch`: weights and biases U(−1/√inputs, 1/√inputs), the default of `torch.nn.Linear` (kaiming_uniform_ with
 *   a = √5 gives that bound for the weights; `reset_parameters` uses it for the biases as well)
 * - `xavier`: weights U(−√(6/(inputs + outputs)), …), biases 0 (Glorot & Bengio, Understanding the difficulty of
 *   training deep feedforward neural networks, 2010, Eq. 16)
 *
 * Inputs are those of one group. Tables are N(0, 1), scales 1 and shifts 0, as in `torch.nn.Embedding` and the normalisations.
 *
 * @param random - A stream; one draw per random parameter, in the order of θ. It moves on.
 * @returns [D], in the model's layout. The numbers are not PyTorch's: only the distribution is.
 * @throws {DomainError} no model, unknown kind, no stream.
 * @example const theta = initialise(model, 'torch', rng(0, 'init'));
 */
export function initialise(model: Network, kind: Initialisation, random: Rng): Vec {
  const where = 'initialise';
  const network = asModel(where, 'model', model);
  checkOneOf(where, 'kind', kind, INITIALISATIONS);
  checkInstance(where, 'random', random, Rng, 'a stream, rng(seed, …)');
  const theta = allocate(where, network.parameterCount);
  for (const { inputs, rows, cols, offset, size, sites } of network.blocks) {
    const [{ lookup, kronecker }] = sites;
    const bound = kind === 'torch' ? 1 / Math.sqrt(inputs) : Math.sqrt(6 / (inputs + rows));
    const shiftBound = kronecker && kind === 'torch' ? bound : 0;
    for (let t = 0; t < size; t++)
      if (t % cols >= inputs)
        theta[offset + t] = shiftBound === 0 ? 0 : shiftBound * (2 * random.uniform() - 1);
      else if (!kronecker) theta[offset + t] = 1;
      else theta[offset + t] = lookup === undefined ? bound * (2 * random.uniform() - 1) : random.normal();
  }
  return theta;
}
