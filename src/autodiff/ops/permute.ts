/** @file The axes of an array in another order. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { asList } from '../../linalg/border/instances.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import type { ArenaKernels } from '../../linalg/kernels/arena.ts';
import type { Frame, OpDefinition } from '../op.ts';
import { linear } from './linear.ts';

/** Axes of one example as they lie in memory, outermost first; axis j of the result is axis order[j] of the operand. */
export interface PermuteGiven {
  readonly sizes: readonly number[];
  readonly order: readonly number[];
}

/**
 * An array whose rows and positions together are [sizes…, B] in memory, with its axes in another order: PyTorch's permute, the batch staying
 * innermost. The result has the first axis as its rows. Runs that stay together are copied together.
 */
export const permute: OpDefinition<PermuteGiven> = {
  operands: ['reals'],
  result([x], given, { where }) {
    checkObject(where, 'given', given);
    const { sizes, order } = given;
    asList(where, 'sizes', sizes, 'integers');
    asList(where, 'order', order, 'integers');
    for (const [i, size] of sizes.entries())
      checkInteger(where, `sizes[${i}]`, size, 1, Number.MAX_SAFE_INTEGER);
    if (order.length !== sizes.length || sizes.some((_, axis) => !order.includes(axis)))
      throw new DomainError(where, 'order', `each of 0..${sizes.length - 1} once`, `${order}`);
    const total = sizes.reduce((product, size) => product * size, 1);
    if ((x.rows * x.cols) % total !== 0)
      throw new ShapeError(where, 'operand', `of a multiple of ${total} elements`, `[${x.rows}, ${x.cols}]`);
    const rows = sizes[order[0]];
    return { rows, cols: (x.rows * x.cols) / rows, constants: sources(sizes, order) };
  },
  keeps: { aux: (_, { constants }) => constants.length },
  ...linear<ArenaKernels>(
    (f, from, to) => each(f, (run, source, result) => f.kernels.copy(run, from + source, to + result)),
    (f, from, to) => each(f, (run, source, result) => f.kernels.copy(run, from + result, to + source)),
  ),
  examples: ({ rows, cols }, { sizes }) => (rows * cols) / sizes.reduce((product, size) => product * size, 1),
  trials: ({ rows, cols }) => [
    { sizes: [rows, cols], order: [1, 0] },
    { sizes: [1, rows], order: [1, 0] },
    ...(cols % 2 === 0 ? [{ sizes: [rows, 2, cols / 2], order: [1, 0, 2] }] : []),
  ],
};

/** Calls `body` for each run of elements that stay together: its length, where it is in the operand and where in the result. */
function each({ y, constants }: Frame, body: (run: number, source: number, result: number) => void): void {
  const run = y.size / constants.length;
  for (let i = 0; i < constants.length; i++) body(run, constants[i] * run, i * run);
}

/** For each run of the result, in its order, which run of the operand it is. Last axes that stay where they are belong to the run. */
function sources(sizes: readonly number[], order: readonly number[]): readonly number[] {
  let axes = sizes.length;
  while (axes > 1 && order[axes - 1] === axes - 1) axes--;
  const strides = new Array<number>(axes).fill(1);
  for (let axis = axes - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * sizes[axis + 1];
  let out = [0];
  for (const axis of order.slice(0, axes))
    out = out.flatMap((at) => Array.from({ length: sizes[axis] }, (_, k) => at + k * strides[axis]));
  return out;
}
