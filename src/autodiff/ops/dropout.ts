/** @file Dropout: elements set to 0 at random while a network is trained. */
import { checkFiniteNumber } from '../../linalg/border/arguments.ts';
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import type { ArenaKernels } from '../../linalg/kernels/arena.ts';
import type { Vec } from '../../linalg/matrix.ts';
import type { Rng } from '../../linalg/random/random.ts';
import type { OpDefinition } from '../op.ts';
import { linear } from './linear.ts';
import { inputOf } from './shapes.ts';

/** y = x ⊙ z, z an input of the same shape that {@link drawDropout} fills anew for every step. Outside of training there is no dropout, and no such op. */
export const dropout: OpDefinition = {
  operands: ['reals', 'targets'],
  result([x, kept], _, { where }) {
    inputOf(where, 'kept', kept);
    if (kept.rows !== x.rows || kept.cols !== x.cols)
      throw new ShapeError(where, 'kept', `[${x.rows}, ${x.cols}]`, `[${kept.rows}, ${kept.cols}]`);
    return { rows: x.rows, cols: x.cols };
  },
  ...linear<ArenaKernels>(
    ({ kernels, y, z }, from, to) => kernels.multiply(y.size, from, z.value, to),
    ({ kernels, y, z }, from, to) => kernels.multiply(y.size, from, z.value, to),
    ['z.value'],
  ),
};

/**
 * Fills z: each element is 0 with probability `rate`, else 1/(1 − rate), so that the mean of y is x.
 *
 * @param random - A stream of its own for each layer and step, e.g. `rng(seed, 'dropout', layer, step)`.
 * @throws {DomainError} the rate is not in [0, 1).
 */
export function drawDropout(out: Vec, rate: number, random: Rng): void {
  checkFiniteNumber('drawDropout', 'rate', rate);
  if (rate < 0 || rate >= 1) throw new DomainError('drawDropout', 'rate', 'in [0, 1)', rate);
  const kept = 1 / (1 - rate);
  for (let i = 0; i < out.length; i++) out[i] = random.uniform() < rate ? 0 : kept;
}
