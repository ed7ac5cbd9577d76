/** @file The stratified split into training and query examples. */

import { rng } from '../../../linalg/index.ts';
import { CommandError } from '../../files/command-error.ts';

/** Positions in the data set, each ascending; together they cover it once. */
export interface Split {
  readonly train: Int32Array;
  readonly query: Int32Array;
}

/** How many examples of each kind to draw. */
export interface SplitSizes {
  readonly queries: number;
  readonly train: number;
  readonly seed: number;
}

/**
 * Draws query and training examples so that every class has its share of each, by largest remainders: of q queries,
 * class c gives ⌊n_c·q/n⌋ or one more, and of what is left the training set takes its shares in the same way. Within a
 * class the draw is without replacement in the order of the stream rng(seed, 'split', c), so it does not depend on the
 * other classes, and a smaller training set keeps the queries.
 *
 * @param labels - Class of every example, 0..C−1.
 * @throws {CommandError} sizes below 1, or more than there are examples.
 */
export function stratifiedSplit(labels: Int32Array, { queries, train, seed }: SplitSizes): Split {
  const n = labels.length;
  if (
    !(
      Number.isInteger(queries) &&
      queries >= 1 &&
      Number.isInteger(train) &&
      train >= 1 &&
      queries + train <= n
    )
  )
    throw new CommandError(`cannot split ${n} examples into ${train} for training and ${queries} queries.`);
  const members = Array.from({ length: Math.max(...labels) + 1 }, () => [] as number[]);
  for (const [i, label] of labels.entries()) members[label].push(i);
  const counts = members.map((member) => member.length);
  const forQuery = shares(counts, queries);
  const forTrain = shares(
    counts.map((count, c) => count - forQuery[c]),
    train,
  );
  const query: number[] = [];
  const training: number[] = [];
  for (const [c, member] of members.entries()) {
    const order = rng(seed, 'split', c).permutation(member.length);
    const end = forQuery[c] + forTrain[c];
    for (let k = 0; k < end; k++) (k < forQuery[c] ? query : training).push(member[order[k]]);
  }
  return { train: Int32Array.from(training).sort(), query: Int32Array.from(query).sort() };
}

/** Integers that sum to `total`, proportional to the counts, by largest remainders; ties go to the lower class. */
function shares(counts: readonly number[], total: number): number[] {
  const n = counts.reduce((sum, count) => sum + count, 0);
  const quotas = counts.map((count) => Math.floor((count * total) / n));
  const remainders = counts.map((count, c) => ({ c, rest: (count * total) % n }));
  remainders.sort((a, b) => b.rest - a.rest || a.c - b.c);
  const missing = total - quotas.reduce((sum, quota) => sum + quota, 0);
  for (const { c } of remainders.slice(0, missing)) quotas[c]++;
  return quotas;
}
