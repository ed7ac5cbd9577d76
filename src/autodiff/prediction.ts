/** @file What a trained network says of inputs: classes, probabilities, and how often it is right. */
import type { MatrixInput } from '../linalg/border/matrix.ts';
import type { VectorInput } from '../linalg/border/vector.ts';
import { exp } from '../linalg/elementary.ts';
import { DomainError, UnsupportedError } from '../linalg/errors.ts';
import type { Matrix } from '../linalg/matrix.ts';
import { asModel } from './as-model.ts';
import { asDataset, asExamples, type ClassificationData, type DatasetInput } from './dataset.ts';
import type { Network } from './network.ts';
import { logits } from './per-example.ts';

/**
 * The class with the largest output, for every example.
 *
 * @param theta - [D] in the model's layout. @param inputs - [n, features].
 * @returns [n]; of a model with P output positions [n · P], the positions of an example side by side, as labels are. Of equal outputs the first.
 * @throws {DomainError} a model with one output: its predictions are the numbers that `logits` gives. @throws {ShapeError} | {NonFiniteError} θ or inputs do not
 * fit the model. Cost: one forward sweep.
 * @example predict(model, theta, test.inputs)[0]; // a class
 */
export function predict(model: Network, theta: VectorInput, inputs: MatrixInput): Int32Array {
  const network = asModel('predict', 'model', model);
  const { outputs, outputPositions } = network;
  if (outputs < 2)
    throw new DomainError('predict', 'model', 'of ≥ 2 outputs; logits gives the prediction of one', outputs);
  const u = logits(network, theta, inputs);
  const classes = new Int32Array(u.rows * outputPositions);
  for (let k = 0, at = 0; k < classes.length; k++, at += outputs) {
    let best = at;
    for (let c = at + 1; c < at + outputs; c++) if (u.data[c] > u.data[best]) best = c;
    classes[k] = best - at;
  }
  return classes;
}

/**
 * p = softmax(u), the probability of every class, for every example.
 *
 * @param theta - [D] in the model's layout. @param inputs - [n, features].
 * @returns [n, C], or [n, P·C] of a model with P output positions; each group of C sums to 1. No large output overflows.
 * @throws as {@link predict}.
 * @example probabilities(model, theta, test.inputs).row(0); // C numbers
 */
export function probabilities(model: Network, theta: VectorInput, inputs: MatrixInput): Matrix {
  const network = asModel('probabilities', 'model', model);
  const { outputs } = network;
  if (outputs < 2) throw new DomainError('probabilities', 'model', 'of ≥ 2 outputs', outputs);
  const p = logits(network, theta, inputs);
  for (let at = 0; at < p.data.length; at += outputs) {
    const group = p.data.subarray(at, at + outputs);
    const largest = group.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    let total = 0;
    for (let c = 0; c < outputs; c++) total += group[c] = exp(group[c] - largest);
    for (let c = 0; c < outputs; c++) group[c] /= total;
  }
  return p;
}

/**
 * The part of the examples whose largest output is that of their label, in 0..1.
 *
 * @param theta - [D] in the model's layout. @param data - n ≥ 1 examples with labels; of a model with several output positions each position
 * counts. Weights count: Σ w over the right ones by Σ w.
 * @throws {UnsupportedError} real targets. @throws {DomainError} all weights are 0. @throws {ShapeError} | {DomainError} | {NonFiniteError} θ or data do not
 * fit the model. Cost: one forward sweep.
 * @example accuracy(model, theta, test); // 0.97
 */
export function accuracy(model: Network, theta: VectorInput, data: DatasetInput): number {
  const where = 'accuracy';
  const network = asModel(where, 'model', model);
  if (!('labels' in asExamples(where, 'data', data)))
    throw new UnsupportedError(
      `${where}: real targets are not right or wrong; exampleValues(model, 'absolute-error', theta, data) says how far off they are.`,
    );
  const examples = asDataset(where, network, 'cross-entropy', data) as ClassificationData;
  const classes = predict(network, theta, examples.inputs);
  const { labels } = examples;
  const weights = examples.weights?.data;
  let [right, total] = [0, 0];
  for (let k = 0; k < classes.length; k++) {
    const weight = weights === undefined ? 1 : weights[k];
    total += weight;
    if (classes[k] === labels[k]) right += weight;
  }
  if (!(total > 0)) throw new DomainError(where, 'data.weights', 'not all 0', 0);
  return right / total;
}
