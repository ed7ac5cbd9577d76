/** @file Results are numbers: finite input can still overflow on the way. */

import { checkFinite } from '../../linalg/checks.ts';
import { NonFiniteError } from '../../linalg/errors.ts';
import { Matrix, type Vec } from '../../linalg/index.ts';
import { CommandError } from '../files/command-error.ts';

/**
 * Computes a result from finite input.
 *
 * @param what - Heads the message, e.g. 'hessian'.
 * @param numbers - The part of the result that must be finite.
 * @param inputs - What it is computed from, by file: the largest cell of all is named.
 * @throws {CommandError} NaN or ±∞ arose, in the result or before it.
 */
export function finiteResult<T>(
  what: string,
  compute: () => T,
  numbers: (result: T) => Float64Array,
  inputs: readonly NamedMatrix[],
): T {
  try {
    const result = compute();
    checkFinite(what, 'the result', numbers(result));
    return result;
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    throw new CommandError(
      `${what}: the input is finite, but so large that the result or a step before it overflows: ${largestCell(inputs)}.`,
    );
  }
}

/** Numbers of a file. */
export interface NamedMatrix {
  readonly file: string;
  readonly matrix: Matrix | Vec;
}

/** "its largest number is 1e300, element [2, 0] of x.npy": the first of the largest in absolute value. */
export function largestCell(inputs: readonly NamedMatrix[]): string {
  let [value, text] = [0, 'all of it is 0'];
  for (const { file, matrix } of inputs) {
    const data = matrix instanceof Matrix ? matrix.data : matrix;
    for (let k = 0; k < data.length; k++) {
      if (Math.abs(data[k]) <= Math.abs(value)) continue;
      value = data[k];
      const place =
        matrix instanceof Matrix ? `element [${Math.floor(k / matrix.cols)}, ${k % matrix.cols}] of ` : 'in ';
      text = `its largest number is ${value}, ${place}${file}`;
    }
  }
  return text;
}
