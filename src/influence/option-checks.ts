/** @file What the options that many methods share must be, as tables for `checkFields`. */
import { checkCurvatureOptions } from '../curvature/problem.ts';
import { checkString } from '../linalg/border/arguments.ts';
import { type Check, type Checks, integer, orWord } from '../linalg/border/fields.ts';
import { checkNonNegative } from '../linalg/checks.ts';
import { UnsupportedError } from '../linalg/errors.ts';
import { checkMeasurement } from './measurement.ts';

/** 1, 2, 3, … */
export const count: Check = integer(1);

/** The name of a measurement. */
export const measurementName: Check = (where, _, value) => checkMeasurement(where, value);

/** What every attributor may be told. */
export const ATTRIBUTOR: Checks = {
  measurement: measurementName,
  id: checkString,
};

/** Those that compute in chunks. */
export const CHUNKED: Checks = { ...ATTRIBUTOR, chunk: count };

/** Examples per step: a number, or 'full'. */
export const batchSize: Check = orWord('full', count);

/** Options of a curvature to be built. */
export const curvatureOptions: Check = (where, _, value) => checkCurvatureOptions(where, value);

/** λ, ρ, tolerances. */
export const nonNegative: Check = checkNonNegative;

/** Runs on the full batch draw nothing: their mean is one of them, and their spread no error. @param examples - How many there are. */
export function checkRepeats(name: string, batch: number | 'full', repeats: number, examples: number): void {
  if (batch !== 'full' || repeats === 1) return;
  throw new UnsupportedError(
    `${name}: repeats has no effect on the full batch, whose runs are all alike: give a batch, of the ${examples} examples, with it.`,
  );
}
