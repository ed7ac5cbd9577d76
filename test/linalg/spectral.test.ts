/** @file General eigenvalues, Schur form, exponential, generalised and banded symmetric problems, LDLᵀ, LU of any shape. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { add, multiply, subtract } from '../../src/linalg/arrays/broadcast.ts';
import { norm } from '../../src/linalg/arrays/norm.ts';
import { symmetricEigen } from '../../src/linalg/eigen/symmetric-eigen.ts';
import {
  DomainError,
  NonFiniteError,
  NotPositiveDefiniteError,
  NumericalError,
  ShapeError,
  SingularError,
  UnsupportedError,
} from '../../src/linalg/errors.ts';
import { solveBanded } from '../../src/linalg/factorisations/banded.ts';
import { ldlt } from '../../src/linalg/factorisations/ldlt.ts';
import { rectangularLu } from '../../src/linalg/factorisations/rectangular-lu.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { matmul, transpose } from '../../src/linalg/products.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { bandedEigen } from '../../src/linalg/spectral/banded-eigen.ts';
import { type Eigen, eigen } from '../../src/linalg/spectral/eigen.ts';
import { expm, matrixPower } from '../../src/linalg/spectral/expm.ts';
import { generalisedSymmetricEigen } from '../../src/linalg/spectral/generalised.ts';
import { schur } from '../../src/linalg/spectral/schur.ts';
import { expectClose } from '../helpers/close.ts';
import { uniformMatrix, uniforms } from './arrays.ts';

const EPS = Number.EPSILON;
const ORDERS = [1, 2, 3, 4, 7, 20, 60];
const golden = JSON.parse(
  readFileSync(new URL('../reference/spectral.json', import.meta.url), 'utf8'),
  // biome-ignore lint/suspicious/noExplicitAny: a file of numbers
) as any;

const jordan = (n: number, lambda = 2): Matrix =>
  new Matrix(n, n).map((_, i, j) => (i === j ? lambda : j === i + 1 ? 1 : 0));
const symmetric = (n: number, seed: number): Matrix => {
  const x = uniformMatrix(n, n, seed);
  return add(x, transpose(x));
};
const fullOf = (band: Matrix): Matrix =>
  new Matrix(band.cols, band.cols).map((_, i, j) => {
    const d = Math.abs(i - j);
    return d < band.rows ? band.at(d, Math.min(i, j)) : 0;
  });
const gapToIdentity = (q: Matrix): number =>
  norm(subtract(matmul(q, q, { transposeA: true }), Matrix.identity(q.cols)));

/** The largest ‖A v − λ v‖₂ in units of n ε ‖A‖_F. */
function residual(a: Matrix, { values, vectors }: Eigen): number {
  const [re, im] = [matmul(a, vectors.real), matmul(a, vectors.imaginary)];
  let worst = 0;
  for (let k = 0; k < a.rows; k++) {
    const [x, y] = [values.real[k], values.imaginary[k]];
    const gaps = [re, im].map((part, which) =>
      Float64Array.from({ length: a.rows }, (_, i) => {
        const [u, v] = [vectors.real.at(i, k), vectors.imaginary.at(i, k)];
        return part.at(i, k) - (which === 0 ? x * u - y * v : x * v + y * u);
      }),
    );
    worst = Math.max(worst, norm([norm(gaps[0]), norm(gaps[1])]));
  }
  return worst === 0 ? 0 : worst / (a.rows * EPS * norm(a));
}

const HARD: Readonly<Record<string, Matrix>> = {
  'a Jordan block': jordan(8),
  'two Jordan blocks of one eigenvalue': new Matrix(6, 6).map((_, i, j) => (i === j ? -1 : j === i + 1 && i !== 2 ? 1 : 0)),
  'a cycle': new Matrix(9, 9).map((_, i, j) => (j === (i + 1) % 9 ? 1 : 0)),
  'a graded matrix': new Matrix(8, 8).map((_, i, j) => 10 ** (-2 * (i + j)) * (1 + ((i * 7 + j * 3) % 5))),
  'a rotation beside its double': Matrix.of([[0, 1, 3, 4], [-1, 0, 5, 6], [0, 0, 0, 1], [0, 0, -1, 0]]),
  'nearly real pairs': Matrix.of([[1, 1e-9, 0], [-1e-9, 1, 1], [0, 0, 1]]),
  zero: new Matrix(4, 4),
  'a triangle': uniformMatrix(9, 9, 4).map((x, i, j) => (i <= j ? x : 0)),
  'a pair far below the rest': Matrix.of([[1e-43, 0, -1e-7, 1e-49], [-1e-134, 0, -1e-97, 0], [0, 1e44, 1e-27, 0], [-1e-11, 0, 1e60, 0]]),
  'rank one': new Matrix(7, 7).map((_, i, j) => (i + 1) * (j - 2)),
}; // biome-ignore format: a table

