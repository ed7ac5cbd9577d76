/** @file Half the squared distance to targets. */
import { ABSENT, type OpDefinition } from '../op.ts';
import { perExampleOfTargets, sizeOfOperand } from './shapes.ts';

/** ℓ = ½‖u − t‖² per column; `aux` holds the residual d = u − t. Targets have no derivative. */
export const squaredError: OpDefinition = {
  operands: ['reals', 'targets'],
  result: perExampleOfTargets,
  keeps: { aux: sizeOfOperand },
  uses: {
    value: { reads: ['x.value', 'z.value'], writes: ['y.value', 'aux'] },
    jvp: { reads: ['aux', 'x.dot'], writes: ['y.dot'] },
    vjp: { reads: ['aux', 'y.bar'], writes: ['x.bar'] },
    vjpDot: { reads: ['aux', 'x.dot', 'y.bar', 'y.barDot'], writes: ['x.barDot'] },
  },
  rule: {
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
  },
};
