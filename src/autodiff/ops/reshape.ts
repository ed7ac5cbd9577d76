/** @file Another shape of the same numbers. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { ShapeError } from '../../linalg/errors.ts';
import type { ArenaKernels } from '../../linalg/kernels/arena.ts';
import type { OpDefinition, Shape } from '../op.ts';
import { linear } from './linear.ts';

/**
 * y has the numbers of x in their order, in other rows and columns: [C·H·W, B] is [C, H·W·B], images with a column for each position, and back,
 * which PyTorch calls flatten.
 */
export const reshape: OpDefinition<Shape> = {
  operands: ['reals'],
  result([x], given, { where }) {
    checkObject(where, 'given', given);
    const { rows, cols } = given;
    checkInteger(where, 'rows', rows, 1, Number.POSITIVE_INFINITY);
    checkInteger(where, 'cols', cols, 1, Number.POSITIVE_INFINITY);
    if (rows * cols !== x.rows * x.cols)
      throw new ShapeError(where, 'shape', `${x.rows * x.cols} elements`, `[${rows}, ${cols}]`);
    return { rows, cols };
  },
  ...linear<ArenaKernels>(
    ({ kernels, y }, from, to) => kernels.copy(y.size, from, to),
    ({ kernels, y }, from, to) => kernels.copy(y.size, from, to),
  ),
  trials: ({ rows, cols }) => [
    { rows: 1, cols: rows * cols },
    { rows: rows * cols, cols: 1 },
  ],
  acrossExamples: true,
};