describe('schur', () => {
  test.each(ORDERS)('order %i: A = Q T Qᵀ, Q orthogonal, T quasi-triangular and standard', (n) => {
    for (const seed of [1, 2]) lawsOf(uniformMatrix(n, n, 100 * n + seed));
  });
  test.each(Object.keys(HARD))('%s', (name) => lawsOf(HARD[name]));

  function lawsOf(a: Matrix): void {
    const n = a.rows;
    const { orthogonal: q, triangular: t, values } = schur(a);
    expect(norm(subtract(a, matmul(matmul(q, t), q, { transposeB: true })))).toBeLessThanOrEqual(
      4 * n * EPS * norm(a),
    );
    expect(gapToIdentity(q)).toBeLessThanOrEqual(4 * n * EPS);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < i; j++)
        if (t.at(i, j) !== 0) {
          expect(j).toBe(i - 1);
          expect(t.at(i, i)).toBe(t.at(j, j));
          expect(t.at(i, j) * t.at(j, i)).toBeLessThan(0);
          expect(values.imaginary[j]).toBeGreaterThan(0);
        }
    expect(values.imaginary.reduce((sum, x) => sum + x, 0)).toBe(0);
  }

  test('of nothing, and of what is none', () => {
    expect(schur(new Matrix(0, 0)).triangular.shape).toEqual([0, 0]);
    expect(() => schur([[1, 2]])).toThrow(ShapeError);
    expect(() => schur([[Number.NaN]])).toThrow(NonFiniteError);
  });
});

describe('eigen', () => {
  test.each(ORDERS)('order %i: residuals, unit vectors with a real largest element, conjugates', (n) => {
    const a = uniformMatrix(n, n, 30 + n);
    const found = eigen(a, { balance: false });
    expect(residual(a, found)).toBeLessThan(4);
    expect(residual(a, eigen(a))).toBeLessThan(4);
    const { values, vectors } = found;
    for (let k = 0; k < n; k++) {
      const lengths = Float64Array.from({ length: n }, (_, i) =>
        norm([vectors.real.at(i, k), vectors.imaginary.at(i, k)]),
      );
      expectClose([norm(lengths)], [1], { atol: 4 * n * EPS });
      const at = lengths.indexOf(Math.max(...lengths));
      expect(vectors.real.at(at, k)).toBeGreaterThan(0);
      expect(Math.abs(vectors.imaginary.at(at, k))).toBeLessThan(1e-12);
      if (k > 0) expect(values.real[k]).toBeGreaterThanOrEqual(values.real[k - 1]);
    }
    const mirrored = Array.from(values.imaginary, (y, k) => [values.real[k], -y].join());
    expect(mirrored.sort()).toEqual(
      Array.from(values.imaginary, (y, k) => [values.real[k], y].join()).sort(),
    );
    const only = eigen(a, { vectors: false, balance: false });
    expectClose(only.values.real, values.real, { atol: 1e-10 });
    expect(only.vectors.real.shape).toEqual([n, 0]);
  });

  test.each(Object.keys(HARD))('%s: residuals', (name) => {
    expect(residual(HARD[name], eigen(HARD[name], { balance: false }))).toBeLessThanOrEqual(4);
  });

  test.each(Object.keys(golden.eigen))('%s, as 80 digits have it', (name) => {
    const { a, real, imaginary } = golden.eigen[name] as {
      a: number[][];
      real: number[];
      imaginary: number[];
    };
    const { values } = eigen(a);
    // by distance, since the order of nearly equal real parts is rounding; the bound is a multiple of ε ‖A‖ for each matrix
    const bound = BOUNDS[name] * EPS;
    for (let k = 0; k < real.length; k++) {
      const gaps = Array.from(values.real, (x, i) => norm([x - real[k], values.imaginary[i] - imaginary[k]]));
      const size = name === 'badly scaled' ? norm([real[k], imaginary[k]]) : norm(a);
      expect(Math.min(...gaps)).toBeLessThanOrEqual(bound * size);
    }
  });

  test('known spectra', () => {
    const cycle = eigen(HARD['a cycle']).values;
    for (let k = 0; k < 9; k++)
      expectClose([norm([cycle.real[k], cycle.imaginary[k]])], [1], { atol: 20 * EPS });
    const fold = eigen(jordan(8)).values; // (λ − 2)⁸ = 0: each value moves by the eighth root of the rounding
    for (let k = 0; k < 8; k++)
      expect(norm([fold.real[k] - 2, fold.imaginary[k]])).toBeLessThan((8 * EPS) ** (1 / 8));
    const same = symmetric(12, 5);
    expectClose(eigen(same).values.real, symmetricEigen(same).values, { atol: 12 * 4 * EPS * norm(same) });
    const trace = uniformMatrix(30, 30, 6);
    const sum = eigen(trace).values.real.reduce((total, x) => total + x, 0);
    expectClose([sum], [trace.data.filter((_, i) => i % 31 === 0).reduce((total, x) => total + x, 0)], {
      atol: 30 * 4 * EPS * norm(trace),
    });
  });

  test('any scale; values beyond the doubles', () => {
    const a = uniformMatrix(6, 6, 7);
    const { values } = eigen(a);
    for (const k of [-1000, 900]) {
      const far = eigen(a.map((x) => x * 2 ** k));
      expectClose(
        far.values.real.map((x) => x * 2 ** -k),
        values.real,
        { atol: 8 * EPS * norm(a) },
      );
      expect(far.vectors.real.data.every(Number.isFinite)).toBe(true);
    }
    expect(() => eigen([[Number.POSITIVE_INFINITY]])).toThrow(NonFiniteError);
    expect(eigen(new Matrix(0, 0)).values.real).toHaveLength(0);
  });
});

