/** @file SOURCE by plain dense algebra: series for the exponential, Gaussian elimination for the solves, loops for the scores. */
import type { Dataset } from '../../../src/autodiff/dataset.ts';
import type { ExampleFunction } from '../../../src/autodiff/functions.ts';
import type { Network } from '../../../src/autodiff/network.ts';
import { perExampleGradients } from '../../../src/autodiff/per-example.ts';
import type { Matrix, Vec } from '../../../src/linalg/matrix.ts';

export type Rows = number[][];

export const rowsOf = (a: Matrix): Rows => a.toArray().map((row) => Array.from(row));

export function product(a: Rows, b: Rows): Rows {
  return a.map((row) => b[0].map((_, j) => row.reduce((sum, x, k) => sum + x * b[k][j], 0)));
}

export function meanRows(all: readonly Rows[]): Rows {
  return all[0].map((row, i) => row.map((_, j) => all.reduce((sum, a) => sum + a[i][j], 0) / all.length));
}

/** a·s + c·I. */
export function shifted(a: Rows, c: number, s = 1): Rows {
  return a.map((row, i) => row.map((x, j) => s * x + (i === j ? c : 0)));
}

/**
 * e^(−tC) and ∫₀ᵗ e^(−uC) du, which is (I − e^(−tC)) C⁻¹ where C is regular: Taylor series at t/2^k, then doubled k times by
 * e^(−2u C) = (e^(−uC))² and I(2u) = I(u) + e^(−uC) I(u).
 */
export function unrolled(c: Rows, t: number): { backward: Rows; segment: Rows } {
  const norm = Math.max(...c.map((row) => row.reduce((sum, x) => sum + Math.abs(x), 0)));
  const doublings = Math.max(0, Math.ceil(Math.log2(Math.max(norm * t, 1e-300))) + 3);
  const u = t / 2 ** doublings;
  const zero = shifted(c, 0, 0);
  let term = shifted(zero, 1);
  let backward = zero;
  let segment = zero;
  for (let j = 0; j < 20; j++) {
    backward = backward.map((row, i) => row.map((x, k) => x + term[i][k]));
    segment = segment.map((row, i) => row.map((x, k) => x + (u / (j + 1)) * term[i][k]));
    term = product(term, shifted(c, 0, -u / (j + 1)));
  }
  for (let k = 0; k < doublings; k++) {
    const more = product(backward, segment);
    segment = segment.map((row, i) => row.map((x, j) => x + more[i][j]));
    backward = product(backward, backward);
  }
  return { backward, segment };
}

/** A segment as matrices: what it leaves of earlier changes, what it makes of its own gradients, and where those are taken. */
export interface DenseSegment {
  readonly backward: Rows;
  readonly pull: Rows;
  readonly thetas: readonly Vec[];
}

/** ∇m(θ_end)ᵀ Σ_ℓ S_L ⋯ S_{ℓ+1} P_ℓ ḡ_ℓ, example by example and on the training side. */
export function denseScores(
  model: Network,
  { loss, f, end }: { loss: ExampleFunction; f: ExampleFunction; end: Vec },
  segments: readonly DenseSegment[],
  train: Dataset,
  queries: Dataset,
): Rows {
  const query = rowsOf(perExampleGradients(model, f, end, queries));
  const n = train.inputs.rows;
  const moved: Rows = Array.from({ length: n }, () => new Array<number>(model.parameterCount).fill(0));
  for (const { backward, pull, thetas } of segments) {
    const gradients = meanRows(thetas.map((theta) => rowsOf(perExampleGradients(model, loss, theta, train))));
    for (let i = 0; i < n; i++) {
      const kept = backward.map((row) => row.reduce((sum, x, k) => sum + x * moved[i][k], 0));
      const own = pull.map((row) => row.reduce((sum, x, k) => sum + x * gradients[i][k], 0));
      moved[i] = kept.map((x, k) => x + own[k]);
    }
  }
  return query.map((g) => moved.map((change) => change.reduce((sum, x, k) => sum + x * g[k], 0)));
}
