/** @file Examples with class labels or real targets, one example per row. */
import { checkFinite, checkLength, checkShape } from '../linalg/checks.ts';
import { DomainError, ShapeError } from '../linalg/errors.ts';
import { Matrix } from '../linalg/matrix.ts';
import { EXAMPLE_FUNCTIONS, type ExampleFunction, usesLabels } from './functions.ts';
import type { Mlp } from './mlp.ts';

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

/** Number of examples. */
export function datasetSize(data: Dataset): number {
  return data.inputs.rows;
}

/**
 * The examples at `indices`, in that order; an index may repeat. A copy.
 * @throws {DomainError} an index outside 0..n−1.
 * @example selectExamples(data, Int32Array.of(3, 1)).inputs.rows; // 2
 */
export function selectExamples(data: Dataset, indices: Int32Array): Dataset {
  const n = datasetSize(data);
  for (const i of indices)
    if (i < 0 || i >= n) throw new DomainError('selectExamples', 'indices', `in 0..${n - 1}`, i);
  const inputs = selectRows(data.inputs, indices);
  if ('labels' in data) return { inputs, labels: Int32Array.from(indices, (i) => data.labels[i]) };
  return { inputs, targets: selectRows(data.targets, indices) };
}

/**
 * Refuses a data set that does not fit the model and the function computed on it.
 *
 * @param where - The public function that asks; it heads the message.
 * @throws {DomainError} an unknown function.
 * @throws {ShapeError} no examples, wrong number of features, labels or targets of another length or width, labels
 * given where targets are needed or the reverse. @throws {DomainError} a label outside 0..outputs−1, or a class
 * function on a model with fewer than two outputs. @throws {NonFiniteError} an input or target is NaN or ±∞.
 */
export function checkDataset(where: string, model: Mlp, f: ExampleFunction, data: Dataset): void {
  if (!EXAMPLE_FUNCTIONS.includes(f))
    throw new DomainError(where, 'the function of an example', `one of ${EXAMPLE_FUNCTIONS.join(', ')}`, f);
  const n = datasetSize(data);
  if (n === 0) throw new ShapeError(where, 'data', 'at least one example', 'none');
  checkShape(where, 'inputs', data.inputs, n, model.inputs);
  checkFinite(where, 'inputs', data.inputs.data);
  if (usesLabels(f)) {
    if (!('labels' in data))
      throw new ShapeError(where, 'data', `labelled: ${f} needs classes`, 'real targets');
    if (model.outputs < 2) throw new DomainError(where, 'model', `of ≥ 2 outputs for ${f}`, model.outputs);
    checkLabels(where, data.labels, n, model.outputs);
  } else {
    if (!('targets' in data))
      throw new ShapeError(where, 'data', `with real targets: ${f} needs them`, 'class labels');
    checkShape(where, 'targets', data.targets, n, model.outputs);
    checkFinite(where, 'targets', data.targets.data);
  }
}

function checkLabels(where: string, labels: Int32Array, n: number, classes: number): void {
  checkLength(where, 'labels', labels, n);
  for (let i = 0; i < n; i++)
    if (!(Number.isInteger(labels[i]) && labels[i] >= 0 && labels[i] < classes))
      throw new DomainError(where, `labels[${i}]`, `an integer in 0..${classes - 1}`, labels[i]);
}

function selectRows(a: Matrix, indices: Int32Array): Matrix {
  const out = Matrix.zeros(indices.length, a.cols);
  for (let k = 0; k < indices.length; k++) out.data.set(a.row(indices[k]), k * a.cols);
  return out;
}
