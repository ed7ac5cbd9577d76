/** @file Exact laws of Langevin steps on linear regression, by plain dense arithmetic that shares nothing with the library. */
import type { RegressionData } from '../../../src/autodiff/dataset.ts';
import { Mlp } from '../../../src/autodiff/mlp.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';

export type Rows = number[][];

export function times(a: Rows, b: Rows): Rows {
  return a.map((row) => b[0].map((_, j) => row.reduce((sum, v, k) => sum + v * b[k][j], 0)));
}

export function apply(a: Rows, x: readonly number[]): number[] {
  return a.map((row) => row.reduce((sum, v, k) => sum + v * x[k], 0));
}

export function identity(n: number, scale = 1): Rows {
  return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? scale : 0)));
}

/** a + c·b. */
export function plus(a: Rows, b: Rows, c = 1): Rows {
  return a.map((row, i) => row.map((v, j) => v + c * b[i][j]));
}

/** Gauss–Jordan with partial pivoting. */
export function inverse(a: Rows): Rows {
  const n = a.length;
  const work = a.map((row, i) => [...row, ...identity(n)[i]]);
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c; r < n; r++) if (Math.abs(work[r][c]) > Math.abs(work[pivot][c])) pivot = r;
    [work[c], work[pivot]] = [work[pivot], work[c]];
    const p = work[c][c];
    work[c] = work[c].map((v) => v / p);
    for (let r = 0; r < n; r++)
      if (r !== c) {
        const factor = work[r][c];
        work[r] = work[r].map((v, k) => v - factor * work[c][k]);
      }
  }
  return work.map((row) => row.slice(n));
}

/** y ≈ wᵀx + b: one linear layer, θ = [w, b], L_i = ½(wᵀx_i + b − y_i)². */
export function regression(features: number, examples: number, seed: number): RegressionData {
  const random = rng(seed, 'regression');
  const inputs = new Matrix(
    examples,
    features,
    random.fillNormal(new Float64Array(examples * features), 0.3, 1),
  );
  const targets = new Matrix(examples, 1, random.fillNormal(new Float64Array(examples), 0.5, 0.8));
  return { inputs, targets };
}

export function linearModel(features: number): Mlp {
  return new Mlp([features, 1], 'identity');
}

/** [x; 1] of every example. */
export function extended({ inputs }: RegressionData): Rows {
  return Array.from({ length: inputs.rows }, (_, i) => [...inputs.row(i), 1]);
}

/** H = (1/n) Σ x xᵀ and h = (1/n) Σ y x over the listed examples: ∇L(w) = H w − h. */
export function quadratic(data: RegressionData, examples: readonly number[]): { h: number[]; H: Rows } {
  const x = extended(data);
  const d = x[0].length;
  const H = identity(d, 0);
  const h = new Array<number>(d).fill(0);
  for (const i of examples)
    for (let a = 0; a < d; a++) {
      h[a] += (data.targets.at(i, 0) * x[i][a]) / examples.length;
      for (let b = 0; b < d; b++) H[a][b] += (x[i][a] * x[i][b]) / examples.length;
    }
  return { h, H };
}

/**
 * Cov(½(aᵀw − s)², ½(bᵀw − t)²) for w ~ N(μ, S): with residuals r at μ and c = aᵀSb, r_a r_b c + ½c². The first term is ∇ᵀS∇, the second
 * ½ Tr(aaᵀ S bbᵀ S).
 */
export function quadraticCovariance(
  a: readonly number[],
  s: number,
  b: readonly number[],
  t: number,
  mu: readonly number[],
  S: Rows,
): number {
  const dot = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, v, k) => sum + v * y[k], 0);
  const c = dot(a, apply(S, b));
  return (dot(a, mu) - s) * (dot(b, mu) - t) * c + 0.5 * c * c;
}
