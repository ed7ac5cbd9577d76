/** @file The interface of every attribution method; the sign, scale and orientation of a score are stated here. */
import type { Dataset } from '../autodiff/dataset.ts';
import type { Loss } from '../autodiff/functions.ts';
import type { Network } from '../autodiff/network.ts';
import type { Matrix, Vec } from '../linalg/matrix.ts';
import type { Measurement } from './measurement.ts';

/** A model at the parameters that training ended with. */
export interface FittedModel {
  readonly model: Network;
  readonly loss: Loss;
  /** Shape [model.parameterCount], in the model's layout. */
  readonly theta: Vec;
}

/**
 * A method that scores training examples for queries.
 *
 * The convention, everywhere in this project, for m(z_q) the measurement and L(z_i) the training loss of one example:
 *
 *   score[q, i] = ∇m(z_q)ᵀ C⁻¹ ∇L(z_i),   C the curvature of the MEAN loss (1/N) Σ L(z_i).
 *
 * - **Orientation**: queries are rows, training examples columns.
 * - **Sign**: score[q, i] > 0 ⇔ leaving training example i out is predicted to RAISE the query's measurement.
 *   For m = loss, positive means that the example helped; for m = margin, that it harmed.
 * - **Scale**: the predicted change of m(z_q) on removing a set R is (1/N) Σ_{i∈R} score[q, i] (`groupEffect`), in the
 *   units of m. Keeping only a set S predicts the lower m, the larger Σ_{i∈S} score[q, i].
 *
 * Methods without a curvature (gradient dot product) keep orientation and sign; their scale has no such meaning.
 */
export interface Attributor {
  /** Stable: it names result files. */
  readonly id: string;
  readonly measurement: Measurement;
  /**
   * Everything that depends on the training set only, done once.
   * @throws {ShapeError} {@link DomainError} {@link NonFiniteError} model, θ and data do not fit.
   */
  fit(model: FittedModel, train: Dataset): FittedAttributor;
}

/** A method that knows its training set of N examples. Holds model, θ and data by reference: do not change them. */
export interface FittedAttributor {
  /** Shape [nQuery, N]; convention as on {@link Attributor}. Each row depends on its own query only. */
  score(queries: Dataset): Matrix;
  /**
   * Shape [N]: element i is score(train)[i, i], the example as its own query. For m = loss it is ≥ 0 whenever C⁻¹ is
   * psd; large values mark examples that the model fits from themselves alone: candidates for wrong labels.
   */
  selfInfluence(): Vec;
}

/** A fitted method whose scores are an inner product over parameters, so that each layer has its own share. */
export interface LayeredAttributor extends FittedAttributor {
  /** One [nQuery, N] matrix per layer, input side first, tied layers as one; their sum is score(queries) up to rounding. */
  scoreByLayer(queries: Dataset): Matrix[];
}
