/** @file Influence scores, their sums over groups, and the retraining that judges them. */
export type { Attributor, FittedAttributor, FittedModel, LayeredAttributor } from './attributor.ts';
export {
  BOOTSTRAP_RESAMPLES,
  type Bootstrap,
  type BootstrapOptions,
  bcaInterval,
  bootstrap,
  bootstrapDifference,
  type Interval,
  midpoint,
  percentileInterval,
} from './bootstrap.ts';
export { type GradientDot, type GradientDotOptions, gradientDot } from './gradient-dot.ts';
export { complement, groupEffect, keptEffect } from './group-effect.ts';
export {
  type FittedInfluenceFunction,
  type InfluenceFunction,
  type InfluenceFunctionOptions,
  influenceFunction,
} from './influence-function.ts';
export {
  type FittedIterativeInfluence,
  type IterativeInfluence,
  type IterativeInfluenceOptions,
  iterativeInfluence,
} from './iterative-influence.ts';
export { type LdsInput, type LdsResult, linearDatamodellingScore, subsetPredictions } from './lds.ts';
export { type LdsRung, type LdsStep, ldsChange } from './lds-change.ts';
export { drawSubsets, type LeaveSomeOutOptions, leaveSomeOut, retrainingJobs } from './leave-some-out.ts';
export {
  MEASUREMENTS,
  type Measurement,
  measurementFunction,
  type QueryOutcomes,
  queryMeasurer,
} from './measurement.ts';
export {
  type NoiseCeiling,
  type NoiseCeilingOptions,
  noiseCeiling,
  type PerQuery,
  spearmanBrown,
} from './noise-ceiling.ts';
export { argsort, ranks, spearman } from './rank-correlation.ts';
export { type Influence, type TopInfluences, topInfluences } from './ranking.ts';
export {
  createBank,
  outcomeMeans,
  type RetrainingBank,
  type RetrainingJob,
  recordOutcomes,
} from './retraining-bank.ts';
export { type RowSolutions, type SolveRowsOptions, solveRows } from './solve-rows.ts';