/** Of n ε ‖A‖: found by trying and rounded up, no computed conditions; those of Frank's matrix and of clusters are known to be large. */
const BOUNDS: Readonly<Record<string, number>> = {
  random: 60,
  companion: 200,
  frank: 1e6,
  cyclic: 30,
  'badly scaled': 60,
  graded: 60,
  grcar: 500,
  cluster: 1e7,
};

/** Matrices whose elements spread over 300 decades, and sparse ones of small whole numbers, of which many are defective. */
const WILD = Array.from({ length: 400 }, (_, seed) => {
  const random = rng(seed, 'wild');
  const n = 1 + random.integer(8);
  const kind = seed % 4;
  return new Matrix(n, n).map((_, i, j) => {
    if (kind === 0) return random.integer(3) - 1;
    if (kind === 1) return random.uniform() < 0.3 ? random.integer(5) - 2 : 0;
    if (kind === 2) return i === j ? 1 : j === i + 1 ? 10 ** -random.integer(12) : 0;
    return 10 ** (random.integer(300) - 150) * (random.integer(3) - 1);
  });
});

test('wild matrices: both laws, whatever the spread of the elements', () => {
  for (const a of WILD) {
    const n = a.rows;
    const { orthogonal: q, triangular: t } = schur(a);
    expect(norm(subtract(a, matmul(matmul(q, t), q, { transposeB: true })))).toBeLessThanOrEqual(8 * n * EPS * norm(a)); // biome-ignore format: one idea
    expect(gapToIdentity(q)).toBeLessThanOrEqual(8 * n * EPS);
    expect(residual(a, eigen(a, { balance: false }))).toBeLessThanOrEqual(4);
    expect(eigen(a).vectors.real.data.every(Number.isFinite)).toBe(true);
    const sym = a.map((_, i, j) => a.at(Math.max(i, j), Math.min(i, j)));
    expect(norm(subtract(sym, ldlt(sym).reconstruct()))).toBeLessThanOrEqual(8 * n * EPS * norm(sym));
  }
});

