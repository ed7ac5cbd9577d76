/** @file Numbers over repeats: a mean with its standard error; and what one prediction is worth. */

/** A number with its standard error over networks; null where there is one network. */
export interface Measured {
  readonly value: number;
  readonly error: number | null;
}

/** Mean and standard error of independent repeats. */
export function overRepeats(values: readonly number[]): Measured {
  const n = values.length;
  const value = values.reduce((sum, x) => sum + x, 0) / n;
  if (n < 2) return { value, error: null };
  const square = values.reduce((sum, x) => sum + (x - value) ** 2, 0) / (n - 1);
  return { value, error: Math.sqrt(square / n) };
}

/** −log p of the class, at most that of the smallest double; of numbers |prediction − target|. */
export function rowLoss(prediction: Float64Array, answer: number, classes: number): number {
  return classes > 0
    ? -Math.log(Math.max(prediction[answer], Number.MIN_VALUE))
    : Math.abs(prediction[0] - answer);
}
