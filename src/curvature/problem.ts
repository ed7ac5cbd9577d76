/** @file What a curvature is the curvature of: a model with its loss, at parameters θ, on a data set. */
import { checkDataset, type Dataset } from '../autodiff/dataset.ts';
import type { Loss } from '../autodiff/functions.ts';
import type { Mlp } from '../autodiff/mlp.ts';
import { checkFinite, checkLength } from '../linalg/checks.ts';
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
 * @throws {ShapeError} θ or the data do not fit the model, or there are no examples. @throws {DomainError} a label out
 * of range. @throws {NonFiniteError} θ or the data hold NaN or ±∞.
 */
export function checkProblem(where: string, problem: Problem): void {
  checkLength(where, 'theta', problem.theta, problem.model.parameterCount);
  checkFinite(where, 'theta', problem.theta);
  checkDataset(where, problem.model, problem.loss, problem.data);
}
