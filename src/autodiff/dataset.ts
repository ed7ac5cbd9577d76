/** @file Examples with class labels or real targets, one example per row. */

import { checkObject, checkOneOf } from '../linalg/border/arguments.ts';
import { describe } from '../linalg/border/describe.ts';
import { isInstance } from '../linalg/border/instances.ts';
import { asIntegers, type IntegersInput } from '../linalg/border/integers.ts';
import { asMatrix, isMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import { checkFinite, checkLength, checkShape } from '../linalg/checks.ts';
import { DomainError, ShapeError } from '../linalg/errors.ts';
import { Matrix } from '../linalg/matrix.ts';
import { asModel } from './as-model.ts';
import { EXAMPLE_FUNCTIONS, type ExampleFunction, usesLabels } from './functions.ts';
import type { Network } from './network.ts';

/** Inputs [n, features] with one class per example, 0 ≤ label < outputs of the model. */
export interface ClassificationData {
  readonly inputs: Matrix;
  readonly labels: Int32Array;
}

/** Inputs [n, features] with one target vector per example, [n, outputs]. */
export interface RegressionData {
  readonly inputs: Matrix;
  readonly targets: Matrix;
}

export type Dataset = ClassificationData | RegressionData;

/** What stands for a data set: a {@link Dataset}, which is used as it is, or the like with arrays of rows and plain lists of labels. */
export type DatasetInput =
  | { readonly inputs: MatrixInput; readonly labels: IntegersInput }
  | { readonly inputs: MatrixInput; readonly targets: MatrixInput };

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
  if ('labels' in examples) return { inputs, labels: Int32Array.from(chosen, (i) => examples.labels[i]) };
  return { inputs, targets: selectRows(examples.targets, chosen) };
}

/**
 * The data set that `data` stands for, whatever it is computed on: inputs as a matrix, and labels as an Int32Array or targets as a
 * matrix, as many as there are examples. `data` itself if it is one already.
 *
 * @throws {DomainError} | {ShapeError} naming `where` and the part of `argument` at fault.
 */
export function asExamples(where: string, argument: string, data: unknown): Dataset {
  checkObject(where, argument, data);
  const { inputs, labels, targets } = data as { inputs?: unknown; labels?: unknown; targets?: unknown };
  const features = asMatrix(where, `${argument}.inputs`, inputs);
  if (labels !== undefined) {
    const classes = asIntegers(where, `${argument}.labels`, labels);
    checkLength(where, `${argument}.labels`, classes, features.rows);
    return features === inputs && classes === labels
      ? (data as Dataset)
      : { inputs: features, labels: classes };
  }
  if (targets === undefined)
    throw new DomainError(where, argument, 'inputs with labels, or with targets', data, describe(data));
  const answers = asMatrix(where, `${argument}.targets`, targets);
  checkShape(where, `${argument}.targets`, answers, features.rows, answers.cols);
  return features === inputs && answers === targets
    ? (data as Dataset)
    : { inputs: features, targets: answers };
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
  const { inputs: features, outputs } = asModel(where, 'model', model);
  checkOneOf(where, 'the function of an example', f, EXAMPLE_FUNCTIONS);
  const examples = asExamples(where, 'data', data);
  const { inputs } = examples;
  const n = inputs.rows;
  if (n === 0) throw new ShapeError(where, 'data', 'at least one example', 'none');
  checkShape(where, 'inputs', inputs, n, features);
  checkFinite(where, 'inputs', inputs.data);
  if (usesLabels(f)) {
    if (!('labels' in examples))
      throw new ShapeError(where, 'data', `labelled: ${f} needs classes`, 'real targets');
    if (outputs < 2) throw new DomainError(where, 'model', `of ≥ 2 outputs for ${f}`, outputs);
    asIntegers(where, 'labels', examples.labels, 0, outputs - 1);
  } else {
    if (!('targets' in examples))
      throw new ShapeError(where, 'data', `with real targets: ${f} needs them`, 'class labels');
    checkShape(where, 'targets', examples.targets, n, outputs);
    checkFinite(where, 'targets', examples.targets.data);
  }
  return examples;
}

function selectRows(a: Matrix, indices: Int32Array): Matrix {
  const out = Matrix.zeros(indices.length, a.cols);
  for (let k = 0; k < indices.length; k++) out.data.set(a.row(indices[k]), k * a.cols);
  return out;
}
