/** @file The lines of a matrix along an axis, as NumPy counts them. */

import { checkOneOf } from '../border/arguments.ts';
import { asMatrix, asVectorOrMatrix, type MatrixInput } from '../border/matrix.ts';
import { asVector, type VectorInput } from '../border/vector.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { transpose } from '../products.ts';

/** 0: along the rows' index, down each column, one result for each column. 1: along each row, one result for each row. */
export type Axis = 0 | 1;

/** The columns (axis 0) or rows (axis 1) of a matrix, each as a vector that is only read. */
export function linesOf(where: string, a: unknown, axis: unknown): Matrix {
  const matrix = asMatrix(where, 'a', a);
  checkOneOf(where, 'axis', axis, [0, 1]);
  return axis === 1 ? matrix : transpose(matrix);
}

/** One number for each line. */
export function eachLine(where: string, a: MatrixInput, axis: Axis, f: (line: Vec) => number): Vec {
  const lines = linesOf(where, a, axis);
  return Float64Array.from({ length: lines.rows }, (_, i) => f(lines.row(i)));
}

/** f of a vector; or, with an axis, of each line of a matrix, whose results are whole numbers. */
export function indexOrIndices(
  where: string,
  x: VectorInput | MatrixInput,
  axis: Axis | undefined,
  f: (line: Vec) => number,
): number | Int32Array {
  if (axis === undefined) return f(asVector(where, 'x', x));
  const lines = linesOf(where, x, axis);
  return Int32Array.from({ length: lines.rows }, (_, i) => f(lines.row(i)));
}

/** A vector itself, or the lines of a matrix, each replaced by f of it, which has the same length. */
export function replaceLines(
  where: string,
  x: VectorInput | MatrixInput,
  axis: Axis,
  f: (line: Vec) => Vec,
): Vec | Matrix {
  const given = asVectorOrMatrix(where, 'x', x);
  if (!(given instanceof Matrix)) return f(given);
  const lines = linesOf(where, given, axis);
  const out = new Matrix(lines.rows, lines.cols);
  for (let i = 0; i < lines.rows; i++) out.row(i).set(f(lines.row(i)));
  return axis === 1 ? out : transpose(out);
}
