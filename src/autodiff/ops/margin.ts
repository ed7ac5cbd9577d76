/** @file The log-odds of the labelled class. */
import { ShapeError } from '../../linalg/errors.ts';
import { ABSENT, type OpDefinition } from '../op.ts';
import { sizeOfOperand } from './shapes.ts';

/**
 * r = u_t − log Σ_{c≠t} e^{u_c}, the log-odds of the labelled class t under softmax: log p_t − log(1 − p_t).
 * Cross-entropy is −log σ(r), so one op serves all three class functions and no probability is subtracted from 1.
 * `aux` holds n = ∂r/∂u = e_t − q with q the softmax over the classes c ≠ t. Labels have no derivative.
 */
export const margin: OpDefinition = {
  operands: ['reals', 'labels'],
  result([u, labels], _, { where }) {
    if (labels.kind !== 'labels' || labels.classes !== u.rows || labels.cols !== u.cols) {
      const got = `${labels.kind} [${labels.rows}, ${labels.cols}]${labels.kind === 'labels' ? ` of ${labels.classes} classes` : ''}`;
      throw new ShapeError(where, 'labels', `labels(${u.rows}, ${u.cols})`, got);
    }
    return { rows: 1, cols: u.cols };
  },
  keeps: { aux: sizeOfOperand },
  uses: {
    value: { reads: ['x.value', 'z.value'], writes: ['y.value', 'aux'] },
    jvp: { reads: ['aux', 'x.dot'], writes: ['y.dot'] },
    vjp: { reads: ['aux', 'y.bar'], writes: ['x.bar'] },
    vjpDot: { reads: ['aux', 'z.value', 'x.dot', 'y.bar', 'y.barDot'], writes: ['x.barDot'] },
  },
  rule: {
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
  },
};
