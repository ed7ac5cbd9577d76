/** @file Gradient similarity, the baseline without a curvature: dot product or cosine. */
import type { Dataset } from '../../autodiff/dataset.ts';
import { checkFields, oneOf } from '../../linalg/border/fields.ts';
import type { Attributor, FittedModel, LayeredAttributor } from '../attributor.ts';
import type { Measurement } from '../measurement.ts';
import { CHUNKED } from '../option-checks.ts';
import { bilinearAttributor, unitRows } from './bilinear-scores.ts';

export interface GradientDotOptions {
  /** Default 'loss'. */
  readonly measurement?: Measurement;
  /** 'dot' (default): ∇m·∇L. 'cosine': divided by both norms; 0 where a gradient vanishes. */
  readonly similarity?: 'dot' | 'cosine';
  /** Default 'grad-dot' or 'grad-cos'. */
  readonly id?: string;
  /** Examples per chunk of gradients; see `BilinearMethod`. */
  readonly chunk?: number;
}

/** An {@link Attributor} whose scores split by layer. */
export interface GradientDot extends Attributor {
  fit(model: FittedModel, train: Dataset): LayeredAttributor;
}

/**
 * Gradient dot product, score[q, i] = ∇m(z_q)·∇L(z_i): the influence function with C = I, or one step of gradient
 * descent taken back. Sign and orientation as on `Attributor`; the scale is that of gradients, not of a change in m.
 * The cosine is not linear in the training gradients: sums of it predict groups by analogy only.
 *
 * @returns An attributor; `fit` computes nothing.
 * @throws {DomainError} unknown measurement or similarity.
 * Cost of `score`: O(nQuery · N · D).
 * Reference: Charpiat, Girard, Felardos & Tarabalka, Input similarity from the neural network perspective (2019).
 * @example gradientDot().fit({ model, loss, theta }, train).score(queries);
 */
export function gradientDot(options: GradientDotOptions = {}): GradientDot {
  checkFields('gradientDot', options, { ...CHUNKED, similarity: oneOf('dot', 'cosine') });
  const { measurement = 'loss', similarity = 'dot', chunk } = options;
  return {
    id: options.id ?? (similarity === 'cosine' ? 'grad-cos' : 'grad-dot'),
    measurement,
    fit: (fitted, train) =>
      bilinearAttributor({
        fitted,
        train,
        measurement,
        transformQueries: similarity === 'cosine' ? unitRows : (rows) => rows,
        unitTraining: similarity === 'cosine',
        ...(chunk === undefined ? {} : { chunk }),
      }),
  };
}
