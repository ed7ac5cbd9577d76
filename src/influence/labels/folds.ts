/** @file Folds: which examples a network learns from, and which it is asked about. */
import { type Check, checkFields, checkSeed, integer } from '../../linalg/border/fields.ts';
import { asIntegers, type IntegersInput } from '../../linalg/border/integers.ts';
import { checkInteger, checkLength } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import { rng } from '../../linalg/random/random.ts';
import { argsort } from '../judging/rank-correlation.ts';
import { count } from '../option-checks.ts';

export interface FoldOptions {
  /** k: parts that the examples are dealt to; each is held out once. From 2 to n. Default 5. */
  readonly folds?: number;
  /** R: how often all is dealt anew. Default 5. */
  readonly repeats?: number;
  /** Names the random streams. Default 0. */
  readonly seed?: number;
  /** A class for each example: every fold then gets as many of each class as any other, ± 1. */
  readonly labels?: IntegersInput;
}

/** One network to train: what it learns from and what it is asked about, both ascending. */
export interface FoldJob {
  /** 0..R−1. */
  readonly repeat: number;
  /** 0..k−1. */
  readonly fold: number;
  readonly kept: Int32Array;
  readonly heldOut: Int32Array;
}

const OPTIONS: Record<keyof FoldOptions, Check> = {
  folds: integer(2),
  repeats: count,
  seed: checkSeed,
  labels: () => undefined, // asIntegers speaks for itself
};

/**
 * The jobs of repeated k-fold cross-validation over n examples: R·k of them, repeat by repeat.
 *
 * Repeat r shuffles the examples by the stream rng(seed, 'folds', r), sorts them by class where `labels` are given (stably), and deals them to
 * the folds in turn. So folds differ by at most one in size and in the number of each class, and more repeats change none of the earlier ones.
 *
 * @param n - Examples, at least 2.
 * @throws {DomainError} an option out of range, more folds than examples. @throws {ShapeError} labels of another number.
 * Cost: O(R k n). Reference: Kohavi, A study of cross-validation and bootstrap (IJCAI 1995).
 * @example foldJobs(10, { folds: 5, repeats: 2 }).length; // 10 jobs; each keeps 8 examples and is asked about 2
 */
export function foldJobs(n: number, options: FoldOptions = {}): FoldJob[] {
  const where = 'foldJobs';
  checkInteger(where, 'n', n, 2, 2 ** 31 - 1);
  checkFields(where, options, OPTIONS);
  const { folds = 5, repeats = 5, seed = 0 } = options;
  if (folds > n) throw new DomainError(where, 'folds', `at most the ${n} examples`, folds);
  const labels = options.labels === undefined ? undefined : asIntegers(where, 'labels', options.labels);
  if (labels !== undefined) checkLength(where, 'labels', labels, n);
  return Array.from({ length: repeats }, (_, repeat) => {
    const of = dealt(rng(seed, 'folds', repeat).permutation(n), folds, labels);
    return Array.from({ length: folds }, (_, fold) => ({
      repeat,
      fold,
      kept: positions(of, (f) => f !== fold),
      heldOut: positions(of, (f) => f === fold),
    }));
  }).flat();
}

/** The fold of each example. */
function dealt(shuffled: Int32Array, folds: number, labels: Int32Array | undefined): Int32Array {
  const order =
    labels === undefined
      ? shuffled
      : Int32Array.from(argsort(shuffled.map((i) => labels[i])), (at) => shuffled[at]);
  const of = new Int32Array(order.length);
  for (const [position, i] of order.entries()) of[i] = position % folds;
  return of;
}

/** The positions whose fold is wanted, ascending. */
function positions(of: Int32Array, wanted: (fold: number) => boolean): Int32Array {
  return Int32Array.from(of.keys()).filter((i) => wanted(of[i]));
}
