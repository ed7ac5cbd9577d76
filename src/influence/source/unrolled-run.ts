/** @file What SOURCE and ASTRA-SOURCE share: a run cut into segments, each with its curvature, its filters and its gradients. */
import type { Dataset } from '../../autodiff/dataset.ts';
import { asRun, asTrajectory, type Trajectory } from '../../autodiff/trajectory.ts';
import { EigenOperator } from '../../curvature/eigen-operator.ts';
import { CURVATURES } from '../../curvature/registry.ts';
import { isArray } from '../../linalg/border/describe.ts';
import { type Check, checkFields, oneOf } from '../../linalg/border/fields.ts';
import { asList, checkInstance } from '../../linalg/border/instances.ts';
import { checkLength } from '../../linalg/checks.ts';
import { DomainError, NumericalError, ShapeError } from '../../linalg/errors.ts';
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import type { FittedModel } from '../attributor.ts';
import { type Measurement, measurementFunction } from '../measurement.ts';
import { CHUNKED, count, curvatureOptions, nonNegative } from '../option-checks.ts';
import {
  averagedCurvature,
  type SegmentCurvature,
  type SegmentCurvatureOptions,
} from './averaged-curvature.ts';
import { adaptiveOptimiser, preconditioned, rootPreconditioner, scaledColumns } from './preconditioner.ts';
import { type Segment, type Segmentation, trajectorySegments } from './segment.ts';
import { checkEnd } from './trajectory-end.ts';
import { type UnrolledFilters, unrolledFilters } from './unrolled-filters.ts';

/** What both attributors may be told. */
export interface UnrolledRunOptions {
  /** The run that ended in the fitted model. Kept by reference. */
  readonly trajectory: Trajectory;
  /** How many segments, or the steps where they end; see {@link trajectorySegments}. Default 3, or fewer with fewer checkpoints. */
  readonly segments?: Segmentation;
  /** The curvature of a segment. Default 'ekfac'. */
  readonly curvature?: SegmentCurvature;
  /** Fisher type and partition of the curvature. */
  readonly options?: SegmentCurvatureOptions;
  /**
   * What a segment averages over its checkpoints: 'gradients' (default) and curvatures; or 'parameters', at whose mean one
   * gradient and one curvature are taken, which costs a single checkpoint (FAST-SOURCE).
   */
  readonly average?: 'gradients' | 'parameters';
  /** Added to every eigenvalue, in the units of the curvature. Default 0. */
  readonly damping?: number;
  /** Default: that of the trajectory. 0 leaves it out. It is added to every eigenvalue, as training adds it to the Hessian. */
  readonly weightDecay?: number;
  /** Negative eigenvalues: 'keep' (default), or 'clip' to 0. For 'hessian' and curvatures of your own. */
  readonly negative?: 'keep' | 'clip';
  /** Default 'loss'. */
  readonly measurement?: Measurement;
  /** Default 'source' or 'astra-source'. */
  readonly id?: string;
  /** Queries per chunk. Default: as many as have their vectors in 128 MiB. */
  readonly chunk?: number;
}

/** A segment that knows its training set. */
export interface UnrolledSegment extends Segment {
  /** Averaged, without `shift`. */
  readonly curvature: EigenOperator;
  /** Weight decay plus damping: what training and solver add to every eigenvalue. */
  readonly shift: number;
  /** The parameters whose gradients are averaged: those of the checkpoints, or their mean. */
  readonly points: readonly Vec[];
  readonly filters: UnrolledFilters;
  /** Of a run of AdamW √P̄, see {@link sourceInfluence}: `curvature` is that of P̄^½ C P̄^½ then, with the damping in it. */
  readonly rootPreconditioner?: Vec;
}

const OPTIONS = {
  ...CHUNKED,
  trajectory: ((where, _, value) => asRun(where, value)) as Check,
  segments: ((where, argument, value: unknown) => {
    if (!isArray(value)) return count(where, argument, value as never);
    for (const [i, end] of value.entries()) count(where, `${argument}[${i}]`, end as never);
  }) as Check,
  curvature: ((where, argument, value: unknown) => {
    if (typeof value !== 'function' && !(typeof value === 'string' && Object.hasOwn(CURVATURES, value)))
      throw new DomainError(where, argument, `a function, ${Object.keys(CURVATURES).join(', ')}`, value);
  }) as Check,
  options: curvatureOptions,
  average: oneOf('gradients', 'parameters'),
  damping: nonNegative,
  weightDecay: nonNegative,
  negative: oneOf('keep', 'clip'),
};

/**
 * @param further - What the attributor reads beside.
 * @throws {DomainError} an option that is none, before anything is computed.
 */
export function checkUnrolledOptions(
  where: string,
  options: UnrolledRunOptions,
  further: Readonly<Record<string, Check>> = {},
): void {
  checkFields(where, options, { ...OPTIONS, ...further }, 'options', ['trajectory']);
}

