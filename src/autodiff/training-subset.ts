/** @file Which examples of a data set a network is trained on. */
import { asIntegers, type IntegersInput } from '../linalg/border/integers.ts';
import { DomainError } from '../linalg/errors.ts';

/**
 * Indices of training examples as integers, held against their number n.
 *
 * @throws {DomainError} none, an index outside 0..n−1, or one twice.
 * @example asSubset('train', [2, 0], 3); // Int32Array [2, 0]
 */
export function asSubset(where: string, given: IntegersInput, n: number): Int32Array {
  const subset = asIntegers(where, 'subset', given, 0, n - 1);
  if (subset.length === 0) throw new DomainError(where, 'subset', 'non-empty', 'no indices');
  const seen = new Uint8Array(n);
  for (const i of subset)
    if (seen[i]++ > 0) throw new DomainError(where, 'subset', 'free of repetitions', `${i} twice`);
  return subset;
}
