/** @file What a segment of training does to an eigendirection of its curvature: two functions of σ. */
import { spectralInverse } from '../../curvature/inverse-rule.ts';
import { checkFields, oneOf } from '../../linalg/border/fields.ts';
import { exp } from '../../linalg/elementary.ts';
import { NumericalError } from '../../linalg/errors.ts';
import { nonNegative } from '../option-checks.ts';

export interface UnrolledFilterOptions {
  /** t = η̄ K / (1 − momentum) ≥ 0. */
  readonly time: number;
  /** Added to every eigenvalue: weight decay and damping. Default 0. */
  readonly shift?: number;
  /**
   * Eigenvalues of the curvature below zero. 'keep' (default): as they are, so that e^(−σt) > 1 grows as training would.
   * 'clip': as zero, a flat direction.
   */
  readonly negative?: 'keep' | 'clip';
}

const OPTIONS = { time: nonNegative, shift: nonNegative, negative: oneOf('keep', 'clip') };

/** Functions of an eigenvalue σ; s = σ + shift, with σ cut off at 0 for 'clip'. */
export interface UnrolledFilters {
  /** e^(−st): how much of a change before the segment is left after it. */
  readonly backward: (sigma: number) => number;
  /** (1 − e^(−st))/s, t at s = 0: how much a constant push during the segment has moved the parameters. */
  readonly segment: (sigma: number) => number;
}

/**
 * F_back(σ) = e^(−st) and F_seg(σ) = (1 − e^(−st))/s, which stand for (1 − ηs)^K and η Σ_{k<K} (1 − ηs)^k. F_seg is computed by
 * expm1, so that nothing cancels near s = 0. For st ≪ 1 it is t, for st ≫ 1 it is 1/s; in between it is within 30 % of
 * 1/(s + 1/t), the damped inverse with λ = 1/t.
 *
 * @returns two pure functions. They throw {@link NumericalError} where e^(−st) overflows, which takes a negative s.
 * @throws {DomainError} a time or shift that is not finite and ≥ 0, an unknown `negative`.
 * Accuracy as tested: 8 ε relative, plus that of st itself in the exponent.
 * Reference: Bae et al. 2024, Training data attribution via approximate unrolled differentiation, Eqs. 16 to 20.
 * @example unrolledFilters({ time: 2 }).segment(0); // 2
 */
export function unrolledFilters(options: UnrolledFilterOptions): UnrolledFilters {
  checkFields('unrolledFilters', options, OPTIONS, 'options', ['time']);
  const { time, shift = 0, negative = 'keep' } = options;
  const shifted = (sigma: number): number => (negative === 'clip' && sigma < 0 ? 0 : sigma) + shift;
  const unrolled = spectralInverse({ kind: 'unrolled', time }, 1);
  return {
    backward: (sigma) => {
      const value = exp(-shifted(sigma) * time);
      if (value === Number.POSITIVE_INFINITY)
        throw new NumericalError(
          `unrolledFilters: e^(−σt) overflows at σ = ${sigma}, t = ${time}. Use negative: 'clip', or the GGN.`,
        );
      return value;
    },
    segment: (sigma) => unrolled(shifted(sigma)),
  };
}
