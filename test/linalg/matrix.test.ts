/** @file Matrix and the validators: construction, views that share and copies that do not, messages. */
import { inspect } from 'node:util';
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
import { devtoolsFormatter } from '../../src/linalg/devtools-formatter.ts';
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

describe('what people do with a matrix first', () => {
  const a = Matrix.of([
    [1, -2],
    [3, 4],
  ]);

  test('it prints as a table', () => {
    expect(String(a)).toBe('Matrix [2, 2]\n  1  -2\n  3   4');
    expect(inspect({ a })).toBe('{\n  a: Matrix [2, 2]\n    1  -2\n    3   4\n}');
    expect(inspect([[[[a]]]], { depth: 3 })).toContain('[Matrix [2, 2]]');
    expect(String(Matrix.of([[0.5, -0, Number.NaN]]))).toBe('Matrix [1, 3]\n  0.5  0.0  NaN');
    expect(String(Matrix.of([[1 / 3, 1000]]))).toBe('Matrix [1, 2]\n  0.3333  1000.0000');
    expect(String(Matrix.of([[1e-9, 12]]))).toBe('Matrix [1, 2]\n  1.0000e-9  1.2000e+1');
    expect(String(Matrix.of([[0, -0]]))).toBe('Matrix [1, 2]\n  0  -0');
    expect(String(new Matrix(0, 3))).toBe('Matrix [0, 3]');
    expect(String(new Matrix(2, 0))).toBe('Matrix [2, 0]');
  });

  test('of a large one the corners', () => {
    const large = new Matrix(1000, 1000).map((_, i, j) => 1000 * i + j);
    const lines = String(large).split('\n');
    expect(lines).toHaveLength(22);
    expect(lines[1].trim().split(/ +/)).toEqual(['0', '1', '2', '3', '…', '996', '997', '998', '999']);
    expect(lines[11]).toMatch(/^[ ⋮]+$/);
    expect(lines[21].endsWith('999999')).toBe(true);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(new Set(lines.slice(1).map((line) => line.length)).size).toBe(1);
  });

  test('JSON and structured clone come back to the last bit', () => {
    const odd = Matrix.of([
      [0.1, -0, Number.NaN],
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324],
    ]);
    for (const matrix of [odd, new Matrix(0, 3), new Matrix(2, 0), a]) {
      const read = Matrix.from(JSON.parse(JSON.stringify(matrix)) as Matrix);
      const cloned = Matrix.from(structuredClone(matrix));
      for (const back of [read, cloned]) {
        expect(back).toBeInstanceOf(Matrix);
        expect(back.shape).toEqual(matrix.shape);
        expect(new BigUint64Array(back.data.buffer)).toEqual(new BigUint64Array(matrix.data.buffer));
      }
    }
    expect(JSON.stringify(a)).toBe('{"rows":2,"cols":2,"data":[1,-2,3,4]}');
    expect(() => Matrix.from({ rows: 1, cols: 1, data: ['one'] })).toThrow(
      /like\.data\[0\] must be a number/,
    );
    expect(() => Matrix.from({ rows: 1, cols: 2, data: [1] })).toThrow(ShapeError);
  });

  test('from takes nested arrays, and never shares', () => {
    expect(Matrix.from([[1, 2], Int8Array.of(3, 4)]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    const copy = Matrix.from(a);
    copy.set(0, 0, 100);
    const cloned = structuredClone(a);
    Matrix.from(cloned).set(0, 0, 100);
    expect([a.at(0, 0), cloned.data[0]]).toEqual([1, 1]);
    expect(() => Matrix.from([1, 2] as never)).toThrow(DomainError);
  });

  test('it is walked over by rows, which are views; map is a new matrix', () => {
    expect([...a].map((row) => Array.from(row))).toEqual(a.toArray());
    const b = a.clone();
    for (const row of b) row[0] = 0;
    expect(b.toArray()).toEqual([
      [0, -2],
      [0, 4],
    ]);
    expect(a.map((value, i, j) => 100 * value + 10 * i + j).toArray()).toEqual([
      [100, -199],
      [310, 411],
    ]);
    expect(() => a.map(() => '1' as never)).toThrow(/f of element \(0, 0\) must be a number/);
    expect(Matrix.ones(2, 1).toArray()).toEqual([[1], [1]]);
  });

  test('the console of a browser gets a table', () => {
    expect(devtoolsFormatter.header({})).toBe(null);
    expect(devtoolsFormatter.body(1)).toBe(null);
    expect(devtoolsFormatter.header(a)).toEqual(['span', {}, 'Matrix [2, 2]']);
    expect(devtoolsFormatter.hasBody(a)).toBe(true);
    const cells = JSON.stringify(devtoolsFormatter.body(a)).match(/"-?\d+"/g);
    expect(cells).toEqual(['"1"', '"-2"', '"3"', '"4"']);
  });
});