/**
 * Cuts the run, and builds the curvature of every segment, first segment first.
 *
 * @param earlier - The curvatures as they were built before, of the same run under the same options.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} model, θ, data and run do not fit each other; among them a run whose last
 * parameters are not those of the model.
 */
export function unrolledRun(
  where: string,
  fitted: FittedModel,
  train: Dataset,
  options: UnrolledRunOptions,
  earlier?: readonly EigenOperator[],
): UnrolledSegment[] {
  const { curvature = 'ekfac', average = 'gradients', damping = 0, negative = 'keep' } = options;
  const trajectory = asTrajectory(where, fitted.model, options.trajectory);
  const adaptive = adaptiveOptimiser(where, trajectory);
  const { weightDecay = (adaptive ?? trajectory).weightDecay, measurement = 'loss' } = options;
  measurementFunction(measurement, fitted.loss);
  checkEnd(where, fitted, trajectory);
  const shift = adaptive === undefined ? weightDecay + damping : weightDecay;
  const segments = trajectorySegments(trajectory, options.segments);
  const known = earlier && asSegmentCurvatures(where, earlier, segments.length, fitted.model.parameterCount);
  return segments.map((segment) => {
    const thetas = segment.checkpoints.map(({ theta }) => theta);
    const points = average === 'parameters' ? [meanVector(thetas)] : thetas;
    const root = adaptive && rootPreconditioner(where, fitted.model, segment.checkpoints, adaptive);
    const build = (): EigenOperator => {
      const problems = points.map((theta) => ({ ...fitted, theta, data: train }));
      const plain = averagedCurvature(curvature, problems, options.options);
      checkLength(where, 'curvature', plain.values, fitted.model.parameterCount);
      return root === undefined ? plain : preconditioned(plain, root, damping);
    };
    const operator = known === undefined ? build() : known[segment.index];
    const filters = unrolledFilters({ time: segment.time, shift, negative });
    const own = root === undefined ? {} : { rootPreconditioner: root };
    return { ...segment, curvature: operator, shift, points, filters, ...own };
  });
}

/** Curvatures that were built or read elsewhere. @throws {ShapeError} another number of segments or of parameters. */
function asSegmentCurvatures(
  where: string,
  given: readonly EigenOperator[],
  segments: number,
  parameters: number,
): readonly EigenOperator[] {
  const operators = asList(where, 'curvatures', given, 'one per segment');
  if (operators.length !== segments)
    throw new ShapeError(where, 'curvatures', `${segments}, one per segment`, `${operators.length}`);
  for (const [l, operator] of operators.entries()) {
    checkInstance(where, `curvatures[${l}]`, operator, EigenOperator, 'an EigenOperator');
    checkLength(where, `curvatures[${l}]`, operator.values, parameters);
  }
  return operators;
}

/**
 * b_ℓ = S̄_{ℓ+1} ⋯ S̄_L ∇m: query gradients carried back from the end of training to the end of every segment.
 *
 * @param gradients - ∇m at the end, one query per row, [k, D]. Not modified.
 * @returns b_1 … b_L, each [k, D]. @throws {NumericalError} they grow beyond the range of doubles.
 */
export function backwardWalk(segments: readonly UnrolledSegment[], gradients: Matrix): Matrix[] {
  const carried: Matrix[] = new Array(segments.length);
  let b = gradients;
  for (const segment of [...segments].reverse()) {
    carried[segment.index] = b;
    if (segment.index > 0) b = carriedBack(segment, b);
    if (!b.data.every(Number.isFinite))
      throw new NumericalError(
        `SOURCE: query gradients overflow on the way back through segment ${segment.index}. Use negative: 'clip', or the GGN.`,
      );
  }
  return carried;
}

/** S̄ᵀ on each row: exp(−tC), or P̄^(−½) exp(−t P̄^½ C P̄^½) P̄^½. */
function carriedBack({ curvature, filters, rootPreconditioner: root }: UnrolledSegment, b: Matrix): Matrix {
  if (root === undefined) return curvature.apply(filters.backward, b);
  return scaledColumns(curvature.apply(filters.backward, scaledColumns(b, root, 1)), root, -1);
}

/** What the training gradients of a segment are multiplied with: F_seg(C) b, or P̄^½ F_seg(P̄^½ C P̄^½) P̄^½ b, on each row. */
export function segmentVectors(
  { curvature, filters, rootPreconditioner: root }: UnrolledSegment,
  b: Matrix,
): Matrix {
  if (root === undefined) return curvature.apply(filters.segment, b);
  return scaledColumns(curvature.apply(filters.segment, scaledColumns(b, root, 1)), root, 1);
}

/** The mean, element by element. */
export function meanVector(vectors: readonly Vec[]): Vec {
  const mean = vectors[0].slice();
  for (const vector of vectors.slice(1)) for (let i = 0; i < mean.length; i++) mean[i] += vector[i];
  for (let i = 0; i < mean.length; i++) mean[i] /= vectors.length;
  return mean;
}
