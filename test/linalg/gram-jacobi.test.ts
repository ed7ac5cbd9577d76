/** @file SVDs large enough for matrix products: closed forms, golden values, plain rotations as the second algorithm. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { eigenRows, orthogonaliseByGram } from '../../src/linalg/factorisations/gram-jacobi.ts';
import { qr } from '../../src/linalg/factorisations/qr.ts';
import { svd } from '../../src/linalg/factorisations/svd.ts';
import { sortedTriangleSvd } from '../../src/linalg/factorisations/triangle-svd.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { matmul, syrk } from '../../src/linalg/products.ts';
import { frobenius, norm2 } from '../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose } from '../helpers/close.ts';
import { normalMatrix } from '../helpers/operator-laws.ts';
import { uniformMatrix } from './arrays.ts';

const EPS = Number.EPSILON;

const scaleColumns = (a: Matrix, by: (j: number) => number): Matrix =>
  new Matrix(
    a.rows,
    a.cols,
    a.data.map((x, i) => x * by(i % a.cols)),
  );
const orthogonal = (n: number, name: string): Matrix => qr(normalMatrix(n, n, name, n)).orthogonal();
/** U diag(values) Vᵀ. */
const spectrum = (values: readonly number[]): Matrix =>
  matmul(
    scaleColumns(orthogonal(values.length, 'u'), (j) => values[j]),
    orthogonal(values.length, 'v'),
    { transposeB: true },
  );
const range = (n: number, f: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => f(i));

function expectSvd(a: Matrix): void {
  const k = Math.max(a.rows, a.cols);
  const factor = svd(a);
  const r = factor.values.length;
  for (const q of [factor.u, factor.v])
    expectMatrixClose(syrk(q, { transpose: true }), Matrix.identity(r), { atol: 4 * k * EPS });
  const gap = factor.reconstruct().data.map((x, i) => x - a.data[i]);
  expect(norm2(gap)).toBeLessThanOrEqual(2 * k * EPS * frobenius(a));
}

const SPECTRA: Record<string, number[]> = {
  'condition 1e5': range(60, (i) => 10 ** ((-5 * i) / 59)),
  'condition 1e12': range(60, (i) => 10 ** ((-12 * i) / 59)),
  'condition 1e16': range(60, (i) => 10 ** ((-16 * i) / 59)),
  'all equal': range(50, () => 1),
  'four clusters over 12 decades': range(60, (i) => 10 ** (-4 * Math.floor(i / 15))),
  'cluster at the small end': range(60, (i) => (i < 30 ? 1 : 1e-5)),
  'one large': range(40, (i) => (i === 0 ? 1e10 : 1)),
  'one small': range(40, (i) => (i < 39 ? 1 : 1e-10)),
  'rank 20 of 60': range(60, (i) => (i < 20 ? 20 - i : 0)),
};

describe('matrices of known singular values', () => {
  test.each(Object.entries(SPECTRA))('%s', (_, values) => {
    const a = spectrum(values);
    expectSvd(a);
    expectClose(svd(a).values, values, { atol: 4 * values.length * EPS * values[0] });
  });

  test('the second-difference matrix of order 100: σ = 4 sin²(kπ / 202)', () => {
    const n = 100;
    const a = Matrix.zeros(n, n);
    for (let i = 0; i < n; i++)
      for (let j = Math.max(0, i - 1); j <= Math.min(n - 1, i + 1); j++) a.set(i, j, i === j ? 2 : -1);
    const exact = range(n, (i) => 4 * Math.sin(((n - i) * Math.PI) / (2 * (n + 1))) ** 2);
    expectSvd(a);
    expectClose(svd(a).values, exact, { atol: n * EPS * 4 });
  });

  test('degenerate: zero, ones, identity, a permutation, zero rows and columns', () => {
    const n = 40;
    const holes = uniformMatrix(n, n, 3);
    for (let i = 0; i < n; i++) for (const k of [5, 17]) for (const at of [[i, k], [k + 1, i]]) holes.set(at[0], at[1], 0); // biome-ignore format: one loop
    const ones = new Matrix(n, n, new Float64Array(n * n).fill(1));
    const permutation = Matrix.zeros(n, n);
    for (let i = 0; i < n; i++) permutation.set(i, (i * 7) % n, 1);
    for (const a of [Matrix.zeros(n, n), ones, Matrix.identity(n), permutation, holes]) expectSvd(a);
    expectClose(
      svd(ones).values,
      range(n, (i) => (i === 0 ? n : 0)),
      { atol: 4 * n * n * EPS },
    );
    expect(Array.from(svd(permutation).values)).toEqual(range(n, () => 1));
  });

  test('tall, wide and just above the switch to products', () => {
    for (const [m, n] of [
      [130, 40],
      [40, 130],
      [24, 24],
      [25, 25],
      [26, 26],
    ])
      expectSvd(uniformMatrix(m, n, m));
  });
});

