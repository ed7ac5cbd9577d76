/** @file The product of two arrays, element by element. */
import { ABSENT, type OpDefinition } from '../op.ts';
import { ofOneShape } from './shapes.ts';

/** y = x ⊙ z. */
export const multiply: OpDefinition = {
  operands: ['reals', 'reals'],
  result: ofOneShape,
  uses: {
    value: { reads: ['x.value', 'z.value'], writes: ['y.value'] },
    jvp: { reads: ['x.value', 'z.value', 'x.dot', 'z.dot'], writes: ['y.dot'] },
    vjp: { reads: ['x.value', 'z.value', 'y.bar'], writes: ['x.bar', 'z.bar'] },
    vjpDot: {
      reads: ['x.value', 'z.value', 'x.dot', 'z.dot', 'y.bar', 'y.barDot'],
      writes: ['x.barDot', 'z.barDot'],
    },
  },
  rule: {
    // y = x z
    value: ({ kernels, x, z, y }) => kernels.multiply(y.size, x.value, z.value, y.value),
    // ẏ = ẋ z + x ż
    jvp: ({ kernels, x, z, y }) => {
      if (x.dot === ABSENT) return kernels.multiply(y.size, x.value, z.dot, y.dot);
      kernels.multiply(y.size, x.dot, z.value, y.dot);
      if (z.dot !== ABSENT) kernels.multiplyAdd(y.size, x.value, z.dot, y.dot);
    },
    // x̄ = z ȳ, z̄ = x ȳ
    vjp: ({ kernels, x, z, y }) => {
      if (x.bar !== ABSENT) kernels.multiply(y.size, z.value, y.bar, x.bar);
      if (z.bar !== ABSENT) kernels.multiply(y.size, x.value, y.bar, z.bar);
    },
    // (x̄)˙ = z (ȳ)˙ + ż ȳ, (z̄)˙ = x (ȳ)˙ + ẋ ȳ
    vjpDot: ({ kernels, x, z, y }) => {
      if (x.barDot !== ABSENT) {
        kernels.multiply(y.size, z.value, y.barDot, x.barDot);
        if (z.dot !== ABSENT) kernels.multiplyAdd(y.size, z.dot, y.bar, x.barDot);
      }
      if (z.barDot !== ABSENT) {
        kernels.multiply(y.size, x.value, y.barDot, z.barDot);
        if (x.dot !== ABSENT) kernels.multiplyAdd(y.size, x.dot, y.bar, z.barDot);
      }
    },
  },
};
