/** @file Rows of arrays put together, and taken apart. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { ShapeError } from '../../linalg/errors.ts';
import type { ArenaKernels } from '../../linalg/kernels/arena.ts';
import { ABSENT, type Frame, type OpDefinition } from '../op.ts';
import { linear } from './linear.ts';

/** y = [x; z]: the rows of x, then those of z. */
export const concat: OpDefinition = {
  operands: ['reals', 'reals'],
  result([x, z], _, { where }) {
    if (x.cols !== z.cols)
      throw new ShapeError(where, 'second operand', `${x.cols} columns`, `[${z.rows}, ${z.cols}]`);
    return { rows: x.rows + z.rows, cols: x.cols };
  },
  uses: {
    value: { reads: ['x.value', 'z.value'], writes: ['y.value'] },
    jvp: { reads: ['x.dot', 'z.dot'], writes: ['y.dot'] },
    vjp: { reads: ['y.bar'], writes: ['x.bar', 'z.bar'] },
    vjpDot: { reads: ['y.barDot'], writes: ['x.barDot', 'z.barDot'] },
  },
  rule: {
    value: (f) => join(f, f.x.value, f.z.value, f.y.value),
    jvp: (f) => join(f, f.x.dot, f.z.dot, f.y.dot),
    vjp: (f) => part(f, f.y.bar, f.x.bar, f.z.bar),
    vjpDot: (f) => part(f, f.y.barDot, f.x.barDot, f.z.barDot),
  },
};

/** y ← [x; z], absent ones as zeros. */
function join({ kernels, x, z }: Frame, left: number, right: number, to: number): void {
  if (left === ABSENT) kernels.fill(x.size, 0, to);
  else kernels.copy(x.size, left, to);
  if (right === ABSENT) kernels.fill(z.size, 0, to + x.size);
  else kernels.copy(z.size, right, to + x.size);
}

function part({ kernels, x, z }: Frame, from: number, left: number, right: number): void {
  if (left !== ABSENT) kernels.copy(x.size, from, left);
  if (right !== ABSENT) kernels.copy(z.size, from + x.size, right);
}

/** Rows start..stop−1. */
export interface SplitGiven {
  readonly start: number;
  readonly stop: number;
}

/** y = rows start..stop−1 of x. */
export const split: OpDefinition<SplitGiven> = {
  operands: ['reals'],
  result([x], given, { where }) {
    checkObject(where, 'given', given);
    const { start, stop } = given;
    checkInteger(where, 'start', start, 0, x.rows - 1);
    checkInteger(where, 'stop', stop, start + 1, x.rows);
    return { rows: stop - start, cols: x.cols, constants: [start] };
  },
  keeps: { aux: () => 1 },
  ...linear<ArenaKernels>(
    ({ kernels, y, constants: [start] }, from, to) => kernels.copy(y.size, from + start * y.cols, to),
    ({ kernels, x, y, constants: [start] }, from, to) => {
      const before = start * y.cols;
      kernels.fill(before, 0, to);
      kernels.copy(y.size, from, to + before);
      kernels.fill(x.size - before - y.size, 0, to + before + y.size);
    },
  ),
  trials: ({ rows }) => [
    { start: 0, stop: rows - 1 },
    { start: 1, stop: rows },
  ],
};
