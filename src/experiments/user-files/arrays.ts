/** @file Matrices and labels from .npy files. */

import type { ClassificationData, RegressionData } from '../../autodiff/index.ts';
import type { Matrix } from '../../linalg/index.ts';
import { readNpy, toLabels, toMatrix } from '../../linalg/io/index.ts';
import { CommandError } from '../files/command-error.ts';
import { parseInput } from '../files/read-input.ts';

/** A two-dimensional array of finite numbers. @throws {CommandError} anything else; the message names the file. */
export function readMatrix(file: string): Matrix {
  const matrix = parseInput(file, (bytes) => toMatrix(readNpy(bytes), 'npy'));
  for (let k = 0; k < matrix.data.length; k++)
    if (!Number.isFinite(matrix.data[k]))
      throw new CommandError(
        `${file}: element [${Math.floor(k / matrix.cols)}, ${k % matrix.cols}] is ${matrix.data[k]}; all must be finite.`,
      );
  return matrix;
}

/** Class labels, a one-dimensional array of integers ≥ 0. @throws {CommandError} anything else. */
export function readLabels(file: string): Int32Array {
  return parseInput(file, (bytes) => toLabels(readNpy(bytes), 'npy'));
}

/** Targets of regression: [n, outputs], or [n] for a single output. @throws {CommandError} anything else. */
export function readTargets(file: string): Matrix {
  const targets = parseInput(file, (bytes) => {
    const array = readNpy(bytes);
    return toMatrix(array.shape.length === 1 ? { ...array, shape: [array.shape[0], 1] } : array, 'npy');
  });
  const at = targets.data.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new CommandError(`${file}: number ${at} is ${targets.data[at]}; all must be finite.`);
  return targets;
}

/** Inputs with their labels. @throws {CommandError} as above; no examples; another number of labels than inputs. */
export function readExamples(inputsFile: string, labelsFile: string): ClassificationData {
  const inputs = readMatrix(inputsFile);
  const labels = readLabels(labelsFile);
  checkNumbers(inputsFile, inputs, labelsFile, `${labels.length} labels`, labels.length);
  return { inputs, labels };
}

/** Inputs with their targets. @throws {CommandError} as {@link readExamples}. */
export function readRegression(inputsFile: string, targetsFile: string): RegressionData {
  const inputs = readMatrix(inputsFile);
  const targets = readTargets(targetsFile);
  checkNumbers(inputsFile, inputs, targetsFile, `${targets.rows} targets`, targets.rows);
  return { inputs, targets };
}

/** One answer for each example, and at least one. */
function checkNumbers(
  file: string,
  { rows }: Matrix,
  answersFile: string,
  have: string,
  answers: number,
): void {
  if (rows === 0) throw new CommandError(`${file}: it holds no examples.`);
  if (answers !== rows) throw new CommandError(`${answersFile} has ${have}, ${file} has ${rows} examples.`);
}
