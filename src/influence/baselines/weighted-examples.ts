/** @file How often every training example counts, apart from the gradient of one. */
import { type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import type { Network } from '../../autodiff/network.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { sum } from '../../linalg/sum.ts';

export interface WeightedExamples {
  /** The data with the loss of one copy of every example. */
  readonly data: Dataset;
  /** w_n, [n]: 1 without weights. */
  readonly weights: Vec;
  /** W̄ = (1/N) Σ w_n. */
  readonly mean: number;
}

/**
 * Σ_t w_nt ℓ_t as w_n times a loss whose weights add up to 1 over the output positions t: w_n = Σ_t w_nt, so that whole numbers are copies of an
 * example, and positions without weights, 1/P each, are one. With one output position it is ℓ itself.
 */
export function weightedExamples({ outputPositions: positions }: Network, train: Dataset): WeightedExamples {
  const n = datasetSize(train);
  const { weights: own, ...bare } = train;
  if (own === undefined) return { data: train, weights: new Float64Array(n).fill(1), mean: 1 };
  if (positions === 1) return { data: bare, weights: own.data, mean: sum(own.data) / n };
  const weights = Float64Array.from({ length: n }, (_, i) => sum(own.row(i)));
  const shares = new Matrix(
    n,
    positions,
    own.data.map((w, k) => (w === 0 ? 0 : w / weights[Math.floor(k / positions)])),
  );
  return { data: { ...bare, weights: shares }, weights, mean: sum(weights) / n };
}
