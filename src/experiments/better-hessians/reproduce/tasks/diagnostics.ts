/** @file How far the curvatures of one network are from each other: the paper's appendix C. */
import {
  basisOverlap,
  blockGgn,
  blockGgnMatrices,
  type CurvatureBlock,
  eigenvalueOverlap,
  ekfac,
  ggnMatrix,
  kfac,
  type Problem,
} from '../../../../curvature/index.ts';
import { frobenius, type Matrix, norm2 } from '../../../../linalg/index.ts';
import type { TaskResult } from '../../../engine/task.ts';
import { timed } from '../../../engine/timed.ts';
import { jsonNumbers } from '../../../files/json-number.ts';
import type { SettingConfig } from '../../../protocol/setting.ts';
import type { TimedHessian } from './exact-hessian.ts';

/**
 * residual ‖H − G‖/‖H‖ (Eq. 14), crossLayer ‖G − BG‖/‖G‖ (Eq. 15), the overlap of the eigenvalues of K-FAC and EK-FAC
 * with the block-GGN's (Eq. 16, 17), and that of their shared eigenbasis (Eq. 18): `basisOverlapKfac` picks the top
 * vectors by K-FAC's eigenvalues, `basisOverlapEkfac` by EK-FAC's.
 *
 * At most two D × D matrices are held at once, the Hessian and the GGN, and beside the Hessian what the largest block's
 * eigendecomposition takes.
 */
export function diagnose(setting: SettingConfig, problem: Problem, hessian: () => TimedHessian): TaskResult {
  const options = setting.curvature;
  const seconds: { [stage: string]: number } = {};
  const masses = timed(seconds, 'matrix', () => {
    const exact = hessian().matrix;
    const ggn = ggnMatrix(problem, options.fisher);
    const residual = ratio(distance(exact, ggn), frobenius(exact));
    const whole = frobenius(ggn);
    for (const part of blockGgnMatrices(problem, options)) subtractBlock(ggn, part);
    return { residual, crossLayer: ratio(frobenius(ggn), whole) };
  });
  const overlaps = timed(seconds, 'compare', () => {
    const exact = blockGgn(problem, options);
    const kroneckerFactored = kfac(problem, options);
    const corrected = ekfac(problem, options);
    return {
      eigenvalueOverlapKfac: eigenvalueOverlap(kroneckerFactored, exact),
      eigenvalueOverlapEkfac: eigenvalueOverlap(corrected, exact),
      basisOverlapKfac: basisOverlap(kroneckerFactored, exact),
      basisOverlapEkfac: basisOverlap(corrected, exact),
    };
  });
  return { value: jsonNumbers({ ...masses, ...overlaps }), arrays: {}, seconds };
}

/** ‖a − b‖_F, row by row: no third matrix is made. */
function distance(a: Matrix, b: Matrix): number {
  const gap = new Float64Array(a.cols);
  const rows = new Float64Array(a.rows);
  for (let i = 0; i < a.rows; i++) {
    const [x, y] = [a.row(i), b.row(i)];
    for (let j = 0; j < gap.length; j++) gap[j] = x[j] - y[j];
    rows[i] = norm2(gap);
  }
  return norm2(rows);
}

/** c[indices, indices] −= block, in place. */
function subtractBlock(c: Matrix, { block, matrix }: CurvatureBlock): void {
  const { indices } = block;
  for (let i = 0, k = 0; i < indices.length; i++) {
    const row = indices[i] * c.cols;
    for (let j = 0; j < indices.length; j++, k++) c.data[row + indices[j]] -= matrix.data[k];
  }
}

/** 0/0 counts as 0: two matrices of zeros do not differ. */
function ratio(part: number, whole: number): number {
  return part === 0 ? 0 : part / whole;
}
