/** @file Which methods are compared in results.json, and what a comparison is called. */
import { LADDER } from '../../../curvature/index.ts';
import { GRADIENT_DOT, type Method } from '../../protocol/methods.ts';

/** What is compared: the steps of the ladder, its two ends, and every curvature with the baseline. */
export const COMPARISONS: readonly (readonly [a: Method, b: Method])[] = [
  ...LADDER.slice(1).map((kind, i) => [LADDER[i], kind] as const),
  ['hessian', 'kfac'],
  ...LADDER.map((kind) => [kind, GRADIENT_DOT] as const),
];

/** The name of a comparison in results.json: "hessian−ggn", with a true minus sign. */
export function comparisonName(a: Method, b: Method): string {
  return `${a}−${b}`;
}
