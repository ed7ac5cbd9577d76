/** @file Examples with class labels or real targets, one example per row. */

import { checkObject } from '../linalg/border/arguments.ts';
import { describe, isArray } from '../linalg/border/describe.ts';
import { isInstance } from '../linalg/border/instances.ts';
import { asIntegers, type IntegersInput } from '../linalg/border/integers.ts';
import { asMatrix, isMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import { asVector } from '../linalg/border/vector.ts';
import { checkFinite, checkInteger, checkLength, checkNonNegative, checkShape } from '../linalg/checks.ts';
import { DomainError, ShapeError } from '../linalg/errors.ts';
import { Matrix } from '../linalg/matrix.ts';
import { asModel } from './as-model.ts';
import type { Dataset, DatasetInput } from './dataset-types.ts';
import { asExampleFunction, type ExampleFunction, functionName } from './functions.ts';
import type { Network } from './network.ts';

export type {
  ClassificationData,
  Dataset,
  DatasetInput,
  RegressionData,
  WeightsInput,
} from './dataset-types.ts';

/** Number of examples. @throws {DomainError} | {ShapeError} `data` is no data set. Cost: O(1) for matrices. */
export function datasetSize(data: DatasetInput): number {
  checkObject('datasetSize', 'data', data);
  const { inputs, labels, targets } = data as { inputs?: unknown; labels?: unknown; targets?: unknown };
  if (isMatrix(inputs) && inputs.data.length > 0 && inputs.data.length === inputs.rows * inputs.cols)
    if (isMatrix(targets) || (isInstance(labels, Int32Array) && labels.length === inputs.rows))
      return inputs.rows;
  return asExamples('datasetSize', 'data', data).inputs.rows;
}

/**
 * The examples at `indices`, in that order; an index may repeat. A copy.
 *
 * @param data - Matrices and labels, or what stands for them: arrays of rows, plain lists of labels.
 * @throws {DomainError} an index outside 0..n−1, or not an integer; data that are none. @throws {ShapeError} as many labels or targets
 * as inputs are needed.
 * @example selectExamples(data, Int32Array.of(3, 1)).inputs.rows; // 2
 */
export function selectExamples(data: DatasetInput, indices: IntegersInput): Dataset {
  const where = 'selectExamples';
  const examples = asExamples(where, 'data', data);
  const chosen = asIntegers(where, 'indices', indices, 0, datasetSize(examples) - 1);
  const inputs = selectRows(examples.inputs, chosen);
  const weights = examples.weights === undefined ? {} : { weights: selectRows(examples.weights, chosen) };
  if (!('labels' in examples)) return { inputs, targets: selectRows(examples.targets, chosen), ...weights };
  const positions = examples.labels.length / datasetSize(examples);
  const labels = new Int32Array(chosen.length * positions);
  for (const [k, i] of chosen.entries())
    labels.set(examples.labels.subarray(i * positions, (i + 1) * positions), k * positions);
  return { inputs, labels, ...weights };
}

/**
 * w = m / T̄ for 0/1 masks m of the positions that count, T̄ = Σ m / N their mean number in an example of `reference`: then the mean loss of the
 * reference examples is the mean over all their positions that count, and scores of pairs of positions add up to the score of the pair of
 * examples.
 *
 * @param mask - [n, P]. @param reference - Those of the training examples, [N, P], for queries too; default `mask`.
 * @returns [n, P], the `weights` of a data set.
 * @throws {ShapeError} not of the same P. @throws {DomainError} an element is neither 0 nor 1, or no position of `reference` counts.
 * @example positionWeights([[1, 1, 0], [1, 0, 0]]); // 1/1.5 where the mask is 1
 */
export function positionWeights(mask: MatrixInput, reference: MatrixInput = mask): Matrix {
  const where = 'positionWeights';
  const own = asMatrix(where, 'mask', mask);
  const all = reference === mask ? own : asMatrix(where, 'reference', reference);
  checkShape(where, 'reference', all, all.rows, own.cols);
  for (const [name, { data }] of Object.entries({ mask: own, reference: all }))
    for (const [i, m] of data.entries())
      if (m !== 0 && m !== 1) throw new DomainError(where, `${name}[${i}]`, '0 or 1', m);
  const total = all.data.reduce((sum, m) => sum + m, 0);
  if (total === 0) throw new DomainError(where, 'reference', 'a position that counts', 'none');
  return new Matrix(
    own.rows,
    own.cols,
    own.data.map((m) => (m * all.rows) / total),
  );
}

/**
 * The data set that `data` stands for, whatever it is computed on: inputs as a matrix, and labels as an Int32Array or targets as a
 * matrix, as many as there are examples. `data` itself if it is one already.
 *
 * @throws {DomainError} | {ShapeError} naming `where` and the part of `argument` at fault.
 */
export function asExamples(where: string, argument: string, data: unknown): Dataset {
  checkObject(where, argument, data);
  checkNames(where, argument, data as object);
  const { inputs, labels, targets, weights } = data as { readonly [K in string]?: unknown };
  const features = asMatrix(where, `${argument}.inputs`, inputs);
  const counts = weights === undefined ? undefined : asWeights(where, `${argument}.weights`, weights);
  if (counts !== undefined) checkShape(where, `${argument}.weights`, counts, features.rows, counts.cols);
  const weighted = counts === undefined ? {} : { weights: counts };
  if (labels !== undefined && targets !== undefined)
    throw new DomainError(where, argument, 'of labels or of targets', data, 'both');
  if (labels !== undefined) {
    const classes = asIntegers(where, `${argument}.labels`, labels);
    const positions = Math.max(1, Math.floor(classes.length / Math.max(1, features.rows)));
    checkLength(where, `${argument}.labels`, classes, positions * features.rows);
    return features === inputs && classes === labels && counts === weights
      ? (data as Dataset)
      : { inputs: features, labels: classes, ...weighted };
  }
  if (targets === undefined)
    throw new DomainError(where, argument, 'inputs with labels, or with targets', data, describe(data));
  const answers = asMatrix(where, `${argument}.targets`, targets);
  checkShape(where, `${argument}.targets`, answers, features.rows, answers.cols);
  return features === inputs && answers === targets && counts === weights
    ? (data as Dataset)
    : { inputs: features, targets: answers, ...weighted };
}

/** Refuses weights under a name that nothing reads, such as `weight` or `sampleWeights`: every example would count alike. */
function checkNames(where: string, argument: string, data: object): void {
  for (const key in data)
    if (key !== 'weights' && /weight/i.test(key))
      throw new DomainError(where, `${argument}.${key}`, "called 'weights'", key, `'${key}'`);
}

/**
 * The data set that `data` stands for, held against the model and the function computed on it: `data` itself if it is one already.
 *
 * @param where - The public function that asks; it heads the message.
 * @throws {DomainError} an unknown function, not a data set, a label outside 0..outputs−1, or a class function on a model with fewer
 * than two outputs. @throws {ShapeError} no examples, wrong number of features, labels or targets of another length or width, labels
 * given where targets are needed or the reverse. @throws {NonFiniteError} an input or target is NaN or ±∞.
 */
export function asDataset(where: string, model: Network, f: ExampleFunction, data: unknown): Dataset {
  const network = asModel(where, 'model', model);
  const { inputs: features, outputs, outputPositions: positions } = network;
  const definition = asExampleFunction(where, 'the function of an example', f);
  const name = functionName(f);
  const examples = asExamples(where, 'data', data);
  const { inputs } = examples;
  const n = inputs.rows;
  if (n === 0) throw new ShapeError(where, 'data', 'at least one example', 'none');
  checkShape(where, 'inputs', inputs, n, features);
  checkFinite(where, 'inputs', inputs.data);
  checkTokens(where, network, inputs);
  const { weights } = examples;
  if (weights !== undefined) {
    checkShape(where, 'weights', weights, n, positions);
    for (const [i, w] of weights.data.entries()) checkNonNegative(where, `weights[${i}]`, w);
  }
  if (definition.answers === 'labels') {
    if (!('labels' in examples))
      throw new ShapeError(where, 'data', `labelled: ${name} needs classes`, 'real targets');
    if (outputs < 2) throw new DomainError(where, 'model', `of ≥ 2 outputs for ${name}`, outputs);
    const { labels } = examples;
    checkLength(where, 'labels', labels, n * positions);
    if (weights === undefined) asIntegers(where, 'labels', labels, 0, outputs - 1);
    else
      for (const [i, w] of weights.data.entries())
        if (w > 0) checkInteger(where, `labels[${i}]`, labels[i], 0, outputs - 1);
  } else {
    if (!('targets' in examples))
      throw new ShapeError(where, 'data', `with real targets: ${name} needs them`, 'class labels');
    checkShape(where, 'targets', examples.targets, n, positions * outputs);
    checkFinite(where, 'targets', examples.targets.data);
    definition.checkTargets?.(where, new Matrix(n * positions, outputs, examples.targets.data));
  }
  return examples;
}

/**
 * Refuses inputs of a network that reads tokens unless all are integers of its vocabulary.
 * @throws {DomainError} naming the first that is none.
 */
export function checkTokens(where: string, { vocabulary }: Network, { cols, data }: Matrix): void {
  if (vocabulary === undefined) return;
  for (let i = 0; i < data.length; i++)
    if (!(Number.isInteger(data[i]) && data[i] >= 0 && data[i] < vocabulary))
      checkInteger(where, `inputs[${Math.floor(i / cols)}][${i % cols}]`, data[i], 0, vocabulary - 1);
}

/** Weights as a matrix; those of examples may be a vector. */
function asWeights(where: string, argument: string, weights: unknown): Matrix {
  const flat = ArrayBuffer.isView(weights) || (isArray(weights) && typeof weights[0] === 'number');
  if (!flat) return asMatrix(where, argument, weights);
  const each = asVector(where, argument, weights);
  return new Matrix(each.length, 1, each);
}

/** Whether examples of a network with one output position have weights: the programs that they are loaded into must know. */
export function isWeighted({ weights }: Dataset): boolean {
  return weights !== undefined;
}

function selectRows(a: Matrix, indices: Int32Array): Matrix {
  const out = Matrix.zeros(indices.length, a.cols);
  for (let k = 0; k < indices.length; k++) out.data.set(a.row(indices[k]), k * a.cols);
  return out;
}
