/** @file Triangular solves: residuals, transposes, the triangle that must not be read, errors. */
import { describe, expect, test } from 'vitest';
import { ShapeError, SingularError } from '../../src/linalg/errors.ts';
import { solveTriangular } from '../../src/linalg/factorisations/triangular.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { naiveProduct, naiveTranspose, uniformMatrix } from './arrays.ts';

/** A triangular matrix with NaN in the other triangle (and on the diagonal when unit), and the matrix it stands for. */
function triangle(n: number, uplo: 'lower' | 'upper', unit: boolean): { stored: Matrix; meant: Matrix } {
  const stored = uniformMatrix(n, n, n);
  const meant = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const inside = uplo === 'lower' ? j < i : j > i;
      if (i === j) stored.set(i, i, unit ? Number.NaN : 1.5 + stored.at(i, i));
      else if (!inside) stored.set(i, j, Number.NaN);
      if (inside) meant.set(i, j, stored.at(i, j));
      if (i === j) meant.set(i, i, unit ? 1 : stored.at(i, i));
    }
  return { stored, meant };
}

describe('solveTriangular', () => {
  for (const uplo of ['lower', 'upper'] as const)
    for (const transpose of [false, true])
      test(`${uplo}, transpose ${transpose}: |T X − B| ≤ 4 n ε |T||X|, whatever the condition`, () => {
        for (const unit of [false, true])
          for (const n of [0, 1, 2, 31, 32, 33, 67])
            for (const k of [0, 1, 5]) {
              const { stored, meant } = triangle(n, uplo, unit);
              const b = uniformMatrix(n, k, n + k);
              const before = b.data.slice();
              const x = solveTriangular(stored, b, { uplo, transpose, unit });
              expect(b.data).toEqual(before);
              const op = transpose ? naiveTranspose(meant) : meant;
              const size = naiveProduct(
                new Matrix(n, n, op.data.map(Math.abs)),
                new Matrix(n, k, x.data.map(Math.abs)),
              );
              const tx = naiveProduct(op, x);
              const bound = (i: number): number => 4 * n * Number.EPSILON * size.data[i];
              const worst = tx.data.findIndex((v, i) => !(Math.abs(v - b.data[i]) <= bound(i)));
              expect(worst, 'first element beyond the bound').toBe(-1);
            }
      });

  test('a matrix and right-hand side scaled by powers of two give the exact same solution', () => {
    const { stored } = triangle(40, 'lower', false);
    const b = uniformMatrix(40, 3, 9);
    const x = solveTriangular(stored, b, { uplo: 'lower' });
    for (const k of [-500, 500]) {
      const by = (m: Matrix): Matrix =>
        new Matrix(
          m.rows,
          m.cols,
          m.data.map((v) => v * 2 ** k),
        );
      expect(solveTriangular(by(stored), by(b), { uplo: 'lower' }).data).toEqual(x.data);
    }
  });

  test('a zero on the diagonal is refused with its place, unless the diagonal is not read', () => {
    const t = Matrix.of([
      [1, 0],
      [2, 0],
    ]);
    expect(() => solveTriangular(t, Matrix.zeros(2, 1), { uplo: 'lower' })).toThrow(SingularError);
    expect(() => solveTriangular(t, Matrix.zeros(2, 1), { uplo: 'lower' })).toThrow(
      /Diagonal element 1 is zero/,
    );
    expect(solveTriangular(t, Matrix.of([[1], [5]]), { uplo: 'lower', unit: true }).toArray()).toEqual([
      [1],
      [3],
    ]);
  });

  test('shapes', () => {
    expect(() => solveTriangular(Matrix.zeros(2, 3), Matrix.zeros(2, 1), { uplo: 'lower' })).toThrow(
      ShapeError,
    );
    expect(() => solveTriangular(Matrix.identity(2), Matrix.zeros(3, 1), { uplo: 'upper' })).toThrow(
      ShapeError,
    );
  });
});
