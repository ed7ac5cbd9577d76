/** @file Operators and their algebra: the laws for every maker, structure, refusals, and the checker itself. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addMatrices, scaleMatrix } from '../../src/linalg/elementwise.ts';
import { DomainError, ShapeError, UnsupportedError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import {
  denseOperator,
  diagonalOperator,
  directSumOperator,
  functionOperator,
  identityOperator,
  type LinearOperator,
  productOperator,
  RowOperator,
  scaledOperator,
  shiftedOperator,
  submatrixOperator,
  sumOperator,
} from '../../src/linalg/operators/operator.ts';
import { matmul, syrk, transpose } from '../../src/linalg/products.ts';
import { checkOperatorLaws, normalMatrix } from '../helpers/operator-laws.ts';

const wide = normalMatrix(4, 6, 'wide');
const other = normalMatrix(4, 6, 'other');
const square = normalMatrix(5, 5, 'square');
const psd = syrk(normalMatrix(5, 3, 'psd'));
const symmetric = addMatrices(square, transpose(square));

/** One line per maker: the operator and the matrix it must be. The laws are checked for all. */
const CASES: Record<string, () => readonly [LinearOperator, Matrix]> = {
  'dense, general': () => [denseOperator(wide), wide],
  'dense, psd': () => [denseOperator(psd, 'psd'), psd],
  'dense, 1 × 1': () => [denseOperator(Matrix.of([[-3]]), 'symmetric'), Matrix.of([[-3]])],
  'dense, 0 × 3': () => [denseOperator(new Matrix(0, 3)), new Matrix(0, 3)],
  identity: () => [identityOperator(4), Matrix.identity(4)],
  'diagonal, psd': () => [diagonalOperator(Float64Array.of(1, 0, 2)), Matrix.diagonal([1, 0, 2])],
  'diagonal, indefinite': () => [diagonalOperator(Float64Array.of(1, -5)), Matrix.diagonal([1, -5])],
  'function, symmetric': () => [functionOperator(5, (x) => matmul(x, symmetric), 'symmetric'), symmetric],
  'function, rectangular with its transpose': () => [
    functionOperator(
      [4, 6],
      (x) => matmul(x, wide, { transposeB: true }),
      'general',
      (y) => matmul(y, wide),
    ),
    wide,
  ],
  sum: () => [sumOperator([denseOperator(wide), denseOperator(other)]), addMatrices(wide, other)],
  'sum of psd': () => [
    sumOperator([denseOperator(psd, 'psd'), identityOperator(5)]),
    addMatrices(psd, Matrix.identity(5)),
  ],
  'positive multiple': () => [scaledOperator(denseOperator(psd, 'psd'), 0.5), scaleMatrix(0.5, psd)],
  'negative multiple of psd': () => [scaledOperator(denseOperator(psd, 'psd'), -2), scaleMatrix(-2, psd)],
  'multiple of a general operator': () => [scaledOperator(denseOperator(wide), 3), scaleMatrix(3, wide)],
  product: () => [
    productOperator([denseOperator(wide), denseOperator(transpose(other)), denseOperator(wide)]),
    matmul(matmul(wide, transpose(other)), wide),
  ],
  'product of one factor': () => [productOperator([denseOperator(psd, 'psd')]), psd],
  shift: () => [
    shiftedOperator(denseOperator(square), -0.7),
    addMatrices(square, Matrix.diagonal(new Array<number>(5).fill(-0.7))),
  ],
  'positive shift of psd': () => [
    shiftedOperator(denseOperator(psd, 'psd'), 0.25),
    addMatrices(psd, scaleMatrix(0.25, Matrix.identity(5))),
  ],
  'negative shift of psd': () => [
    shiftedOperator(denseOperator(psd, 'psd'), -10),
    addMatrices(psd, scaleMatrix(-10, Matrix.identity(5))),
  ],
  submatrix: () => [
    submatrixOperator(denseOperator(wide), Int32Array.of(3, 0, 1), Int32Array.of(5, 2)),
    pick(wide, [3, 0, 1], [5, 2]),
  ],
  'principal submatrix': () => [
    submatrixOperator(denseOperator(psd, 'psd'), Int32Array.of(4, 1, 2)),
    pick(psd, [4, 1, 2], [4, 1, 2]),
  ],
  'submatrix with repetitions': () => [
    submatrixOperator(denseOperator(psd, 'psd'), Int32Array.of(2, 2, 0)),
    pick(psd, [2, 2, 0], [2, 2, 0]),
  ],
  'direct sum of rectangles': () => [
    directSumOperator([denseOperator(wide), denseOperator(transpose(other))]),
    blocks(wide, transpose(other)),
  ],
  'direct sum of psd': () => [
    directSumOperator([denseOperator(psd, 'psd'), identityOperator(2)]),
    blocks(psd, Matrix.identity(2)),
  ],
  'direct sum of nothing': () => [directSumOperator([]), new Matrix(0, 0)],
  'all at once': () => [
    shiftedOperator(
      sumOperator([
        scaledOperator(denseOperator(symmetric, 'symmetric'), 2),
        productOperator([denseOperator(square), denseOperator(psd, 'psd'), denseOperator(transpose(square))]),
      ]),
      1.5,
    ),
    addMatrices(
      addMatrices(scaleMatrix(2, symmetric), matmul(matmul(square, psd), transpose(square))),
      scaleMatrix(1.5, Matrix.identity(5)),
    ),
  ],
};

