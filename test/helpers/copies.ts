/** @file Whole numbers as weights of examples, and the copies of examples that stand for them. */
import { Matrix } from '../../src/linalg/matrix.ts';

/** Weights of examples, and what repeating each of them as often comes to. */
export interface Copies {
  /** [n, 1] */
  readonly weights: Matrix;
  /** Numbers of examples, each as often as it weighs. */
  readonly repeated: readonly number[];
  readonly total: number;
}

/** @param counts - How often each example counts. */
export function copiesOf(counts: readonly number[]): Copies {
  return {
    weights: new Matrix(counts.length, 1, Float64Array.from(counts)),
    repeated: counts.flatMap((count, n) => new Array<number>(count).fill(n)),
    total: counts.reduce((a, b) => a + b),
  };
}
