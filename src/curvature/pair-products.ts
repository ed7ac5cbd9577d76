/** @file Products of pairs of rows, example by example: what the curvature of a fully connected network is made of. */
import type { MlpLayer } from '../autodiff/mlp.ts';
import { Matrix } from '../linalg/matrix.ts';

/**
 * Row-wise Khatri–Rao product: out[(i,j), n] = Σ_s a[i, s·count + n] · b[j, s·count + n].
 *
 * @param a - Shape [p, samples·count]. @param b - Shape [q, samples·count]. Not modified; widths are not checked.
 * @param samples - How many columns of one example are summed.
 * @returns shape [p·q, count], pair (i, j) in row i·q + j. When a and b are the same object the product is symmetric in
 *   i and j, and only pairs i ≤ j are returned: [p(p+1)/2, count], in row {@link pairIndex}.
 * @example pairProducts(Matrix.of([[1, 2]]), Matrix.of([[3, 4], [5, 6]])).toArray(); // [[3, 8], [5, 12]]
 */
export function pairProducts(a: Matrix, b: Matrix, samples = 1): Matrix {
  const symmetric = a === b;
  const count = a.cols / samples;
  const out = new Matrix(symmetric ? pairCount(a.rows) : a.rows * b.rows, count);
  let row = 0;
  for (let i = 0; i < a.rows; i++)
    for (let j = symmetric ? i : 0; j < b.rows; j++, row += count)
      for (let s = 0, k = i * a.cols, l = j * b.cols; s < samples; s++)
        for (let n = 0; n < count; n++, k++, l++) out.data[row + n] += a.data[k] * b.data[l];
  return out;
}

/** Number of pairs i ≤ j below n. */
export function pairCount(n: number): number {
  return (n * (n + 1)) / 2;
}

/** Position of the pair i ≤ j < n when pairs are listed by i, then j. */
export function pairIndex(n: number, i: number, j: number): number {
  return i * n - (i * (i - 1)) / 2 + (j - i);
}

/** A layer's inputs [in, count] with a row of ones below: the input that the bias sees. */
export function withOnes(inputs: Matrix): Matrix {
  const out = new Matrix(inputs.rows + 1, inputs.cols);
  out.data.set(inputs.data);
  out.row(inputs.rows).fill(1);
  return out;
}

/**
 * Writes the curvature of a layer with itself, scale · sums, as a block of `out` whose element (0, 0) is at θ[origin].
 *
 * @param sums - Σ_n M[(r,p), n] ā[c, n] ā[q, n] for pairs r ≤ p of units and c ≤ q of inputs, shape [pairs, pairs]. The
 *   block's element ((r,c), (p,q)) does not change when r and p, or c and q, are exchanged.
 */
export function writeLayer(out: Matrix, origin: number, layer: MlpLayer, sums: Matrix, scale: number): void {
  const width = layer.inputs + 1;
  const start = layer.offset - origin;
  for (let r = 0, k = 0; r < layer.outputs; r++)
    for (let p = r; p < layer.outputs; p++)
      for (let c = 0; c < width; c++)
        for (let q = c; q < width; q++, k++) {
          const value = scale * sums.data[k];
          writePair(out, start + r * width + c, start + p * width + q, value);
          writePair(out, start + r * width + q, start + p * width + c, value);
        }
}

/**
 * Writes the curvature between two layers, and its mirror image, into a matrix over all of θ.
 *
 * @param sums - Σ_n M[(r,p), n] ā_i[c, n] ā_l[q, n], shape [out_i·out_l, (in_i + 1)(in_l + 1)].
 * @param moved - Σ_n T[(r,q), n] ā_i[c, n] δ_l[p, n], shape [out_i·in_l, (in_i + 1)·out_l]: what is added where the later
 *   layer's inputs move. Absent for Gauss–Newton kinds.
 */
export function writeLayers(
  out: Matrix,
  first: MlpLayer,
  second: MlpLayer,
  sums: Matrix,
  moved: Matrix | undefined,
  scale: number,
): void {
  const [u, v] = [first.inputs + 1, second.inputs + 1];
  for (let r = 0, k = 0; r < first.outputs; r++)
    for (let p = 0; p < second.outputs; p++)
      for (let c = 0; c < u; c++)
        for (let q = 0; q < v; q++, k++) {
          let value = sums.data[k];
          if (moved !== undefined && q < second.inputs)
            value += moved.data[(r * second.inputs + q) * moved.cols + c * second.outputs + p];
          writePair(out, first.offset + r * u + c, second.offset + p * v + q, scale * value);
        }
}

function writePair(out: Matrix, i: number, j: number, value: number): void {
  out.data[i * out.cols + j] = value;
  out.data[j * out.cols + i] = value;
}
