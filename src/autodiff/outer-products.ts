/** @file The gradient of each example with respect to one linear layer, and the input that its block of θ sees. */
import { Matrix } from '../linalg/matrix.ts';
import type { Site } from './network.ts';

/**
 * out[first + b, offset + i·width + k] += δ[i, b] a[k, b], and += δ[i, b] in the bias column, if there is one: the row-major
 * vec of δ[:, b] ā[:, b]ᵀ for each example b, ā as {@link homogeneous} makes it.
 *
 * @param a - Layer inputs, [inputs, batch]. @param delta - [outputs, batch]. @param out - At least first + batch rows.
 */
export function addOuterProducts(
  a: Matrix,
  delta: Matrix,
  block: Pick<Site, 'offset' | 'width' | 'bias'>,
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
 * Row n is vec of delta[n, first..first+units−1] input[n]ᵀ, row-major: the gradients with respect to some units of a site.
 *
 * @param delta - δᵀ, [count, p]. @param input - āᵀ, [count, q]. Neither is modified.
 * @returns [count, units · q]. Indices are not checked.
 */
export function outerRows(delta: Matrix, input: Matrix, first = 0, units: number = delta.cols): Matrix {
  const q = input.cols;
  const out = new Matrix(delta.rows, units * q);
  for (let n = 0, to = 0; n < delta.rows; n++)
    for (let r = 0; r < units; r++) {
      const d = delta.data[n * delta.cols + first + r];
      for (let k = 0, from = n * q; k < q; k++) out.data[to++] = d * input.data[from++];
    }
  return out;
}

/**
 * ā, what a layer's block of θ is multiplied by: the inputs, and 1 in the row of the bias. Rows of biases of other, tied
 * layers are 0. With groups, one such matrix below the other. For a lookup: which rows of its table, [1, columns].
 *
 * @param inputs - [inputs, columns]. @returns [groups · width, columns], a copy.
 */
export function homogeneous(
  { width, bias, groups = 1, lookup }: Pick<Site, 'width' | 'bias'> & Partial<Site>,
  inputs: Matrix,
): Matrix {
  const out = new Matrix(lookup === undefined ? groups * width : 1, inputs.cols);
  const own = inputs.data.length / groups;
  for (let g = 0; g < groups; g++) {
    const row = g * width;
    out.data.set(
      groups === 1 ? inputs.data : inputs.data.subarray(g * own, (g + 1) * own),
      row * inputs.cols,
    );
    if (bias !== undefined) out.row(row + bias).fill(1);
  }
  return out;
}
