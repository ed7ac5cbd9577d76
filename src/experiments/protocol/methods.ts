/** @file The rungs of the ladder and the baseline that they are compared with. */
import { LADDER, type LadderKind } from '../../curvature/index.ts';

/** The baseline without a curvature. */
export const GRADIENT_DOT = 'grad-dot';

/** A way to score training examples. */
export type Method = LadderKind | typeof GRADIENT_DOT;

/** Every method, in the order of the ladder, then the baseline. */
export const METHODS: readonly Method[] = [...LADDER, GRADIENT_DOT];
