/** @file The sum over the batch. */
import type { OpDefinition } from '../op.ts';

/** y[r] = Σ_b x[r, b], compensated. */
export const sum: OpDefinition = {
  operands: ['reals'],
  result: ([{ rows }]) => ({ rows, cols: 1 }),
  uses: {
    value: { reads: ['x.value'], writes: ['y.value'] },
    jvp: { reads: ['x.dot'], writes: ['y.dot'] },
    vjp: { reads: ['y.bar'], writes: ['x.bar'] },
    vjpDot: { reads: ['y.barDot'], writes: ['x.barDot'] },
  },
  rule: {
    // y = x 1
    value: ({ kernels, x, y }) => kernels.sumColumns(x.rows, x.cols, x.value, y.value),
    // ẏ = ẋ 1
    jvp: ({ kernels, x, y }) => kernels.sumColumns(x.rows, x.cols, x.dot, y.dot),
    // x̄ = ȳ 1ᵀ
    vjp: ({ kernels, x, y }) => kernels.spreadColumns(x.rows, x.cols, y.bar, x.bar),
    // (x̄)˙ = (ȳ)˙ 1ᵀ
    vjpDot: ({ kernels, x, y }) => kernels.spreadColumns(x.rows, x.cols, y.barDot, x.barDot),
  },
  acrossExamples: true,
};