function pick(a: Matrix, rows: readonly number[], cols: readonly number[]): Matrix {
  return Matrix.of(rows.map((i) => cols.map((j) => a.at(i, j))));
}

function blocks(a: Matrix, b: Matrix): Matrix {
  const out = new Matrix(a.rows + b.rows, a.cols + b.cols);
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.cols; j++) out.set(i, j, a.at(i, j));
  for (let i = 0; i < b.rows; i++)
    for (let j = 0; j < b.cols; j++) out.set(a.rows + i, a.cols + j, b.at(i, j));
  return out;
}

describe('every operator obeys the laws', () => {
  for (const [name, make] of Object.entries(CASES))
    test(name, () => checkOperatorLaws(...make(), { tolerance: 128 * Number.EPSILON }));
});

describe('structure is propagated', () => {
  const of = {
    general: denseOperator(square),
    symmetric: denseOperator(symmetric, 'symmetric'),
    psd: denseOperator(psd, 'psd'),
  };
  const table: readonly (readonly [string, LinearOperator, string])[] = [
    ['psd + psd', sumOperator([of.psd, of.psd]), 'psd'],
    ['psd + symmetric', sumOperator([of.psd, of.symmetric]), 'symmetric'],
    ['symmetric + general', sumOperator([of.symmetric, of.general]), 'general'],
    ['2 psd', scaledOperator(of.psd, 2), 'psd'],
    ['0 psd', scaledOperator(of.psd, 0), 'psd'],
    ['−psd', scaledOperator(of.psd, -1), 'symmetric'],
    ['−symmetric', scaledOperator(of.symmetric, -1), 'symmetric'],
    ['psd·psd', productOperator([of.psd, of.psd]), 'general'],
    ['psd + λI', shiftedOperator(of.psd, 1), 'psd'],
    ['psd − λI', shiftedOperator(of.psd, -1), 'symmetric'],
    ['symmetric + λI', shiftedOperator(of.symmetric, 100), 'symmetric'],
    ['principal submatrix', submatrixOperator(of.psd, Int32Array.of(3, 1)), 'psd'],
    [
      'the same lists, written twice',
      submatrixOperator(of.psd, Int32Array.of(3, 1), Int32Array.of(3, 1)),
      'psd',
    ],
    ['other submatrix', submatrixOperator(of.psd, Int32Array.of(3, 1), Int32Array.of(1, 3)), 'general'],
    ['psd ⊕ symmetric', directSumOperator([of.psd, of.symmetric]), 'symmetric'],
    ['transpose of symmetric', of.symmetric.transpose(), 'symmetric'],
  ];
  test.each(table)('%s', (_name, op, structure) => expect(op.structure).toBe(structure));
});

test('the adjoint identity ⟨Ax, y⟩ = ⟨x, Aᵀy⟩ holds for random compositions', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer(),
      (m, n, seed) => {
        const a = normalMatrix(m, n, 'adjoint/a', seed);
        const b = normalMatrix(n, n, 'adjoint/b', seed);
        const op = scaledOperator(
          productOperator([denseOperator(a), shiftedOperator(denseOperator(b), 0.5)]),
          -1.5,
        );
        const x = normalMatrix(1, n, 'adjoint/x', seed);
        const y = normalMatrix(1, m, 'adjoint/y', seed);
        const left = matmul(op.applyRows(x), y, { transposeB: true }).at(0, 0);
        const right = matmul(x, op.transpose().applyRows(y), { transposeB: true }).at(0, 0);
        expect(Math.abs(left - right)).toBeLessThanOrEqual(
          1024 * n * m * Number.EPSILON * Math.max(1, Math.abs(left)),
        );
      },
    ),
    { numRuns: 50, seed: 1 },
  );
});

