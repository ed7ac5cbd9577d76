/** @file The cross-entropy of softmax with rows of probabilities, and the log-odds of a label drawn from them. */
import { type AllKernels, networkKernels } from '../../linalg/kernels/network/in-arena.ts';
import { ABSENT, type OpDefinition } from '../op.ts';
import { perExampleOfTargets } from './shapes.ts';

/**
 * ℓ = Σ_c q_c (log Σ_k e^(u_k) − u_c) per column, of any q. `aux` holds g = ∂ℓ/∂u = s p − q, p = softmax(u), s = Σ q; p; s; a number 1; an array and a row of
 * scratch.
 */
export const softCrossEntropy: OpDefinition<undefined, AllKernels> = {
  operands: ['reals', 'targets'],
  result: (operands, _, at) => ({ ...perExampleOfTargets(operands, undefined, at), constants: [1] }),
  kernels: networkKernels,
  keeps: { aux: ({ rows, cols }) => 1 + 3 * rows * cols + 2 * cols },
  uses: {
    value: { reads: ['x.value', 'z.value'], writes: ['y.value', 'aux'] },
    jvp: { reads: ['aux', 'x.dot'], writes: ['y.dot'] },
    vjp: { reads: ['aux', 'y.bar'], writes: ['x.bar'] },
    vjpDot: { reads: ['x.dot', 'y.bar', 'y.barDot'], writes: ['x.barDot', 'aux'] },
  },
  rule: {
    value: ({ kernels, x, z, y, aux }) =>
      kernels.softCrossEntropy(x.rows, x.cols, x.value, z.value, y.value, aux + 1),
    // ℓ̇ = g·u̇
    jvp: ({ kernels, x, y, aux }) => kernels.columnDot(x.rows, x.cols, aux + 1, x.dot, y.dot),
    // ū = g ℓ̄
    vjp: ({ kernels, x, y, aux }) => kernels.scaleColumns(x.rows, x.cols, aux + 1, y.bar, x.bar),
    // (ū)˙ = g (ℓ̄)˙ + s p ⊙ (u̇ − p·u̇) ℓ̄
    vjpDot: ({ kernels, x, y, aux }) => {
      const { rows, cols, size, dot, barDot } = x;
      kernels.scaleColumns(rows, cols, aux + 1, y.barDot, barDot);
      if (dot === ABSENT) return;
      const p = aux + 1 + size;
      const total = p + size;
      const weight = total + cols;
      const bent = weight + cols;
      kernels.softmaxSlope(1, rows, cols, 0, aux, p, dot, bent);
      kernels.multiply(cols, total, y.bar, weight);
      kernels.scaleColumnsAdd(rows, cols, bent, weight, barDot);
    },
  },
};

/**
 * m = Σ_c q_c r_c per column, r_c = u_c − log Σ_{k≠c} e^(u_k) the log-odds of class c: their mean over a label drawn from q. `aux` holds g = ∂m/∂u, a row of
 * labels and one of numbers, and ∂r_c/∂u class by class: C² numbers per column.
 */
export const softMargin: OpDefinition<undefined, AllKernels> = {
  operands: ['reals', 'targets'],
  result: perExampleOfTargets,
  kernels: networkKernels,
  keeps: { aux: ({ rows, cols }) => (rows + 2 + rows * rows) * cols },
  uses: {
    value: { reads: ['x.value', 'z.value'], writes: ['y.value', 'aux'] },
    jvp: { reads: ['aux', 'x.dot'], writes: ['y.dot'] },
    vjp: { reads: ['aux', 'y.bar'], writes: ['x.bar'] },
    vjpDot: { reads: ['z.value', 'x.dot', 'y.bar', 'y.barDot'], writes: ['x.barDot', 'aux'] },
  },
  trialShapes: [
    { rows: 3, cols: 5 },
    { rows: 2, cols: 1 },
  ],
  rule: {
    value: ({ kernels, x, z, y, aux: g }) => {
      const { rows, cols, size } = x;
      const labels = g + size;
      const [odds, slopes] = [labels + cols, labels + 2 * cols];
      kernels.fill(size, 0, g);
      kernels.fill(cols, 0, y.value);
      for (let c = 0; c < rows; c++) {
        const [q, slope] = [z.value + c * cols, slopes + c * size];
        kernels.fill(cols, c, labels);
        kernels.margin(rows, cols, x.value, labels, odds, slope);
        kernels.multiplyAdd(cols, q, odds, y.value);
        kernels.scaleColumnsAdd(rows, cols, slope, q, g);
      }
    },
    // ṁ = g·u̇
    jvp: ({ kernels, x, y, aux }) => kernels.columnDot(x.rows, x.cols, aux, x.dot, y.dot),
    // ū = g m̄
    vjp: ({ kernels, x, y, aux }) => kernels.scaleColumns(x.rows, x.cols, aux, y.bar, x.bar),
    // (ū)˙ = g (m̄)˙ + Σ_c q_c r̈_c m̄
    vjpDot: ({ kernels, x, z, y, aux: g }) => {
      const { rows, cols, size, dot, barDot } = x;
      kernels.scaleColumns(rows, cols, g, y.barDot, barDot);
      if (dot === ABSENT) return;
      const labels = g + size;
      const [weight, slopes] = [labels + cols, labels + 2 * cols];
      for (let c = 0; c < rows; c++) {
        kernels.fill(cols, c, labels);
        kernels.multiply(cols, z.value + c * cols, y.bar, weight);
        kernels.marginCurve(rows, cols, slopes + c * size, labels, dot, weight, barDot);
      }
    },
  },
};
