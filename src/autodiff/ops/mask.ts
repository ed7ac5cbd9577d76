/** @file Elements set aside: before a softmax, or where a sequence is padding. */
import { checkNumber, checkObject } from '../../linalg/border/arguments.ts';
import { asVector, type VectorInput } from '../../linalg/border/vector.ts';
import { checkLength } from '../../linalg/checks.ts';
import { ShapeError } from '../../linalg/errors.ts';
import type { ArenaKernels } from '../../linalg/kernels/arena.ts';
import { type AllKernels, networkKernels } from '../../linalg/kernels/network/in-arena.ts';
import type { Frame, OpDefinition } from '../op.ts';
import { inputOf } from './shapes.ts';

/** y = x where the second operand, an input of the same shape, is above 0; elsewhere the given value, which may be −∞. */
export const mask: OpDefinition<number, AllKernels> = {
  operands: ['reals', 'targets'],
  result([x, kept], value, { where }) {
    checkNumber(where, 'value', value);
    inputOf(where, 'mask', kept);
    if (kept.rows !== x.rows || kept.cols !== x.cols)
      throw new ShapeError(where, 'mask', `[${x.rows}, ${x.cols}]`, `[${kept.rows}, ${kept.cols}]`);
    return { rows: x.rows, cols: x.cols, constants: [value, 0] };
  },
  kernels: networkKernels,
  keeps: { aux: () => 2 },
  uses: {
    value: { reads: ['aux', 'z.value', 'x.value'], writes: ['y.value'] },
    jvp: { reads: ['aux', 'z.value', 'x.dot'], writes: ['y.dot'] },
    vjp: { reads: ['aux', 'z.value', 'y.bar'], writes: ['x.bar'] },
    vjpDot: { reads: ['aux', 'z.value', 'y.barDot'], writes: ['x.barDot'] },
  },
  rule: {
    // y = x or the value
    value: ({ kernels, x, z, y, aux }) => kernels.select(y.size, z.value, aux, x.value, y.value),
    // ẏ = ẋ or 0
    jvp: ({ kernels, x, z, y, aux }) => kernels.select(y.size, z.value, aux + 1, x.dot, y.dot),
    // x̄ = ȳ or 0
    vjp: ({ kernels, x, z, y, aux }) => kernels.select(y.size, z.value, aux + 1, y.bar, x.bar),
    // (x̄)˙ = (ȳ)˙ or 0
    vjpDot: ({ kernels, x, z, y, aux }) => kernels.select(y.size, z.value, aux + 1, y.barDot, x.barDot),
  },
  trials: () => [-1.5],
};

/** As {@link mask}, for whole columns: the second operand is [1, cols]. */
export const maskColumns: OpDefinition<number, AllKernels> = {
  ...mask,
  operands: ['reals', 'mask'],
  result([x, kept], value, { where }) {
    checkNumber(where, 'value', value);
    inputOf(where, 'mask', kept);
    if (kept.rows !== 1 || kept.cols !== x.cols)
      throw new ShapeError(where, 'mask', `[1, ${x.cols}]`, `[${kept.rows}, ${kept.cols}]`);
    return { rows: x.rows, cols: x.cols, constants: [value, 0] };
  },
  rule: {
    value: (f) => selected(f, f.aux, f.x.value, f.y.value),
    jvp: (f) => selected(f, f.aux + 1, f.x.dot, f.y.dot),
    vjp: (f) => selected(f, f.aux + 1, f.y.bar, f.x.bar),
    vjpDot: (f) => selected(f, f.aux + 1, f.y.barDot, f.x.barDot),
  },
};

/** Row by row. */
function selected({ kernels, y, z }: Frame<AllKernels>, otherwise: number, from: number, to: number): void {
  for (let r = 0; r < y.size; r += y.cols) kernels.select(y.cols, z.value, otherwise, from + r, to + r);
}

/** Rows that stay, where `keep` is not 0, and what stands in place of the others; it may be −∞. */
export interface MaskRowsGiven {
  readonly keep: VectorInput;
  readonly value: number;
}

/** As {@link mask}, for whole rows, which are the same in every column: a causal mask. */
export const maskRows: OpDefinition<MaskRowsGiven> = {
  operands: ['reals'],
  result([{ rows, cols }], given, { where }) {
    checkObject(where, 'given', given);
    checkNumber(where, 'value', given.value);
    const keep = asVector(where, 'keep', given.keep);
    checkLength(where, 'keep', keep, rows);
    return { rows, cols, constants: [given.value, ...runsOf(keep)] };
  },
  keeps: { aux: (_, { constants }) => constants.length },
  uses: {
    value: { reads: ['x.value'], writes: ['y.value'] },
    jvp: { reads: ['x.dot'], writes: ['y.dot'] },
    vjp: { reads: ['y.bar'], writes: ['x.bar'] },
    vjpDot: { reads: ['y.barDot'], writes: ['x.barDot'] },
  },
  rule: {
    // y = x or the value
    value: (f) => rowsKept(f, f.constants[0], f.x.value, f.y.value),
    // ẏ = ẋ or 0
    jvp: (f) => rowsKept(f, 0, f.x.dot, f.y.dot),
    // x̄ = ȳ or 0
    vjp: (f) => rowsKept(f, 0, f.y.bar, f.x.bar),
    // (x̄)˙ = (ȳ)˙ or 0
    vjpDot: (f) => rowsKept(f, 0, f.y.barDot, f.x.barDot),
  },
  trials: ({ rows }) => [
    { keep: Array.from({ length: rows }, (_, r) => (r % 3 === 1 ? 0 : 1)), value: -1.5 },
  ],
};

/** Where runs of rows end, kept ones first: the first may be empty. */
function runsOf(keep: ArrayLike<number>): number[] {
  const ends: number[] = [];
  for (let r = 0, kept = true; r <= keep.length; r++)
    if (r === keep.length || (keep[r] !== 0) !== kept) {
      ends.push(r);
      kept = !kept;
    }
  return ends;
}

function rowsKept(
  { kernels, y, constants }: Frame<ArenaKernels>,
  value: number,
  from: number,
  to: number,
): void {
  for (let i = 1, start = 0; i < constants.length; start = constants[i++]) {
    const [n, at] = [(constants[i] - start) * y.cols, start * y.cols];
    if (n === 0) continue;
    if (i % 2 === 1) kernels.copy(n, from + at, to + at);
    else kernels.fill(n, value, to + at);
  }
}
