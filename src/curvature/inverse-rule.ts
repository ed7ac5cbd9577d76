/** @file How a curvature is inverted, as data: a spectral filter σ ↦ f(σ) that stands in for 1/σ. */
import { checkObject, checkOptions } from '../linalg/border/arguments.ts';
import { describe } from '../linalg/border/describe.ts';

import { checkNonNegative } from '../linalg/checks.ts';
import { expm1 } from '../linalg/elementary.ts';
import { DomainError, NumericalError, SingularError } from '../linalg/errors.ts';

/** Whether a rule sees a Kronecker block's eigenvalues λ_G·λ_A (`product`) or each factor's by itself. */
export type FactorMode = 'product' | 'separate';

/**
 * How C = Q diag(σ) Qᵀ is inverted: C⁻¹ ≈ Q diag(f(σ)) Qᵀ. C is the curvature of the mean loss; `eps` and `lambda` are
 * absolute and carry its units, `time` carries their reciprocal.
 *
 * - `truncated`: 1/σ where |σ| > eps, else 0. `negative: 'drop'` also drops σ < −eps.
 * - `damped`: 1/(σ + lambda), the Tikhonov inverse. With an indefinite C it may be singular: see {@link SingularError}.
 * - `absolute`: 1/(|σ| + lambda), positive definite for an indefinite C too.
 * - `unrolled`: (1 − e^(−σt))/σ, what gradient flow of duration t does. time = Σ learning rates / (1 − momentum).
 *   Its limit at σ = 0 is t; negative σ are amplified, as training amplifies them.
 *
 * `factors: 'separate'` is for K-FAC alone: f(λ_G)·f(λ_A) instead of f(λ_G·λ_A).
 */
export type InverseRule =
  | {
      readonly kind: 'truncated';
      readonly eps: number;
      readonly negative: 'keep' | 'drop';
      readonly factors?: FactorMode;
    }
  | { readonly kind: 'damped'; readonly lambda: number; readonly factors?: FactorMode }
  | { readonly kind: 'absolute'; readonly lambda: number }
  | { readonly kind: 'unrolled'; readonly time: number };

/** The published setting: pseudo-inverse with |σ| > 1e-4, negative eigenvalues kept (Hong et al. 2025, §4.1). */
export const PAPER_RULE: InverseRule = { kind: 'truncated', eps: 1e-4, negative: 'keep' };

/** A denominator of at most this many ulps of the spectrum's scale counts as zero. */
const SINGULAR_ULPS = 8;

/** What each kind of rule may hold. */
const PARAMETERS: { readonly [K in InverseRule['kind']]: readonly string[] } = {
  truncated: ['kind', 'eps', 'negative', 'factors'],
  damped: ['kind', 'lambda', 'factors'],
  absolute: ['kind', 'lambda'],
  unrolled: ['kind', 'time'],
};

/**
 * Refuses a rule that is not one: for callers whose rule comes from a file or a command line.
 *
 * @throws {DomainError} not an object; unknown kind, `negative` or `factors`; a parameter that is not finite and ≥ 0.
 * @example checkInverseRule('main', { kind: 'damped', lambda: 1e-3 });
 */
export function checkInverseRule(where: string, rule: InverseRule): void {
  if (typeof rule !== 'object' || rule === null)
    throw new DomainError(where, 'rule', "an inverse rule, e.g. { kind: 'damped', lambda: 1e-3 }", rule);
  checkObject(where, 'rule', rule);
  const known = Object.entries(PARAMETERS).find(([kind]) => kind === rule.kind)?.[1];
  if (known !== undefined) checkOptions(where, rule, known, 'rule');
  switch (rule.kind) {
    case 'truncated':
      checkNonNegative(where, 'rule.eps', rule.eps);
      if (rule.negative !== 'keep' && rule.negative !== 'drop')
        throw new DomainError(where, 'rule.negative', "'keep' or 'drop'", rule.negative);
      checkFactors(where, rule.factors);
      return;
    case 'damped':
      checkNonNegative(where, 'rule.lambda', rule.lambda);
      checkFactors(where, rule.factors);
      return;
    case 'absolute':
      checkNonNegative(where, 'rule.lambda', rule.lambda);
      return;
    case 'unrolled':
      checkNonNegative(where, 'rule.time', rule.time);
      return;
    default:
      throw new DomainError(
        where,
        'rule.kind',
        "'truncated', 'damped', 'absolute' or 'unrolled'",
        (rule satisfies never as { kind: unknown }).kind,
      );
  }
}

