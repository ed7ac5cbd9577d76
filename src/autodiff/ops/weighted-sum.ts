/** @file A weighted sum over the rows. */
import { ShapeError } from '../../linalg/errors.ts';
import type { ArenaKernels } from '../../linalg/kernels/arena.ts';
import type { OpDefinition } from '../op.ts';
import { linear } from './linear.ts';
import { inputOf } from './shapes.ts';

/** y[b] = Σ_r w[r, b] x[r, b], [rows, cols] → [1, cols]; the weights w are the second operand, an input of the same shape. */
export const weightedSum: OpDefinition = {
  operands: ['reals', 'targets'],
  result([x, weights], _, { where }) {
    inputOf(where, 'weights', weights);
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
