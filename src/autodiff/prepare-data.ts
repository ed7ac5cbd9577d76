/** @file Data made ready: parted for training and testing, scaled, labels as rows of zeros and a one. */
import { checkBoolean, checkOptions, isReadable } from '../linalg/border/arguments.ts';
import { asIntegers, type IntegersInput } from '../linalg/border/integers.ts';
import { asMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import { checkFinite, checkInteger, checkShape } from '../linalg/checks.ts';
import { DomainError, ShapeError } from '../linalg/errors.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { transpose } from '../linalg/products.ts';
import { rng } from '../linalg/random/random.ts';
import { mean, norm2 } from '../linalg/sum.ts';
import {
  asExamples,
  type ClassificationData,
  type Dataset,
  type DatasetInput,
  type RegressionData,
  selectExamples,
} from './dataset.ts';

/** Options of {@link trainTestSplit}. */
export interface SplitOptions {
  /** Part of the examples that is kept for testing, above 0 and below 1. Default 0.25. */
  readonly testFraction?: number;
  /** Names the random order. Default 0. */
  readonly seed?: number;
  /** Part every class by itself, so that both sets have the same shares of classes, as far as whole examples go. Default false. */
  readonly stratify?: boolean;
}

/** Two sets that share no example. */
export interface Split<T = Dataset> {
  readonly train: T;
  readonly test: T;
  /** Which examples of the given set are in `train` and in `test`, ascending. */
  readonly trainIndices: Int32Array;
  readonly testIndices: Int32Array;
}

/**
 * Parts a data set at random: no example is in both sets, every one is in one.
 *
 * @param data - n ≥ 2 examples. Not modified; the sets are copies, in the order of the data. @param options - `testFraction`, default 0.25; `seed`,
 * default 0; `stratify`, default false.
 * @returns both sets and their indices. The test set has round(testFraction · n) examples, at least 1 and at most n − 1; with `stratify`
 * round(testFraction · n_c) of each class.
 * @throws {DomainError} a fraction outside (0, 1), fewer than two examples, `stratify` of real targets, or a split that leaves a set empty.
 * Randomness: the stream rng(seed, 'split').
 * @example trainTestSplit(data, { testFraction: 0.2, stratify: true }).test;
 */
export function trainTestSplit<T extends DatasetInput>(
  data: T,
  options: SplitOptions = {},
): Split<T extends { readonly labels: unknown } ? ClassificationData : RegressionData> {
  const where = 'trainTestSplit';
  checkOptions(where, options, ['testFraction', 'seed', 'stratify']);
  const { testFraction = 0.25, seed = 0, stratify = false } = options;
  if (!(typeof testFraction === 'number' && testFraction > 0 && testFraction < 1))
    throw new DomainError(where, 'testFraction', 'above 0 and below 1', testFraction);
  checkInteger(where, 'seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  checkBoolean(where, 'stratify', stratify);
  const examples = asExamples(where, 'data', data);
  const n = examples.inputs.rows;
  if (n < 2) throw new DomainError(where, 'data', 'at least two examples', n);
  const stream = rng(seed, 'split');
  const isTest = new Uint8Array(n);
  const take = (members: ArrayLike<number>, count: number): void => {
    const order = stream.permutation(members.length);
    for (let k = 0; k < count; k++) isTest[members[order[k]]] = 1;
  };
  if (stratify) for (const members of classesOf(where, examples)) take(members, Math.round(testFraction * members.length));
  else take(Int32Array.from({ length: n }, (_, i) => i), Math.min(n - 1, Math.max(1, Math.round(testFraction * n)))); // biome-ignore format: one idea
  const [trainIndices, testIndices] = [0, 1].map((side) =>
    Int32Array.from(isTest.keys()).filter((i) => isTest[i] === side),
  );
  if (trainIndices.length === 0 || testIndices.length === 0)
    throw new DomainError(where, 'data', 'with enough examples of a class for both sets', n);
  const parts = [trainIndices, testIndices].map((indices) => selectExamples(examples, indices));
  return { train: parts[0], test: parts[1], trainIndices, testIndices } as never;
}

/** The examples of each class, in ascending order of classes. */
function classesOf(where: string, data: Dataset): number[][] {
  if (!('labels' in data)) throw new DomainError(where, 'stratify', 'false for real targets', true);
  if (data.labels.length !== data.inputs.rows)
    throw new DomainError(where, 'stratify', 'false where examples have several labels', true);
  const members = new Map<number, number[]>();
  for (const [i, label] of data.labels.entries()) members.set(label, [...(members.get(label) ?? []), i]);
  return [...members].sort(([a], [b]) => a - b).map(([, list]) => list);
}

/** x ↦ (x − mean) / deviation, column by column, as {@link standardise} has measured them. */
export class Standardiser {
  /** Means of the columns. */
  readonly means: Vec;
  /** Standard deviations of the columns, with divisor n; 1 where a column is constant. */
  readonly deviations: Vec;

  constructor(means: Vec, deviations: Vec) {
    this.means = means;
    this.deviations = deviations;
  }

  /**
   * The scaled copy of a matrix, or of a data set with its inputs scaled.
   * @throws {ShapeError} another number of columns. @throws {NonFiniteError} an element is NaN or ±∞.
   */
  apply(x: MatrixInput): Matrix;
  apply<T extends DatasetInput>(x: T): Omit<T, 'inputs'> & { readonly inputs: Matrix };
  apply(x: MatrixInput | DatasetInput): Matrix | object {
    if (isDataset(x)) return { ...x, inputs: this.apply(x.inputs) };
    const matrix = this.checked('Standardiser.apply', x);
    return matrix.map((value, _, j) => (value - this.means[j]) / this.deviations[j]);
  }

  /** The inverse of {@link apply}, of a matrix: back in the units that were measured. @throws as apply. */
  undo(x: MatrixInput): Matrix {
    const matrix = this.checked('Standardiser.undo', x);
    return matrix.map((value, _, j) => value * this.deviations[j] + this.means[j]);
  }

  private checked(where: string, x: MatrixInput): Matrix {
    const matrix = asMatrix(where, 'x', x);
    checkShape(where, 'x', matrix, matrix.rows, this.means.length);
    checkFinite(where, 'x', matrix.data);
    return matrix;
  }
}

/**
 * Means and standard deviations of the columns of the training inputs, to scale these and all others by: test data are never measured.
 *
 * @param x - A matrix [n, features], n ≥ 1, or a data set, whose inputs count. Not modified.
 * @returns a scaler; `apply` gives matrices and data sets with mean 0 and deviation 1 of every column of x that is not constant.
 * @throws {ShapeError} no rows. @throws {NonFiniteError} an element is NaN or ±∞.
 * Cost: four passes. Reference: the divisor is n, as in scikit-learn's StandardScaler.
 * @example
 * const scaler = standardise(train);
 * const [scaledTrain, scaledTest] = [scaler.apply(train), scaler.apply(test)];
 */
export function standardise(x: MatrixInput | DatasetInput): Standardiser {
  const matrix = asMatrix('standardise', 'x', isDataset(x) ? x.inputs : x);
  if (matrix.rows === 0) throw new ShapeError('standardise', 'x', 'at least one row', 'none');
  checkFinite('standardise', 'x', matrix.data);
  const columns = transpose(matrix);
  const means = Float64Array.from({ length: columns.rows }, (_, j) => mean(columns.row(j)));
  const deviations = means.map((centre, j) => {
    const length = norm2(columns.row(j).map((value) => value - centre));
    return length === 0 || columns.row(j).every((value) => value === columns.at(j, 0))
      ? 1
      : length / Math.sqrt(matrix.rows);
  });
  checkFinite('standardise', 'the spread of x', deviations);
  return new Standardiser(means, deviations);
}

function isDataset(x: MatrixInput | DatasetInput): x is DatasetInput {
  return typeof x === 'object' && x !== null && isReadable(x) && 'inputs' in x;
}

/**
 * Labels as rows of zeros with a one at the class.
 *
 * @param labels - [n], integers in 0..classes−1. @param classes - C; default the largest label plus 1. @returns [n, C].
 * @throws {DomainError} a label outside, or no labels and no number of classes.
 * @example oneHot([1, 0], 3).toArray(); // [[0, 1, 0], [1, 0, 0]]
 */
export function oneHot(labels: IntegersInput, classes?: number): Matrix {
  const list = asIntegers('oneHot', 'labels', labels, 0);
  if (classes === undefined && list.length === 0)
    throw new DomainError('oneHot', 'labels', 'at least one, or classes', 0);
  const count = classes ?? list.reduce((most, label) => Math.max(most, label), 0) + 1;
  checkInteger('oneHot', 'classes', count, 1, 2 ** 31 - 1);
  asIntegers('oneHot', 'labels', list, 0, count - 1);
  const out = new Matrix(list.length, count);
  for (const [i, label] of list.entries()) out.data[i * count + label] = 1;
  return out;
}
