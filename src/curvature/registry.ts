/** @file Every curvature by name: attribution, the command line and the tests loop over this table. The paper's ladder is a list of its own. */
import type { Curvature } from './curvature.ts';
import { DIAGONAL_GGN, DIAGONAL_HESSIAN } from './diagonal.ts';
import { RUNGS } from './ladder.ts';

/**
 * One line per curvature. `attribute`, `influence --method` and `curvature --method` take every name of it.
 *
 * @example CURVATURES['ekfac'].build(problem, { partition: 'tensor' });
 */
export const CURVATURES = {
  hessian: RUNGS.hessian as Curvature,
  ggn: RUNGS.ggn as Curvature,
  'block-ggn': RUNGS['block-ggn'] as Curvature,
  ekfac: RUNGS.ekfac as Curvature,
  kfac: RUNGS.kfac as Curvature,
  'diagonal-ggn': DIAGONAL_GGN as Curvature,
  'diagonal-hessian': DIAGONAL_HESSIAN as Curvature,
} as const;

export type CurvatureKind = keyof typeof CURVATURES;

/** The names in the order of the table. */
export const CURVATURE_KINDS: readonly CurvatureKind[] = /* @__PURE__ */ Object.keys(
  CURVATURES,
) as CurvatureKind[];
