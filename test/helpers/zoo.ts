/** @file Symmetric matrices that have broken eigensolvers, with their eigenvalues where a formula gives them. */
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';

export interface ZooMatrix {
  readonly name: string;
  readonly matrix: Matrix;
  /** Exact eigenvalues, ascending, where a closed form exists. */
  readonly values?: Float64Array;
}

/** The symmetric matrix with entries f(i, j), j ≤ i. */
export function symmetric(n: number, f: (i: number, j: number) => number): Matrix {
  const out = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const value = f(i, j);
      out.data[i * n + j] = value;
      out.data[j * n + i] = value;
    }
  return out;
}

/** tridiag(e, d, e). */
export function tridiagonal(d: ArrayLike<number>, e: ArrayLike<number>): Matrix {
  return symmetric(d.length, (i, j) => (i === j ? d[i] : i === j + 1 ? e[j] : 0));
}

/** Gaussian orthogonal ensemble: off-diagonal N(0, 1), diagonal N(0, 2). */
export function goe(n: number, name = 'zoo'): Matrix {
  const random = rng(0, name, 'goe', n);
  return symmetric(n, (i, j) => (i === j ? Math.SQRT2 : 1) * random.normal());
}

/** H diag(values) H with H = I − 2 v vᵀ: a dense matrix of known spectrum, exact to a few ulp of the largest value. */
export function reflected(values: ArrayLike<number>): Matrix {
  const n = values.length;
  const v = Float64Array.from({ length: n }, (_, i) => Math.sin(i + 1));
  const norm = Math.sqrt(v.reduce((s, x) => s + x * x, 0));
  for (let i = 0; i < n; i++) v[i] /= norm;
  let middle = 0; // vᵀ D v
  for (let i = 0; i < n; i++) middle += v[i] * v[i] * values[i];
  return symmetric(
    n,
    (i, j) => (i === j ? values[i] : 0) - 2 * v[i] * v[j] * (values[i] + values[j] - 2 * middle),
  );
}

/** Hᵢⱼ = 1/(i + j + 1). */
export function hilbert(n: number): Matrix {
  return symmetric(n, (i, j) => 1 / (i + j + 1));
}

/** Wilkinson's W⁺ of odd order 2m+1: diagonal m, …, 1, 0, 1, …, m; its large eigenvalues come in pairs that agree to 1e-14. */
export function wilkinson(n: number): Matrix {
  const m = (n - 1) / 2;
  return tridiagonal(
    Array.from({ length: n }, (_, i) => Math.abs(i - m)),
    new Float64Array(n - 1).fill(1),
  );
}

/** `copies` of W⁺ of order n on the diagonal, coupled by entries `glue`. */
export function gluedWilkinson(copies: number, n: number, glue: number): Matrix {
  const m = (n - 1) / 2;
  const size = copies * n;
  return tridiagonal(
    Array.from({ length: size }, (_, i) => Math.abs((i % n) - m)),
    Array.from({ length: size - 1 }, (_, i) => (i % n === n - 1 ? glue : 1)),
  );
}

/** tridiag(−1, 2, −1): λ_k = 4 sin²(kπ / (2n + 2)). */
export function laplacian(n: number): ZooMatrix {
  return {
    name: `Laplacian ${n}`,
    matrix: tridiagonal(new Float64Array(n).fill(2), new Float64Array(n - 1).fill(-1)),
    values: Float64Array.from({ length: n }, (_, k) => 4 * Math.sin(((k + 1) * Math.PI) / (2 * n + 2)) ** 2),
  };
}

/** Zero diagonal, e_k = √(k (n − k)) (Clement 1959): λ = −(n−1), −(n−3), …, n−1. */
export function clement(n: number): ZooMatrix {
  return {
    name: `Clement ${n}`,
    matrix: tridiagonal(
      new Float64Array(n),
      Array.from({ length: n - 1 }, (_, k) => Math.sqrt((k + 1) * (n - k - 1))),
    ),
    values: Float64Array.from({ length: n }, (_, k) => 2 * k - n + 1),
  };
}

