/** @file Differences of LDS between two methods with paired bootstrap intervals over subsets. */
import {
  bcaInterval,
  bootstrapDifference,
  type LdsResult,
  percentileInterval,
} from '../../../influence/index.ts';
import { finiteOrNull, jsonInterval } from '../../files/json-number.ts';
import type { Method } from '../../protocol/methods.ts';
import { COMPARISONS, comparisonName } from './comparisons.ts';
import type { DifferenceEntry } from './results.ts';

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
