/**
 * @file From a trained network to scores: what a program needs that builds the curvatures of the ladder, and scores and ranks training
 * examples, with the matrices and random streams that it is written in.
 * All else has its sub-path. `eigenfluence/influence`: judging scores by retraining, every other method, stochastic solvers;
 * `eigenfluence/curvature`: every curvature by name, comparing them, curvatures as products only, other approximations of the blocks;
 * `eigenfluence/autodiff`: training (`Trainer`), parameters of PyTorch, own programs on the tape, sweeps, rules and their checker; `eigenfluence/linalg`:
 * factorisations, iterative methods, operators, bases, elementary functions; `eigenfluence/io`: formats.
 * Names come from the files that define them: through an index of a folder, every file of that folder would join this entry's chunk.
 * This entry stays under 60 kB gzipped (docs/decisions.md); `npm run check:package` measures it.
 */
export {
  type ClassificationData,
  type Dataset,
  type DatasetInput,
  datasetSize,
  type RegressionData,
  selectExamples,
} from './autodiff/dataset.ts';
export { ACTIVATIONS, type Activation, type ExampleFunction, type Loss } from './autodiff/functions.ts';
export { type Initialisation, initialise } from './autodiff/initialise.ts';
export { Mlp, type MlpBlock, type MlpLayer, type MlpOptions, type MlpTie } from './autodiff/mlp.ts';
export { exampleValues, logits, perExampleGradients } from './autodiff/per-example.ts';
export { blockGgn, blockGgnMatrices, type CurvatureBlock } from './curvature/block-ggn.ts';
export type { Curvature } from './curvature/curvature.ts';
export { type DecomposeOptions, decompose } from './curvature/decompose.ts';
export {
  EigenOperator,
  type EigenOperatorOptions,
  type FactorSpectra,
  type SpectrumReport,
} from './curvature/eigen-operator.ts';
export { ekfac } from './curvature/ekfac.ts';
export type { FisherType } from './curvature/fisher.ts';
export { ggn, ggnMatrix } from './curvature/ggn.ts';
export { hessian, hessianMatrix } from './curvature/hessian.ts';
export { type FactorMode, type InverseRule, PAPER_RULE } from './curvature/inverse-rule.ts';
export { kfac } from './curvature/kfac.ts';
export { LADDER, type LadderKind } from './curvature/ladder.ts';
export type { PartitionKind } from './curvature/partition.ts';
export type { ChunkOptions, CurvatureOptions, Problem, ProblemInput } from './curvature/problem.ts';
export type { Attributor, FittedAttributor, FittedModel, LayeredAttributor } from './influence/attributor.ts';
export {
  type GradientDot,
  type GradientDotOptions,
  gradientDot,
} from './influence/attributors/gradient-dot.ts';
export {
  type FittedInfluenceFunction,
  type InfluenceFunction,
  type InfluenceFunctionOptions,
  influenceFunction,
} from './influence/attributors/influence-function.ts';
export { MEASUREMENTS, type Measurement } from './influence/measurement.ts';
export { type Influence, type TopInfluences, topInfluences } from './influence/ranking.ts';
export {
  type EigenMethod,
  type SymmetricEigen,
  type SymmetricEigenOptions,
  symmetricEigen,
} from './linalg/eigen/symmetric-eigen.ts';
export {
  AllocationError,
  ConvergenceError,
  DomainError,
  EigenfluenceError,
  NonFiniteError,
  NumericalError,
  ShapeError,
  SingularError,
  UnsupportedError,
} from './linalg/errors.ts';
export { kernelTier } from './linalg/kernels/select.ts';
export { Matrix, type MatrixLike, type Vec } from './linalg/matrix.ts';
export { dot, matmul, matvec, syrk, transpose } from './linalg/products.ts';
export { Rng, rng } from './linalg/random/random.ts';
