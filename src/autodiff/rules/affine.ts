/** @file The rules of a linear layer. */
import { START_BIAS, START_PRESENT, START_ZERO } from '../../linalg/kernels/arena.ts';
import { ABSENT, type Frame, type Rule } from '../rule.ts';

/**
 * y = W x + b, θ = [W b] of shape [outputs, inputs + 1], or y = W x, θ = W; one example per column. θ may have more columns:
 * they are neither read nor written.
 */
export const affine: Rule = {
  // y = W x + b
  value: (f) => forward(f, f.theta.value, f.x.value, f.y.value, true),

  // ẏ = (Ẇ x + ḃ) + W ẋ
  jvp: (f) => {
    const { kernels, x, y, theta } = f;
    if (theta.dot !== ABSENT) forward(f, theta.dot, x.value, y.dot, true);
    if (x.dot === ABSENT) return;
    if (theta.dot === ABSENT) forward(f, theta.value, x.dot, y.dot, false);
    else kernels.affine(y.rows, x.rows, theta.cols, y.cols, START_PRESENT, theta.value, ABSENT, x.dot, y.dot);
  },

  // x̄ = Wᵀ ȳ;  W̄ = ȳ xᵀ, b̄ = ȳ 1
  vjp: (f) => {
    const { kernels, x, y, theta } = f;
    if (x.bar !== ABSENT)
      kernels.affineInput(y.rows, x.rows, theta.cols, y.cols, START_ZERO, theta.value, y.bar, x.bar);
    if (theta.bar !== ABSENT) gradient(f, y.bar, theta.bar);
  },

  // (x̄)˙ = Wᵀ (ȳ)˙ + Ẇᵀ ȳ;  (W̄)˙ = (ȳ)˙ xᵀ + ȳ ẋᵀ, (b̄)˙ = (ȳ)˙ 1
  vjpDot: (f) => {
    const { kernels, x, y, theta } = f;
    if (x.barDot !== ABSENT) {
      kernels.affineInput(y.rows, x.rows, theta.cols, y.cols, START_ZERO, theta.value, y.barDot, x.barDot);
      if (theta.dot !== ABSENT)
        kernels.affineInput(y.rows, x.rows, theta.cols, y.cols, START_PRESENT, theta.dot, y.bar, x.barDot);
    }
    if (theta.barDot === ABSENT) return;
    gradient(f, y.barDot, theta.barDot);
    if (x.dot !== ABSENT)
      kernels.affineWeight(y.rows, x.rows, theta.cols, y.cols, START_PRESENT, y.bar, x.dot, theta.barDot);
  },
};

/** y ← W x, and + b where it is wanted and there. */
function forward(
  { kernels, x, y, theta, bias }: Frame,
  w: number,
  from: number,
  to: number,
  wanted: boolean,
): void {
  const start = wanted && bias !== ABSENT ? START_BIAS : START_ZERO;
  kernels.affine(y.rows, x.rows, theta.cols, y.cols, start, w, w + bias, from, to);
}

/** W̄ ← ȳ xᵀ, b̄ ← ȳ 1. */
function gradient({ kernels, x, y, theta, bias }: Frame, yBar: number, thetaBar: number): void {
  kernels.affineWeight(y.rows, x.rows, theta.cols, y.cols, START_ZERO, yBar, x.value, thetaBar);
  if (bias !== ABSENT) kernels.affineBias(y.rows, theta.cols, y.cols, yBar, thetaBar + bias);
}
