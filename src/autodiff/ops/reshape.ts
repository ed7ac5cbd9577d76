/** @file Another shape of the same numbers. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { ShapeError } from '../../linalg/errors.ts';
import type { OpDefinition, Shape } from '../op.ts';

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
  uses: {
    value: { reads: ['x.value'], writes: ['y.value'] },
    jvp: { reads: ['x.dot'], writes: ['y.dot'] },
    vjp: { reads: ['y.bar'], writes: ['x.bar'] },
    vjpDot: { reads: ['y.barDot'], writes: ['x.barDot'] },
  },
  rule: {
    value: ({ kernels, x, y }) => kernels.copy(y.size, x.value, y.value),
    jvp: ({ kernels, x, y }) => kernels.copy(y.size, x.dot, y.dot),
    vjp: ({ kernels, x, y }) => kernels.copy(y.size, y.bar, x.bar),
    vjpDot: ({ kernels, x, y }) => kernels.copy(y.size, y.barDot, x.barDot),
  },
  trials: ({ rows, cols }) => [
    { rows: 1, cols: rows * cols },
    { rows: rows * cols, cols: 1 },
  ],
  acrossExamples: true,
};
