/** @file The gradient of each example with respect to one linear layer, and the input that its block of θ sees. */
import { Matrix } from '../linalg/matrix.ts';
import type { MlpLayer } from './mlp.ts';

/**
 * out[first + b, offset + i·width + k] += δ[i, b] a[k, b], and += δ[i, b] in the bias column, if there is one: the row-major
 * vec of δ[:, b] ā[:, b]ᵀ for each example b, ā as {@link homogeneous} makes it.
 *
 * @param a - Layer inputs, [inputs, batch]. @param delta - [outputs, batch]. @param out - At least first + batch rows.
 */
export function addOuterProducts(
  a: Matrix,
  delta: Matrix,
  block: Pick<MlpLayer, 'offset' | 'width' | 'bias'>,
  first: number,
  out: Matrix,
): void {
  const { offset, width, bias } = block;
  const batch = a.cols;
  for (let b = 0; b < batch; b++) {
    let row = (first + b) * out.cols + offset;
    for (let i = 0; i < delta.rows; i++, row += width) {
      const d = delta.data[i * batch + b];
      for (let k = 0, q = b; k < a.rows; k++, q += batch) out.data[row + k] += d * a.data[q];
      if (bias !== undefined) out.data[row + bias] += d;
    }
  }
}

/**
 * ā, what a layer's block of θ is multiplied by: the inputs, and 1 in the row of the bias. Rows of biases of other, tied
 * layers are 0.
 *
 * @param inputs - [inputs, batch]. @returns [width, batch], a copy.
 */
export function homogeneous({ width, bias }: Pick<MlpLayer, 'width' | 'bias'>, inputs: Matrix): Matrix {
  const out = new Matrix(width, inputs.cols);
  out.data.set(inputs.data);
  if (bias !== undefined) out.row(bias).fill(1);
  return out;
}