/** min(i, j), counted from 1: λ_k = 1 / (4 sin²((2k − 1)π / (4n + 2))). */
export function minimum(n: number): ZooMatrix {
  const values = Float64Array.from(
    { length: n },
    (_, k) => 1 / (4 * Math.sin(((2 * k + 1) * Math.PI) / (4 * n + 2)) ** 2),
  );
  return { name: `min(i, j) ${n}`, matrix: symmetric(n, (_, j) => j + 1), values: values.sort() };
}

/** Symmetric circulant with first row c: λ_k = Σ c_j cos(2π j k / n). */
export function circulant(n: number): ZooMatrix {
  const c = Array.from({ length: n }, (_, k) => 1 / (1 + Math.min(k, n - k)) ** 2);
  const values = Float64Array.from({ length: n }, (_, k) =>
    c.reduce((s, x, j) => s + x * Math.cos((2 * Math.PI * ((j * k) % n)) / n), 0),
  );
  return { name: `circulant ${n}`, matrix: symmetric(n, (i, j) => c[i - j]), values: values.sort() };
}

/** Diagonal d, last row and column b. */
export function arrowhead(n: number): Matrix {
  return symmetric(n, (i, j) => (i === n - 1 ? 1 / (j + 1) : i === j ? Math.floor(i / 2) : 0));
}

/** d_i d_j B_ij for a well-conditioned B with unit diagonal, and d from 1 to 10^−decades/2. */
export function graded(n: number, decades: number, position: (i: number) => number = (i) => i): Matrix {
  const d = Array.from({ length: n }, (_, i) => 10 ** ((-decades / 2) * (position(i) / Math.max(n - 1, 1))));
  return symmetric(n, (i, j) => d[i] * d[j] * (i === j ? 1 : 0.4 / (i - j) ** 2));
}

/** s·A. */
export function scaled(a: Matrix, s: number): Matrix {
  return new Matrix(
    a.rows,
    a.cols,
    a.data.map((x) => s * x),
  );
}

/** Block diagonal. */
export function direct(...blocks: readonly Matrix[]): Matrix {
  const n = blocks.reduce((s, b) => s + b.rows, 0);
  const out = Matrix.zeros(n, n);
  let at = 0;
  for (const block of blocks) {
    for (let i = 0; i < block.rows; i++) out.data.set(block.row(i), (at + i) * n + at);
    at += block.rows;
  }
  return out;
}

const ascending = (...values: number[]): Float64Array => Float64Array.from(values).sort();

/** Orders on both sides of every switch in the solver: Jacobi 16, leaf 32, panel 32 and 48, WY block 48. */
const ORDERS = [2, 3, 4, 7, 15, 16, 17, 31, 32, 33, 48, 49, 50, 51, 64, 65, 66, 80, 81, 99, 129, 130];

