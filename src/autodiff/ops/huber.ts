/** @file The Huber function of the distances to targets. */
import { checkFiniteNumber } from '../../linalg/border/arguments.ts';
import { DomainError } from '../../linalg/errors.ts';
import { type ArenaKernels, NOT_WANTED } from '../../linalg/kernels/arena.ts';
import { ABSENT, type OpDefinition } from '../op.ts';
import { pointwiseLoss } from './pointwise-loss.ts';
import { perExampleOfTargets } from './shapes.ts';

/**
 * ℓ = Σ_c h(u_c − t_c) per column, h(d) = ½ d² for |d| ≤ δ, δ (|d| − ½ δ) beyond, δ > 0 as given. With c the distance d cut off at ±δ: h = c (d − ½ c), h′ = c,
 * h″ = 1 for |d| ≤ δ, 0 beyond.
 */
export const huber: OpDefinition<number> = {
  operands: ['reals', 'targets'],
  result(operands, delta, at) {
    checkFiniteNumber(at.where, 'delta', delta);
    if (delta <= 0) throw new DomainError(at.where, 'delta', 'above 0', delta);
    return { ...perExampleOfTargets(operands, undefined, at), constants: [delta] };
  },
  ...pointwiseLoss<ArenaKernels>(
    ({ kernels, x, z, y, constants: [delta], aux, curvature }) => {
      const n = x.size;
      const cut = aux + 1;
      const [d, above, below, bound, scratch, inside] = [1, 2, 3, 4, 5, 6].map((k) => cut + k * n);
      kernels.subtract(n, x.value, z.value, d);
      kernels.fill(n, delta, bound);
      // [d > δ] and [−d > δ]
      kernels.subtract(n, d, bound, scratch);
      kernels.relu(n, scratch, inside, above, NOT_WANTED);
      kernels.scale(n, -1, d, scratch);
      kernels.subtract(n, scratch, bound, scratch);
      kernels.relu(n, scratch, inside, below, NOT_WANTED);
      kernels.fill(n, 1, inside);
      kernels.subtract(n, inside, above, inside);
      kernels.subtract(n, inside, below, inside);
      if (curvature !== ABSENT) kernels.copy(n, inside, curvature);
      // c = d where |d| ≤ δ, ±δ beyond
      kernels.multiply(n, d, inside, cut);
      kernels.subtract(n, above, below, scratch);
      kernels.multiplyAdd(n, bound, scratch, cut);
      // c (d − ½ c)
      kernels.scale(n, 0.5, cut, scratch);
      kernels.subtract(n, d, scratch, scratch);
      kernels.columnDot(x.rows, x.cols, cut, scratch, y.value);
    },
    7,
    1,
  ),
  kink: 0.1,
  trials: () => [0.9],
};
