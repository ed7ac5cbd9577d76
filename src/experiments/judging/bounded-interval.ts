/** @file Intervals of numbers that have bounds. */
import { type JsonInterval, jsonInterval } from '../files/json-number.ts';

/** An interval cut off at ± bound: no LDS is beyond ± 1, no difference of two beyond ± 2. */
export function boundedInterval([lo, hi]: readonly [number, number], bound: number): JsonInterval {
  const within = (end: number): number => Math.min(bound, Math.max(-bound, end));
  return jsonInterval([within(lo), within(hi)]);
}
