/** @file What a curvature is the curvature of: a model with its loss, at parameters θ, on a data set. */
import { asModel, asTheta } from '../autodiff/as-model.ts';
import { asDataset, type Dataset, type DatasetInput } from '../autodiff/dataset.ts';
import { asLoss, type Loss } from '../autodiff/functions.ts';
import type { Network } from '../autodiff/network.ts';
import type { KfacForm } from '../autodiff/shared-weights.ts';
import { checkObject, checkOneOf, checkOptions } from '../linalg/border/arguments.ts';
import type { VectorInput } from '../linalg/border/vector.ts';
import { checkInteger, checkNonNegative } from '../linalg/checks.ts';
import type { Vec } from '../linalg/matrix.ts';
import { checkFisher, type FisherType } from './fisher.ts';
import { PARTITION_KINDS, type PartitionKind } from './partition.ts';

export type { KfacForm };

/**
 * One argument instead of four. Every curvature of a problem is that of the mean loss
 * J(θ) = (1/N) Σ L(z_n, θ); for a sum over examples, scale by N.
 */
export interface Problem {
  readonly model: Network;
  readonly loss: Loss;
  /** Shape [model.parameterCount], in the model's own layout: per layer [out, in + 1], bias last. */
  readonly theta: Vec;
  readonly data: Dataset;
}

/** What stands for a {@link Problem}: θ and the data as plain arrays, or a structured clone of one. */
export interface ProblemInput {
  readonly model: Network;
  readonly loss: Loss;
  readonly theta: VectorInput;
  readonly data: DatasetInput;
}

/** What a builder may be told beyond the problem. */
export interface CurvatureOptions {
  /** Which expectation over labels; `{ kind: 'type-2' }`, the exact one, when absent. Not read by `hessian`. */
  readonly fisher?: FisherType;
  /** Which parameters share a block; `'layer'` when absent. Not read by `hessian` and `ggn`. */
  readonly partition?: PartitionKind;
  /**
   * What `kfac` and `ekfac` make of a weight that is used at several positions of an example: 'expand', the default, takes each as an example of its
   * own, 'reduce' their mean input and summed gradient. Under attention 'reduce' is degenerate: the bias of a key projection has gradient zero, so its
   * factor is rounding, and a table of positions has an input factor of rank one.
   */
  readonly kfac?: KfacForm;
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
  asLoss(where, 'problem.loss', given.loss);
  const loss = given.loss as Loss;
  const theta = asTheta(where, model, given.theta);
  const data = asDataset(where, model, loss, given.data);
  if (model === given.model && theta === given.theta && data === given.data) return problem as Problem;
  return { model, loss, theta, data };
}

/** Every form, for messages. */
export const KFAC_FORMS: readonly KfacForm[] = ['expand', 'reduce'];

const NAMES: readonly (keyof (CurvatureOptions & ChunkOptions))[] = [
  'fisher',
  'partition',
  'kfac',
  'keepAbove',
  'batch',
];

/**
 * Refuses options that are none.
 *
 * @param further - Names that the function knows beside those of a curvature.
 * @throws {DomainError} an unknown name, with the nearest known one; a value outside its range.
 */
export function checkCurvatureOptions(
  where: string,
  options: CurvatureOptions & ChunkOptions,
  further: readonly string[] = [],
): void {
  checkOptions(where, options, [...NAMES, ...further]);
  const { fisher, partition, kfac, keepAbove, batch } = options;
  if (fisher !== undefined) checkFisher(where, fisher);
  if (partition !== undefined) checkOneOf(where, 'partition', partition, PARTITION_KINDS);
  if (kfac !== undefined) checkOneOf(where, 'kfac', kfac, KFAC_FORMS);
  if (keepAbove !== undefined) checkNonNegative(where, 'keepAbove', keepAbove);
  if (batch !== undefined) checkInteger(where, 'batch', batch, 1, Number.POSITIVE_INFINITY);
}

/** `asProblem` and {@link checkCurvatureOptions}: what every builder asks of its arguments. */
export function asCurvatureProblem(
  where: string,
  problem: unknown,
  options: CurvatureOptions & ChunkOptions,
  further: readonly string[] = [],
): Problem {
  checkCurvatureOptions(where, options, further);
  return asProblem(where, problem);
}

/** The options of a curvature among others. */
export function curvatureOptions(options: CurvatureOptions & ChunkOptions): CurvatureOptions & ChunkOptions {
  return Object.fromEntries(
    NAMES.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  );
}
