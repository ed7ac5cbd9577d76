/** @file Results are numbers: finite input can still overflow on the way. */

import { checkFinite } from '../../linalg/checks.ts';
import { NonFiniteError } from '../../linalg/errors.ts';
import { CommandError } from '../files/command-error.ts';

/**
 * Computes a result from finite input.
 *
 * @param what - Heads the message, e.g. 'hessian'.
 * @param numbers - The part of the result that must be finite.
 * @throws {CommandError} NaN or ±∞ arose, in the result or before it.
 */
export function finiteResult<T>(what: string, compute: () => T, numbers: (result: T) => Float64Array): T {
  try {
    const result = compute();
    checkFinite(what, 'the result', numbers(result));
    return result;
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    throw new CommandError(
      `${what}: the input is finite, but so large that the result or a step before it overflows.`,
    );
  }
}