/** The mode that a rule asks for; rules without the option act on the products. */
export function factorMode(rule: InverseRule): FactorMode {
  switch (rule.kind) {
    case 'truncated':
    case 'damped':
      return rule.factors ?? 'product';
    case 'absolute':
    case 'unrolled':
      return 'product';
  }
}

/** Whether the rule inverts an eigenvalue (true) or sends its direction to zero (false). */
export function keeps(rule: InverseRule, sigma: number): boolean {
  switch (rule.kind) {
    case 'truncated':
      return sigma > rule.eps || (rule.negative === 'keep' && sigma < -rule.eps);
    case 'damped':
    case 'absolute':
    case 'unrolled':
      return true;
  }
}

/**
 * The filter f that stands in for σ ↦ 1/σ; see {@link InverseRule}.
 *
 * @param rule - Checked here.
 * @param scale - max |σ| of the spectrum that f will be applied to: what "singular" is relative to.
 * @returns f, a pure function. It throws {@link SingularError} when the denominator σ + λ or |σ| + λ is at most
 *   8 ε·max(scale, λ), and when 1/σ overflows; {@link NumericalError} when e^(−σt) overflows.
 * @throws {DomainError} see {@link checkInverseRule}.
 * Cost: O(1) per eigenvalue. Accuracy as tested: 4 ε relative, also for `unrolled` with σt near 0.
 * Reference: Bae et al. 2024, Training data attribution via approximate unrolled differentiation, §3 (unrolled).
 * @example spectralInverse({ kind: 'damped', lambda: 1 }, 3)(3); // 0.25
 */
export function spectralInverse(rule: InverseRule, scale: number): (sigma: number) => number {
  checkInverseRule('spectralInverse', rule);
  if (!(typeof scale === 'number' && scale >= 0))
    throw new DomainError('spectralInverse', 'scale', '≥ 0', scale, describe(scale));
  switch (rule.kind) {
    case 'truncated':
      return (sigma) => (keeps(rule, sigma) ? reciprocal(sigma, 0) : 0);
    case 'damped': {
      const floor = SINGULAR_ULPS * Number.EPSILON * Math.max(scale, rule.lambda);
      return (sigma) => reciprocal(sigma + rule.lambda, floor);
    }
    case 'absolute': {
      const floor = SINGULAR_ULPS * Number.EPSILON * Math.max(scale, rule.lambda);
      return (sigma) => reciprocal(Math.abs(sigma) + rule.lambda, floor);
    }
    case 'unrolled':
      return (sigma) => unrolledFilter(sigma, rule.time);
  }
}

/** 1/x, refusing |x| ≤ floor and overflow. */
function reciprocal(x: number, floor: number): number {
  const inverse = 1 / x;
  if (Math.abs(x) <= floor || !Number.isFinite(inverse))
    throw new SingularError('spectralInverse', Math.abs(x), 'Use a larger damping, or a truncated rule.');
  return inverse;
}

/** (1 − e^(−σt))/σ = t·φ(σt) with φ(x) = −expm1(−x)/x, φ(0) = 1: no cancellation near σ = 0. */
function unrolledFilter(sigma: number, time: number): number {
  const x = sigma * time;
  const value = x === 0 ? time : time * (-expm1(-x) / x);
  if (!Number.isFinite(value))
    throw new NumericalError(
      `spectralInverse: the unrolled filter overflows at σ = ${sigma}, t = ${time}. ` +
        'Negative curvature grows as e^(|σ|t): shorten the time, or use the GGN.',
    );
  return value;
}

function checkFactors(where: string, factors: FactorMode | undefined): void {
  if (factors !== undefined && factors !== 'product' && factors !== 'separate')
    throw new DomainError(where, 'rule.factors', "'product' or 'separate'", factors);
}