describe('expm', () => {
  test.each(Object.keys(golden.exponentials))('%s, as 80 digits have it', (name) => {
    const { a, value } = golden.exponentials[name] as { a: number[][]; value: number[][] };
    const bound = 64 * a.length * EPS * Math.max(1, norm(a, 1)) * (name === 'cancelling' ? 100 : 1);
    const limit = ['overscaled', 'nearly defective', 'nilpotent'].includes(name) ? 1e-13 : bound; // ‖A‖ plays no part there
    expect(norm(subtract(expm(a), value))).toBeLessThanOrEqual(limit * norm(value));
  });

  test('inverse, addition, symmetry, determinant', () => {
    const a = uniformMatrix(15, 15, 8);
    const product = matmul(expm(a), expm(a.map((x) => -x)));
    expect(norm(subtract(product, Matrix.identity(15)))).toBeLessThan(15 * 64 * EPS * norm(expm(a)));
    const s = symmetric(10, 9);
    const { values, vectors } = symmetricEigen(s);
    const expected = matmul(multiply(vectors, values.map(Math.exp)), vectors, { transposeB: true });
    expect(norm(subtract(expm(s), expected))).toBeLessThan(160 * EPS * norm(expected));
    expect(expm(new Matrix(3, 3)).toArray()).toEqual(Matrix.identity(3).toArray());
    expect(expm(new Matrix(0, 0)).shape).toEqual([0, 0]);
  });

  test('what leaves the doubles is refused, what vanishes is zero', () => {
    expect(() => expm([[800]])).toThrow(NumericalError);
    expect(() => expm([[1e300, 0], [0, 1]])).toThrow(NumericalError); // biome-ignore format: a matrix
    expect(expm([[-1e5]]).at(0, 0)).toBe(0);
    expectClose([expm([[1e-300]]).at(0, 0)], [1], { atol: 0 });
    expect(() => expm([[1, 2]])).toThrow(ShapeError);
  });

  test('whole powers', () => {
    expect(matrixPower([[1, 1], [1, 0]], 70).at(0, 1)).toBe(190392490709135); // biome-ignore format: a matrix
    expect(matrixPower([[2]], 0).toArray()).toEqual([[1]]);
    expect(() => matrixPower([[2]], -1)).toThrow(DomainError);
    expect(() => matrixPower([[2]], 2000)).toThrow(NumericalError);
  });
});

describe('generalisedSymmetricEigen', () => {
  interface Pair {
    a: number[][];
    b: number[][];
    condition: number;
    values: number[];
  }
  const pairs = golden.generalised as Pair[];

  test.each(pairs)('condition $condition, as in 80 digits', ({ a, b, condition, values }) => {
    const found = generalisedSymmetricEigen(a, b);
    const scale = norm(a) / norm(b);
    for (const [i, value] of values.entries())
      expect(Math.abs(found.values[i] - value)).toBeLessThanOrEqual(
        a.length * EPS * condition * (Math.abs(value) + scale),
      );
    lawsOf(Matrix.of(a), Matrix.of(b), condition);
  });

  test('well-conditioned, equal, almost equal and graded: every eigenvalue to its last digits', () => {
    const graded = pairs[pairs.length - 1];
    expect(graded.condition).toBeGreaterThan(1e10); // by its scaling alone, which costs nothing
    for (const { a, b, values } of [...pairs.filter(({ condition }) => condition < 100), graded])
      expectClose(generalisedSymmetricEigen(a, b).values, values, { atol: 0, rtol: 16 * EPS });
  });

  test.each([1, 2, 5, 40])('order %i', (n) => {
    const x = uniformMatrix(n, n + 5, n);
    lawsOf(symmetric(n, n), matmul(x, x, { transposeB: true }), 1e4);
  });

  function lawsOf(a: Matrix, b: Matrix, condition: number): void {
    const n = a.rows;
    const { values, vectors } = generalisedSymmetricEigen(a, b);
    const gap = subtract(matmul(a, vectors), multiply(matmul(b, vectors), values));
    const size = norm(a) + norm(values, Number.POSITIVE_INFINITY) * norm(b);
    expect(norm(gap)).toBeLessThanOrEqual(4 * n * EPS * size * norm(vectors) * Math.sqrt(condition));
    const inner = matmul(vectors, matmul(b, vectors), { transposeA: true });
    expect(norm(subtract(inner, Matrix.identity(n)))).toBeLessThanOrEqual(10 * n * EPS * condition);
  }

  test('any scale; refusals', () => {
    const [a, b] = [symmetric(4, 1), Matrix.diagonal([1, 2, 3, 4])];
    const { values } = generalisedSymmetricEigen(a, b);
    const far = generalisedSymmetricEigen(a.map((x) => x * 2 ** 600), b.map((x) => x * 2 ** -400)); // biome-ignore format: one idea
    expectClose(far.values.map((x) => x * 2 ** -1000), values, { atol: 16 * EPS }); // biome-ignore format: one idea
    expect(generalisedSymmetricEigen(a, b, { vectors: false }).vectors.shape).toEqual([4, 0]);
    expect(() => generalisedSymmetricEigen(a, symmetric(4, 2))).toThrow(NotPositiveDefiniteError);
    expect(() => generalisedSymmetricEigen([[1, 2], [0, 1]], [[1, 0], [0, 1]])).toThrow(/a must be symmetric, got a\(1, 0\) = 0/); // biome-ignore format: matrices
    expect(() => generalisedSymmetricEigen(a, Matrix.identity(3))).toThrow(ShapeError);
  });
});

