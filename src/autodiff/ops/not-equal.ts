/** @file Which elements are not a given number: where a sequence is no padding. */
import { checkFiniteNumber } from '../../linalg/border/arguments.ts';
import { NOT_WANTED, START_BIAS } from '../../linalg/kernels/arena.ts';
import type { OpDefinition } from '../op.ts';
import { ofOneShape, sizeOfOperand } from './shapes.ts';

/**
 * y = 1 where x ≠ c, 0 where x = c; its derivative is 0. It is computed as the slope of max(0, (x − c)²). `aux` holds 1 and −c, then (x − c)² and its
 * rectifier.
 */
export const notEqual: OpDefinition<number> = {
  operands: ['reals'],
  result(operands, c, at) {
    checkFiniteNumber(at.where, 'c', c);
    return { ...ofOneShape(operands, undefined, at), constants: [1, -c] };
  },
  keeps: { aux: (x) => BEHIND + 2 * sizeOfOperand(x) },
  uses: {
    value: { reads: ['aux', 'x.value'], writes: ['y.value', 'aux'] },
    jvp: { reads: [], writes: ['y.dot'] },
    vjp: { reads: [], writes: ['x.bar'] },
    vjpDot: { reads: [], writes: ['x.barDot'] },
  },
  rule: {
    value: ({ kernels, x, y, aux }) => {
      const square = aux + BEHIND;
      kernels.affine(1, 1, 2, x.size, START_BIAS, aux, aux + 1, x.value, square);
      kernels.multiply(x.size, square, square, square);
      kernels.relu(x.size, square, square + x.size, y.value, NOT_WANTED);
    },
    // ẏ = 0
    jvp: ({ kernels, y }) => kernels.fill(y.size, 0, y.dot),
    // x̄ = 0
    vjp: ({ kernels, x }) => kernels.fill(x.size, 0, x.bar),
    // (x̄)˙ = 0
    vjpDot: ({ kernels, x }) => kernels.fill(x.size, 0, x.barDot),
  },
  trials: () => [0, -3],
};

/** Constants at the beginning of `aux`. */
const BEHIND = 2;
