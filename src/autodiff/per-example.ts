/** @file Values, logits and gradients of every example of a data set. */
import { checkFinite, checkInteger, checkLength, checkShape } from '../linalg/checks.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { checkDataset, type Dataset, datasetSize } from './dataset.ts';
import type { ExampleFunction } from './functions.ts';
import type { Mlp } from './mlp.ts';
import { addOuterProducts } from './outer-products.ts';
import { sweepExamples } from './sweep-examples.ts';

/**
 * f(z_i, θ) for every example: the loss, the log-probability of its label, its margin, or the absolute error of its targets.
 *
 * @param theta - [D] in the model's layout. @param data - n examples.
 * @returns [n], in the order of the data.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ or data do not fit the model or f.
 * @example exampleValues(model, 'margin', theta, data)[0]; // > 0 when example 0 gets its label with p > ½
 */
export function exampleValues(model: Mlp, f: ExampleFunction, theta: Vec, data: Dataset): Vec {
  checkTheta('exampleValues', model, theta);
  checkDataset('exampleValues', model, f, data);
  const out = new Float64Array(datasetSize(data));
  sweepExamples(model, f, theta, data, {}, (sweep, start) => {
    sweep.forward();
    out.set(sweep.values, start);
  });
  return out;
}

/**
 * The network's outputs u = s_L for every example.
 *
 * @param inputs - [n, features]. @returns [n, C], one example per row. n = 0 gives an empty matrix.
 * @throws {ShapeError} | {NonFiniteError} θ or inputs do not fit the model.
 * @example logits(model, theta, data.inputs).row(0); // C numbers
 */
export function logits(model: Mlp, theta: Vec, inputs: Matrix): Matrix {
  checkTheta('logits', model, theta);
  checkShape('logits', 'inputs', inputs, inputs.rows, model.inputs);
  checkFinite('logits', 'inputs', inputs.data);
  const out = Matrix.zeros(inputs.rows, model.outputs);
  const data = { inputs, labels: new Int32Array(inputs.rows) };
  sweepExamples(model, 'logits', theta, data, {}, (sweep, start, count) => {
    sweep.forward();
    for (let c = 0; c < model.outputs; c++)
      for (let b = 0; b < count; b++)
        out.data[(start + b) * model.outputs + c] = sweep.outputs.data[c * count + b];
  });
  return out;
}

/**
 * ∇_θ f(z_i, θ), one example per row.
 *
 * @param start, end - The examples start..end−1; default all.
 * @returns [end − start, D]. Mind the memory: 8 n D bytes.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ, data or range do not fit.
 * Cost: one forward and reverse sweep, and one product per element of the result.
 * @example perExampleGradients(model, 'cross-entropy', theta, data, 0, 10).rows; // 10
 */
export function perExampleGradients(
  model: Mlp,
  f: ExampleFunction,
  theta: Vec,
  data: Dataset,
  start: number = 0,
  end: number = datasetSize(data),
): Matrix {
  checkTheta('perExampleGradients', model, theta);
  checkDataset('perExampleGradients', model, f, data);
  checkInteger('perExampleGradients', 'end', end, 0, datasetSize(data));
  checkInteger('perExampleGradients', 'start', start, 0, end);
  const out = Matrix.zeros(end - start, model.parameterCount);
  sweepExamples(model, f, theta, data, { start, end }, (sweep, first) => {
    sweep.forward();
    sweep.backward();
    for (const layer of model.layers)
      addOuterProducts(sweep.input(layer.index), sweep.delta(layer.index), layer, first - start, out);
  });
  return out;
}

function checkTheta(where: string, model: Mlp, theta: Vec): void {
  checkLength(where, 'theta', theta, model.parameterCount);
  checkFinite(where, 'theta', theta);
}
