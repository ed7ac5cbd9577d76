/** @file Differences of LDS between two methods with paired bootstrap intervals over subsets. */
import { CURVATURE_KINDS } from '../../curvature/index.ts';
import {
  bcaInterval,
  bootstrapDifference,
  type LdsResult,
  percentileInterval,
} from '../../influence/index.ts';
import { GRADIENT_DOT, type Method } from '../run/plan.ts';
import { finiteOrNull, jsonInterval } from './json-number.ts';
import type { DifferenceEntry } from './results.ts';

/** What is compared: the steps of the ladder, its two ends, and every curvature with the baseline. */
export const COMPARISONS: readonly (readonly [a: Method, b: Method])[] = [
  ...CURVATURE_KINDS.slice(1).map((kind, i) => [CURVATURE_KINDS[i], kind] as const),
  ['hessian', 'kfac'],
  ...CURVATURE_KINDS.map((kind) => [kind, GRADIENT_DOT] as const),
];

/** The name of a comparison in results.json: "hessian−ggn", with a true minus sign. */
export function comparisonName(a: Method, b: Method): string {
  return `${a}−${b}`;
}

/** LDS(a) − LDS(b) of every comparison; both see the same resampled subsets. */
export function ldsDifferences(scored: Readonly<Record<Method, LdsResult>>): Record<string, DifferenceEntry> {
  return Object.fromEntries(
    COMPARISONS.map(([a, b]) => [comparisonName(a, b), { a, b, ...pairedDifference(scored[a], scored[b]) }]),
  );
}

/** LDS(a) − LDS(b) with both intervals. @throws {DomainError} the two were not drawn alike. */
export function pairedDifference(
  a: LdsResult,
  b: LdsResult,
): Pick<DifferenceEntry, 'difference' | 'ci' | 'percentile'> {
  const drawn = bootstrapDifference(a.bootstrap, b.bootstrap);
  return {
    difference: finiteOrNull(drawn.estimate),
    ci: jsonInterval(bcaInterval(drawn)),
    percentile: jsonInterval(percentileInterval(drawn)),
  };
}
