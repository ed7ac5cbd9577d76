/** @file The bridge to ndarray: shared memory, strided and offset views, elementwise operations, overlap. */
import fc from 'fast-check';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { DomainError, ShapeError } from '../../src/linalg/errors.ts';
import { Matrix, type MatrixLike } from '../../src/linalg/matrix.ts';
import {
  add,
  assign,
  divide,
  fromNdarray,
  multiply,
  subtract,
  toNdarray,
  view,
} from '../../src/linalg/ndarray.ts';
import { naiveTranspose, uniformMatrix, uniforms } from './arrays.ts';

/** A view like those that slicing, stepping, reversing and transposing make, inside a larger array. */
const strided = fc
  .record({
    rows: fc.nat(5),
    cols: fc.nat(5),
    inner: fc.integer({ min: 1, max: 3 }),
    gap: fc.nat(3),
    margin: fc.nat(4),
    transposed: fc.boolean(),
    flipRows: fc.boolean(),
    flipCols: fc.boolean(),
    seed: fc.nat(1e6),
  })
  .map(({ rows, cols, inner, gap, margin, transposed, flipRows, flipCols, seed }) => {
    const [m, n] = transposed ? [cols, rows] : [rows, cols];
    const pitch = Math.max(1, n * inner + gap);
    const data = uniforms(2 * margin + m * pitch + 1, seed);
    let view = ndarray(data, [m, n], [pitch, inner], margin);
    if (transposed) view = view.transpose(1, 0);
    return view.step(flipRows ? -1 : 1, flipCols ? -1 : 1);
  });

/** Element by element through `get`, the slow and certain way. */
function elements(view: { shape: number[]; get(i: number, j: number): number }): number[][] {
  return Array.from({ length: view.shape[0] }, (_, i) =>
    Array.from({ length: view.shape[1] }, (_unused, j) => view.get(i, j)),
  );
}

