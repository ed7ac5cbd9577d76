/** @file The expectation over labels that defines a Gauss–Newton matrix, as data and as cotangents of the logits. */

import type { Dataset } from '../autodiff/dataset.ts';
import { asLoss, functionName, type Loss } from '../autodiff/functions.ts';
import { withAnswers } from '../autodiff/losses/loss.ts';
import { checkOptions } from '../linalg/border/arguments.ts';
import { checkInteger } from '../linalg/checks.ts';
import { DomainError, UnsupportedError } from '../linalg/errors.ts';
import type { Matrix } from '../linalg/matrix.ts';
import { rng } from '../linalg/random/random.ts';

/**
 * Which labels the pseudo-gradients δ = ∂L(u, y)/∂u are taken at.
 *
 * - `type-2`: the exact expectation over the model's own labels. The matrix is the GGN, which is the Fisher information.
 * - `mc`: `samples` labels per example drawn from the model, e.g. y ~ softmax(u) or y ~ N(u, I). Unbiased for the GGN.
 * - `empirical`: the labels of the data. Another matrix, no estimate of the GGN (Kunstner et al. 2019).
 */
export type FisherType =
  | { readonly kind: 'type-2' }
  | { readonly kind: 'mc'; readonly samples: number; readonly seed: number }
  | { readonly kind: 'empirical' };

/** The default: exact, and without a seed. */
export const TYPE_2: FisherType = { kind: 'type-2' };

/** @throws {DomainError} unknown kind; `samples` not an integer ≥ 1; `seed` not a safe integer. */
export function checkFisher(where: string, fisher: FisherType): void {
  checkOptions(where, fisher, ['kind', 'samples', 'seed'], 'fisher');
  switch (fisher.kind) {
    case 'type-2':
    case 'empirical':
      return;
    case 'mc':
      checkInteger(where, 'fisher.samples', fisher.samples, 1, Number.MAX_SAFE_INTEGER);
      checkInteger(where, 'fisher.seed', fisher.seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
      return;
    default:
      throw new DomainError(
        where,
        'fisher.kind',
        "'type-2', 'mc' or 'empirical'",
        (fisher satisfies never as { kind: unknown }).kind,
      );
  }
}

/**
 * Cotangents of the logits whose outer products sum to the output curvature: per example n,
 * Σ_s seed_s[:, n] seed_s[:, n]ᵀ = E[∇_u L ∇_u Lᵀ]. For `type-2` that is ∇²_u L exactly: diag(p) − p pᵀ for
 * cross-entropy, I for squared error (`LossDefinition.hessianRoot`). The weight of a label is folded in as its square root, and so is the weight of
 * an example.
 *
 * @param logits - u, shape [C, count], one example per column. Not modified.
 * @param start - Position of the first column in `data`; a sample depends on (seed, position) only, not on the chunk.
 * @param place - Names the random stream of a column; default: its position in `data`.
 * @returns for `type-2` the seeds of the loss, which are C for both, `samples` for `mc`, one for `empirical`; each [C, count].
 * @throws {UnsupportedError} `mc` for a loss whose curvature is that of no labels drawn from a model.
 */
export function fisherSeeds(
  loss: Loss,
  fisher: FisherType,
  logits: Matrix,
  data: Dataset,
  start: number,
  place: (column: number) => readonly number[] = (column) => [start + column],
): readonly Matrix[] {
  const seeds = unweightedSeeds(loss, fisher, logits, data, start, place);
  const { weights } = data;
  if (weights === undefined) return seeds;
  const roots = Float64Array.from({ length: logits.cols }, (_, n) => Math.sqrt(weights.at(start + n, 0)));
  for (const { data: seed } of seeds) for (let k = 0; k < seed.length; k++) seed[k] *= roots[k % logits.cols];
  return seeds;
}

function unweightedSeeds(
  loss: Loss,
  fisher: FisherType,
  logits: Matrix,
  data: Dataset,
  start: number,
  place: (column: number) => readonly number[],
): readonly Matrix[] {
  const definition = asLoss('fisherSeeds', 'loss', loss);
  switch (fisher.kind) {
    case 'type-2':
      return withAnswers(
        definition,
        data,
        (of, labels) => of.hessianRoot(logits, labels, start),
        (of, targets) => of.hessianRoot(logits, targets, start),
      );
    case 'mc':
      if (definition.drawnGradients === undefined)
        throw new UnsupportedError(
          `the Fisher type mc is not supported for ${functionName(loss)}, whose second derivative depends on the target: use type-2, which is exact.`,
        );
      return definition.drawnGradients(logits, fisher.samples, (column) =>
        rng(fisher.seed, 'fisher', ...place(column)),
      );
    case 'empirical':
      return withAnswers(
        definition,
        data,
        (of, labels) => [of.gradient(logits, labels, start)],
        (of, targets) => [of.gradient(logits, targets, start)],
      );
  }
}