/** The zoo. Deterministic; every matrix is finite and exactly symmetric. */
export function symmetricZoo(): ZooMatrix[] {
  const repeated = ascending(...Array.from({ length: 40 }, (_, i) => [-1, 2, 2, 3][i % 4]));
  const clustered = ascending(...Array.from({ length: 60 }, (_, i) => (i % 3) + (i - 30) * 1e-13));
  const u = Float64Array.from({ length: 45 }, (_, i) => Math.cos(i));
  const rank = rng(0, 'zoo', 'rank').fillNormal(new Float64Array(70 * 9));
  const shuffle = rng(0, 'zoo', 'shuffle').permutation(50);
  const diagonal = ascending(...Array.from({ length: 37 }, (_, i) => ((i * 29) % 37) - 11));
  return [
    { name: 'empty', matrix: Matrix.zeros(0, 0), values: ascending() },
    { name: 'zero 1×1', matrix: Matrix.zeros(1, 1), values: ascending(0) },
    { name: 'zero', matrix: Matrix.zeros(40, 40), values: new Float64Array(40) },
    { name: '1×1', matrix: Matrix.of([[-3]]), values: ascending(-3) },
    { name: '2×2', matrix: Matrix.of([[2, 1], [1, 2]]), values: ascending(1, 3) }, // biome-ignore format: one matrix
    { name: '2×2 exchange', matrix: Matrix.of([[0, 1], [1, 0]]), values: ascending(-1, 1) }, // biome-ignore format: one matrix
    { name: '2×2 singular', matrix: Matrix.of([[1, 1], [1, 1]]), values: ascending(0, 2) }, // biome-ignore format: one matrix
    { name: 'identity', matrix: Matrix.identity(50), values: new Float64Array(50).fill(1) },
    {
      name: 'diagonal, not sorted',
      matrix: Matrix.diagonal(Array.from({ length: 37 }, (_, i) => ((i * 29) % 37) - 11)),
      values: diagonal,
    },
    { name: 'repeated', matrix: reflected(repeated), values: repeated },
    { name: 'clustered to 1e-13', matrix: reflected(clustered), values: clustered },
    {
      name: 'ones',
      matrix: symmetric(64, () => 1),
      values: ascending(64, ...new Float64Array(63)),
    },
    { name: 'rank one', matrix: symmetric(45, (i, j) => u[i] * u[j]) },
    {
      name: 'rank 9 of 70',
      matrix: symmetric(70, (i, j) => {
        let s = 0;
        for (let k = 0; k < 9; k++) s += rank[i * 9 + k] * rank[j * 9 + k];
        return s;
      }),
    },
    { name: 'graded down over 16 decades', matrix: graded(50, 16) },
    { name: 'graded up over 16 decades', matrix: graded(50, 16, (i) => 49 - i) },
    { name: 'graded over 16 decades, shuffled', matrix: graded(50, 16, (i) => shuffle[i]) },
    { name: 'graded over 300 decades', matrix: graded(50, 300) },
    { name: 'Hilbert 12', matrix: hilbert(12) },
    { name: 'Hilbert 40', matrix: hilbert(40) },
    { name: '1e-9·Hilbert 6', matrix: scaled(hilbert(6), 1e-9) },
    { name: 'Wilkinson W21+', matrix: wilkinson(21) },
    { name: 'Wilkinson W65+', matrix: wilkinson(65) },
    { name: 'glued Wilkinson, 1e-3', matrix: gluedWilkinson(5, 21, 1e-3) },
    { name: 'glued Wilkinson, 1e-14', matrix: gluedWilkinson(5, 21, 1e-14) },
    {
      name: 'Wilkinson, dense',
      matrix: reflected(gluedWilkinson(1, 21, 0).data.filter((_, i) => i % 22 === 0)),
    },
    laplacian(33),
    laplacian(100),
    clement(40),
    clement(65),
    minimum(48),
    circulant(49),
    circulant(100),
    { name: 'arrowhead', matrix: arrowhead(60) },
    { name: 'negative definite', matrix: scaled(minimum(50).matrix, -1) },
    { name: 'indefinite', matrix: symmetric(55, (i, j) => Math.sin(i * j + 1)) },
    {
      name: 'random tridiagonal',
      matrix: tridiagonal(
        rng(0, 'zoo', 'd').fillNormal(new Float64Array(90)),
        rng(0, 'zoo', 'e').fillNormal(new Float64Array(89)),
      ),
    },
    { name: 'block diagonal', matrix: direct(goe(20), Matrix.zeros(5, 5), goe(41), Matrix.identity(3)) },
    { name: 'blocks of sizes 1 and 1e-100', matrix: direct(goe(20), scaled(goe(41), 1e-100)) },
    ...[1e-150, 1e-12, 1e12, 1e150].map((s) => ({ name: `${s}·random`, matrix: scaled(goe(60), s) })),
    {
      name: 'largest double',
      matrix: scaled(
        symmetric(36, (i, j) => Math.cos(i + j)),
        Number.MAX_VALUE / 40,
      ),
    },
    {
      name: 'some entries subnormal',
      matrix: symmetric(36, (i, j) => ((i * j) % 7) * 2 ** (i === j ? -960 : -1030)),
    },
    ...ORDERS.map((n) => ({ name: `random ${n}`, matrix: goe(n) })),
  ];
}
