/** @file The ladder of Hong et al. (2025): five curvatures, each of which assumes one thing more. A closed list: other curvatures are no rungs. */
import { BLOCK_GGN } from './block-ggn.ts';
import type { Curvature } from './curvature.ts';
import { EKFAC } from './ekfac.ts';
import { GGN } from './ggn.ts';
import { HESSIAN } from './hessian.ts';
import { KFAC } from './kfac.ts';

/** The rungs by name, from exact to cheap. */
export const RUNGS = {
  hessian: HESSIAN as Curvature,
  ggn: GGN as Curvature,
  'block-ggn': BLOCK_GGN as Curvature,
  ekfac: EKFAC as Curvature,
  kfac: KFAC as Curvature,
} as const;

/** From exact to cheap. */
export const LADDER = ['hessian', 'ggn', 'block-ggn', 'ekfac', 'kfac'] as const;

/** Names of the table. */
type Listed<Kind extends keyof typeof RUNGS> = Kind;

/** A rung. */
export type LadderKind = Listed<(typeof LADDER)[number]>;
