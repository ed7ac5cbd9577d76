/**
 * @file The library from data to scores. What belongs here: what a program needs that trains or reads a network, builds any of the
 * curvatures, scores examples and judges the scores by retraining, with the linear algebra that those results are made of.
 * What builds new methods has its sub-path: own programs on the tape, sweeps, rules and their checker in `eigenfluence/autodiff`;
 * other approximations of the blocks in `eigenfluence/curvature`; stochastic solvers (LiSSA, ASTRA) in `eigenfluence/influence`;
 * factorisations, iterative methods, operator algebra, elementary functions in `eigenfluence/linalg`; formats in `eigenfluence/io`.
 * Names come from the files that define them: through an index of a folder, every file of that folder would join this entry's chunk.
 * This entry stays under 80 kB gzipped; `npm run check:package` measures it.
 */
export {
  asDataset,
  type ClassificationData,
  type Dataset,
  type DatasetInput,
  datasetSize,
  type RegressionData,
  selectExamples,
} from './autodiff/dataset.ts';
export {
  ACTIVATIONS,
  type Activation,
  EXAMPLE_FUNCTIONS,
  type ExampleFunction,
  type Loss,
  usesLabels,
} from './autodiff/functions.ts';
export { type Initialisation, initialise } from './autodiff/initialise.ts';
export { lossGgnvp, lossHvp, meanGradient } from './autodiff/mean-loss.ts';
export { Mlp, type MlpBlock, type MlpLayer, type MlpOptions, type MlpTie } from './autodiff/mlp.ts';
export { type NetworkFacts, networkMetadata } from './autodiff/network-metadata.ts';
export { exampleValues, logits, perExampleGradients } from './autodiff/per-example.ts';
export { fromTorchOrder, torchPermutation, toTorchOrder } from './autodiff/torch-order.ts';
export {
  type ReadParametersOptions,
  readTorchParameters,
  type TorchParameters,
  writeTorchParameters,
} from './autodiff/torch-parameters.ts';
export { Trainer, type TrainOptions } from './autodiff/train.ts';
export type { TrainingConfig } from './autodiff/training-config.ts';
export { blockGgn, blockGgnMatrices, type CurvatureBlock } from './curvature/block-ggn.ts';
export {
  crossLayerMass,
  errorShares,
  type InverseErrors,
  inverseError,
  inverseErrors,
  LADDER_STEPS,
  type LadderErrors,
  type LadderStep,
  residualMass,
} from './curvature/compare.ts';
export { type DecomposeOptions, decompose } from './curvature/decompose.ts';
export {
  EigenOperator,
  type EigenOperatorOptions,
  type FactorSpectra,
  type SpectrumReport,
} from './curvature/eigen-operator.ts';
export { ekfac } from './curvature/ekfac.ts';
export { type FisherType, TYPE_2 } from './curvature/fisher.ts';
export { ggn, ggnMatrix } from './curvature/ggn.ts';
export { hessian, hessianMatrix } from './curvature/hessian.ts';
export {
  checkInverseRule,
  type FactorMode,
  type InverseRule,
  PAPER_RULE,
  spectralInverse,
} from './curvature/inverse-rule.ts';
export { kfac } from './curvature/kfac.ts';
export { type KroneckerFactors, kroneckerFactors } from './curvature/kronecker-factors.ts';
export { ggnOperator, hessianOperator } from './curvature/operators.ts';
export { basisOverlap, eigenvalueOverlap, TOP_FRACTION } from './curvature/overlap.ts';
export {
  assembleBlocks,
  extractBlock,
  type ParameterBlock,
  type PartitionKind,
  partition,
} from './curvature/partition.ts';
export {
  asProblem,
  type ChunkOptions,
  type CurvatureOptions,
  type Problem,
  type ProblemInput,
} from './curvature/problem.ts';
export { CURVATURE_KINDS, CURVATURES, type Curvature, type CurvatureKind } from './curvature/registry.ts';
export type { Attributor, FittedAttributor, FittedModel, LayeredAttributor } from './influence/attributor.ts';
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
} from './influence/bootstrap.ts';
export { type GradientDot, type GradientDotOptions, gradientDot } from './influence/gradient-dot.ts';
export { complement, groupEffect, keptEffect } from './influence/group-effect.ts';
export {
  type FittedInfluenceFunction,
  type InfluenceFunction,
  type InfluenceFunctionOptions,
  influenceFunction,
} from './influence/influence-function.ts';
export {
  type FittedIterativeInfluence,
  type IterativeInfluence,
  type IterativeInfluenceOptions,
  iterativeInfluence,
} from './influence/iterative-influence.ts';
export {
  type ConstantQueries,
  type LdsInput,
  type LdsResult,
  linearDatamodellingScore,
  subsetPredictions,
} from './influence/lds.ts';
export { type LdsRung, type LdsStep, ldsChange } from './influence/lds-change.ts';
export {
  drawSubsets,
  type LeaveSomeOutOptions,
  leaveSomeOut,
  retrainingJobs,
} from './influence/leave-some-out.ts';
export {
  MEASUREMENTS,
  type Measurement,
  measurementFunction,
  type QueryOutcomes,
  queryMeasurer,
} from './influence/measurement.ts';
export {
  type NoiseCeiling,
  type NoiseCeilingOptions,
  noiseCeiling,
  type PerQuery,
  spearmanBrown,
} from './influence/noise-ceiling.ts';
export { argsort, ranks, spearman } from './influence/rank-correlation.ts';
export { type Influence, type TopInfluences, topInfluences } from './influence/ranking.ts';
export {
  createBank,
  outcomeMeans,
  type RetrainingBank,
  type RetrainingJob,
  recordOutcomes,
} from './influence/retraining-bank.ts';
export { type RowSolutions, type SolveRowsOptions, solveRows } from './influence/solve-rows.ts';
export { DenseBasis, KroneckerBasis, type OrthogonalBasis } from './linalg/basis.ts';
export { Cholesky, cholesky } from './linalg/cholesky.ts';
export * from './linalg/errors.ts';
export { kernelTier } from './linalg/kernels/select.ts';
export {
  denseOperator,
  functionOperator,
  type LinearOperator,
  type Structure,
} from './linalg/linear-operator.ts';
export { Matrix, type MatrixLike, type Vec } from './linalg/matrix.ts';
export { dot, matmul, matvec, syrk, transpose } from './linalg/products.ts';
export { Rng, rng } from './linalg/random.ts';
export { frobenius, norm2 } from './linalg/sum.ts';
export {
  type EigenMethod,
  type SymmetricEigen,
  type SymmetricEigenOptions,
  symmetricEigen,
} from './linalg/symmetric-eigen.ts';
