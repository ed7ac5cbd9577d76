/**
 * @file The library from data to scores. What belongs here: what a program needs that trains or reads a network, builds any of the
 * curvatures, scores examples and judges the scores by retraining, with the linear algebra that those results are made of.
 * What builds new methods has its sub-path: own programs on the tape, sweeps, rules and their checker in `eigenfluence/autodiff`;
 * factorisations, iterative methods, operator algebra, elementary functions in `eigenfluence/linalg`; formats in `eigenfluence/io`.
 * This entry stays well under 60 kB gzipped; `npm run check:package` measures it.
 */
export {
  ACTIVATIONS,
  type Activation,
  type ClassificationData,
  checkDataset,
  type Dataset,
  datasetSize,
  EXAMPLE_FUNCTIONS,
  type ExampleFunction,
  exampleValues,
  fromTorchOrder,
  type Initialisation,
  initialise,
  type Loss,
  logits,
  lossGgnvp,
  lossHvp,
  Mlp,
  type MlpLayer,
  meanGradient,
  perExampleGradients,
  type RegressionData,
  readTorchParameters,
  selectExamples,
  Trainer,
  type TrainingConfig,
  type TrainOptions,
  torchPermutation,
  toTorchOrder,
  usesLabels,
  writeTorchParameters,
} from './autodiff/index.ts';
export * from './curvature/index.ts';
export * from './influence/index.ts';
export * from './linalg/errors.ts';
export {
  Cholesky,
  cholesky,
  DenseBasis,
  denseOperator,
  dot,
  type EigenMethod,
  frobenius,
  functionOperator,
  KroneckerBasis,
  kernelTier,
  type LinearOperator,
  Matrix,
  type MatrixLike,
  matmul,
  matvec,
  norm2,
  type OrthogonalBasis,
  Rng,
  rng,
  type Structure,
  type SymmetricEigen,
  type SymmetricEigenOptions,
  symmetricEigen,
  syrk,
  transpose,
  type Vec,
} from './linalg/index.ts';
