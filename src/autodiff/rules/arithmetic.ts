/** @file The rules of scaling, sum and product of arrays of one shape. */
import { ABSENT, type Rule } from '../rule.ts';

/** y = c x, c a constant. */
export const scale: Rule = {
  // y = c x
  value: ({ kernels, x, y, aux }) => kernels.scaleBy(y.size, aux, x.value, y.value),
  // ẏ = c ẋ
  jvp: ({ kernels, x, y, aux }) => kernels.scaleBy(y.size, aux, x.dot, y.dot),
  // x̄ = c ȳ
  vjp: ({ kernels, x, y, aux }) => kernels.scaleBy(y.size, aux, y.bar, x.bar),
  // (x̄)˙ = c (ȳ)˙
  vjpDot: ({ kernels, x, y, aux }) => kernels.scaleBy(y.size, aux, y.barDot, x.barDot),
};

/** y = x + z. */
export const add: Rule = {
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
};

/** y = x ⊙ z. */
export const multiply: Rule = {
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
};
