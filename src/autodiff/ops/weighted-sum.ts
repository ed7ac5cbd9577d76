/** @file A weighted sum over the rows. */
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import type { ArenaKernels } from '../../linalg/kernels/arena.ts';
import type { OpDefinition } from '../op.ts';
import { linear } from './linear.ts';

/** y[b] = Σ_r w[r, b] x[r, b], [rows, cols] → [1, cols]; the weights w are the second operand, an input of the same shape. */
export const weightedSum: OpDefinition = {
  operands: ['reals', 'targets'],
  result([x, weights], _, { where }) {
    if (weights.kind !== 'input')
      throw new DomainError(where, 'weights', 'an input: they have no derivative', weights.kind);
    if (weights.rows !== x.rows || weights.cols !== x.cols)
      throw new ShapeError(where, 'weights', `[${x.rows}, ${x.cols}]`, `[${weights.rows}, ${weights.cols}]`);
    return { rows: 1, cols: x.cols };
  },
  ...linear<ArenaKernels>(
    ({ kernels, x, z }, from, to) => kernels.columnDot(x.rows, x.cols, z.value, from, to),
    ({ kernels, x, z }, from, to) => kernels.scaleColumns(x.rows, x.cols, z.value, from, to),
    ['z.value'],
  ),
};
