/** @file Values, logits and gradients of every example of a data set. */
import { asMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import type { VectorInput } from '../linalg/border/vector.ts';
import { checkFinite, checkInteger, checkShape } from '../linalg/checks.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { asModel, asTheta } from './as-model.ts';
import { asDataset, checkTokens, type DatasetInput, datasetSize } from './dataset.ts';
import type { ExampleFunction } from './functions.ts';
import type { Network } from './network.ts';
import { addOuterProducts } from './outer-products.ts';
import { sweepChunks } from './sweep.ts';

/**
 * f(z_i, θ) for every example: the loss, the log-probability of its label, its margin, or the absolute error of its targets.
 *
 * @param theta - [D] in the model's layout. @param data - n examples.
 * @returns [n], in the order of the data.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ or data do not fit the model or f.
 * @example exampleValues(model, 'margin', theta, data)[0]; // > 0 when example 0 gets its label with p > ½
 */
export function exampleValues(
  model: Network,
  f: ExampleFunction,
  theta: VectorInput,
  data: DatasetInput,
): Vec {
  const where = 'exampleValues';
  const network = asModel(where, 'model', model);
  const parameters = asTheta(where, network, theta);
  const examples = asDataset(where, network, f, data);
  const out = new Float64Array(datasetSize(examples));
  sweepChunks(network, f, parameters, examples, {}, (sweep, start) => {
    sweep.forward();
    out.set(sweep.values, start);
  });
  return out;
}

/**
 * The network's outputs u = s_L for every example.
 *
 * @param inputs - [n, features]. @returns [n, C], one example per row; [n, P·C], one output position after the other, of a network that has P
 * of them. n = 0 gives an empty matrix.
 * @throws {ShapeError} | {NonFiniteError} θ or inputs do not fit the model.
 * @example logits(model, theta, data.inputs).row(0); // C numbers
 */
export function logits(model: Network, theta: VectorInput, inputs: MatrixInput): Matrix {
  const where = 'logits';
  const network = asModel(where, 'model', model);
  const parameters = asTheta(where, network, theta);
  const features = asMatrix(where, 'inputs', inputs);
  checkShape(where, 'inputs', features, features.rows, network.inputs);
  checkFinite(where, 'inputs', features.data);
  checkTokens(where, network, features);
  const { outputs, outputPositions: positions } = network;
  const out = Matrix.zeros(features.rows, positions * outputs);
  const data = { inputs: features, labels: new Int32Array(features.rows) };
  sweepChunks(network, 'logits', parameters, data, {}, (sweep, start, count) => {
    sweep.forward();
    for (let c = 0, from = 0; c < outputs; c++)
      for (let s = 0; s < positions; s++)
        for (let b = 0; b < count; b++, from++)
          out.data[(start + b) * out.cols + s * outputs + c] = sweep.outputs.data[from];
  });
  return out;
}

/**
 * ∇_θ f(z_i, θ), one example per row.
 *
 * @param start - First example; default 0. @param end - One past the last; default all.
 * @returns [end − start, D]. Mind the memory: 8 n D bytes.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ, data or range do not fit.
 * Cost: one forward and reverse sweep, and one product per element of the result.
 * @example perExampleGradients(model, 'cross-entropy', theta, data, 0, 10).rows; // 10
 */
export function perExampleGradients(
  model: Network,
  f: ExampleFunction,
  theta: VectorInput,
  data: DatasetInput,
  start: number = 0,
  end?: number,
): Matrix {
  const where = 'perExampleGradients';
  const network = asModel(where, 'model', model);
  const parameters = asTheta(where, network, theta);
  const examples = asDataset(where, network, f, data);
  const stop = end ?? datasetSize(examples);
  checkInteger(where, 'end', stop, 0, datasetSize(examples));
  checkInteger(where, 'start', start, 0, stop);
  const out = Matrix.zeros(stop - start, network.parameterCount);
  const add = network.shared?.addSiteGradients ?? addOuterProducts;
  sweepChunks(network, f, parameters, examples, { start, end: stop }, (sweep, first, count) => {
    sweep.forward();
    sweep.backward();
    for (const site of network.sites)
      add(sweep.input(site.index), sweep.delta(site.index), site, first - start, out, count);
  });
  return out;
}
