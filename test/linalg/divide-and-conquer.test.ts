/** @file Divide and conquer: the secular equation and Löwner's formula against their definitions, deflation, parts of different scale. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deflate } from '../../src/linalg/eigen/deflation.ts';
import { divideAndConquer } from '../../src/linalg/eigen/divide-and-conquer.ts';
import { loewnerWeights, secularRoot } from '../../src/linalg/eigen/secular-equation.ts';
import { symmetricEigen } from '../../src/linalg/eigen/symmetric-eigen.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { expectClose } from '../helpers/close.ts';
import { checkEigenLaws, eigenDefects, expectSameBits } from '../helpers/eigen-laws.ts';
import {
  clement,
  direct,
  gluedWilkinson,
  goe,
  laplacian,
  reflected,
  scaled,
  symmetric,
  tridiagonal,
} from '../helpers/zoo.ts';

const EPS = Number.EPSILON;

interface Secular {
  readonly roots: Float64Array;
  readonly origins: Float64Array;
  readonly offsets: Float64Array;
  /** Row j holds dᵢ − λ_j. */
  readonly delta: Float64Array;
}

/** All roots, as numbers and as a pole and what is added to it, and the matrix of dᵢ − λ_j. */
function secular(d: Float64Array, z: Float64Array): Secular {
  const k = d.length;
  const [origins, offsets] = [new Float64Array(k), new Float64Array(k)];
  const roots = Float64Array.from({ length: k }, (_, j) => secularRoot(k, j, d, z, origins, offsets));
  const delta = new Float64Array(k * k);
  for (let j = 0; j < k; j++) for (let i = 0; i < k; i++) delta[j * k + i] = d[i] - origins[j] - offsets[j];
  return { roots, origins, offsets, delta };
}

describe('secular equation', () => {
  const cases: [string, number[], number[]][] = [
    ['one pole', [3], [2]],
    ['two poles', [0, 1], [1, 1]],
    ['tiny weights', [0, 1, 2, 3], [1e-14, 1e-13, 1e-14, 1e-12]],
    ['huge weights', [0, 1, 2, 3], [1e6, 1e6, 1e5, 1e7]],
    ['weights of mixed size', [-1, -0.5, 0, 1e-9, 1], [1e-9, 1, 1e-7, 1e-3, 1e-13]],
    ['crowded poles', [1, 1 + 1e-13, 1 + 3e-13, 2, 2 + 1e-12], [0.5, 0.1, -0.3, 0.7, -0.2]],
    ['weight at one end only', [0, 1, 2], [1, 1e-15, 1e-15]],
    [
      'random',
      Array.from(rng(0, 'd').fillNormal(new Float64Array(50)).sort()),
      Array.from(rng(0, 'z').fillNormal(new Float64Array(50))),
    ],
  ];
  for (const [name, poles, weights] of cases)
    test(name, () => {
      const d = Float64Array.from(poles);
      const z = Float64Array.from(weights);
      const k = d.length;
      const { roots, delta } = secular(d, z);
      const width = z.reduce((s, x) => s + x * x, 0);
      for (let j = 0; j < k; j++) {
        // strictly between its poles, measured by the differences
        expect(delta[j * k + j], `root ${j} right of its pole`).toBeLessThan(0);
        if (j < k - 1) expect(delta[j * k + j + 1], `root ${j} left of the next`).toBeGreaterThan(0);
        for (let i = 0; i < k; i++)
          expect(Math.abs(delta[j * k + i] - (d[i] - roots[j]))).toBeLessThanOrEqual(
            4 * EPS * (Math.abs(d[i]) + Math.abs(roots[j])),
          );
        // |f| within the rounding error of its terms
        let f = 1;
        let size = 1;
        for (let i = 0; i < k; i++) {
          const term = (z[i] * z[i]) / delta[j * k + i];
          f += term;
          size += Math.abs(term);
        }
        expect(Math.abs(f)).toBeLessThanOrEqual(16 * k * EPS * size);
      }
      // Σ λ = Σ d + ‖z‖²
      const scale = d.reduce((s, x) => s + Math.abs(x), width);
      expectClose([roots.reduce((s, x) => s + x, 0)], [d.reduce((s, x) => s + x, width)], {
        atol: 8 * k * EPS * scale,
      });
    });

  test('two poles: the closed form of diag(0, 1) + 1 1ᵀ, λ = (3 ± √5)/2', () => {
    const { roots } = secular(Float64Array.of(0, 1), Float64Array.of(1, 1));
    expectClose(roots, [(3 - Math.sqrt(5)) / 2, (3 + Math.sqrt(5)) / 2], { rtol: 4 * EPS });
  });

  test('Löwner weights reproduce z, with its signs', () => {
    const d = rng(0, 'd').fillNormal(new Float64Array(40)).sort();
    const z = rng(0, 'z').fillNormal(new Float64Array(40));
    const { origins, offsets } = secular(d, z);
    expectClose(loewnerWeights(40, d, z, origins, offsets), z, { rtol: 40 * 16 * EPS });
  });

  test('vectors from Löwner weights are orthogonal although the poles are crowded', () => {
    const k = 30;
    const d = Float64Array.from({ length: k }, (_, i) => 1 + i * 1e-14 + (i % 3) * 2e-15);
    const z = rng(0, 'crowd').fillNormal(new Float64Array(k));
    const { origins, offsets, delta } = secular(d, z);
    const exact = loewnerWeights(k, d, z, origins, offsets);
    const q = Matrix.zeros(k, k);
    for (let j = 0; j < k; j++) {
      let squares = 0;
      for (let i = 0; i < k; i++) squares += (exact[i] / delta[j * k + i]) ** 2;
      for (let i = 0; i < k; i++) q.data[i * k + j] = exact[i] / delta[j * k + i] / Math.sqrt(squares);
    }
    const values = Float64Array.from({ length: k }, (_, j) => d[j] - delta[j * k + j]);
    expect(eigenDefects(Matrix.diagonal(d), { values, vectors: q }).orthogonality).toBeLessThan(10);
  });

  test('any poles and weights', () => {
    const gap = fc.oneof(fc.double({ min: 1e-3, max: 1, noNaN: true }), fc.constantFrom(1e-12, 1e-8, 1));
    const weight = fc
      .oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.constantFrom(1e-12, -1e-8, 1))
      .filter((x) => Math.abs(x) > 1e-14);
    fc.assert(
      fc.property(fc.array(fc.tuple(gap, weight), { minLength: 1, maxLength: 12 }), (pairs) => {
        let at = -2;
        const d = Float64Array.from(pairs, ([g]) => {
          at += g;
          return at;
        });
        const z = Float64Array.from(pairs, ([, w]) => w);
        const k = d.length;
        const { roots } = secular(d, z);
        const dense = symmetric(k, (i, j) => (i === j ? d[i] : 0) + z[i] * z[j]);
        expectClose(roots, symmetricEigen(dense, { method: 'jacobi' }).values, {
          atol: 8 * k * EPS * frobenius(dense),
        });
      }),
      { numRuns: 200, seed: 5 },
    );
  });
});

