/** @file Functions of outputs and targets whose derivative in the outputs has no derivative itself. */
import type { OpDefinition } from '../op.ts';
import { perExampleOfTargets } from './shapes.ts';

/**
 * y = f(u, t) per column, with s = ∂f/∂u a constant around u: derivatives are those of the linear function s·u.
 *
 * @param arrays - Arrays of u's size that `aux` has: s first, the others are scratch. @param value - Fills s and y.
 */
export function linearPart(arrays: number, value: OpDefinition['rule']['value']): OpDefinition {
  return {
    operands: ['reals', 'targets'],
    result: perExampleOfTargets,
    keeps: { aux: ({ rows, cols }) => arrays * rows * cols },
    uses: {
      value: { reads: ['x.value', 'z.value'], writes: ['y.value', 'aux'] },
      jvp: { reads: ['aux', 'x.dot'], writes: ['y.dot'] },
      vjp: { reads: ['aux', 'y.bar'], writes: ['x.bar'] },
      vjpDot: { reads: ['aux', 'y.barDot'], writes: ['x.barDot'] },
    },
    rule: {
      value,
      // ẏ = s·u̇
      jvp: ({ kernels, x, y, aux }) => kernels.columnDot(x.rows, x.cols, aux, x.dot, y.dot),
      // ū = s ȳ
      vjp: ({ kernels, x, y, aux }) => kernels.scaleColumns(x.rows, x.cols, aux, y.bar, x.bar),
      // (ū)˙ = s (ȳ)˙
      vjpDot: ({ kernels, x, y, aux }) => kernels.scaleColumns(x.rows, x.cols, aux, y.barDot, x.barDot),
    },
  };
}
