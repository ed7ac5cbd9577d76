/** @file What a method computes before there is a query, as far as it can be kept. */
import type { TrakFit } from '../baselines/trak.ts';
import type { CurvatureFit } from './curvature-fit.ts';

/** TRAK fitted to one model: plain data, too. Its rows belong to the training examples, in their order. */
export interface TrakMethodFit extends TrakFit {
  readonly kind: 'trak';
}

/** A fit that can be kept. */
export type MethodFit = CurvatureFit | TrakMethodFit;

/** Methods whose fit can be kept, beside the curvatures. */
export type FitMethod = MethodFit['kind'];
