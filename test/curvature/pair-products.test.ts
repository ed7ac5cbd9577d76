/** @file Row-wise Khatri–Rao products, their symmetric half, and the numbering of pairs. */
import { describe, expect, test } from 'vitest';
import { pairCount, pairIndex, pairProducts } from '../../src/curvature/pair-products.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { normalMatrix } from '../helpers/operator-laws.ts';

describe('pairProducts', () => {
  test('one row per pair of rows, one column per example', () => {
    const [a, b] = [normalMatrix(3, 4, 'pairs/a'), normalMatrix(2, 4, 'pairs/b')];
    const out = pairProducts(a, b);
    expect(out.shape).toEqual([6, 4]);
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 2; j++)
        for (let n = 0; n < 4; n++) expect(out.at(2 * i + j, n)).toBe(a.at(i, n) * b.at(j, n));
  });

  test('sums the samples of an example', () => {
    const a = Matrix.of([[1, 2, 10, 20]]); // two examples, two samples each
    const b = Matrix.of([[3, 4, 5, 6]]);
    expect(pairProducts(a, b, 2).toArray()).toEqual([[1 * 3 + 10 * 5, 2 * 4 + 20 * 6]]);
  });

  test('writes where it is told', () => {
    const [a, b] = [normalMatrix(3, 10, 'pairs/a'), normalMatrix(2, 10, 'pairs/b')];
    const out = new Matrix(6, 5, new Float64Array(30).fill(Number.NaN));
    expect(pairProducts(a, b, 2, out)).toBe(out);
    expect(out).toEqual(pairProducts(a, b, 2));
  });

  test('of a matrix with itself: the pairs i ≤ j, in the order of pairIndex', () => {
    const a = normalMatrix(4, 6, 'pairs/self');
    const half = pairProducts(a, a, 2);
    const full = pairProducts(a, a.clone(), 2);
    expect(half.rows).toBe(pairCount(4));
    for (let i = 0; i < 4; i++)
      for (let j = i; j < 4; j++) expect(half.row(pairIndex(4, i, j))).toEqual(full.row(4 * i + j));
  });
});

test('pairIndex numbers the pairs i ≤ j without gaps', () => {
  for (const n of [1, 2, 7]) {
    const seen: number[] = [];
    for (let i = 0; i < n; i++) for (let j = i; j < n; j++) seen.push(pairIndex(n, i, j));
    expect(seen).toEqual(Array.from({ length: pairCount(n) }, (_, k) => k));
  }
});
