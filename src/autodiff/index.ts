/** @file Automatic differentiation: networks, derivatives per example and of the mean loss, training. */

export { AnyTape as Tape } from './any-tape.ts';
export { checkRule } from './check-rule.ts';
export { weightClasses } from './class-weights.ts';
export {
  asDataset,
  type ClassificationData,
  type Dataset,
  type DatasetInput,
  datasetSize,
  positionWeights,
  type RegressionData,
  selectExamples,
} from './dataset.ts';
export { denseHessian, exampleGradients, ggnvp, gradient, hvp, jacobian, jvp, vjp } from './derivatives.ts';
export { Float32Trainer, type Precision } from './float32/float32-trainer.ts';
export {
  ACTIVATIONS,
  type Activation,
  EXAMPLE_FUNCTIONS,
  type ExampleFunction,
  type ExampleFunctionName,
  LOSSES,
  type Loss,
  type LossName,
  usesLabels,
} from './functions.ts';
export { GeneralNetwork as Network, type NetworkOptions } from './general-network.ts';
export {
  celu,
  dropout,
  elu,
  gelu,
  hardsigmoid,
  hardswish,
  hardtanh,
  identity,
  leakyRelu,
  logSigmoid,
  mish,
  relu,
  relu6,
  scale,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
} from './graph/activation-layers.ts';
export { type NetworkInput, network } from './graph/build-network.ts';
export type {
  DescribedInput,
  DescribedNode,
  NetworkDescription,
  NodeAttributes,
  NodeOf,
  NodeOp,
} from './graph/description.ts';
export type { GraphBuilder } from './graph/graph-builder.ts';
export { type GraphLayer, GraphNetwork, type GraphTensor } from './graph/graph-network.ts';
export type { GraphParameter } from './graph/graph-parameters.ts';
export type { Layer, Size } from './graph/layer.ts';
export {
  type ConvolutionOptions,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  type LinearOptions,
  linear,
  residual,
  sequential,
  type TransposedOptions,
} from './graph/layers.ts';
export { type WrittenNetwork, writeGraphNetwork } from './graph/network-files.ts';
export type { StoredWeight } from './graph/node-context.ts';
export { type BatchNormOptions, batchNorm, groupNorm, layerNorm, rmsNorm } from './graph/norm-layers.ts';
export { parseDescription } from './graph/parse-description.ts';
export {
  type AveragePoolOptions,
  avgPool,
  avgPool1d,
  globalAvgPool,
  lastPosition,
  maxPool,
  maxPool1d,
  mean,
  type PoolOptions,
} from './graph/pooling-layers.ts';
export {
  embedding,
  positionEmbedding,
  type SelfAttentionOptions,
  selfAttention,
} from './graph/sequence-layers.ts';
export { concatenate, flatten, gated, reshape, select, slice, transpose } from './graph/shape-layers.ts';
export { type Initialisation, initialise } from './initialise.ts';
export { LayerSweep } from './layer-sweep.ts';
export { binaryCrossEntropy } from './losses/binary-cross-entropy.ts';
export type { ExampleFunctionDefinition } from './losses/example-function.ts';
export { lossNamed } from './losses/further-losses.ts';
export { huber } from './losses/huber.ts';
export type { LabelLoss, LossDefinition, TargetLoss } from './losses/loss.ts';
export type { StoredLoss } from './losses/loss-name.ts';
export { softCrossEntropy, softLabels } from './losses/soft-cross-entropy.ts';
export { hessianByColumns, lossGgnvp, lossHvp, meanGradient } from './mean-loss.ts';
export { Mlp, type MlpBlock, type MlpLayer, type MlpOptions, type MlpTie } from './mlp.ts';
export type { Lookup, Site, SiteBlock, SiteRecorder, SiteShape } from './network.ts';
export { checkOneOutput, checkPlain, checkUntied } from './network-checks.ts';
export { type NetworkFacts, networkMetadata } from './network-metadata.ts';
export {
  ABSENT,
  type Buffer,
  type Frame,
  type OpDefinition,
  type Rule,
  type Slot,
  type ThetaBlock,
  type Uses,
} from './op.ts';
export { type GivenOf, OP_TABLE, OPS, type Op, type Ops, RULES } from './ops/table.ts';
export { type AdamW, type AdamWOptions, adamW } from './optimisers/adamw.ts';
export type { Optimiser, StepArrays } from './optimisers/optimiser.ts';
export { exampleValues, logits, perExampleGradients } from './per-example.ts';
export { accuracy, predict, probabilities } from './prediction.ts';
export {
  oneHot,
  type Split,
  type SplitOptions,
  type Standardiser,
  standardise,
  trainTestSplit,
} from './prepare-data.ts';
export { type CompileOptions, Program } from './program.ts';
export {
  type ExportedNetwork,
  type ExportedNetworkOptions,
  readExportedNetwork,
} from './pt2/read-network.ts';
export { SWEEP_BATCH, type SweepOptions, sweepExamples } from './sweep-examples.ts';
export { type TangentOptions, TangentSchedule, type TangentSource } from './tangent-schedule.ts';
export type { TapeNode } from './tape-node.ts';
export { fromTorchOrder, torchPermutation, toTorchOrder } from './torch-order.ts';
export {
  type ReadParametersOptions,
  readTorchParameters,
  type TorchParameters,
  writeTorchParameters,
} from './torch-parameters.ts';
export { Trainer, type TrainOptions, type TrajectoryOptions } from './train.ts';
export {
  type AnyTrainingConfig,
  epochBatches,
  learningRate,
  type OptimiserConfig,
  type TrainingConfig,
  type TrainingOptions,
  type TrainingSchedule,
} from './training-config.ts';
export {
  type Checkpoint,
  checkpointSteps,
  checkTrajectory,
  sumOfRates,
  type Trajectory,
} from './trajectory.ts';