describe('deflation', () => {
  test('small weights and equal poles leave; what stays is strictly ascending', () => {
    const n = 6;
    const d = Float64Array.of(5, 1, 1, 3, 2, 2 + 1e-17);
    const z = Float64Array.of(0.5, 0.5, 0.5, 1e-17, 0.5, 0.5);
    const before = symmetric(n, (i, j) => (i === j ? d[i] : 0) + z[i] * z[j]);
    const rows = Matrix.identity(n);
    const { active, supports, deflated } = deflate(n, 3, d, 0, z, rows.data, 0, n);
    expect(active.length).toBe(3);
    expect([...active, ...deflated].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    for (let i = 1; i < active.length; i++) expect(d[active[i]]).toBeGreaterThan(d[active[i - 1]]);
    expect(Array.from(active, (i) => supports[i])).toEqual([0, 2, 0]); // 1 with 1, 2 with 2: both pairs in one half
    // rowsᵀ (diag(d) + z zᵀ on the active positions) rows is the matrix from before
    const after = symmetric(
      n,
      (i, j) => (i === j ? d[i] : 0) + (active.includes(i) && active.includes(j) ? z[i] * z[j] : 0),
    );
    const rebuilt = symmetric(n, (i, j) => {
      let s = 0;
      for (let p = 0; p < n; p++)
        for (let q = 0; q < n; q++) s += rows.at(p, i) * after.at(p, q) * rows.at(q, j);
      return s;
    });
    expectClose(rebuilt.data, before.data, { atol: 16 * EPS * 5 });
  });

  test('a pole shared by both halves gives a row with entries in both', () => {
    const d = Float64Array.of(1, 7, 1, 9);
    const z = Float64Array.of(0.6, 0.1, 0.8, 0.1);
    const rows = Matrix.identity(4);
    const { active, supports, deflated } = deflate(4, 2, d, 0, z, rows.data, 0, 4);
    expect(deflated).toEqual([0]);
    expect(Array.from(active, (i) => supports[i])).toEqual([1, 0, 2]);
    expectClose([z[2]], [1], { rtol: 2 * EPS });
    expectClose(rows.row(2), [0.6, 0, 0.8, 0], { atol: 2 * EPS });
  });
});

describe('the whole', () => {
  /** divideAndConquer on a tridiagonal matrix: pairs sorted, vectors in columns. */
  const solve = (t: Matrix, keep?: (x: number) => boolean) => {
    const n = t.rows;
    const d = Float64Array.from({ length: n }, (_, i) => t.at(i, i));
    const e = Float64Array.from({ length: n }, (_, i) => (i < n - 1 ? t.at(i, i + 1) : Number.NaN));
    const { values, rows } = divideAndConquer(d, e, keep && (() => keep));
    const order = Array.from(values.keys()).sort((i, j) => values[i] - values[j]);
    return {
      values: Float64Array.from(order, (i) => values[i]),
      vectors: symmetricColumns(rows, order, n),
    };
  };
  const symmetricColumns = (rows: Float64Array, order: number[], n: number): Matrix => {
    const out = Matrix.zeros(n, order.length);
    for (const [k, r] of order.entries())
      for (let i = 0; i < n; i++) out.data[i * order.length + k] = rows[r * n + i];
    return out;
  };

  for (const { name, matrix, values } of [33, 64, 65, 130, 200].flatMap((n) => [laplacian(n), clement(n)]))
    test(name, () => {
      const result = solve(matrix);
      const { residual, orthogonality } = eigenDefects(matrix, result);
      expect(residual).toBeLessThan(10);
      expect(orthogonality).toBeLessThan(10);
      expectClose(result.values, values as Float64Array, { atol: matrix.rows * EPS * frobenius(matrix) });
    });

  test('negative couplings', () => {
    const t = tridiagonal(
      Array.from({ length: 100 }, (_, i) => Math.sin(i)),
      Array.from({ length: 99 }, (_, i) => (-1) ** i * (1 + (i % 5))),
    );
    const { residual, orthogonality } = eigenDefects(t, solve(t));
    expect(residual).toBeLessThan(10);
    expect(orthogonality).toBeLessThan(10);
  });

  test('parts that fall apart keep their own scale', () => {
    const { matrix, values } = laplacian(50);
    const t = direct(scaled(matrix, 2 ** -400), matrix, Matrix.zeros(3, 3), scaled(matrix, 2 ** -20));
    const result = solve(t);
    const all = [0, -20, -400].flatMap((k) => Array.from(values as Float64Array, (x) => x * 2 ** k));
    expectClose(result.values, Float64Array.from([0, 0, 0, ...all]).sort(), { rtol: 50 * EPS * 1100 }); // cond(L) = 1.05e3
  });

  test('heavy deflation: glued copies, and a dense matrix with three different eigenvalues', () => {
    checkEigenLaws(
      gluedWilkinson(8, 21, 1e-10),
      symmetricEigen(gluedWilkinson(8, 21, 1e-10), { method: 'dc' }),
    );
    const a = reflected(Array.from({ length: 150 }, (_, i) => (i % 3) - 1));
    checkEigenLaws(a, symmetricEigen(a, { method: 'dc' }));
  });

  test('keep: only these vectors, the same bits, over several parts', () => {
    const t = direct(laplacian(70).matrix, clement(40).matrix, laplacian(35).matrix);
    const full = solve(t);
    const keep = (x: number): boolean => Math.abs(x - 2) < 0.5;
    const some = solve(t, keep);
    const wanted = Array.from(full.values.keys()).filter((i) => keep(full.values[i]));
    const found = Array.from(some.values.keys()).filter((i) => keep(some.values[i]));
    expect(wanted.length).toBeGreaterThan(10);
    expect(some.values.length).toBeLessThan(145);
    expectSameBits(
      Float64Array.from(found, (i) => some.values[i]),
      Float64Array.from(wanted, (i) => full.values[i]),
    );
    for (const [k, i] of found.entries())
      expectSameBits(some.vectors.column(i), full.vectors.column(wanted[k]));
  });

  test('random matrices at the sizes where the halves change shape', () => {
    for (const n of [63, 64, 65, 67, 127, 128, 129, 131]) {
      const a = goe(n, 'halves');
      checkEigenLaws(a, symmetricEigen(a, { method: 'dc' }));
    }
  });
});
