/** @file How far the curvatures of one network are from each other: the paper's appendix C. */
import {
  assembleBlocks,
  basisOverlap,
  blockGgn,
  blockGgnMatrices,
  crossLayerMass,
  eigenvalueOverlap,
  ekfac,
  ggnMatrix,
  kfac,
  type Problem,
  residualMass,
} from '../../../curvature/index.ts';
import type { SettingConfig } from '../../config/setting.ts';
import { jsonNumbers } from '../../results/json-number.ts';
import type { TaskResult } from '../../store/task.ts';
import { exactHessian } from './exact-hessian.ts';
import { timed } from './timed.ts';

/**
 * residual ‖H − G‖/‖H‖ (Eq. 14), crossLayer ‖G − BG‖/‖G‖ (Eq. 15), the overlap of the eigenvalues of K-FAC and EK-FAC
 * with the block-GGN's (Eq. 16, 17), and that of their shared eigenbasis (Eq. 18): `basisOverlapKfac` picks the top
 * vectors by K-FAC's eigenvalues, `basisOverlapEkfac` by EK-FAC's.
 */
export function diagnose(setting: SettingConfig, problem: Problem, networkKey: string): TaskResult {
  const options = setting.curvature;
  const seconds: { [stage: string]: number } = {};
  const matrices = timed(seconds, 'matrix', () => {
    const ggn = ggnMatrix(problem, options.fisher);
    const blocks = blockGgnMatrices(problem, options);
    const block = assembleBlocks(
      ggn.rows,
      blocks.map((part) => part.block),
      blocks.map((part) => part.matrix),
    );
    return { hessian: exactHessian(problem, networkKey).matrix, ggn, block };
  });
  const value = timed(seconds, 'compare', () => {
    const exact = blockGgn(problem, options);
    const kroneckerFactored = kfac(problem, options);
    const corrected = ekfac(problem, options);
    return {
      residual: residualMass(matrices.hessian, matrices.ggn),
      crossLayer: crossLayerMass(matrices.ggn, matrices.block),
      eigenvalueOverlapKfac: eigenvalueOverlap(kroneckerFactored, exact),
      eigenvalueOverlapEkfac: eigenvalueOverlap(corrected, exact),
      basisOverlapKfac: basisOverlap(kroneckerFactored, exact),
      basisOverlapEkfac: basisOverlap(corrected, exact),
    };
  });
  return { value: jsonNumbers(value), arrays: {}, seconds };
}
