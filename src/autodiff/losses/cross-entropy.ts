/** @file The softmax cross-entropy. */
import { exp, sigmoid } from '../../linalg/elementary.ts';
import { Matrix } from '../../linalg/matrix.ts';
import type { LabelLoss } from './loss.ts';
import { logProbability } from './measured.ts';

/** −log p_y with p = softmax(u). Its model draws y ~ p. */
export const crossEntropy: LabelLoss = {
  answers: 'labels',
  measured: 'margin',
  // −log σ(margin)
  record: (tape, u, labels) => tape.apply('scale', [logProbability.record(tape, u, labels)], -1),

  // p − e_y
  gradient(u, labels, start) {
    const p = softmaxColumns(u);
    const out = new Matrix(p.rows, p.cols);
    for (let n = 0; n < p.cols; n++) setClassGradient(out, n, p, labels[start + n], 1);
    return out;
  },

  // √p_y (p − e_y) for every class y: Σ p_y (p − e_y)(p − e_y)ᵀ = diag(p) − p pᵀ
  hessianRoot(u) {
    const p = softmaxColumns(u);
    return Array.from({ length: p.rows }, (_, y) => {
      const root = new Matrix(p.rows, p.cols);
      for (let n = 0; n < p.cols; n++) setClassGradient(root, n, p, y, Math.sqrt(p.data[y * p.cols + n]));
      return root;
    });
  },

  // p − e_y at classes y drawn from p
  drawnGradients(u, samples, stream) {
    const p = softmaxColumns(u);
    const weight = 1 / Math.sqrt(samples);
    const out = Array.from({ length: samples }, () => new Matrix(p.rows, p.cols));
    for (let n = 0; n < p.cols; n++) {
      const probabilities = p.column(n);
      const random = stream(n);
      for (const drawn of out) setClassGradient(drawn, n, p, random.categorical(probabilities), weight);
    }
    return out;
  },

  // equal probabilities
  constantOutputs: (outputs) => new Float64Array(outputs),

  // ℓ = −log σ(f), ∂ℓ/∂f = −σ(−f) = −(1 − p_y)
  linearised: { of: 'margin', slope: (f) => -sigmoid(-f) },
};

/** softmax of every column, shifted by its maximum. */
export function softmaxColumns(logits: Matrix): Matrix {
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

/**
 * Column n of out ← weight (p − e_y). At y it is −Σ_{c≠y} p_c rather than p_y − 1, which has no digits left once a
 * confident model's p_y rounds to 1.
 */
function setClassGradient(out: Matrix, n: number, p: Matrix, y: number, weight: number): void {
  let others = 0;
  for (let c = 0; c < p.rows; c++) {
    if (c === y) continue;
    const pc = p.data[c * p.cols + n];
    others += pc;
    out.data[c * p.cols + n] = weight * pc;
  }
  out.data[y * p.cols + n] = -weight * others;
}