describe('symmetric bands', () => {
  interface Case {
    band: number[][];
    values: number[];
    b: number[];
    x: number[];
    condition: number;
    strong: number[][];
    y: number[];
  }
  test.each(golden.banded as Case[])('SciPy, case %#', ({ band, values, b, x, condition, strong, y }) => {
    const n = b.length;
    const size = norm(fullOf(Matrix.of(band)));
    expectClose(bandedEigen(band).values, values, { atol: 4 * n * EPS * size });
    expectClose(solveBanded(band, b), x, { atol: 8 * n * EPS * condition * norm(x) });
    expectClose(solveBanded(strong, b, { positiveDefinite: true }), y, { atol: 40 * EPS * norm(y) });
  });

  test.each([[1, 0], [2, 1], [3, 2], [25, 0], [25, 1], [25, 2], [40, 9], [12, 11]])('order %i, half-width %i', (n, w) => {
    const band = uniformMatrix(w + 1, n, 10 * n + w);
    const full = fullOf(band);
    const { values, vectors } = bandedEigen(band);
    expect(norm(subtract(matmul(full, vectors), multiply(vectors, values)))).toBeLessThanOrEqual(10 * n * EPS * norm(full));
    expect(gapToIdentity(vectors)).toBeLessThanOrEqual(10 * n * EPS);
    expectClose(bandedEigen(band, { vectors: false }).values, values, { atol: 4 * n * EPS * norm(full) });
    expectClose(values, symmetricEigen(full).values, { atol: 4 * n * EPS * norm(full) });
    const b = uniformMatrix(n, 3, n);
    const x = solveBanded(band, b);
    expect(norm(subtract(matmul(full, x), b))).toBeLessThanOrEqual(4 * (w + 1) * EPS * norm(full) * norm(x));
  }); // biome-ignore format: a table

  test('scale and refusals', () => {
    const band = [[2, 2, 2], [-1, -1, 0]]; // biome-ignore format: a band
    const b = [1, 0, 1];
    for (const k of [-900, 900]) {
      const far = Matrix.of(band).map((v) => v * 2 ** k);
      expectClose(solveBanded(far, b, { positiveDefinite: true }).map((v) => v * 2 ** k), [1, 1, 1], { atol: 8 * EPS }); // biome-ignore format: one idea
      expectClose(bandedEigen(far).values.map((v) => v * 2 ** -k), [2 - Math.SQRT2, 2, 2 + Math.SQRT2], { atol: 8 * EPS }); // biome-ignore format: one idea
    }
    expect(() => solveBanded([[0, 0]], [1, 1])).toThrow(SingularError);
    expect(() => solveBanded([[-1, 1]], [1, 1], { positiveDefinite: true })).toThrow(
      NotPositiveDefiniteError,
    );
    expect(() => solveBanded([[1], [1]], [1])).toThrow(/band must be of 1\.\.1 rows/);
    expect(() => bandedEigen([[1, Number.NaN]])).toThrow(NonFiniteError);
    expect(bandedEigen([[1, 2], [3, Number.NaN]]).values[1]).toBeCloseTo((3 + Math.sqrt(37)) / 2, 13); // biome-ignore format: a band
  });
});

