/** @file The gradient of each example with respect to one linear layer. */
import type { Matrix } from '../linalg/matrix.ts';

/**
 * out[first + b, offset + i (inputs + 1) + k] += δ[i, b] a[k, b], and += δ[i, b] in the bias column: the row-major
 * vec of δ[:, b] [a[:, b]; 1]ᵀ for each example b.
 *
 * @param a - Layer inputs, [inputs, batch]. @param delta - [outputs, batch]. @param out - At least first + batch rows.
 */
export function addOuterProducts(a: Matrix, delta: Matrix, offset: number, first: number, out: Matrix): void {
  const batch = a.cols;
  for (let b = 0; b < batch; b++) {
    let t = (first + b) * out.cols + offset;
    for (let i = 0; i < delta.rows; i++) {
      const d = delta.data[i * batch + b];
      for (let k = 0, q = b; k < a.rows; k++, q += batch) out.data[t++] += d * a.data[q];
      out.data[t++] += d;
    }
  }
}
