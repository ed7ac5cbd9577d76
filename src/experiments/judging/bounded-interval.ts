/** @file Intervals of numbers that have bounds. */
import type { Interval } from '../../influence/index.ts';
import { type JsonInterval, jsonInterval } from '../files/json-number.ts';

/**
 * An interval cut off where the number ends: no LDS is beyond ± 1, no difference of two beyond ± 2, no probability below 0. What
 * covers the true value before the cut covers it after.
 *
 * @param least - The lower bound; −bound unless given.
 */
export function boundedInterval([lo, hi]: Interval, bound: number, least = -bound): JsonInterval {
  const within = (end: number): number => Math.min(bound, Math.max(least, end));
  return jsonInterval([within(lo), within(hi)]);
}
