/** @file Influence scores, their sums over groups, and the retraining that judges them. */

export type { Attributor, FittedAttributor, FittedModel, LayeredAttributor } from './attributor.ts';
export { automaticDamping, DAMPING_FRACTION, meanEigenvalue } from './attributors/damping-rule.ts';
export { type GradientDot, type GradientDotOptions, gradientDot } from './attributors/gradient-dot.ts';
export {
  type FittedInfluenceFunction,
  type InfluenceFunction,
  type InfluenceFunctionOptions,
  influenceFunction,
} from './attributors/influence-function.ts';
export {
  type FittedIterativeInfluence,
  type IterativeInfluence,
  type IterativeInfluenceOptions,
  iterativeInfluence,
} from './attributors/iterative-influence.ts';
export {
  type AstraInfluenceOptions,
  astraInfluence,
  type BoundedScores,
  type FittedStochasticInfluence,
  INFLUENCE_BATCH,
  type LissaInfluenceOptions,
  lissaInfluence,
  type StochasticInfluence,
} from './attributors/stochastic-influence.ts';
export { type TokenScoresOptions, tokenScores } from './attributors/token-scores.ts';
export {
  ARNOLDI_RANK,
  type ArnoldiInfluence,
  type ArnoldiInfluenceOptions,
  arnoldiInfluence,
  type FittedArnoldi,
} from './baselines/arnoldi.ts';
export type { ArnoldiFit } from './baselines/arnoldi-fit.ts';
export {
  type LabelControlOptions,
  labelControl,
  type RandomControlOptions,
  randomControl,
} from './baselines/controls.ts';
export { type DataInf, type DataInfOptions, dataInf, type FittedDataInf } from './baselines/data-inf.ts';
export { LAYER_DAMPING, type LayerDamping } from './baselines/layer-damping.ts';
export type { LayerProjection, Side } from './baselines/layer-projections.ts';
export {
  type FittedLogra,
  LOGRA_DIMENSION,
  type Logra,
  type LograOptions,
  logra,
} from './baselines/logra.ts';
export type { LograFit } from './baselines/logra-fit.ts';
export {
  type Projection,
  type ProjectionDistribution,
  type RandomProjectionOptions,
  randomProjection,
} from './baselines/random-projection.ts';
export {
  type FittedTrak,
  TRAK_DIMENSION,
  type Trak,
  type TrakFit,
  type TrakOptions,
  trak,
} from './baselines/trak.ts';
export {
  type BayesianInfluence,
  type BayesianInfluenceOptions,
  bayesianInfluence,
  type FittedBayesianInfluence,
  influenceTarget,
} from './bayesian/bayesian-influence.ts';
export {
  type BayesianScores,
  bayesianScores,
  type Normalisation,
  type SamplingDiagnostics,
  type WatchedScore,
} from './bayesian/bayesian-scores.ts';
export { type ChainDiagnostics, diagnoseChains } from './bayesian/chain-diagnostics.ts';
export { type ChainDivergence, ChainDivergenceError } from './bayesian/chain-divergence-error.ts';
export { CrossCovariance, type CrossCovarianceState } from './bayesian/cross-covariance.ts';
export {
  type ChainSample,
  errorBatch,
  evenlySpaced,
  InfluenceChain,
  type InfluenceChainState,
  type InfluenceTarget,
  type WatchedPair,
} from './bayesian/influence-chain.ts';
export { type ChainState, LangevinChain } from './bayesian/langevin-chain.ts';
export { correlationOf, covarianceOf, emptyMoments, type Moments, mergeMoments } from './bayesian/moments.ts';
export { BIAS_EXAMPLES, type SamplerBias, samplerBias } from './bayesian/sampler-bias.ts';
export {
  inverseTemperature,
  resolveSampler,
  SAMPLER_BATCH,
  SAMPLING_METHODS,
  type SamplerOptions,
  type SamplerSettings,
  type SamplingMethod,
  STEPS_PER_DRAW,
} from './bayesian/sampler-settings.ts';
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
} from './judging/bootstrap.ts';
export { complement, groupEffect, keptEffect } from './judging/group-effect.ts';
export {
  type ConstantQueries,
  type LdsInput,
  type LdsResult,
  linearDatamodellingScore,
  subsetPredictions,
} from './judging/lds.ts';
export { type LdsRung, type LdsStep, ldsChange } from './judging/lds-change.ts';
export {
  drawSubsets,
  type LeaveSomeOutOptions,
  leaveSomeOut,
  retrainingJobs,
} from './judging/leave-some-out.ts';
export {
  type NetworkBootstrap,
  type NetworkCoverage,
  type NetworksLds,
  networkCoverage,
  networkDifference,
  networkInterval,
  type VarianceParts,
  varianceParts,
} from './judging/network-bootstrap.ts';
export { type NetworkComponents, networkComponents, networksNeeded } from './judging/network-components.ts';
export {
  ldsOverNetworks,
  type NetworksLdsInput,
  networksDifference,
} from './judging/networks-lds.ts';
export {
  type NoiseCeiling,
  type NoiseCeilingOptions,
  noiseCeiling,
  type PerQuery,
  spearmanBrown,
} from './judging/noise-ceiling.ts';
export { argsort, ranks, spearman } from './judging/rank-correlation.ts';
export {
  createBank,
  outcomeMeans,
  type RetrainingBank,
  type RetrainingJob,
  recordOutcomes,
} from './judging/retraining-bank.ts';
export { studentQuantile } from './judging/student-quantile.ts';
export { type FoldJob, type FoldOptions, foldJobs } from './labels/folds.ts';
export { type LabelScoreOptions, type LabelScores, labelScores } from './labels/label-scores.ts';
export { type NetworkPredictorOptions, networkPredictor } from './labels/network-predictor.ts';
export { gatherOutOfFold, type OutOfFold, type OutOfFoldOptions, outOfFold } from './labels/out-of-fold.ts';
export { type TargetScores, targetScores } from './labels/target-scores.ts';
export {
  CLASS_MEASUREMENTS,
  type ClassMeasurement,
  MEASUREMENTS,
  type Measurement,
  measurementFunction,
  type QueryOutcomes,
  queryMeasurer,
} from './measurement.ts';
export {
  type AttributionJob,
  attribute,
  attributeSelf,
  type MethodAttributor,
  methodAttributor,
} from './methods/attribute.ts';
export type {
  AttributionRecord,
  AttributionResult,
  SelfInfluenceResult,
} from './methods/attribution-result.ts';
export { type SamplingPlan, samplingPlan } from './methods/bayesian-methods.ts';
export type { CurvatureFit, DampingPer, PlainDamping } from './methods/curvature-fit.ts';
export type { CurvatureFitOptions } from './methods/fit-forms.ts';
export { unfittable } from './methods/fit-methods.ts';
export type {
  DiagnosedScores,
  Diagnostics,
  FittedMethod,
  Hyperparameter,
  MethodContext,
  MethodDescription,
  Note,
  ResidualHistory,
  Setting,
} from './methods/method.ts';
export type {
  ArnoldiMethodFit,
  FitMethod,
  FitOptions,
  FittedTo,
  LograMethodFit,
  MethodFit,
  SourceMethodFit,
  TrakMethodFit,
} from './methods/method-fit.ts';
export type { MethodName, MethodOptions, OptionName, OptionsOf } from './methods/method-name.ts';
export type { DefaultRule, Form, Option, OptionForm, Values } from './methods/option.ts';
export { METHOD_NAMES, METHODS } from './methods/registry.ts';
export {
  type CurvatureFitJob,
  curvatureFits,
  readCurvatureFitMethod,
  readCurvatureFits,
  type StoredFits,
  writeCurvatureFits,
} from './methods/stored-fit.ts';
export type { TrainedJob } from './methods/trained-job.ts';
export { type TrajectoryOptions, trajectoryRun } from './methods/training-derivative-method.ts';
export { type Influence, type TopInfluences, topInfluences } from './ranking.ts';
export {
  ASTRA_DECAY,
  ASTRA_ITERATIONS,
  ASTRA_MOMENTUM,
  type AstraOptions,
  astra,
  astraPreconditioner,
} from './solvers/astra.ts';
export {
  type CurvatureSource,
  fixedCurvature,
  type MinibatchCurvature,
  type MinibatchOptions,
  minibatchCurvature,
  type NamedStep,
  steepestSteps,
} from './solvers/curvature-source.ts';
export { type Divergence, DivergenceError } from './solvers/divergence-error.ts';
export { type HeavyBall, type Momentum, optimalHeavyBall } from './solvers/heavy-ball.ts';
export { type RowSolutions, type RowSolver, type SolveRowsOptions, solveRows } from './solvers/solve-rows.ts';
export {
  type AutomaticStepOptions,
  automaticStep,
  type StepDecay,
  type StepSize,
} from './solvers/step-size.ts';
export type { DescentOptions, SolveTrace, StochasticSolution } from './solvers/stochastic-descent.ts';
export { NEUMANN_ITERATIONS, type NeumannOptions, stochasticNeumann } from './solvers/stochastic-neumann.ts';
export {
  type AstraSourceInfluence,
  type AstraSourceOptions,
  astraSourceInfluence,
  type FittedAstraSource,
  type SolvedSegment,
} from './source/astra-source-influence.ts';
export {
  averagedCurvature,
  type SegmentCurvature,
  type SegmentCurvatureOptions,
} from './source/averaged-curvature.ts';
export { type Segment, type Segmentation, SOURCE_SEGMENTS, trajectorySegments } from './source/segment.ts';
export type { SegmentSolves, SolvedScores } from './source/solved-scores.ts';
export {
  type FittedSource,
  type SourceInfluence,
  type SourceOptions,
  sourceInfluence,
} from './source/source-influence.ts';
export { type FittedTracin, type Tracin, type TracinOptions, tracin } from './source/tracin.ts';
export {
  type UnrolledFilterOptions,
  type UnrolledFilters,
  unrolledFilters,
} from './source/unrolled-filters.ts';
export type { UnrolledRunOptions, UnrolledSegment } from './source/unrolled-run.ts';
export { type RunDivergence, RunDivergenceError } from './trajectory/run-divergence-error.ts';
export type { RunProbe } from './trajectory/run-probes.ts';
export { RUN_COUNT, RUN_RULE, type RunChoice } from './trajectory/run-rule.ts';
export {
  type TrainingDerivative,
  type TrainingDerivativeOptions,
  trainingDerivative,
} from './trajectory/training-derivative.ts';
