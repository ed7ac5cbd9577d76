/** @file Numbers that may be undefined, in JSON: null stands for NaN and ±∞. */
import type { Interval } from '../../influence/index.ts';
import type { Json } from './digest.ts';

export type JsonInterval = readonly [lo: number | null, hi: number | null];

/** The number, or null when JSON cannot hold it. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** A number of a stored value, or null. */
export function numberOrNull(value: Json | undefined): number | null {
  return finiteOrNull(numberOrNaN(value));
}

/** The reverse: NaN for whatever is not a number. */
export function numberOrNaN(value: Json | undefined): number {
  return typeof value === 'number' ? value : Number.NaN;
}

/** Both ends through {@link finiteOrNull}. */
export function jsonInterval([lo, hi]: Interval): JsonInterval {
  return [finiteOrNull(lo), finiteOrNull(hi)];
}

/** Every number of a tree of plain objects through {@link finiteOrNull}. */
export function jsonNumbers(tree: NumberTree): { [name: string]: Json } {
  return Object.fromEntries(
    Object.entries(tree).map(([name, value]) => [
      name,
      typeof value === 'number' ? finiteOrNull(value) : jsonNumbers(value),
    ]),
  );
}

export interface NumberTree {
  readonly [name: string]: number | NumberTree;
}
