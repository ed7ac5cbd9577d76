/** @file What a method computes before there is a query, as far as it can be kept. */
import type { Dataset } from '../../autodiff/dataset.ts';
import type { Trajectory } from '../../autodiff/trajectory.ts';
import type { EigenOperator } from '../../curvature/eigen-operator.ts';
import { checkObject, checkOneOf } from '../../linalg/border/arguments.ts';
import type { FittedModel } from '../attributor.ts';
import type { ArnoldiFit } from '../baselines/arnoldi-fit.ts';
import type { LograFit } from '../baselines/logra-fit.ts';
import type { TrakFit } from '../baselines/trak.ts';
import type { CurvatureFit } from './curvature-fit.ts';

/** TRAK fitted to one model: plain data, too. Its rows belong to the training examples, in their order. */
export interface TrakMethodFit extends TrakFit {
  readonly kind: 'trak';
}

/** LoGra fitted to one model. */
export interface LograMethodFit extends LograFit {
  readonly kind: 'logra';
}

/** Arnoldi influence fitted to one model. */
export interface ArnoldiMethodFit extends ArnoldiFit {
  readonly kind: 'arnoldi';
  /** λ, the automatic one in numbers. */
  readonly damping: number;
}

/** SOURCE fitted to one model and the run that ended in it. */
export interface SourceMethodFit {
  readonly kind: 'source';
  /** C of each segment, first in training first; of a run of AdamW that of P̄^½ C P̄^½. */
  readonly curvatures: readonly EigenOperator[];
}

/** What a fit is made for. */
export interface FittedTo {
  /** One per fit. */
  readonly models: readonly FittedModel[];
  /** The runs that ended in the models, one per model; for `source`. */
  readonly trajectories?: readonly Trajectory[];
  readonly train: Dataset;
}

/** Options of a method but for the measurement, as they were given. */
export interface FitOptions {
  readonly [option: string]: unknown;
}

/** A fit that can be kept. */
export type MethodFit = (
  | CurvatureFit
  | TrakMethodFit
  | LograMethodFit
  | ArnoldiMethodFit
  | SourceMethodFit
) & {
  /** What it was made under. Whoever scores by it may not ask for other options; unknown of a fit by hand. */
  readonly options?: FitOptions;
};

/** Methods whose fit can be kept. */
export type FitMethod = MethodFit['kind'];

/** A fit as one of the method. @throws {DomainError} it is of another. */
export function asFitOf<K extends FitMethod>(
  where: string,
  kind: K,
  fit: MethodFit,
): Extract<MethodFit, { readonly kind: K }> {
  checkObject(where, 'fit', fit);
  checkOneOf(where, 'kind of the fit', fit.kind, [kind]);
  return fit as Extract<MethodFit, { readonly kind: K }>;
}
