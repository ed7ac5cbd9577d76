/** @file Joint diagonalisation in closed form and against a search by angles; EK-FAC in the bases it finds. */
import { describe, expect, test } from 'vitest';
import { blockGgn, blockGgnMatrices } from '../../src/curvature/block-ggn.ts';
import { ekfac, ekfacInBasis } from '../../src/curvature/ekfac.ts';
import { jointDiagonal } from '../../src/curvature/joint-diagonal.ts';
import { ekfacSearched, kroneckerBasisSearch } from '../../src/curvature/kronecker-basis-search.ts';
import { kroneckerEigen } from '../../src/curvature/kronecker-eigen.ts';
import { qr } from '../../src/linalg/factorisations/qr.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { kron } from '../../src/linalg/operators/kronecker.ts';
import { matmul, syrk } from '../../src/linalg/products.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose, expectMatrixClose } from '../helpers/close.ts';
import { randomProblem } from '../helpers/problems.ts';

const normal = (rows: number, cols: number, seed: number): Matrix =>
  new Matrix(rows, cols, rng(seed, 'normal').fillNormal(new Float64Array(rows * cols)));
const orthogonal = (n: number, seed: number): Matrix => qr(normal(n, n, seed)).orthogonal('economy');
const mass = (matrices: readonly Matrix[], q: Matrix): number =>
  matrices.reduce((sum, m) => {
    const t = matmul(matmul(q, m, { transposeA: true }), q);
    return sum + Array.from({ length: q.rows }, (_, i) => t.at(i, i) ** 2).reduce((a, b) => a + b, 0);
  }, 0);
const logs = (matrices: readonly Matrix[], q: Matrix, floor: number): number =>
  matrices.reduce((sum, m) => {
    const t = matmul(matmul(q, m, { transposeA: true }), q);
    return (
      sum + Array.from({ length: q.rows }, (_, i) => Math.log(t.at(i, i) + floor)).reduce((a, b) => a + b, 0)
    );
  }, 0);
const CRITERIA = [{ kind: 'mass' }, { kind: 'log-determinant', floor: 1e-3 }] as const;

describe('jointDiagonal', () => {
  for (const criterion of CRITERIA)
    test(`finds the common eigenvectors of commuting matrices: ${criterion.kind}`, () => {
      const q = orthogonal(6, 1);
      const matrices = [2, 3, 4].map((seed) => {
        const d = rng(seed, 'd');
        const scaled = q.clone();
        const values = Array.from({ length: 6 }, () => 0.1 + d.uniform());
        for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) scaled.data[i * 6 + j] *= values[j];
        return matmul(scaled, q, { transposeB: true });
      });
      const { basis, rotated, converged } = jointDiagonal(matrices, Matrix.identity(6), {
        criterion,
        tolerance: 1e-9,
      });
      expect(converged).toBe(true);
      const small = criterion.kind === 'mass' ? 1e-9 : 1e-6; // the angle of a searched minimum is good to √ε
      for (const m of rotated)
        for (let i = 0; i < 6; i++)
          for (let j = 0; j < i; j++) expect(Math.abs(m.at(i, j))).toBeLessThan(small);
      expectMatrixClose(syrk(basis, { transpose: true }), Matrix.identity(6), { atol: 64 * Number.EPSILON });
    });

  for (const { kind } of CRITERIA)
    test(`turns a plane by the best of all angles: ${kind}`, () => {
      for (let seed = 0; seed < 12; seed++) {
        const matrices = [1, 2, 3].map((k) => syrk(normal(2, 1 + (seed % 3), 10 * seed + k)));
        const criterion = kind === 'mass' ? ({ kind } as const) : ({ kind, floor: 0.2 } as const); // no well narrower than the grid
        const { basis } = jointDiagonal(matrices, Matrix.identity(2), {
          criterion,
          maxSweeps: 1,
          tolerance: 0,
        });
        const score = (q: Matrix): number =>
          criterion.kind === 'mass' ? mass(matrices, q) : -logs(matrices, q, criterion.floor);
        let best = Number.NEGATIVE_INFINITY;
        for (let k = 0; k < 2000; k++) {
          const theta = (Math.PI * k) / 2000;
          const [c, s] = [Math.cos(theta), Math.sin(theta)];
          best = Math.max(
            best,
            score(
              Matrix.of([
                [c, -s],
                [s, c],
              ]),
            ),
          );
        }
        const found = score(basis);
        expect(found).toBeGreaterThan(best - 1e-4 * Math.abs(best));
      }
    });

  test('never makes the criterion worse', () => {
    const matrices = [1, 2, 3, 4].map((seed) => syrk(normal(5, 3, seed)));
    const start = orthogonal(5, 9);
    for (let maxSweeps = 0, before = 0, logBefore = Number.POSITIVE_INFINITY; maxSweeps < 4; maxSweeps++) {
      const now = mass(matrices, jointDiagonal(matrices, start, { maxSweeps }).basis);
      expect(now).toBeGreaterThanOrEqual(before * (1 - 1e-14));
      before = now;
      const criterion = { kind: 'log-determinant', floor: 1e-2 } as const;
      const logNow = logs(
        matrices,
        jointDiagonal(matrices, start, { maxSweeps, criterion }).basis,
        criterion.floor,
      );
      expect(logNow).toBeLessThanOrEqual(logBefore + 1e-12 * Math.abs(logNow));
      logBefore = logNow;
    }
  });

  test('refuses what it cannot use', () => {
    expect(() => jointDiagonal([], Matrix.identity(2))).toThrow(/at least one/);
    expect(() => jointDiagonal([Matrix.identity(3)], Matrix.identity(2))).toThrow(/matrices\[0\]/);
    const criterion = { kind: 'log-determinant', floor: 0 } as const;
    expect(() => jointDiagonal([Matrix.identity(2)], Matrix.identity(2), { criterion })).toThrow(/floor/);
  });
});