describe('columns of very different length keep their small singular values', () => {
  const file = new URL('../reference/solving.json', import.meta.url);
  const { graded } = JSON.parse(readFileSync(file, 'utf8')) as {
    graded: { name: string; rows: number; cols: number; data: number[]; values: number[] }[];
  };
  test.each(graded)('mpmath: $name', ({ rows, cols, data, values }) => {
    expectClose(svd(new Matrix(rows, cols, Float64Array.from(data))).values, values, {
      rtol: 64 * cols * EPS,
    });
  });

  test('plain rotations of the pivoted triangle give the same', () => {
    for (const decades of [2, 5, 9, 20, 100, 250]) {
      const n = 50;
      const a = scaleColumns(normalMatrix(n, n, 'graded'), (j) => 10 ** ((-decades * ((j * 17) % n)) / n));
      const { upper } = qr(a, { pivoting: true });
      expectClose(svd(a).values, sortedTriangleSvd(upper).values, { rtol: 64 * n * EPS });
      expectSvd(a);
    }
  });
});

describe('the pieces', () => {
  test('rows are orthogonal to √n ε, and J keeps track: Jᵀ applied to R gives them', () => {
    const n = 45;
    const r = qr(
      scaleColumns(normalMatrix(n, n, 'pieces'), (j) => 10 ** (-0.3 * j)),
      { pivoting: true },
    ).upper;
    const { x, j } = orthogonaliseByGram(r, Matrix.identity(n));
    expectMatrixClose(syrk(j), Matrix.identity(n), { atol: 2 * n * EPS });
    expectMatrixClose(matmul(j, r), x, { atol: 2 * n * EPS * frobenius(r) });
    for (let p = 0; p < n; p++)
      for (let q = 0; q < p; q++) {
        const [a, b] = [x.row(p), x.row(q)];
        const cosine = a.reduce((s, v, i) => s + (v / norm2(a)) * (b[i] / norm2(b)), 0);
        expect(Math.abs(cosine)).toBeLessThanOrEqual(4 * Math.sqrt(n) * EPS);
      }
  });

  test('eigenvectors are refused as a start where the short rows would be lost', () => {
    const lengths = range(30, (i) => 10 ** (-i / 6));
    // R Rᵀ is diagonal: its eigenvectors are the unit vectors, the shortest row first
    const flip = Matrix.of(range(30, (p) => p).map((p) => range(30, (q) => (p + q === 29 ? 1 : 0))));
    const rows = eigenRows(Matrix.diagonal(lengths));
    expect(rows).toEqual({ x: scaleColumns(flip, (q) => lengths[q]), j: flip });
    expect(eigenRows(Matrix.diagonal(range(30, (i) => 10 ** (-i / 3))))).toBeUndefined();
    expect(eigenRows(Matrix.zeros(30, 30))).toBeUndefined();
  });
});
