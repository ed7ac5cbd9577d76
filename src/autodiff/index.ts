/** @file Automatic differentiation: networks, derivatives per example and of the mean loss, training. */
export {
  type ClassificationData,
  checkDataset,
  type Dataset,
  datasetSize,
  type RegressionData,
  selectExamples,
} from './dataset.ts';
export {
  ACTIVATIONS,
  type Activation,
  EXAMPLE_FUNCTIONS,
  type ExampleFunction,
  type Loss,
  usesLabels,
} from './functions.ts';
export { Mlp, type MlpLayer } from './mlp.ts';
export { fromTorchOrder, torchPermutation, toTorchOrder } from './torch-order.ts';