describe('ldlt', () => {
  test.each(ORDERS)('order %i: A, solutions, inertia, determinant', (n) => lawsOf(symmetric(n, 60 + n)));

  test.each([
    ['zero diagonal', new Matrix(6, 6).map((_, i, j) => (i === j ? 0 : 1 + i * j))],
    ['a saddle point', new Matrix(7, 7).map((_, i, j) => (i < 4 && j < 4 ? Number(i === j) : i >= 4 && j >= 4 ? 0 : Math.sin(3 * i * j + i + j)))],
    ['tiny pivots', new Matrix(5, 5).map((_, i, j) => (i === j ? 1e-14 * (i + 1) : 1 / (1 + i + j)))],
  ])('%s', (_, a) => lawsOf(a)); // biome-ignore format: a table

  function lawsOf(a: Matrix): void {
    const n = a.rows;
    const f = ldlt(a);
    expect(norm(subtract(a, f.reconstruct()))).toBeLessThanOrEqual(8 * n * EPS * norm(a));
    expect(Math.max(0, ...f.lower.data.map(Math.abs))).toBeLessThan(2.8);
    const values = symmetricEigen(a).values;
    expect(f.inertia()).toEqual({
      positive: values.filter((v) => v > 0).length,
      negative: values.filter((v) => v < 0).length,
      zero: 0,
    });
    const { logAbsolute, sign } = f.logDeterminant();
    expectClose([logAbsolute], [values.reduce((sum, v) => sum + Math.log(Math.abs(v)), 0)], { atol: 1e-9 });
    expect(sign).toBe(Math.sign(values.reduce((product, v) => product * Math.sign(v), 1)));
    const b = uniformMatrix(n, 2, n);
    const x = f.solve(b);
    expect(norm(subtract(matmul(a, x), b))).toBeLessThanOrEqual(8 * n * EPS * norm(a) * norm(x));
    expect(Array.from(f.solve(b.column(1)))).toEqual(Array.from(x.column(1)));
  }

  test('scale, singular and refused matrices; the upper triangle is not read', () => {
    const a = symmetric(5, 3);
    const b = uniforms(5, 4);
    const x = ldlt(a).solve(b);
    for (const k of [-900, 900]) expectClose(ldlt(a.map((v) => v * 2 ** k)).solve(b).map((v) => v * 2 ** k), x, { rtol: 8 * EPS }); // biome-ignore format: one idea
    const half = ldlt(a.map((v, i, j) => (j > i ? Number.NaN : v)));
    expect(Array.from(half.solve(b))).toEqual(Array.from(x));
    const singular = ldlt([[1, 1], [1, 1]]); // biome-ignore format: a matrix
    expect(singular.inertia()).toEqual({ positive: 1, negative: 0, zero: 1 });
    expect(singular.logDeterminant()).toEqual({ logAbsolute: Number.NEGATIVE_INFINITY, sign: 0 });
    expect(() => singular.solve([1, 2])).toThrow(SingularError);
    expect(() => ldlt([[1, 2]])).toThrow(ShapeError);
    expect(() => ldlt(a).solve([1])).toThrow(ShapeError);
  });
});

describe('rectangularLu', () => {
  const SHAPES = [[1, 1], [5, 5], [3, 8], [8, 3], [0, 3], [3, 0], [30, 20]]; // biome-ignore format: pairs
  test.each(SHAPES)('%i × %i: P A Q = L U', (m, n) => {
    for (const pivoting of ['partial', 'complete'] as const) {
      const a = uniformMatrix(m, n, 10 * m + n);
      const f = rectangularLu(a, { pivoting });
      const k = Math.min(m, n);
      expect([f.lower.shape, f.upper.shape]).toEqual([[m, k], [k, n]]); // biome-ignore format: shapes
      const gap = subtract(f.reconstruct(), a);
      expect(norm(gap)).toBeLessThanOrEqual(2 * k * EPS * norm(f.lower) * norm(f.upper));
      expect(Math.max(0, ...f.lower.data.map(Math.abs))).toBeLessThanOrEqual(1);
      if (pivoting === 'partial') expect(Array.from(f.columnPermutation)).toEqual([...Array(n).keys()]);
      else expect(f.rank()).toBe(k);
    }
  });

  test.each([0, 1, 3, 6])('rank %i and the null space', (rank) => {
    const a = matmul(uniformMatrix(9, rank, 1), uniformMatrix(rank, 7, 2)).map((x) => x * 1e200);
    const f = rectangularLu(a, { pivoting: 'complete' });
    expect(f.rank()).toBe(rank);
    const nothing = f.nullSpace();
    expect(nothing.shape).toEqual([7, 7 - rank]);
    expect(norm(matmul(a, nothing))).toBeLessThanOrEqual(64 * EPS * norm(a) * norm(nothing));
  });

  test('refusals', () => {
    expect(() => rectangularLu([[1]]).rank()).toThrow(UnsupportedError);
    expect(() => rectangularLu([[Number.NaN]])).toThrow(NonFiniteError);
    expect(() => rectangularLu([[1]], { pivoting: 'rook' as never })).toThrow(DomainError);
  });
});
