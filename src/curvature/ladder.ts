/** @file The ladder of Hong et al. (2025): five curvatures, each of which assumes one thing more. A closed list: other curvatures are no rungs. */
import type { CurvatureKind } from './registry.ts';

/** From exact to cheap. */
export const LADDER = ['hessian', 'ggn', 'block-ggn', 'ekfac', 'kfac'] as const;

/** Names of the table. */
type Listed<Kind extends CurvatureKind> = Kind;

/** A rung. */
export type LadderKind = Listed<(typeof LADDER)[number]>;
