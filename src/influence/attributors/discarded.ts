/** @file How much of the gradients a method does not look at. */
import type { Dataset } from '../../autodiff/dataset.ts';
import { datasetSize } from '../../autodiff/dataset.ts';
import type { ExampleFunction } from '../../autodiff/functions.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import { DiscardedShare } from '../../curvature/discarded-share.ts';
import type { EigenOperator } from '../../curvature/eigen-operator.ts';
import type { InverseRule } from '../../curvature/inverse-rule.ts';
import type { FittedModel } from '../attributor.ts';
import { CHUNK_NUMBERS, chunks } from './bilinear-scores.ts';

/** Shares of the squared norms of gradients, Σ‖discarded part‖² / Σ‖∇‖², in [0, 1]. */
export interface Discarded {
  /** Of ∇m(z_q) over the queries; null where it is not defined. */
  readonly query: number | null;
  /** Of ∇L(z_i) over the training examples; null where it is not defined. */
  readonly train: number | null;
  /** Why one of them is null. */
  readonly reason?: string;
}

/** What a method that cuts nothing off discards. */
export const NOTHING_DISCARDED: Discarded = { query: 0, train: 0 };

/** Why a share of nothing is none. */
export const NO_GRADIENT = 'the gradients are 0 to the last digit';

/** Why a random projection has no share: its rows are not orthonormal. */
export const RANDOM_PROJECTION = 'a random projection keeps inner products on average, not directions';

/** Two shares, with the reason where one is undefined. */
export function discardedShares(query: number | undefined, train: number | undefined): Discarded {
  const reason = query === undefined || train === undefined ? { reason: NO_GRADIENT } : {};
  return { query: query ?? null, train: train ?? null, ...reason };
}

/**
 * The share of Σ‖∇f(z, θ)‖² over a data set in directions that a rule sends to zero; see {@link DiscardedShare}.
 *
 * @returns in [0, 1]; undefined where every gradient is 0. Nothing is computed for a rule that cuts nothing.
 * Cost: the gradients, chunk by chunk of 16 MiB, and one rotation of each.
 */
export function discardedShare(
  { model, theta }: FittedModel,
  f: ExampleFunction,
  data: Dataset,
  operator: EigenOperator,
  rule: InverseRule,
): number | undefined {
  const share = new DiscardedShare(operator, rule);
  if (!share.cuts) return 0;
  const size = Math.max(1, Math.floor(CHUNK_NUMBERS / model.parameterCount));
  for (const [start, end] of chunks(datasetSize(data), size))
    share.add(perExampleGradients(model, f, theta, data, start, end));
  return share.value();
}
