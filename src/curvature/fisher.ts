/** @file The expectation over labels that defines a Gauss–Newton matrix, as data and as cotangents of the logits. */

import type { Dataset } from '../autodiff/dataset.ts';
import type { Loss } from '../autodiff/functions.ts';
import { checkOptions } from '../linalg/border/arguments.ts';
import { checkInteger } from '../linalg/checks.ts';
import { exp } from '../linalg/elementary.ts';
import { DomainError } from '../linalg/errors.ts';
import { Matrix } from '../linalg/matrix.ts';
import { type Rng, rng } from '../linalg/random.ts';

/**
 * Which labels the pseudo-gradients δ = ∂L(u, y)/∂u are taken at.
 *
 * - `type-2`: the exact expectation over the model's own labels. The matrix is the GGN, which is the Fisher information.
 * - `mc`: `samples` labels per example drawn from the model, y ~ softmax(u) or y ~ N(u, I). Unbiased for the GGN.
 * - `empirical`: the labels of the data. Another matrix, no estimate of the GGN (Kunstner et al. 2019).
 */
export type FisherType =
  | { readonly kind: 'type-2' }
  | { readonly kind: 'mc'; readonly samples: number; readonly seed: number }
  | { readonly kind: 'empirical' };

/** The default: exact, and without a seed. */
export const TYPE_2: FisherType = { kind: 'type-2' };

/** @throws {DomainError} unknown kind; `samples` not an integer ≥ 1; `seed` not a safe integer. */
export function checkFisher(where: string, fisher: FisherType): void {
  checkOptions(where, fisher, ['kind', 'samples', 'seed'], 'fisher');
  switch (fisher.kind) {
    case 'type-2':
    case 'empirical':
      return;
    case 'mc':
      checkInteger(where, 'fisher.samples', fisher.samples, 1, Number.MAX_SAFE_INTEGER);
      checkInteger(where, 'fisher.seed', fisher.seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
      return;
    default:
      throw new DomainError(
        where,
        'fisher.kind',
        "'type-2', 'mc' or 'empirical'",
        (fisher satisfies never as { kind: unknown }).kind,
      );
  }
}

/**
 * Cotangents of the logits whose outer products sum to the output curvature: per example n,
 * Σ_s seed_s[:, n] seed_s[:, n]ᵀ = E[∇_u L ∇_u Lᵀ]. For `type-2` that is ∇²_u L exactly: diag(p) − p pᵀ for
 * cross-entropy, I for squared error. The weight of a label is folded in as its square root.
 *
 * @param logits - u, shape [C, count], one example per column. Not modified.
 * @param start - Position of the first column in `data`; a sample depends on (seed, position) only, not on the chunk.
 * @returns C seeds for `type-2`, `samples` for `mc`, one for `empirical`; each [C, count].
 */
export function fisherSeeds(
  loss: Loss,
  fisher: FisherType,
  logits: Matrix,
  data: Dataset,
  start: number,
): readonly Matrix[] {
  switch (fisher.kind) {
    case 'type-2':
      return loss === 'cross-entropy' ? softmaxSeeds(softmaxColumns(logits)) : unitSeeds(logits);
    case 'mc': {
      const stream = (column: number): Rng => rng(fisher.seed, 'fisher', start + column);
      return loss === 'cross-entropy'
        ? drawnClasses(softmaxColumns(logits), fisher.samples, stream)
        : drawnTargets(logits, fisher.samples, stream);
    }
    case 'empirical':
      return [residual(logits, data, start)];
  }
}

/** softmax of every column, shifted by its maximum. */
function softmaxColumns(logits: Matrix): Matrix {
  const { rows, cols } = logits;
  const out = new Matrix(rows, cols);
  for (let n = 0; n < cols; n++) {
    let top = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < rows; c++) top = Math.max(top, logits.data[c * cols + n]);
    let total = 0;
    for (let c = 0; c < rows; c++) {
      const e = exp(logits.data[c * cols + n] - top);
      out.data[c * cols + n] = e;
      total += e;
    }
    for (let c = 0; c < rows; c++) out.data[c * cols + n] /= total;
  }
  return out;
}

/** √p_y (p − e_y) for every class y. */
function softmaxSeeds(p: Matrix): Matrix[] {
  return Array.from({ length: p.rows }, (_, y) => {
    const seed = new Matrix(p.rows, p.cols);
    for (let n = 0; n < p.cols; n++) setClassGradient(seed, n, p, y, Math.sqrt(p.data[y * p.cols + n]));
    return seed;
  });
}

/**
 * Column n of seed ← weight (p − e_y). At y it is −Σ_{c≠y} p_c rather than p_y − 1, which has no digits left once a
 * confident model's p_y rounds to 1.
 */
function setClassGradient(seed: Matrix, n: number, p: Matrix, y: number, weight: number): void {
  let others = 0;
  for (let c = 0; c < p.rows; c++) {
    if (c === y) continue;
    const pc = p.data[c * p.cols + n];
    others += pc;
    seed.data[c * p.cols + n] = weight * pc;
  }
  seed.data[y * p.cols + n] = -weight * others;
}

/** e_k for every output k. */
function unitSeeds(logits: Matrix): Matrix[] {
  return Array.from({ length: logits.rows }, (_, k) => {
    const seed = new Matrix(logits.rows, logits.cols);
    seed.row(k).fill(1);
    return seed;
  });
}

/** p − e_y at `samples` classes y drawn from p, each over √samples. */
function drawnClasses(p: Matrix, samples: number, stream: (column: number) => Rng): Matrix[] {
  const { rows, cols } = p;
  const weight = 1 / Math.sqrt(samples);
  const seeds = Array.from({ length: samples }, () => new Matrix(rows, cols));
  for (let n = 0; n < cols; n++) {
    const probabilities = p.column(n);
    const random = stream(n);
    for (const seed of seeds) setClassGradient(seed, n, p, random.categorical(probabilities), weight);
  }
  return seeds;
}

/** u − t at `samples` targets t drawn from N(u, I), each over √samples. */
function drawnTargets(logits: Matrix, samples: number, stream: (column: number) => Rng): Matrix[] {
  const { rows, cols } = logits;
  const weight = 1 / Math.sqrt(samples);
  const seeds = Array.from({ length: samples }, () => new Matrix(rows, cols));
  for (let n = 0; n < cols; n++) {
    const random = stream(n);
    for (const seed of seeds)
      for (let c = 0; c < rows; c++) seed.data[c * cols + n] = weight * random.normal();
  }
  return seeds;
}

/** ∇_u L at the labels of the data: p − e_y, or u − t. */
function residual(logits: Matrix, data: Dataset, start: number): Matrix {
  const { cols } = logits;
  if ('labels' in data) {
    const p = softmaxColumns(logits);
    const seed = new Matrix(p.rows, cols);
    for (let n = 0; n < cols; n++) setClassGradient(seed, n, p, data.labels[start + n], 1);
    return seed;
  }
  const seed = logits.clone();
  for (let n = 0; n < cols; n++)
    for (let c = 0; c < logits.rows; c++) seed.data[c * cols + n] -= data.targets.at(start + n, c);
  return seed;
}
