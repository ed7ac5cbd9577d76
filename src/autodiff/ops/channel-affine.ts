/** @file A constant scale and shift of each channel: a frozen batch norm. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { asVector, type VectorInput } from '../../linalg/border/vector.ts';
import { checkFinite, checkLength } from '../../linalg/checks.ts';
import { type ArenaKernels, START_BIAS, START_ZERO } from '../../linalg/kernels/arena.ts';
import type { Frame, OpDefinition } from '../op.ts';
import { linear } from './linear.ts';

/** One number for each row. */
export interface ChannelAffineGiven {
  readonly scale: VectorInput;
  readonly shift: VectorInput;
}

const SCALED = linear<ArenaKernels>(
  (f, from, to) => scaled(f, START_ZERO, from, to),
  (f, from, to) => scaled(f, START_ZERO, from, to),
  ['aux'],
);

/**
 * y[r, :] = scale[r] x[r, :] + shift[r], constants both. A batch norm in evaluation mode, with mean m and variance v of the training, is scale 1/√(v + ε) and shift
 * −m/√(v + ε), and then the layer's own scale and shift.
 */
export const channelAffine: OpDefinition<ChannelAffineGiven> = {
  operands: ['reals'],
  result([{ rows, cols }], given, { where }) {
    checkObject(where, 'given', given);
    const [scale, shift] = (['scale', 'shift'] as const).map((name) => {
      const vector = asVector(where, name, given[name]);
      checkLength(where, name, vector, rows);
      checkFinite(where, name, vector);
      return vector;
    });
    return { rows, cols, constants: Array.from(scale).flatMap((factor, r) => [factor, shift[r]]) };
  },
  keeps: { aux: ({ rows }) => 2 * rows },
  uses: SCALED.uses,
  // y = a x + b; the others without b
  rule: { ...SCALED.rule, value: (f) => scaled(f, START_BIAS, f.x.value, f.y.value) },
  trials: ({ rows }) => [
    {
      scale: Array.from({ length: rows }, (_, r) => r - 1.5),
      shift: Array.from({ length: rows }, (_, r) => 0.3 * r),
    },
  ],
};

/** Each row by its factor, and with START_BIAS its shift: a layer of one input and one output. */
function scaled({ kernels, y, aux }: Frame, start: number, from: number, to: number): void {
  for (let r = 0; r < y.rows; r++) {
    const factor = aux + 2 * r;
    const row = r * y.cols;
    kernels.affine(1, 1, 2, y.cols, start, factor, factor + 1, from + row, to + row);
  }
}
