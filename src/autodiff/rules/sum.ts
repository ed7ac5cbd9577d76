/** @file The rules of the sum over the batch. */
import type { Rule } from '../rule.ts';

/** y[r] = Σ_b x[r, b], compensated. */
export const sum: Rule = {
  // y = x 1
  value: ({ kernels, x, y }) => kernels.sumColumns(x.rows, x.cols, x.value, y.value),
  // ẏ = ẋ 1
  jvp: ({ kernels, x, y }) => kernels.sumColumns(x.rows, x.cols, x.dot, y.dot),
  // x̄ = ȳ 1ᵀ
  vjp: ({ kernels, x, y }) => kernels.spreadColumns(x.rows, x.cols, y.bar, x.bar),
  // (x̄)˙ = (ȳ)˙ 1ᵀ
  vjpDot: ({ kernels, x, y }) => kernels.spreadColumns(x.rows, x.cols, y.barDot, x.barDot),
};