describe('EK-FAC in searched bases', () => {
  const problem = randomProblem({ sizes: [4, 5, 3], examples: 50, seed: 6 });

  test('has the diagonal of the block in its basis, and the trace of the block-GGN', () => {
    const blocks = blockGgnMatrices(problem);
    for (const criterion of CRITERIA) {
      const found = kroneckerBasisSearch(problem, { criterion });
      const operator = ekfacInBasis(problem, found);
      for (const [b, { block, left, right }] of found.entries()) {
        const u = kron(left.vectors, right.vectors);
        const turned = matmul(matmul(u, blocks[b].matrix, { transposeA: true }), u);
        const diagonal = Array.from({ length: u.rows }, (_, i) => turned.at(i, i));
        expectClose(
          Array.from(block.indices, (index) => operator.values[index]),
          diagonal,
          { atol: 1e-14 },
        );
      }
      expect(operator.trace()).toBeCloseTo(blockGgn(problem).trace(), 12);
    }
  });

  test('holds more of the block than EK-FAC, from either start, and says so', () => {
    const exact = blockGgn(problem).frobeniusNorm();
    const plain = ekfac(problem).frobeniusNorm();
    for (const start of ['kfac', 'nearest'] as const) {
      const better = ekfacSearched(problem, { start }).frobeniusNorm();
      expect(better).toBeGreaterThan(plain * 1.001);
      expect(better).toBeLessThanOrEqual(exact * (1 + 1e-14));
    }
    const found = kroneckerBasisSearch(problem);
    const start = found.reduce((sum, { history }) => sum + history[0], 0);
    const end = found.reduce((sum, { history }) => sum + history[history.length - 1], 0);
    expect(Math.sqrt(start)).toBeCloseTo(plain, 12);
    expect(Math.sqrt(end)).toBeCloseTo(ekfacSearched(problem).frobeniusNorm(), 12);
  });

  test('has the smaller log-determinant where that is sought', () => {
    const floor = 1e-3;
    const sumLogs = (values: Float64Array): number => values.reduce((sum, s) => sum + Math.log(s + floor), 0);
    const criterion = { kind: 'log-determinant', floor } as const;
    const sought = sumLogs(ekfacSearched(problem, { criterion }).values);
    expect(sought).toBeLessThan(sumLogs(ekfac(problem).values));
    expect(sought).toBeGreaterThanOrEqual(sumLogs(blockGgn(problem).values));
    const { history } = kroneckerBasisSearch(problem, { criterion })[0];
    for (let k = 1; k < history.length; k++) expect(history[k]).toBeLessThanOrEqual(history[k - 1] + 1e-9);
  });

  test('without a search is EK-FAC', () => {
    const searched = ekfacInBasis(problem, kroneckerBasisSearch(problem, { maxAlternations: 0 }));
    expect(Array.from(searched.values)).toEqual(
      Array.from(ekfacInBasis(problem, kroneckerEigen(problem)).values),
    );
    expect(Array.from(searched.values)).toEqual(Array.from(ekfac(problem).values));
  });
});
