/** @file Matrices and labels from .npy files. */

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

/** Inputs with their labels. @throws {CommandError} as above; no examples; another number of labels than inputs. */
export function readExamples(inputsFile: string, labelsFile: string): { inputs: Matrix; labels: Int32Array } {
  const inputs = readMatrix(inputsFile);
  const labels = readLabels(labelsFile);
  if (inputs.rows === 0) throw new CommandError(`${inputsFile}: it holds no examples.`);
  if (labels.length !== inputs.rows)
    throw new CommandError(
      `${labelsFile} has ${labels.length} labels, ${inputsFile} has ${inputs.rows} examples.`,
    );
  return { inputs, labels };
}
