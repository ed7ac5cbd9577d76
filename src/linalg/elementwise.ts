/** @file Sums, differences and multiples of matrices, as new matrices. */
import { checkNumber } from './border/arguments.ts';
import { asMatrix, type MatrixInput } from './border/matrix.ts';
import { checkShape } from './checks.ts';
import { Matrix } from './matrix.ts';

/**
 * A + B.
 *
 * @param a - Shape [m, n]. @param b - Shape [m, n]. Neither is modified. @throws {ShapeError} shapes differ.
 * @example addMatrices(Matrix.identity(1), Matrix.identity(1)).at(0, 0); // 2
 */
export function addMatrices(a: MatrixInput, b: MatrixInput): Matrix {
  const left = asMatrix('addMatrices', 'a', a);
  const right = asMatrix('addMatrices', 'b', b);
  checkShape('addMatrices', 'b', right, left.rows, left.cols);
  const out = new Matrix(left.rows, left.cols);
  for (let i = 0; i < out.data.length; i++) out.data[i] = left.data[i] + right.data[i];
  return out;
}

/**
 * A − B.
 *
 * @param a - Shape [m, n]. @param b - Shape [m, n]. Neither is modified. @throws {ShapeError} shapes differ.
 * @example subtractMatrices(Matrix.identity(1), Matrix.identity(1)).at(0, 0); // 0
 */
export function subtractMatrices(a: MatrixInput, b: MatrixInput): Matrix {
  const left = asMatrix('subtractMatrices', 'a', a);
  const right = asMatrix('subtractMatrices', 'b', b);
  checkShape('subtractMatrices', 'b', right, left.rows, left.cols);
  const out = new Matrix(left.rows, left.cols);
  for (let i = 0; i < out.data.length; i++) out.data[i] = left.data[i] - right.data[i];
  return out;
}

/**
 * α A.
 *
 * @param a - Shape [m, n]. Not modified.
 * @example scaleMatrix(3, Matrix.identity(1)).at(0, 0); // 3
 */
export function scaleMatrix(alpha: number, a: MatrixInput): Matrix {
  checkNumber('scaleMatrix', 'alpha', alpha);
  const { rows, cols, data } = asMatrix('scaleMatrix', 'a', a);
  return new Matrix(
    rows,
    cols,
    data.map((x) => alpha * x),
  );
}
