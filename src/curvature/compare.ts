/** @file How far one curvature is from another: inverse error along the ladder, residual and cross-layer mass. */
import { checkFiniteNumber, checkObject } from '../linalg/border/arguments.ts';
import { isArray } from '../linalg/border/describe.ts';
import { checkInstance, isIterable } from '../linalg/border/instances.ts';
import { asMatrix, isMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import { checkShape } from '../linalg/checks.ts';
import { DomainError } from '../linalg/errors.ts';
import type { Matrix } from '../linalg/matrix.ts';
import { asOperator, type OperatorInput } from '../linalg/operators/checked-operator.ts';
import { frobenius, mean, norm2 } from '../linalg/sum.ts';
import { EigenOperator } from './eigen-operator.ts';
import { checkInverseRule, type InverseRule } from './inverse-rule.ts';
import { LADDER, type LadderKind } from './ladder.ts';

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
  exact: OperatorInput,
  approximate: EigenOperator,
  rule: InverseRule,
  vectors: MatrixInput | Iterable<MatrixInput>,
): number {
  return inverseErrors(exact, approximate, rule, vectors).mean;
}

/** {@link inverseError} vector by vector, for medians and bootstrap intervals. */
export function inverseErrors(
  exact: OperatorInput,
  approximate: EigenOperator,
  rule: InverseRule,
  vectors: MatrixInput | Iterable<MatrixInput>,
): InverseErrors {
  const where = 'inverseErrors';
  const operator = asOperator(where, 'exact', exact);
  checkInstance(where, 'approximate', approximate, EigenOperator, 'an EigenOperator');
  checkInverseRule(where, rule);
  const inverse = approximate.inverse(rule);
  const errors: number[] = [];
  let skipped = 0;
  for (const batch of batches(where, vectors)) {
    checkShape(where, 'vectors', batch, batch.rows, operator.cols);
    const image = operator.applyRows(inverse.applyRows(batch));
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
export type LadderErrors = Readonly<Record<LadderKind, number>>;

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
  checkObject('errorShares', 'errors', errors);
  for (const kind of LADDER) checkFiniteNumber('errorShares', `errors['${kind}']`, errors[kind]);
  const gap = errors.kfac - errors.hessian;
  const share = (step: number): number => {
    const increment = errors[LADDER[step + 1]] - errors[LADDER[step]];
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
export function residualMass(hessian: MatrixInput, ggn: MatrixInput): number {
  return relativeDistance('residualMass', ['ggn', ggn], ['hessian', hessian]);
}

/**
 * ‖G − BG‖_F / ‖G‖_F: the mass of the GGN outside its diagonal blocks. Eq. 15 of Hong et al. 2025.
 *
 * @returns in [0, 1] when BG is the block diagonal of G; 0 when both are zero. @throws {ShapeError} shapes differ.
 */
export function crossLayerMass(ggn: MatrixInput, blockGgn: MatrixInput): number {
  return relativeDistance('crossLayerMass', ['blockGgn', blockGgn], ['ggn', ggn]);
}

/** ‖a − b‖_F / ‖b‖_F. */
type Named = readonly [argument: string, value: MatrixInput];

function relativeDistance(where: string, [first, x]: Named, [second, y]: Named): number {
  const a = asMatrix(where, first, x);
  const b = asMatrix(where, second, y);
  checkShape(where, first, a, b.rows, b.cols);
  const gap = norm2(a.data.map((value, k) => value - b.data[k]));
  return gap === 0 ? 0 : gap / frobenius(b);
}

/** One matrix, or each of several. */
function* batches(where: string, vectors: MatrixInput | Iterable<MatrixInput>): Generator<Matrix> {
  const several = (list: readonly unknown[]): boolean => list.length > 0 && list.every((x) => isMatrix(x));
  if (isArray(vectors) && several(vectors)) {
    for (const [k, batch] of vectors.entries()) yield asMatrix(where, `vectors[${k}]`, batch);
    return;
  }
  const plain =
    isArray(vectors) || isMatrix(vectors) || ArrayBuffer.isView(vectors) || typeof vectors !== 'object';
  if (plain || !isIterable(vectors)) {
    yield asMatrix(where, 'vectors', vectors);
    return;
  }
  let k = 0;
  for (const batch of vectors) yield asMatrix(where, `vectors[${k++}]`, batch);
}
