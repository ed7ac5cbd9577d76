/** @file First-order effect of removing or keeping a set of training examples. */
import { asIntegers, type IntegersInput } from '../../linalg/border/integers.ts';
import { asMatrix, type MatrixInput } from '../../linalg/border/matrix.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import type { Matrix, Vec } from '../../linalg/matrix.ts';

/**
 * Predicted change of every query's measurement when the set R is left out of training, to first order:
 * Δm_q = (1/N) Σ_{i∈R} score[q, i]. Positive: the measurement rises (for m = loss: the set helped).
 *
 * @param scores - Attribution scores, shape [nQuery, nTrain]; N = nTrain. Not modified.
 * @param removed - Indices of R, strictly ascending, in 0..nTrain − 1; may be empty.
 * @returns Δm, shape [nQuery], in the units of the measurement. Additive over disjoint sets.
 * @throws {DomainError} an index out of range, repeated or out of order.
 * Accuracy: the error is of second order in |R|/N. Cost: O(nQuery · |R|).
 * Reference: Koh, Ang, Teo & Liang, On the accuracy of influence functions for measuring group effects (2019).
 * @example groupEffect(Matrix.of([[2, -1, 5, 0]]), Int32Array.of(0, 1)); // Float64Array [0.25]
 */
export function groupEffect(scores: MatrixInput, removed: IntegersInput): Vec {
  const table = asMatrix('groupEffect', 'scores', scores);
  const set = asIndexSet('groupEffect', 'removed', removed, table.cols);
  return scoreSums(table, set).map((total) => total / table.cols);
}

/**
 * Predicted change of every query's measurement when training keeps only the set S: the effect of removing the rest,
 * (1/N) Σ_{i∉S} score[q, i] = (1/N) (Σ_i score[q, i] − Σ_{i∈S} score[q, i]).
 *
 * @param kept - Indices of S, strictly ascending, in 0..nTrain − 1.
 * @returns Δm relative to training on everything, shape [nQuery]. @throws {DomainError} as {@link groupEffect}.
 */
export function keptEffect(scores: MatrixInput, kept: IntegersInput): Vec {
  const table = asMatrix('keptEffect', 'scores', scores);
  const set = asIndexSet('keptEffect', 'kept', kept, table.cols);
  return groupEffect(table, complement(set, table.cols));
}

/** 0..n − 1 without the `given` indices (strictly ascending): the removed set of a kept one, and the reverse. */
export function complement(given: IntegersInput, n: number): Int32Array {
  checkInteger('complement', 'n', n, 0, 2 ** 31 - 1);
  const indices = asIndexSet('complement', 'indices', given, n);
  const out = new Int32Array(n - indices.length);
  for (let i = 0, next = 0, k = 0; i < n; i++) {
    if (next < indices.length && indices[next] === i) next++;
    else out[k++] = i;
  }
  return out;
}

/** Σ_{i∈set} scores[q, i] for every q, shape [nQuery]. Kernel: indices unchecked. */
export function scoreSums(scores: Matrix, set: Int32Array): Vec {
  const { rows, cols, data } = scores;
  const out = new Float64Array(rows);
  for (let q = 0, row = 0; q < rows; q++, row += cols) {
    let total = 0;
    for (let k = 0; k < set.length; k++) total += data[row + set[k]];
    out[q] = total;
  }
  return out;
}

/** Throws {@link DomainError} unless `set` is strictly ascending within 0..n − 1. */
export function checkIndexSet(where: string, argument: string, set: Int32Array, n: number): void {
  for (let k = 0; k < set.length; k++)
    if (!(set[k] >= 0 && set[k] < n && (k === 0 || set[k] > set[k - 1])))
      throw new DomainError(
        where,
        argument,
        `strictly ascending indices in 0..${n - 1}`,
        `${set[k]} at position ${k}`,
      );
}

/** The strictly ascending indices within 0..n − 1 that `set` stands for. @throws {DomainError} they are none. */
export function asIndexSet(where: string, argument: string, set: IntegersInput, n: number): Int32Array {
  const indices = asIntegers(where, argument, set);
  checkIndexSet(where, argument, indices, n);
  return indices;
}
