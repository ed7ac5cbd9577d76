/** @file Matrix and the validators: construction, views that share and copies that do not, messages. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkFinite,
  checkInteger,
  checkLength,
  checkNoAlias,
  checkNonNegative,
  checkShape,
  checkSquare,
} from '../../src/linalg/checks.ts';
import { DomainError, EigenfluenceError, NonFiniteError, ShapeError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { uniformMatrix, uniforms } from './arrays.ts';

describe('Matrix', () => {
  test('takes its data over, row by row', () => {
    const data = Float64Array.of(1, 2, 3, 4, 5, 6);
    const a = new Matrix(2, 3, data);
    expect(a.data).toBe(data);
    expect(a.at(1, 0)).toBe(4);
    a.set(0, 2, 9);
    expect(Array.from(data)).toEqual([1, 2, 9, 4, 5, 6]);
    expect(a.shape).toEqual([2, 3]);
  });

  test('constructors agree with each other', () => {
    expect(Matrix.identity(3)).toEqual(Matrix.diagonal([1, 1, 1]));
    expect(Matrix.zeros(2, 2)).toEqual(new Matrix(2, 2));
    expect(
      Matrix.of([
        [1, 2],
        [3, 4],
      ]),
    ).toEqual(new Matrix(2, 2, Float64Array.of(1, 2, 3, 4)));
    expect(Matrix.of([]).shape).toEqual([0, 0]);
    expect(Matrix.of([[], []]).shape).toEqual([2, 0]);
    fc.assert(
      fc.property(fc.nat(6), fc.nat(6), fc.nat(1e6), (m, n, seed) => {
        const a = uniformMatrix(m, n, seed);
        if (m > 0) expect(Matrix.of(a.toArray())).toEqual(a);
        expect(Matrix.from({ data: a.data, shape: [m, n], stride: [n, 1], offset: 0 })).toEqual(a);
      }),
    );
  });

  test('from reads strides and offset, forwards and backwards', () => {
    const data = uniforms(20, 1);
    const view = { data, shape: [3, 2], stride: [-4, 2], offset: 13 };
    expect(Matrix.from(view).toArray()).toEqual([
      [data[13], data[15]],
      [data[9], data[11]],
      [data[5], data[7]],
    ]);
    expect(() => Matrix.from({ ...view, shape: [6], stride: [1] })).toThrow(ShapeError);
    for (const outside of [
      { offset: 7 },
      { offset: 18 },
      { stride: [-4, 20] },
      { shape: [5, 2] },
      { offset: 0.5 },
    ])
      expect(() => Matrix.from({ ...view, ...outside })).toThrow(/offset and stride must be within 0\.\.19/);
    expect(Matrix.from({ ...view, shape: [0, 2], offset: 99 }).shape).toEqual([0, 2]);
  });

  test('rows are views, columns and clones are copies', () => {
    const a = Matrix.of([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    a.row(1)[0] = -3;
    a.rowRange(2, 3).set(0, 1, -6);
    a.column(0)[0] = 100;
    a.clone().set(0, 0, 100);
    expect(a.toArray()).toEqual([
      [1, 2],
      [-3, 4],
      [5, -6],
    ]);
    expect(a.rowRange(1, 1).shape).toEqual([0, 2]);
    expect(Array.from(a.column(1))).toEqual([2, 4, -6]);
  });

  test('refuses shapes, data and indices that do not fit', () => {
    expect(() => new Matrix(-1, 2)).toThrow(DomainError);
    expect(() => new Matrix(1.5, 2)).toThrow(DomainError);
    expect(() => new Matrix(2, 2, new Float64Array(3))).toThrow(
      'Matrix: data must be of length 2·2 = 4, got length 3.',
    );
    expect(() => Matrix.of([[1, 2], [3]])).toThrow(ShapeError);
    const a = Matrix.zeros(2, 3);
    for (const run of [
      (): unknown => a.at(2, 0),
      (): unknown => a.at(0, 3),
      (): unknown => a.at(-1, 0),
      (): unknown => a.at(0.5, 0),
      (): unknown => a.set(0, -1, 0),
      (): unknown => a.row(2),
      (): unknown => a.column(3),
      (): unknown => a.rowRange(1, 3),
      (): unknown => a.rowRange(2, 1),
      (): unknown => a.rowRange(-1, 1),
    ])
      expect(run).toThrow(DomainError);
  });
});

describe('validators', () => {
  test('accept what is right', () => {
    checkLength('f', 'x', [1, 2], 2);
    checkShape('f', 'a', Matrix.zeros(2, 3), 2, 3);
    checkSquare('f', 'a', Matrix.zeros(2, 2));
    checkFinite('f', 'x', Float64Array.of(0, -1e308));
    checkInteger('f', 'n', 3, 0, 3);
    checkNonNegative('f', 'eps', 0);
    const x = uniforms(10, 1);
    checkNoAlias('f', x.subarray(0, 5), x.subarray(5));
    checkNoAlias('f', x.subarray(5), x.subarray(0, 5));
  });

  test('name the function, the argument, what was expected and what came', () => {
    expect(() => checkLength('f', 'x', [1], 2)).toThrow('f: x must be of length 2, got length 1.');
    expect(() => checkShape('f', 'a', Matrix.zeros(2, 3), 3, 2)).toThrow('f: a must be [3, 2], got [2, 3].');
    expect(() => checkSquare('f', 'a', Matrix.zeros(2, 3))).toThrow('f: a must be square, got [2, 3].');
    expect(() => checkInteger('f', 'n', 1.5, 0, 3)).toThrow('f: n must be an integer in 0..3, got 1.5.');
    expect(() => checkInteger('f', 'n', -1, 0, Number.POSITIVE_INFINITY)).toThrow(
      'f: n must be an integer ≥ 0, got -1.',
    );
    for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => checkNonNegative('f', 'eps', bad)).toThrow(`f: eps must be finite and ≥ 0, got ${bad}.`);
    const x = uniforms(10, 1);
    expect(() => checkNoAlias('f', x.subarray(0, 6), x.subarray(5))).toThrow(DomainError);
  });

  test('a non-finite number is reported with its first place', () => {
    try {
      checkFinite('f', 'x', Float64Array.of(0, Number.NaN, Number.POSITIVE_INFINITY));
      expect.fail('must throw');
    } catch (error) {
      expect(error).toBeInstanceOf(NonFiniteError);
      expect(error).toBeInstanceOf(EigenfluenceError);
      expect(error).toMatchObject({ argument: 'x', index: 1, value: Number.NaN });
    }
  });
});
