/** @file Everyday operations on arrays, against NumPy's numbers, closed forms, and the ends of the doubles. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { add, divide, multiply, type Operand, subtract } from '../../src/linalg/arrays/broadcast.ts';
import { correlation, covariance } from '../../src/linalg/arrays/covariance.ts';
import { allClose, norm, trace } from '../../src/linalg/arrays/norm.ts';
import {
  argmax,
  argmin,
  maxima,
  maximum,
  means,
  minima,
  minimum,
  standardDeviation,
  standardDeviations,
  sums,
  variance,
} from '../../src/linalg/arrays/reductions.ts';
import { diagonal, slice, tril, triu } from '../../src/linalg/arrays/selection.ts';
import { cumulativeSum, linspace, unique } from '../../src/linalg/arrays/sequences.ts';
import { argsort, quantile, sort } from '../../src/linalg/arrays/sorting.ts';
import { hstack, outer, reshape, vstack } from '../../src/linalg/arrays/stacking.ts';
import { DomainError, ShapeError, SingularError } from '../../src/linalg/errors.ts';
import { nullSpace, rangeBasis } from '../../src/linalg/factorisations/null-space.ts';
import { inverse } from '../../src/linalg/factorisations/solve.ts';
import * as linalg from '../../src/linalg/index.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { matmul } from '../../src/linalg/products.ts';
import { expectClose } from '../helpers/close.ts';
import { uniformMatrix } from './arrays.ts';

const EPS = Number.EPSILON;
const golden = JSON.parse(
  readFileSync(new URL('../reference/arrays.json', import.meta.url), 'utf8'),
  // biome-ignore lint/suspicious/noExplicitAny: a file of numbers
) as any;
const a = Matrix.of(golden.a);
const x = Float64Array.from(golden.x);
const AXES = [0, 1] as const;
const flat = (value: unknown): number[] =>
  (Array.isArray(value) ? value.flat(2) : Array.from(value as ArrayLike<number>)) as number[];

describe('by axis, as NumPy', () => {
  test.each(AXES)('axis %i', (axis) => {
    expectClose(sums(a, axis), golden.sums[axis], { atol: 4 * EPS });
    expectClose(means(a, axis), golden.means[axis], { atol: 4 * EPS });
    for (const correction of AXES)
      expectClose(standardDeviations(a, axis, { correction }), golden.deviations[correction][axis], { rtol: 8 * EPS }); // biome-ignore format: one idea
    expect(Array.from(maxima(a, axis))).toEqual(golden.maxima[axis]);
    expect(Array.from(minima(a, axis))).toEqual(golden.minima[axis]);
    expect(Array.from(argmax(a, axis))).toEqual(golden.argmax[axis]);
    expect(Array.from(argmin(a, axis))).toEqual(golden.argmin[axis]);
    expect(sort(a, { axis }).toArray()).toEqual(golden.sorted[axis]);
  });

  test('order of a vector, equal elements as they stand, NaN last', () => {
    expect(Array.from(argsort(x))).toEqual(golden.argsort);
    expect(Array.from(argsort(x, { descending: true }))).toEqual(golden.argsortDescending);
    const holes = [2, Number.NaN, -0, 3, 0, Number.NaN];
    expect(Array.from(argsort(holes))).toEqual([2, 4, 0, 3, 1, 5]);
    expect(Array.from(argsort(holes, { descending: true }))).toEqual([3, 0, 2, 4, 1, 5]);
    expect(Array.from(sort(holes, { descending: true }))).toEqual([3, 2, 0, -0, Number.NaN, Number.NaN]);
    expect(argmax(holes)).toBe(1);
    expect(argmin([3, 1, 1])).toBe(1);
  });

  test.each(golden.quantiles as { q: number; value: number }[])('quantile $q', ({ q, value }) => {
    expectClose([quantile(a, q)], [value], { atol: 4 * EPS });
  });
});

test('spreads keep their digits far from zero and at the ends of the doubles', () => {
  expect(standardDeviation([1e15 + 1, 1e15 + 3])).toBe(1);
  expect(standardDeviation([1e308, -1e308, 1e308, -1e308])).toBeCloseTo(1e308, -294);
  expect(standardDeviation([1.5e308, 1.5e308])).toBe(0);
  expect(standardDeviation([1e-300, 3e-300]) / 1e-300).toBeCloseTo(1, 14);
  expect(variance([2, 4, 4, 4, 5, 5, 7, 9])).toBe(4);
  expect(variance([[1, 2], [3, 4]], { correction: 1 })).toBeCloseTo(5 / 3, 15); // biome-ignore format: a matrix
  expect(() => standardDeviation([1], { correction: 1 })).toThrow(/number of elements must be > 1, got 1/);
  expect(() => argmax([])).toThrow(DomainError);
});

describe('norms', () => {
  const orders = [1, 2, Number.POSITIVE_INFINITY, 'frobenius'] as const;
  test.each(orders)('%s, as NumPy', (order) => {
    expectClose([norm(a, order)], [golden.norms[order]], { rtol: 16 * EPS });
    if (order !== 'frobenius') expectClose([norm(x, order)], [golden.vectorNorms[order]], { rtol: 16 * EPS });
  });

  test.each(orders)('%s at every scale, and of nothing', (order) => {
    for (const k of [-1000, 1000])
      expectClose([norm(a.map((v) => v * 2 ** k), order)], [norm(a, order) * 2 ** k], { rtol: 4 * EPS }); // biome-ignore format: one idea
    expect(norm(new Matrix(0, 3), order)).toBe(0);
    expect(norm(new Matrix(3, 0), order)).toBe(0);
  });

  test('the defaults; trace; what is close', () => {
    expect(norm([3, 4])).toBe(5);
    expect(norm([[3], [4]])).toBe(5);
    expect(() => norm([1], 'frobenius')).toThrow(DomainError);
    expect(trace([[1, 1e100], [0, 2]])).toBe(3); // biome-ignore format: a matrix
    expect(() => trace([[1, 2]])).toThrow(ShapeError);
    expect(allClose([Number.POSITIVE_INFINITY], [Number.POSITIVE_INFINITY])).toBe(true);
    expect(allClose([1], [Number.POSITIVE_INFINITY])).toBe(false);
    expect(allClose([Number.NaN], [Number.NaN])).toBe(false);
    expect(allClose([1e-300], [0])).toBe(false);
    expect(allClose([1e-300], [0], { absolute: 1e-200 })).toBe(true);
    expect(() => allClose(a, reshape(a, 4, 5))).toThrow(ShapeError);
  });
});

describe('arithmetic with rows, columns and numbers, as NumPy', () => {
  const row = golden.row as number[];
  const column = golden.column as number[][];
  test.each(Object.entries({ add, subtract, multiply, divide }))('%s', (name, f) => {
    const op = f as (p: Operand, q: Operand) => Float64Array | Matrix;
    const pairs: [Operand, Operand][] = [[a, row], [column, a], [2.5, a], [column, [row]], [a, a]]; // biome-ignore format: pairs
    for (const [k, [p, q]] of pairs.entries()) {
      const result = op(p, q);
      expect(result).toBeInstanceOf(Matrix);
      expect((result as Matrix).toArray()).toEqual(golden.broadcast[name][k]);
    }
  });

  test('vectors and numbers give vectors; what does not fit, or could mean two things, is refused', () => {
    expect(Array.from(add([1, 2], [10, 20]))).toEqual([11, 22]);
    expect(Array.from(subtract(1, [1, 2]))).toEqual([0, -1]);
    expect(() => add([1, 2], [1, 2, 3])).toThrow(ShapeError);
    expect(() => add(a, column.slice(1))).toThrow(/b must be of 5 rows, or of one, got 4/);
    expect(() => subtract(x, [[1], [2]])).toThrow(
      /a matrix \[1, 9\] or \[9, 1\] beside one of a single column/,
    );
    expect(() => add(1, 2 as never)).toThrow(DomainError);
    expect(add(new Matrix(0, 3), [1, 2, 3]).shape).toEqual([0, 3]);
  });
});

describe('parts', () => {
  test.each(golden.slices as { rows: object; columns: object; value: number[][] }[])(
    'rows $rows, columns $columns, as NumPy',
    ({ rows, columns, value }) => expect(slice(a, rows, columns).toArray()).toEqual(value),
  );

  test('indices, lists and masks; a copy', () => {
    expect(slice(a, [4, 0, -1], -2).toArray()).toEqual([4, 0, 4].map((i) => [a.at(i, 2)]));
    const positive = Array.from(a.column(0), (value) => value > 0);
    expect(slice(a, positive).toArray()).toEqual(a.toArray().filter(([value]) => value > 0));
    slice(a).set(0, 0, 100);
    expect(a.at(0, 0)).toBe(golden.a[0][0]);
    expect(slice(a, []).shape).toEqual([0, 4]);
    expect(() => slice(a, 5)).toThrow(/rows must be an integer in -5\.\.4, got 5/);
    expect(() => slice(a, undefined, [0, 4])).toThrow(/columns\[1\]/);
    expect(() => slice(a, { end: 7 })).toThrow(/rows\.end/);
    expect(() => slice(a, [true, false])).toThrow(ShapeError);
    expect(() => slice(a, { stop: 2 } as never)).toThrow(/rows\.stop/);
  });

  test.each(golden.diagonals as { k: number; value: number[]; triu: number[][]; tril: number[][] }[])(
    'diagonal $k',
    ({ k, value, triu: upper, tril: lower }) => {
      expect(Array.from(diagonal(a, k))).toEqual(value);
      expect(triu(a, k).toArray()).toEqual(upper);
      expect(tril(a, k).toArray()).toEqual(lower);
    },
  );

  test('put together, in another shape', () => {
    expect(hstack([a, golden.column, a]).toArray()).toEqual(golden.hstack);
    expect(hstack([a, flat(golden.column), a]).toArray()).toEqual(golden.hstack);
    expect(vstack([a, golden.row, a]).toArray()).toEqual(golden.vstack);
    expect(outer(x, golden.row).toArray()).toEqual(golden.outer);
    expect(() => hstack([a, [1, 2]])).toThrow(/parts\[1\] must be of 5 rows, got 2/);
    expect(() => vstack([])).toThrow(DomainError);
    const shared = Float64Array.of(1, 2, 3, 4, 5, 6);
    reshape(shared, -1, 3).set(1, 0, 40);
    expect(shared[3]).toBe(40);
    expect(() => reshape(shared, 4, -1)).toThrow(ShapeError);
    expect(() => reshape(shared, -1, -1)).toThrow(DomainError);
  });
});

describe('covariance and sequences', () => {
  test('covariance and correlation: by definition, symmetric, far from zero and at the ends of the doubles', () => {
    const data = uniformMatrix(30, 4, 12);
    const shifted = data.map((v, _, j) => v + 1e6 * j);
    for (const correction of AXES) {
      const found = covariance(shifted, { correction });
      for (let i = 0; i < 4; i++)
        for (let j = 0; j < 4; j++) {
          const [p, q] = [data.column(i), data.column(j)];
          const [mp, mq] = [p, q].map((column) => column.reduce((sum, v) => sum + v, 0) / 30);
          const exact = p.reduce((sum, v, k) => sum + (v - mp) * (q[k] - mq), 0) / (30 - correction);
          expectClose([found.at(i, j)], [exact], { atol: 1e-10 });
          expect(found.at(i, j)).toBe(found.at(j, i));
        }
    }
    const r = correlation(data.map((v) => v * 2 ** 1000));
    const c = covariance(data);
    expectClose(r.data, c.map((v, i, j) => v / Math.sqrt(c.at(i, i) * c.at(j, j))).data, { atol: 64 * EPS }); // biome-ignore format: one idea
    expect(diagonal(r)).toEqual(new Float64Array(4).fill(1));
    expect(() => correlation([[1, 2], [1, 3]])).toThrow(/column 0 of a must be not constant/); // biome-ignore format: a matrix
    expect(() => covariance([[1, 2]])).toThrow(DomainError);
  });

  test('sums carry their rounding; equal steps end exactly; distinct values lead back', () => {
    expect(Array.from(cumulativeSum([1, 1e100, 1, -1e100]))).toEqual([1, 1e100, 1e100, 2]);
    expect(cumulativeSum([[1, 2], [3, 4]], 1).toArray()).toEqual([[1, 3], [3, 7]]); // biome-ignore format: matrices
    const steps = linspace(0.1, 0.7, 7);
    expect([steps[0], steps[6]]).toEqual([0.1, 0.7]);
    expectClose(linspace(-1e308, 1e308, 3), [-1e308, 0, 1e308], { atol: 0 });
    expect(() => linspace(0, 1, 1)).toThrow(DomainError);
    const list = [2, Number.NaN, 0, 2, -0, Number.NaN, 7];
    const { values, counts, inverse } = unique(list);
    expect(Array.from(values)).toEqual([0, 2, 7, Number.NaN]);
    expect(Array.from(counts)).toEqual([2, 2, 1, 2]);
    expect(Array.from(inverse, (i) => values[i] + 0)).toEqual(list.map((v) => v + 0));
    expect([minimum(a), maximum(a)]).toEqual([Math.min(...a.data), Math.max(...a.data)]);
    expect(maximum([1, Number.NaN])).toBeNaN();
    expect(() => minimum([])).toThrow(DomainError);
  });

  test.each([[5, 3, 2], [3, 5, 3], [4, 4, 0], [6, 6, 4], [0, 3, 0]])('%i × %i of rank %i: null space and range', (m, n, rank) => {
    const low = matmul(uniformMatrix(m, rank, 1), uniformMatrix(rank, n, 2));
    const [kernel, range] = [nullSpace(low), rangeBasis(low)];
    expect([kernel.shape, range.shape]).toEqual([[n, n - rank], [m, rank]]);
    const unit = 16 * Math.max(m, n) * EPS;
    expect(norm(matmul(low, kernel))).toBeLessThanOrEqual(unit * norm(low));
    for (const basis of [kernel, range])
      expect(norm(subtract(matmul(basis, basis, { transposeA: true }), Matrix.identity(basis.cols)))).toBeLessThanOrEqual(unit);
    const projected = matmul(range, matmul(range, low, { transposeA: true }));
    expect(norm(subtract(projected, low))).toBeLessThanOrEqual(unit * norm(low));
  }); // biome-ignore format: a table
});

test('inverse: the residual, symmetric where promised, refusals', () => {
  const m = uniformMatrix(40, 40, 3);
  const residual = subtract(matmul(m, inverse(m)), Matrix.identity(40));
  expect(norm(residual, 2)).toBeLessThan(4 * 40 * EPS * norm(m, 2) * norm(inverse(m), 2));
  const gram = matmul(m, m, { transposeB: true });
  const p = inverse(gram, { positiveDefinite: true });
  expect(p.toArray()).toEqual(p.map((_, i, j) => p.at(j, i)).toArray());
  expect(() => inverse([[1, 2], [2, 4]])).toThrow(SingularError); // biome-ignore format: a matrix
  expect(() => inverse([[1, 2]])).toThrow(/inverse: a must be square/);
});

describe('arguments that other libraries take, and we do not', () => {
  const call = (f: unknown, ...args: unknown[]) => (f as (...given: unknown[]) => unknown)(...args);
  const rows = [[1, 2], [3, 5]]; // biome-ignore format: a matrix
  const other = [[1, 0], [2, 1]]; // biome-ignore format: a matrix

  test.each<[string, () => unknown, RegExp]>([
    [
      'sum(a, axis)',
      () => call(linalg.sum, rows, 0),
      /^sum: a further argument must be absent: sums takes an axis, got 0/,
    ],
    ['mean(a, axis)', () => call(linalg.mean, Matrix.of(rows), 1), /means takes an axis, got 1/],
    ['norm2(a, axis)', () => call(linalg.norm2, rows, 1), /of each row/],
    ['maxAbs(a, axis)', () => call(linalg.maxAbs, rows, 1), /of each row/],
    ['frobenius(a, axis)', () => call(linalg.frobenius, rows, 1), /of each row/],
    ['norm(a, order, axis)', () => call(norm, rows, 2, 1), /of each row/],
    ['quantile(a, q, axis)', () => call(quantile, rows, 0.5, { axis: 0 }), /of each row/],
    ['maximum(a, b)', () => call(maximum, [1, 2], [3, 0]), /of two arrays map, got an array of length 2/],
    ['minimum(a, axis)', () => call(minimum, rows, 0), /minima takes an axis/],
    ['hstack(a, b)', () => call(hstack, rows, other), /one list of all parts/],
    ['vstack(a, b, c)', () => call(vstack, rows, other, rows), /one list of all parts/],
    ['add(a, b, out)', () => call(add, rows, other, Matrix.zeros(2, 2)), /got a Matrix \[2, 2\]/],
    ['multiply(a, b, c)', () => call(multiply, rows, other, rows), /two operands/],
    ['subtract(a, b, c)', () => call(subtract, rows, other, 1), /two operands/],
    ['divide(a, b, c)', () => call(divide, rows, other, 1), /two operands/],
    ['kron(a, b, c)', () => call(linalg.kron, rows, other, rows), /two factors/],
    ['eye(m, n)', () => call(Matrix.identity, 2, 3), /it is square, got 3/],
    ['diag(x, k)', () => call(Matrix.diagonal, [1, 2], 1), /the main one, got 1/],
    ['trace(a, k)', () => call(trace, rows, 1), /of another diagonal/],
    ['linspace(a, b, n, endpoint)', () => call(linspace, 0, 1, 5, false), /both ends/],
    ['reshape(a, m, n, order)', () => call(reshape, rows, 4, 1, 'F'), /row by row, got 'F'/],
    ['corrcoef(x, y)', () => call(correlation, rows, other), /hstack/],
    ['unique(x, return_counts)', () => call(unique, [1, 2], true), /counts and inverse/],
    ['schur(a, output)', () => call(linalg.schur, rows, 'complex'), /the real one/],
  ])('%s is refused: it was ignored without a word', (_, act, message) => {
    expect(act).toThrow(message);
    expect(act).toThrow(DomainError);
  });

  test('callbacks of arrays get an index and the array, and an axis beside a vector says nothing', () => {
    expect([rows, other].map(linalg.sum)).toEqual([11, 4]);
    expect(Array.from(Matrix.of(rows), linalg.norm2)).toEqual([Math.sqrt(5), Math.sqrt(34)]);
    expect(Array.from(rows, linalg.mean)).toEqual([1.5, 4]);
    expect(call(linalg.sum, [1, 2], 0)).toBe(3);
    expect([rows, other, rows].reduce((p, q, i, all) => call(add, p, q, i, all) as number[][])).toEqual(
      Matrix.of([[3, 4], [8, 11]]), // biome-ignore format: a matrix
    );
    expect([2, 1].map(Matrix.identity).map(String)).toEqual([2, 1].map((n) => String(Matrix.identity(n))));
  });

  test.each<[string, () => unknown]>([
    ['a plain vector', () => call(matmul, rows, [1, 2])],
    ['a typed one', () => call(matmul, Float64Array.of(1, 2), rows)],
    ['one to Matrix.of', () => call(Matrix.of, [1, 2])],
    ['one to a function of columns', () => call(means, [1, 2], 0)],
  ])('%s in place of a matrix is told what to do', (_, act) => {
    expect(act).toThrow(
      /must be a matrix: .*of a vector, reshape\(x, -1, 1\), got an? (array|Float64Array) of length 2/,
    );
  });
});
