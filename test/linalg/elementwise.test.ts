/** @file Elementwise matrix operations. */
import { expect, test } from 'vitest';
import { addMatrices, scaleMatrix, subtractMatrices } from '../../src/linalg/elementwise.ts';
import { ShapeError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';

const a = Matrix.of([
  [1, -2, 3],
  [0.5, 0, 1e200],
]);
const b = Matrix.of([
  [10, 20, 30],
  [0.25, -0, -1e200],
]);

test('sum, difference and multiple, as new matrices', () => {
  expect(addMatrices(a, b).toArray()).toEqual([
    [11, 18, 33],
    [0.75, 0, 0],
  ]);
  expect(subtractMatrices(a, b).toArray()).toEqual([
    [-9, -22, -27],
    [0.25, 0, 2e200],
  ]);
  expect(scaleMatrix(-2, a).toArray()).toEqual([
    [-2, 4, -6],
    [-1, -0, -2e200],
  ]);
  expect(a.toArray()).toEqual([
    [1, -2, 3],
    [0.5, 0, 1e200],
  ]);
});

test('shapes must agree', () => {
  expect(() => addMatrices(a, Matrix.zeros(3, 2))).toThrow(ShapeError);
  expect(() => subtractMatrices(a, Matrix.zeros(2, 2))).toThrow(
    'subtractMatrices: b must be [2, 3], got [2, 2].',
  );
  expect(addMatrices(Matrix.zeros(0, 4), Matrix.zeros(0, 4)).shape).toEqual([0, 4]);
});
