/** @file Every curvature by name: attribution, the command line and the tests loop over this table. The paper's ladder is a list of its own. */
import { BLOCK_GGN } from './block-ggn.ts';
import type { Curvature } from './curvature.ts';
import { DIAGONAL_GGN, DIAGONAL_HESSIAN } from './diagonal.ts';
import { EKFAC } from './ekfac.ts';
import { GGN } from './ggn.ts';
import { HESSIAN } from './hessian.ts';
import { KFAC } from './kfac.ts';

/**
 * One line per curvature. `attribute`, `influence --method` and `curvature --method` take every name of it.
 *
 * @example CURVATURES['ekfac'].build(problem, { partition: 'tensor' });
 */
export const CURVATURES = {
  hessian: HESSIAN as Curvature,
  ggn: GGN as Curvature,
  'block-ggn': BLOCK_GGN as Curvature,
  ekfac: EKFAC as Curvature,
  kfac: KFAC as Curvature,
  'diagonal-ggn': DIAGONAL_GGN as Curvature,
  'diagonal-hessian': DIAGONAL_HESSIAN as Curvature,
} as const;

export type CurvatureKind = keyof typeof CURVATURES;

/** The names in the order of the table. */
export const CURVATURE_KINDS: readonly CurvatureKind[] = /* @__PURE__ */ Object.keys(
  CURVATURES,
) as CurvatureKind[];
