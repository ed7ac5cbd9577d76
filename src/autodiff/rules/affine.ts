/** @file The rules of a linear layer. */
import { START_BIAS, START_PRESENT, START_ZERO } from '../../linalg/kernels/arena.ts';
import { ABSENT, type Rule } from '../rule.ts';

/** y = W x + b, θ = [W b] of shape [outputs, inputs + 1]; one example per column. */
export const affine: Rule = {
  // y = W x + b
  value: ({ kernels, x, y, theta }) =>
    kernels.affine(y.rows, x.rows, y.cols, START_BIAS, theta.value, x.value, y.value),

  // ẏ = (Ẇ x + ḃ) + W ẋ
  jvp: ({ kernels, x, y, theta }) => {
    if (theta.dot !== ABSENT) kernels.affine(y.rows, x.rows, y.cols, START_BIAS, theta.dot, x.value, y.dot);
    const start = theta.dot === ABSENT ? START_ZERO : START_PRESENT;
    if (x.dot !== ABSENT) kernels.affine(y.rows, x.rows, y.cols, start, theta.value, x.dot, y.dot);
  },

  // x̄ = Wᵀ ȳ;  W̄ = ȳ xᵀ, b̄ = ȳ 1
  vjp: ({ kernels, x, y, theta }) => {
    if (x.bar !== ABSENT) kernels.affineInput(y.rows, x.rows, y.cols, START_ZERO, theta.value, y.bar, x.bar);
    if (theta.bar === ABSENT) return;
    kernels.affineWeight(y.rows, x.rows, y.cols, START_ZERO, y.bar, x.value, theta.bar);
    kernels.affineBias(y.rows, x.rows, y.cols, y.bar, theta.bar);
  },

  // (x̄)˙ = Wᵀ (ȳ)˙ + Ẇᵀ ȳ;  (W̄)˙ = (ȳ)˙ xᵀ + ȳ ẋᵀ, (b̄)˙ = (ȳ)˙ 1
  vjpDot: ({ kernels, x, y, theta }) => {
    if (x.barDot !== ABSENT) {
      kernels.affineInput(y.rows, x.rows, y.cols, START_ZERO, theta.value, y.barDot, x.barDot);
      if (theta.dot !== ABSENT)
        kernels.affineInput(y.rows, x.rows, y.cols, START_PRESENT, theta.dot, y.bar, x.barDot);
    }
    if (theta.barDot === ABSENT) return;
    kernels.affineWeight(y.rows, x.rows, y.cols, START_ZERO, y.barDot, x.value, theta.barDot);
    kernels.affineBias(y.rows, x.rows, y.cols, y.barDot, theta.barDot);
    if (x.dot !== ABSENT)
      kernels.affineWeight(y.rows, x.rows, y.cols, START_PRESENT, y.bar, x.dot, theta.barDot);
  },
};
