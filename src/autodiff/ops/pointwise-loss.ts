/** @file Losses that add up a function of each output and its target: what they have in common. */
import type { ArenaKernels } from '../../linalg/kernels/arena.ts';
import { ABSENT, type Frame, type OpDefinition, type Shape } from '../op.ts';

/**
 * The rules of ℓ = Σ_c φ(u_c, t_c) per column behind its value, which leaves φ′ = ∂φ/∂u in `aux` from the element `first` on, and φ″ in `curvature`.
 * Targets have no derivative.
 *
 * @param value - ℓ, φ′ and, where wanted, φ″. @param arrays - Of the operand's size in `aux`: φ′, and at least one of scratch, which comes next.
 */
export function pointwiseLoss<K extends ArenaKernels>(
  value: (frame: Frame<K>) => void,
  arrays: number,
  first = 0,
): Pick<OpDefinition<undefined, K>, 'keeps' | 'uses' | 'rule'> {
  const size = ({ rows, cols }: Shape): number => rows * cols;
  return {
    keeps: { aux: (x) => first + arrays * size(x), curvature: size },
    uses: {
      value: { reads: ['x.value', 'z.value'], writes: ['y.value', 'aux', 'curvature'] },
      jvp: { reads: ['aux', 'x.dot'], writes: ['y.dot'] },
      vjp: { reads: ['aux', 'y.bar'], writes: ['x.bar'] },
      vjpDot: { reads: ['curvature', 'x.dot', 'y.bar', 'y.barDot'], writes: ['x.barDot', 'aux'] },
    },
    rule: {
      value,
      // ℓ̇ = φ′·u̇
      jvp: ({ kernels, x, y, aux }) => kernels.columnDot(x.rows, x.cols, aux + first, x.dot, y.dot),
      // ū = φ′ ℓ̄
      vjp: ({ kernels, x, y, aux }) => kernels.scaleColumns(x.rows, x.cols, aux + first, y.bar, x.bar),
      // (ū)˙ = φ′ (ℓ̄)˙ + φ″ u̇ ℓ̄
      vjpDot: ({ kernels, x, y, aux, curvature }) => {
        kernels.scaleColumns(x.rows, x.cols, aux + first, y.barDot, x.barDot);
        if (x.dot === ABSENT) return;
        const bent = aux + first + x.size;
        kernels.multiply(x.size, curvature, x.dot, bent);
        kernels.scaleColumnsAdd(x.rows, x.cols, bent, y.bar, x.barDot);
      },
    },
  };
}