test('toDense works in chunks: more than 256 columns', () => {
  const a = normalMatrix(3, 600, 'long');
  const op = functionOperator([3, 600], (x) => matmul(x, a, { transposeB: true }));
  expect(op.toDense().data).toEqual(a.data);
});

test('a general function without its transpose says so', () => {
  const op = functionOperator(2, (x) => x.clone());
  checkOperatorLaws(op, Matrix.identity(2), { hasTranspose: false });
  expect(() => op.transpose()).toThrow(UnsupportedError);
});

test('refusals name the argument', () => {
  const a = denseOperator(wide);
  expect(() => denseOperator(wide, 'symmetric')).toThrow(ShapeError);
  expect(() => functionOperator([2, 3], (x) => x, 'psd')).toThrow(/square/);
  expect(() => sumOperator([])).toThrow(DomainError);
  expect(() => sumOperator([a, denseOperator(square)])).toThrow(/terms\[1\]/);
  expect(() => productOperator([a, a])).toThrow(/factors\[1\]/);
  expect(() => shiftedOperator(a, 1)).toThrow(ShapeError);
  expect(() => shiftedOperator(denseOperator(square), Number.NaN)).toThrow(DomainError);
  expect(() => scaledOperator(a, Number.POSITIVE_INFINITY)).toThrow(DomainError);
  expect(() => submatrixOperator(a, Int32Array.of(0, 4))).toThrow(/rowIndices\[1\]/);
  expect(() => submatrixOperator(a, Int32Array.of(0), Int32Array.of(-1))).toThrow(/colIndices\[0\]/);
  expect(() => a.matvec(new Float64Array(4))).toThrow(ShapeError);
  expect(() => a.applyRows(new Matrix(2, 4))).toThrow(ShapeError);
  expect(() => scaledOperator(a, 2).matvec(new Float64Array(4))).toThrow(/matvec/);
  expect(() => scaledOperator(a, 2).matmat(new Matrix(4, 2))).toThrow(/matmat/);
  expect(() => functionOperator(2, () => new Matrix(1, 3)).applyRows(new Matrix(1, 2))).toThrow(
    /result of its function/,
  );
  expect(
    () =>
      new RowOperator({ rows: -1, cols: 1, structure: 'general', applyRows: (x) => x, transposed: () => a }),
  ).toThrow(DomainError);
});

describe('the checker of laws rejects', () => {
  const good = { rows: 5, cols: 5, structure: 'symmetric' as const, transposed: () => identityOperator(5) };
  test('a product that is 0.1 % off', () => {
    const op = new RowOperator({ ...good, applyRows: (x) => scaleMatrix(1.001, matmul(x, symmetric)) });
    expect(() => checkOperatorLaws(op, symmetric)).toThrow(/index/);
  });
  test('a false promise of symmetry', () => {
    const op = new RowOperator({ ...good, applyRows: (x) => matmul(x, square, { transposeB: true }) });
    expect(() => checkOperatorLaws(op, square)).toThrow(/index/);
  });
  test('a wrong transpose', () => {
    const op = functionOperator(
      5,
      (x) => matmul(x, square, { transposeB: true }),
      'general',
      (x) => matmul(x, square, { transposeB: true }),
    );
    expect(() => checkOperatorLaws(op, square)).toThrow(/index/);
  });
  test('bits that change', () => {
    let calls = 0;
    const op = new RowOperator({
      ...good,
      applyRows: (x) => scaleMatrix(1 + 1e-15 * calls++, matmul(x, symmetric)),
    });
    expect(() => checkOperatorLaws(op, symmetric, { tolerance: 1e-10 })).toThrow(/same bits/);
  });
  test('an argument written to', () => {
    const op = new RowOperator({
      ...good,
      applyRows: (x) => {
        const y = matmul(x, symmetric);
        x.data.fill(0);
        return y;
      },
    });
    expect(() => checkOperatorLaws(op, symmetric)).toThrow(/leaves its argument alone/);
  });
  test('a psd promise of a negative matrix', () => {
    const op = new RowOperator({ ...good, structure: 'psd', applyRows: (x) => scaleMatrix(-1, x) });
    expect(() => checkOperatorLaws(op, scaleMatrix(-1, Matrix.identity(5)))).toThrow(/xᵀAx/);
  });
});
