/** @file The rules of functions that give one number per example: correct-class margin, squared and absolute error. */
import { ABSENT, type Rule } from '../rule.ts';

/**
 * r = u_t − log Σ_{c≠t} e^{u_c}, the log-odds of the labelled class t under softmax: log p_t − log(1 − p_t).
 * Cross-entropy is −log σ(r), so one head serves all three class functions and no probability is subtracted from 1.
 * `aux` holds n = ∂r/∂u = e_t − q with q the softmax over the classes c ≠ t. Labels have no derivative.
 */
export const margin: Rule = {
  // r = u_t − log Σ_{c≠t} e^{u_c}
  value: ({ kernels, x, z, y, aux }) => kernels.margin(x.rows, x.cols, x.value, z.value, y.value, aux),
  // ṙ = n·u̇
  jvp: ({ kernels, x, y, aux }) => kernels.columnDot(x.rows, x.cols, aux, x.dot, y.dot),
  // ū = n r̄
  vjp: ({ kernels, x, y, aux }) => kernels.scaleColumns(x.rows, x.cols, aux, y.bar, x.bar),
  // (ū)˙ = n (r̄)˙ − q ⊙ (u̇ − q·u̇) r̄
  vjpDot: ({ kernels, x, z, y, aux }) => {
    kernels.scaleColumns(x.rows, x.cols, aux, y.barDot, x.barDot);
    if (x.dot !== ABSENT) kernels.marginCurve(x.rows, x.cols, aux, z.value, x.dot, y.bar, x.barDot);
  },
};

/** ℓ = ½‖u − t‖² per column; `aux` holds the residual d = u − t. Targets have no derivative. */
export const squaredError: Rule = {
  // ℓ = ½ d·d
  value: ({ kernels, x, z, y, aux }) => {
    kernels.subtract(x.size, x.value, z.value, aux);
    kernels.columnDot(x.rows, x.cols, aux, aux, y.value);
    kernels.scale(y.size, 0.5, y.value, y.value);
  },
  // ℓ̇ = d·u̇
  jvp: ({ kernels, x, y, aux }) => kernels.columnDot(x.rows, x.cols, aux, x.dot, y.dot),
  // ū = d ℓ̄
  vjp: ({ kernels, x, y, aux }) => kernels.scaleColumns(x.rows, x.cols, aux, y.bar, x.bar),
  // (ū)˙ = d (ℓ̄)˙ + u̇ ℓ̄
  vjpDot: ({ kernels, x, y, aux }) => {
    kernels.scaleColumns(x.rows, x.cols, aux, y.barDot, x.barDot);
    if (x.dot !== ABSENT) kernels.scaleColumnsAdd(x.rows, x.cols, x.dot, y.bar, x.barDot);
  },
};

/**
 * ℓ = Σ |u − t| per column; `aux` begins with s = sign(u − t), 0 where u = t. Targets have no derivative, s has none either:
 * derivatives are those of the linear function that ℓ is around u, and at a kink those of the subgradient of least length.
 */
export const absoluteError: Rule = {
  // ℓ = s·d, d = u − t, s = [d > 0] − [−d > 0]
  value: ({ kernels, x, z, y, aux: sign }) => {
    const n = x.size;
    const [below, scratch, d] = [sign + n, sign + 2 * n, sign + 3 * n];
    kernels.subtract(n, z.value, x.value, d);
    kernels.relu(n, d, scratch, below, ABSENT);
    kernels.subtract(n, x.value, z.value, d);
    kernels.relu(n, d, scratch, sign, ABSENT);
    kernels.subtract(n, sign, below, sign);
    kernels.columnDot(x.rows, x.cols, sign, d, y.value);
  },
  // ℓ̇ = s·u̇
  jvp: ({ kernels, x, y, aux }) => kernels.columnDot(x.rows, x.cols, aux, x.dot, y.dot),
  // ū = s ℓ̄
  vjp: ({ kernels, x, y, aux }) => kernels.scaleColumns(x.rows, x.cols, aux, y.bar, x.bar),
  // (ū)˙ = s (ℓ̄)˙
  vjpDot: ({ kernels, x, y, aux }) => kernels.scaleColumns(x.rows, x.cols, aux, y.barDot, x.barDot),
};