describe('conversion', () => {
  test('a matrix as an ndarray shares memory in both directions', () => {
    const a = uniformMatrix(3, 4, 1);
    const view = toNdarray(a);
    expect(elements(view)).toEqual(a.toArray());
    view.set(1, 2, 7);
    expect(a.at(1, 2)).toBe(7);
    expect(elements(view.transpose(1, 0))).toEqual(naiveTranspose(a).toArray());
    expect(view.data).toBe(a.data);
  });

  test('there and back is the same memory; with copy it is not', () => {
    const a = uniformMatrix(4, 5, 2);
    const back = fromNdarray(toNdarray(a));
    expect(back).toEqual(a);
    expect(back.data.buffer).toBe(a.data.buffer);
    expect(fromNdarray(toNdarray(a), { copy: true }).data.buffer).not.toBe(a.data.buffer);
  });

  test('any strided view has the elements that ndarray gives', () => {
    fc.assert(
      fc.property(strided, (view) => {
        const a = fromNdarray(view);
        expect(a.shape).toEqual(view.shape);
        expect(a.toArray()).toEqual(elements(view));
        expect(fromNdarray(view, { copy: true })).toEqual(a);
      }),
    );
  });

  test('rows of a larger array are shared, columns are copied', () => {
    const whole = toNdarray(uniformMatrix(6, 4, 3));
    const rows = fromNdarray(whole.lo(2, 0).hi(3, 4));
    rows.set(0, 1, -1);
    expect(whole.get(2, 1)).toBe(-1);
    const cols = fromNdarray(whole.lo(0, 1).hi(6, 2));
    cols.set(0, 0, 99);
    expect(whole.get(0, 1)).not.toBe(99);
  });

  test('other element types are converted', () => {
    expect(fromNdarray(ndarray(Int32Array.of(1, 2, 3, 4), [2, 2])).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(fromNdarray(ndarray([0.5, 1.5], [2, 1])).toArray()).toEqual([[0.5], [1.5]]);
  });

  test('views that are not matrices, or leave their data, are refused', () => {
    const data = new Float64Array(6);
    const literal = (part: Partial<MatrixLike>): MatrixLike => ({
      data,
      shape: [2, 3],
      stride: [3, 1],
      offset: 0,
      ...part,
    });
    expect(fromNdarray(literal({})).shape).toEqual([2, 3]);
    expect(() => fromNdarray(ndarray(data, [6]))).toThrow(ShapeError);
    for (const bad of [
      { offset: 1 },
      { offset: -1 },
      { stride: [4, 1] },
      { stride: [-3, 1] },
      { shape: [3, 3] },
      { shape: [2, 1.5] },
      { shape: [-1, 3] },
      { offset: Number.NaN },
      { stride: [3, 1, 1] },
    ])
      expect(() => fromNdarray(literal(bad)), JSON.stringify(bad)).toThrow(ShapeError);
    expect(fromNdarray(literal({ shape: [0, 3], offset: 100 })).shape).toEqual([0, 3]);
    expect(fromNdarray(literal({ stride: [-3, 1], offset: 3 })).shape).toEqual([2, 3]);
  });
});

describe('elementwise operations', () => {
  const operations = [
    ['add', add, (x: number, y: number) => x + y],
    ['subtract', subtract, (x: number, y: number) => x - y],
    ['multiply', multiply, (x: number, y: number) => x * y],
    ['divide', divide, (x: number, y: number) => x / y],
  ] as const;

  test.each(operations)(
    '%s, on matrices, strided views and numbers, into new and strided outputs',
    (_name, op, f) => {
      fc.assert(
        fc.property(strided, fc.nat(1e6), (a, seed) => {
          const [m, n] = a.shape;
          const b = uniformMatrix(m, n, seed);
          const expected = elements(a).map((row, i) => row.map((x, j) => f(x, b.at(i, j))));
          expect(op(a, b).toArray()).toEqual(expected);
          expect(op(a, 0.3).toArray()).toEqual(elements(a).map((row) => row.map((x) => f(x, 0.3))));
          const out = ndarray(new Float64Array(m * n + 3).fill(Number.NaN), [n, m], [m, 1], 3).transpose(
            1,
            0,
          );
          expect(op(a, b, out)).toBe(out);
          expect(elements(out)).toEqual(expected);
          expect(op(a, b, a)).toBe(a); // in place
          expect(elements(a)).toEqual(expected);
        }),
      );
    },
  );

  test('assign copies between strides', () => {
    fc.assert(
      fc.property(strided, (a) => {
        const out = Matrix.zeros(a.shape[0], a.shape[1]);
        expect(assign(out, a)).toBe(out);
        expect(out.toArray()).toEqual(elements(a));
      }),
    );
  });

  test('sides of length 1 are repeated, others never', () => {
    const a = uniformMatrix(3, 4, 8);
    const [row, column] = [uniformMatrix(1, 4, 9), uniformMatrix(3, 1, 10)];
    const expected = (
      f: (x: number, y: number) => number,
      of: (i: number, j: number) => number,
    ): number[][] => a.toArray().map((line, i) => line.map((x, j) => f(x, of(i, j))));
    expect(add(a, row).toArray()).toEqual(expected((x, y) => x + y, (_, j) => row.at(0, j))); // biome-ignore format: a table
    expect(divide(a, column).toArray()).toEqual(expected((x, y) => x / y, (i) => column.at(i, 0))); // biome-ignore format: a table
    expect(subtract(column, row).toArray()).toEqual(expected((_, y) => y, (i, j) => column.at(i, 0) - row.at(0, j))); // biome-ignore format: a table
    const corner = toNdarray(Matrix.zeros(5, 6)).lo(1, 2).hi(3, 4);
    multiply(row, a, corner);
    expect(fromNdarray(corner).toArray()).toEqual(expected((x, y) => x * y, (_, j) => row.at(0, j))); // biome-ignore format: a table
    expect(() => add(Matrix.zeros(2, 3), Matrix.zeros(2, 2))).toThrow(ShapeError);
    expect(() => add(Matrix.zeros(2, 3), Matrix.zeros(1, 3), Matrix.zeros(1, 3))).toThrow(ShapeError);
    expect(() => multiply(Matrix.zeros(2, 3), 2, Matrix.zeros(3, 2))).toThrow(ShapeError);
    expect(() => assign(Matrix.zeros(2, 2), Matrix.zeros(2, 3))).toThrow(ShapeError);
    expect(() => add(row, 1, toNdarray(Matrix.zeros(1, 4)).lo(0, 0))).not.toThrow();
    expect(() => add(a, row, a)).not.toThrow();
  });

  test('views of ranges share memory; a number can be assigned to them', () => {
    const a = uniformMatrix(5, 4, 11);
    const before = a.clone();
    const some = view(a, { start: 1, end: -1, step: 2 }, { start: -1, end: 1, step: -1 });
    expect(some.shape).toEqual([2, 2]);
    expect(fromNdarray(some).toArray()).toEqual([1, 3].map((i) => [3, 2].map((j) => before.at(i, j))));
    assign(some, 7);
    const chosen = (i: number, j: number): boolean => i % 2 === 1 && j >= 2;
    expect(a.toArray()).toEqual(before.map((x, i, j) => (chosen(i, j) ? 7 : x)).toArray());
    expect(fromNdarray(view(a, -1)).toArray()).toEqual([Array.from(a.row(4))]);
    expect(view(a, { start: 5 }).shape).toEqual([0, 4]);
    expect(() => view(a, 5)).toThrow(DomainError);
    expect(() => view(a, { end: 6 })).toThrow(DomainError);
    expect(() => view(a, { step: 0 })).toThrow(/rows\.step must be not 0/);
  });

  test('an output that overlaps an input in another way is refused', () => {
    const a = uniformMatrix(3, 3, 5);
    const transposed = toNdarray(a).transpose(1, 0);
    expect(() => add(a, 1, transposed)).toThrow(DomainError);
    expect(() => assign(a, transposed)).toThrow(DomainError);
    expect(() => subtract(Matrix.zeros(3, 3), a, transposed)).toThrow(DomainError);
    const plain = [1, 2, 3, 4];
    const view = { data: plain, shape: [2, 2], stride: [2, 1], offset: 0 };
    expect(() => add(view, 1, { ...view, stride: [1, 2] })).toThrow(DomainError);
    add(view, 1, view);
    expect(plain).toEqual([2, 3, 4, 5]);
  });
});
