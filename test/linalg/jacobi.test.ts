/** @file Jacobi: the small eigenvalues of graded matrices, the cap, values without vectors. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { jacobiRows } from '../../src/linalg/eigen/jacobi.ts';
import { symmetricEigen } from '../../src/linalg/eigen/symmetric-eigen.ts';
import { ConvergenceError } from '../../src/linalg/errors.ts';
import { expectClose } from '../helpers/close.ts';
import { expectSameBits } from '../helpers/eigen-laws.ts';
import { goe, symmetric } from '../helpers/zoo.ts';

interface Graded {
  name: string;
  n: number;
  lower: number[];
  exact: number[];
  condition: number;
}

const golden = JSON.parse(readFileSync(new URL('../reference/eigen.json', import.meta.url), 'utf8')) as {
  graded: Graded[];
};

describe('scaled diagonally dominant matrices D B D', () => {
  for (const { name, n, lower, exact, condition } of golden.graded)
    test(`graded ${name}: every eigenvalue to n ε cond(B), relative`, () => {
      const a = symmetric(n, (i, j) => lower[(i * (i + 1)) / 2 + j]);
      const { values } = symmetricEigen(a, { method: 'jacobi' });
      expectClose(values, exact, { rtol: n * Number.EPSILON * condition });
    });

  test('the matrix graded upwards shows why: QL is only accurate relative to the norm', () => {
    const { n, lower, exact } = golden.graded.find(({ name }) => name === 'up') as Graded;
    const a = symmetric(n, (i, j) => lower[(i * (i + 1)) / 2 + j]);
    const { values } = symmetricEigen(a, { method: 'ql' });
    expect(Math.abs(values[0] / exact[0] - 1)).toBeGreaterThan(1e-3); // Jacobi: below 1e-14
  });
});

test('A = Vᵀ diag(λ) V, and the values do not depend on whether vectors are asked for', () => {
  const n = 30;
  const a = goe(n);
  const { values, rows } = jacobiRows(a.data.slice(), n, true);
  const rebuilt = symmetric(n, (i, j) => {
    let s = 0;
    for (let k = 0; k < n; k++) s += rows[k * n + i] * values[k] * rows[k * n + j];
    return s;
  });
  expectClose(rebuilt.data, a.data, { atol: 10 * n * Number.EPSILON * Math.sqrt(n) });
  const only = jacobiRows(a.data.slice(), n, false);
  expectSameBits(only.values, values);
  expect(only.rows.length).toBe(0);
});

test('2×2: the closed form (a + c)/2 ± √((a − c)²/4 + b²)', () => {
  for (const [a, b, c] of [
    [1, 2, 3],
    [0, 1, 0],
    [1, 1e-9, 1],
    [1e10, 1, -1e10],
    [5, 0, -2],
    [1, 1e-200, 2],
  ]) {
    const { values } = jacobiRows(Float64Array.of(a, b, b, c), 2, true);
    const radius = Math.sqrt((a - c) ** 2 / 4 + b * b);
    const scale = Math.abs(a + c) / 2 + radius;
    expectClose(values.sort(), [(a + c) / 2 - radius, (a + c) / 2 + radius], {
      atol: 4 * Number.EPSILON * scale,
    });
  }
});

test('the cap throws with the residual, unless the residual is already small', () => {
  const a = goe(20);
  let error: unknown;
  try {
    jacobiRows(a.data.slice(), 20, true, 2);
  } catch (e) {
    error = e;
  }
  expect(error).toBeInstanceOf(ConvergenceError);
  const { iterations, residual, tolerance } = error as ConvergenceError;
  expect(iterations).toBe(2);
  expect(residual).toBeGreaterThan(tolerance);
  expect(jacobiRows(Float64Array.of(1, 1e-17, 1e-17, 1e-30), 2, true, 0).values).toEqual(
    Float64Array.of(1, 1e-30),
  );
});
