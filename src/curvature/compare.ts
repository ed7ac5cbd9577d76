/** @file How far one curvature is from another: inverse error along the ladder, residual and cross-layer mass. */
import { checkShape } from '../linalg/checks.ts';
import { DomainError } from '../linalg/errors.ts';
import type { Matrix } from '../linalg/matrix.ts';
import type { LinearOperator } from '../linalg/operator.ts';
import { frobenius, mean, norm2 } from '../linalg/sum.ts';
import type { EigenOperator } from './eigen-operator.ts';
import type { InverseRule } from './inverse-rule.ts';
import { CURVATURE_KINDS, type CurvatureKind } from './registry.ts';

/** Eq. 9 with what it was averaged over. */
export interface InverseErrors {
  /** The mean over `perVector`. */
  readonly mean: number;
  /** ‖H Ĥ⁻¹ v − v‖² / ‖v‖² of every vector that is not zero, in order. */
  readonly perVector: Float64Array;
  /** Vectors of norm zero, left out: the quotient is undefined. */
  readonly skipped: number;
}

/**
 * The approximation error of the paper, (1/N) Σ ‖H Ĥ⁻¹ v_i − v_i‖² / ‖v_i‖², usually over training gradients.
 * 0 for a perfect inverse; for H itself under a truncated rule the share of squared norm in the dropped eigenspace.
 *
 * @param exact - H, any operator [n, n]. @param approximate - Ĥ, inverted under `rule`.
 * @param vectors - One vector per row, [k, n]; or batches of rows, taken one at a time. Not modified.
 * @returns the mean; {@link inverseErrors} tells more. Vectors of norm zero are left out.
 * @throws {ShapeError} sizes differ. @throws {DomainError} no vector, or all of them zero.
 *   @throws {SingularError} {@link UnsupportedError} as `applyInverse`.
 * Cost: one product with H and one with Ĥ⁻¹ per vector.
 * Reference: Hong et al. 2025, Better Hessians matter, Eq. 9.
 * @example inverseError(hessian(problem), kfac(problem), PAPER_RULE, gradients);
 */
export function inverseError(
  exact: LinearOperator,
  approximate: EigenOperator,
  rule: InverseRule,
  vectors: Matrix | Iterable<Matrix>,
): number {
  return inverseErrors(exact, approximate, rule, vectors).mean;
}

/** {@link inverseError} vector by vector, for medians and bootstrap intervals. */
export function inverseErrors(
  exact: LinearOperator,
  approximate: EigenOperator,
  rule: InverseRule,
  vectors: Matrix | Iterable<Matrix>,
): InverseErrors {
  const inverse = approximate.inverse(rule);
  const errors: number[] = [];
  let skipped = 0;
  for (const batch of 'data' in vectors ? [vectors] : vectors) {
    checkShape('inverseErrors', 'vectors', batch, batch.rows, exact.cols);
    const image = exact.applyRows(inverse.applyRows(batch));
    for (let i = 0; i < batch.rows; i++) {
      const v = batch.row(i);
      const norm = norm2(v);
      if (norm === 0) {
        skipped++;
        continue;
      }
      const gap = image.row(i);
      for (let j = 0; j < v.length; j++) gap[j] -= v[j];
      errors.push((norm2(gap) / norm) ** 2);
    }
  }
  if (errors.length === 0)
    throw new DomainError('inverseErrors', 'vectors', 'at least one vector that is not zero', 'none');
  const perVector = Float64Array.from(errors);
  return { mean: mean(perVector), perVector, skipped };
}

/** Eq. 9 errors of the five curvatures. */
export type LadderErrors = Readonly<Record<CurvatureKind, number>>;

/** The steps of the ladder, in order. */
export const LADDER_STEPS = ['hessian→ggn', 'ggn→block-ggn', 'block-ggn→ekfac', 'ekfac→kfac'] as const;
export type LadderStep = (typeof LADDER_STEPS)[number];

/**
 * What every step of the ladder H → GGN → block-GGN → EK-FAC → K-FAC adds to the error, as a share of the whole gap
 * err(K-FAC) − err(H). The shares sum to 1; a step that lowers the error has a negative share.
 *
 * @returns four shares; NaN when the gap is 0, since there is nothing to share.
 * Reference: Hong et al. 2025, Better Hessians matter, §4.2, tables of Figures 1–3.
 * @example errorShares({ hessian: 0, ggn: 1, 'block-ggn': 2, ekfac: 3, kfac: 5 })['ekfac→kfac']; // 0.4
 */
export function errorShares(errors: LadderErrors): Record<LadderStep, number> {
  const gap = errors.kfac - errors.hessian;
  const share = (step: number): number => {
    const increment = errors[CURVATURE_KINDS[step + 1]] - errors[CURVATURE_KINDS[step]];
    return gap === 0 ? Number.NaN : increment / gap;
  };
  return {
    'hessian→ggn': share(0),
    'ggn→block-ggn': share(1),
    'block-ggn→ekfac': share(2),
    'ekfac→kfac': share(3),
  };
}

/**
 * ‖H − G‖_F / ‖H‖_F: how much of the Hessian the GGN leaves out. Eq. 14 of Hong et al. 2025.
 *
 * @returns ≥ 0; 0 when both are zero, +∞ when only H is. @throws {ShapeError} shapes differ.
 */
export function residualMass(hessian: Matrix, ggn: Matrix): number {
  return relativeDistance('residualMass', ggn, hessian);
}

/**
 * ‖G − BG‖_F / ‖G‖_F: the mass of the GGN outside its diagonal blocks. Eq. 15 of Hong et al. 2025.
 *
 * @returns in [0, 1] when BG is the block diagonal of G; 0 when both are zero. @throws {ShapeError} shapes differ.
 */
export function crossLayerMass(ggn: Matrix, blockGgn: Matrix): number {
  return relativeDistance('crossLayerMass', blockGgn, ggn);
}

/** ‖a − b‖_F / ‖b‖_F. */
function relativeDistance(where: string, a: Matrix, b: Matrix): number {
  checkShape(where, 'second matrix', a, b.rows, b.cols);
  const gap = norm2(a.data.map((value, k) => value - b.data[k]));
  return gap === 0 ? 0 : gap / frobenius(b);
}
