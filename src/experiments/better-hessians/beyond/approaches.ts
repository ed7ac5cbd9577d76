/** @file Every approach, in the order of tables. */
import type { Approach } from './approach.ts';
import { DAMPED_APPROACHES } from './damped-approaches.ts';
import { EIGEN_APPROACHES } from './eigen-approaches.ts';

export const APPROACHES: readonly Approach[] = [...EIGEN_APPROACHES, ...DAMPED_APPROACHES];

/** The approach of an id. @throws {Error} there is none. */
export function approachOf(id: string): Approach {
  const approach = APPROACHES.find((one) => one.id === id);
  if (approach === undefined) throw new Error(`no approach is called ${id}.`);
  return approach;
}
