/** @file Sums, differences and multiples of matrices, as new matrices. */
import { checkShape } from './checks.ts';
import { Matrix } from './matrix.ts';

/**
 * A + B.
 *
 * @param a - Shape [m, n]. @param b - Shape [m, n]. Neither is modified. @throws {ShapeError} shapes differ.
 * @example addMatrices(Matrix.identity(1), Matrix.identity(1)).at(0, 0); // 2
 */
export function addMatrices(a: Matrix, b: Matrix): Matrix {
  checkShape('addMatrices', 'b', b, a.rows, a.cols);
  const out = new Matrix(a.rows, a.cols);
  for (let i = 0; i < out.data.length; i++) out.data[i] = a.data[i] + b.data[i];
  return out;
}

/**
 * A − B.
 *
 * @param a - Shape [m, n]. @param b - Shape [m, n]. Neither is modified. @throws {ShapeError} shapes differ.
 * @example subtractMatrices(Matrix.identity(1), Matrix.identity(1)).at(0, 0); // 0
 */
export function subtractMatrices(a: Matrix, b: Matrix): Matrix {
  checkShape('subtractMatrices', 'b', b, a.rows, a.cols);
  const out = new Matrix(a.rows, a.cols);
  for (let i = 0; i < out.data.length; i++) out.data[i] = a.data[i] - b.data[i];
  return out;
}

/**
 * α A.
 *
 * @param a - Shape [m, n]. Not modified.
 * @example scaleMatrix(3, Matrix.identity(1)).at(0, 0); // 3
 */
export function scaleMatrix(alpha: number, a: Matrix): Matrix {
  return new Matrix(
    a.rows,
    a.cols,
    a.data.map((x) => alpha * x),
  );
}
