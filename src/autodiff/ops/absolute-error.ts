/** @file The sum of absolute distances to targets. */
import { NOT_WANTED } from '../../linalg/kernels/arena.ts';
import type { OpDefinition } from '../op.ts';
import { perExampleOfTargets } from './shapes.ts';

/**
 * ℓ = Σ |u − t| per column; `aux` begins with s = sign(u − t), 0 where u = t, and goes on with three arrays of scratch. Targets have no
 * derivative, s has none either: derivatives are those of the linear function that ℓ is around u, and at a kink those of the
 * subgradient of least length.
 */
export const absoluteError: OpDefinition = {
  operands: ['reals', 'targets'],
  result: perExampleOfTargets,
  keeps: { aux: ({ rows, cols }) => 4 * rows * cols },
  uses: {
    value: { reads: ['x.value', 'z.value'], writes: ['y.value', 'aux'] },
    jvp: { reads: ['aux', 'x.dot'], writes: ['y.dot'] },
    vjp: { reads: ['aux', 'y.bar'], writes: ['x.bar'] },
    vjpDot: { reads: ['aux', 'y.barDot'], writes: ['x.barDot'] },
  },
  rule: {
    // ℓ = s·d, d = u − t, s = [d > 0] − [−d > 0]
    value: ({ kernels, x, z, y, aux: sign }) => {
      const n = x.size;
      const [below, scratch, d] = [sign + n, sign + 2 * n, sign + 3 * n];
      kernels.subtract(n, z.value, x.value, d);
      kernels.relu(n, d, scratch, below, NOT_WANTED);
      kernels.subtract(n, x.value, z.value, d);
      kernels.relu(n, d, scratch, sign, NOT_WANTED);
      kernels.subtract(n, sign, below, sign);
      kernels.columnDot(x.rows, x.cols, sign, d, y.value);
    },
    // ℓ̇ = s·u̇
    jvp: ({ kernels, x, y, aux }) => kernels.columnDot(x.rows, x.cols, aux, x.dot, y.dot),
    // ū = s ℓ̄
    vjp: ({ kernels, x, y, aux }) => kernels.scaleColumns(x.rows, x.cols, aux, y.bar, x.bar),
    // (ū)˙ = s (ℓ̄)˙
    vjpDot: ({ kernels, x, y, aux }) => kernels.scaleColumns(x.rows, x.cols, aux, y.barDot, x.barDot),
  },
  kink: 0.1,
};
