/** @file The sum of two arrays. */
import { ABSENT, type OpDefinition } from '../op.ts';
import { ofOneShape } from './shapes.ts';

/** y = x + z. */
export const add: OpDefinition = {
  operands: ['reals', 'reals'],
  result: ofOneShape,
  uses: {
    value: { reads: ['x.value', 'z.value'], writes: ['y.value'] },
    jvp: { reads: ['x.dot', 'z.dot'], writes: ['y.dot'] },
    vjp: { reads: ['y.bar'], writes: ['x.bar', 'z.bar'] },
    vjpDot: { reads: ['y.barDot'], writes: ['x.barDot', 'z.barDot'] },
  },
  rule: {
    // y = x + z
    value: ({ kernels, x, z, y }) => {
      kernels.copy(y.size, x.value, y.value);
      kernels.add(y.size, z.value, y.value);
    },
    // ẏ = ẋ + ż
    jvp: ({ kernels, x, z, y }) => {
      kernels.copy(y.size, x.dot === ABSENT ? z.dot : x.dot, y.dot);
      if (x.dot !== ABSENT && z.dot !== ABSENT) kernels.add(y.size, z.dot, y.dot);
    },
    // x̄ = ȳ, z̄ = ȳ
    vjp: ({ kernels, x, z, y }) => {
      if (x.bar !== ABSENT) kernels.copy(y.size, y.bar, x.bar);
      if (z.bar !== ABSENT) kernels.copy(y.size, y.bar, z.bar);
    },
    // (x̄)˙ = (ȳ)˙, (z̄)˙ = (ȳ)˙
    vjpDot: ({ kernels, x, z, y }) => {
      if (x.barDot !== ABSENT) kernels.copy(y.size, y.barDot, x.barDot);
      if (z.barDot !== ABSENT) kernels.copy(y.size, y.barDot, z.barDot);
    },
  },
};
