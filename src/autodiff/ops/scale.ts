/** @file Multiplication by a constant. */
import { checkFiniteNumber } from '../../linalg/border/arguments.ts';
import type { OpDefinition } from '../op.ts';

/** y = c x, c a constant, which lies in `aux`. */
export const scale: OpDefinition<number> = {
  operands: ['reals'],
  result([{ rows, cols }], c, { where }) {
    checkFiniteNumber(where, 'c', c);
    return { rows, cols, constants: [c] };
  },
  keeps: { aux: () => 1 },
  uses: {
    value: { reads: ['aux', 'x.value'], writes: ['y.value'] },
    jvp: { reads: ['aux', 'x.dot'], writes: ['y.dot'] },
    vjp: { reads: ['aux', 'y.bar'], writes: ['x.bar'] },
    vjpDot: { reads: ['aux', 'y.barDot'], writes: ['x.barDot'] },
  },
  rule: {
    // y = c x
    value: ({ kernels, x, y, aux }) => kernels.scaleBy(y.size, aux, x.value, y.value),
    // ẏ = c ẋ
    jvp: ({ kernels, x, y, aux }) => kernels.scaleBy(y.size, aux, x.dot, y.dot),
    // x̄ = c ȳ
    vjp: ({ kernels, x, y, aux }) => kernels.scaleBy(y.size, aux, y.bar, x.bar),
    // (x̄)˙ = c (ȳ)˙
    vjpDot: ({ kernels, x, y, aux }) => kernels.scaleBy(y.size, aux, y.barDot, x.barDot),
  },
  trials: () => [-1.5],
};
