/** @file Entries of an axis, each several times. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { asList } from '../../linalg/border/instances.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { ShapeError } from '../../linalg/errors.ts';
import type { ArenaKernels } from '../../linalg/kernels/arena.ts';
import type { OpDefinition } from '../op.ts';
import { linear } from './linear.ts';

/** Axes of one example as they lie in memory, outermost first, and how often each entry of one of them is to stand. */
export interface RepeatGiven {
  readonly sizes: readonly number[];
  readonly axis: number;
  readonly times: number;
}

/**
 * An array whose rows and positions together are [sizes…, B] in memory, with each entry of an axis `times` times, one behind the other: PyTorch's
 * repeat_interleave; with one entry, its expand. The result has the first axis as its rows. The adjoint adds them, the first first.
 */
export const repeat: OpDefinition<RepeatGiven> = {
  operands: ['reals'],
  result([x], given, { where }) {
    checkObject(where, 'given', given);
    const { sizes, axis, times } = given;
    asList(where, 'sizes', sizes, 'integers');
    for (const [i, size] of sizes.entries())
      checkInteger(where, `sizes[${i}]`, size, 1, Number.MAX_SAFE_INTEGER);
    checkInteger(where, 'axis', axis, 0, sizes.length - 1);
    checkInteger(where, 'times', times, 1, Number.MAX_SAFE_INTEGER);
    const count = (n: number): number => sizes.slice(0, n).reduce((product, size) => product * size, 1);
    const total = count(sizes.length);
    if ((x.rows * x.cols) % total !== 0)
      throw new ShapeError(where, 'operand', `of a multiple of ${total} elements`, `[${x.rows}, ${x.cols}]`);
    const rows = sizes[0] * (axis === 0 ? times : 1);
    return { rows, cols: (x.rows * x.cols * times) / rows, constants: [count(axis + 1), times] };
  },
  keeps: { aux: () => 2 },
  ...linear<ArenaKernels>(
    ({ kernels, x, constants: [runs, times] }, from, to) => {
      const run = x.size / runs;
      for (let i = 0; i < runs * times; i++)
        kernels.copy(run, from + Math.floor(i / times) * run, to + i * run);
    },
    ({ kernels, x, constants: [runs, times] }, from, to) => {
      const run = x.size / runs;
      for (let i = 0; i < runs; i++) {
        kernels.copy(run, from + i * times * run, to + i * run);
        for (let k = 1; k < times; k++) kernels.add(run, from + (i * times + k) * run, to + i * run);
      }
    },
  ),
  examples: ({ rows, cols }, { sizes }) => (rows * cols) / sizes.reduce((product, size) => product * size, 1),
  trials: ({ rows, cols }) => [
    { sizes: [rows], axis: 0, times: 3 },
    { sizes: [1, rows], axis: 0, times: 2 },
    ...(cols % 2 === 0 ? [{ sizes: [rows, 2], axis: 1, times: 2 }] : []),
  ],
};
