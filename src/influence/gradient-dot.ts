/** @file Gradient similarity, the baseline without a curvature: dot product or cosine. */

import type { Dataset } from '../autodiff/dataset.ts';
import { DomainError } from '../linalg/errors.ts';
import type { Matrix } from '../linalg/matrix.ts';
import { norm2 } from '../linalg/sum.ts';
import type { Attributor, FittedModel, LayeredAttributor } from './attributor.ts';
import { bilinearAttributor } from './bilinear-scores.ts';
import { checkMeasurement, type Measurement } from './measurement.ts';

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
  const { measurement = 'loss', similarity = 'dot', chunk } = options;
  checkMeasurement('gradientDot', measurement);
  if (similarity !== 'dot' && similarity !== 'cosine')
    throw new DomainError('gradientDot', 'similarity', "'dot' or 'cosine'", similarity);
  const transform = similarity === 'cosine' ? unitRows : (rows: Matrix): Matrix => rows;
  return {
    id: options.id ?? (similarity === 'cosine' ? 'grad-cos' : 'grad-dot'),
    measurement,
    fit: (fitted, train) =>
      bilinearAttributor({
        fitted,
        train,
        measurement,
        transformQueries: transform,
        ...(similarity === 'cosine' ? { transformTraining: transform } : {}),
        ...(chunk === undefined ? {} : { chunk }),
      }),
  };
}

/** Rows scaled to length 1, in a copy; rows of zeros stay zero. */
function unitRows(a: Matrix): Matrix {
  const out = a.clone();
  for (let r = 0; r < a.rows; r++) {
    const row = out.row(r);
    const length = norm2(row);
    if (length > 0) for (let c = 0; c < row.length; c++) row[c] /= length;
  }
  return out;
}
