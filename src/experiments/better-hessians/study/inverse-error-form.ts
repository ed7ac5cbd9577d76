/** @file Eq. 9 as a quadratic form in the inverse spectrum: one set-up, then any number of rules at O(D²) each. */
import type { EigenOperator } from '../../../curvature/index.ts';
import { dot, Matrix, matvec, syrk, type Vec } from '../../../linalg/index.ts';

/** What Eq. 9 needs of a network, whatever the approximation. */
export interface ErrorData {
  /** H, shape [D, D]. */
  readonly hessian: Matrix;
  /** v_i/‖v_i‖ of the gradients that are not zero, shape [n, D], and H times each. */
  readonly directions: Matrix;
  readonly images: Matrix;
}

/**
 * With Ĥ⁻¹ = Q diag(f) Qᵀ and unit vectors u_i in the rows of U,
 *
 *   (1/n) Σ ‖H Ĥ⁻¹ u_i − u_i‖² = (fᵀ W f − 2 dᵀ f + n)/n,   W = (QᵀH²Q) ∘ (QᵀUᵀUQ),   d = diag(QᵀH UᵀU Q),
 *
 * @param operator - Complete basis.
 * @returns f ↦ the error of Eq. 9.
 * Cost: set-up two products Dᵗʰ order D³ each; then D² per call. Accuracy: the sum may cancel, to about
 * 1e-16·max|f|²‖H‖² of the form; see `diagonalErrorForm` for H in its own basis, which does not cancel.
 */
export function inverseErrorForm(
  operator: EigenOperator,
  { hessian, directions, images }: ErrorData,
): (f: Vec) => number {
  const { basis } = operator;
  const n = directions.rows;
  const u = basis.rotate(directions);
  const linear = columnDots(u, basis.rotate(images));
  const quadratic = syrk(basis.rotate(hessian), { transpose: true });
  const weights = syrk(u, { transpose: true });
  for (let k = 0; k < weights.data.length; k++) weights.data[k] *= quadratic.data[k];
  return (f) => (dot(f, matvec(weights, f)) - 2 * dot(linear, f) + n) / n;
}

/** The same for H = Q diag(σ) Qᵀ itself: (1/n) Σ_a (σ_a f_a − 1)² Σ_i (Qᵀu_i)_a². */
export function diagonalErrorForm(operator: EigenOperator, directions: Matrix): (f: Vec) => number {
  const u = operator.basis.rotate(directions);
  const mass = columnDots(u, u);
  return (f) => {
    let total = 0;
    for (let a = 0; a < f.length; a++) total += (operator.values[a] * f[a] - 1) ** 2 * mass[a];
    return total / directions.rows;
  };
}

/** Σ_i a[i, j] b[i, j] for every column j. */
function columnDots(a: Matrix, b: Matrix): Vec {
  const out = new Float64Array(a.cols);
  for (let i = 0, k = 0; i < a.rows; i++)
    for (let j = 0; j < a.cols; j++, k++) out[j] += a.data[k] * b.data[k];
  return out;
}

/** The rows of g that are not zero, each over its norm. */
export function unitRows(g: Matrix): Matrix {
  const rows: Vec[] = [];
  for (let i = 0; i < g.rows; i++) {
    const row = g.row(i);
    const norm = Math.sqrt(dot(row, row));
    if (norm > 0) rows.push(row.map((x) => x / norm));
  }
  const out = new Matrix(rows.length, g.cols);
  for (const [i, row] of rows.entries()) out.row(i).set(row);
  return out;
}
