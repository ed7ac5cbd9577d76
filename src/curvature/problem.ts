/** @file What a curvature is the curvature of: a model with its loss, at parameters θ, on a data set. */
import { asModel, asTheta } from '../autodiff/as-model.ts';
import { asDataset, type Dataset } from '../autodiff/dataset.ts';
import { LOSSES, type Loss } from '../autodiff/functions.ts';
import type { Mlp } from '../autodiff/mlp.ts';
import { checkObject, checkOneOf } from '../linalg/border/arguments.ts';
import type { Vec } from '../linalg/matrix.ts';
import type { FisherType } from './fisher.ts';
import type { PartitionKind } from './partition.ts';

/**
 * One argument instead of four. Every curvature of a problem is that of the mean loss
 * J(θ) = (1/N) Σ L(z_n, θ); for a sum over examples, scale by N.
 */
export interface Problem {
  readonly model: Mlp;
  readonly loss: Loss;
  /** Shape [model.parameterCount], in the model's own layout: per layer [out, in + 1], bias last. */
  readonly theta: Vec;
  readonly data: Dataset;
}

/** What a builder may be told beyond the problem. */
export interface CurvatureOptions {
  /** Which expectation over labels; `{ kind: 'type-2' }`, the exact one, when absent. Not read by `hessian`. */
  readonly fisher?: FisherType;
  /** Which parameters share a block; `'layer'` when absent. Not read by `hessian` and `ggn`. */
  readonly partition?: PartitionKind;
  /**
   * Compute all eigenvalues, but the eigenvectors of |σ| > keepAbove only, in the units of the curvature; all when absent.
   * Cheaper where few are kept, and the operator serves truncated rules with eps ≥ keepAbove; what needs the other vectors
   * throws {@link UnsupportedError}. Not read by `ekfac` and `kfac`, whose bases are cheap.
   */
  readonly keepAbove?: number;
}

/** How the examples are swept; results differ by rounding only. For tests and for machines with little memory. */
export interface ChunkOptions {
  /** Examples per chunk; `SWEEP_BATCH` when absent, which is fixed, so that bits do not depend on the machine. */
  readonly batch?: number;
}

/**
 * The problem that `problem` stands for: itself if nothing in it has to be converted.
 *
 * @throws {ShapeError} θ or the data do not fit the model, or there are no examples. @throws {DomainError} a label out
 * of range. @throws {NonFiniteError} θ or the data hold NaN or ±∞.
 */
export function asProblem(where: string, problem: unknown): Problem {
  checkObject(where, 'problem', problem);
  const given = problem as { readonly [K in keyof Problem]?: unknown };
  const model = asModel(where, 'problem.model', given.model);
  checkOneOf(where, 'problem.loss', given.loss, LOSSES);
  const theta = asTheta(where, model, given.theta);
  const data = asDataset(where, model, given.loss, given.data);
  if (model === given.model && theta === given.theta && data === given.data) return problem as Problem;
  return { model, loss: given.loss, theta, data };
}
