/** @file Products of pairs of rows, example by example: what the curvature of a fully connected network is made of. */
import type { Site } from '../autodiff/network.ts';
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

/**
 * Adds the curvature of a layer with itself, scale · sums, to a block of `out` whose element (0, 0) is at θ[origin].
 *
 * @param sums - Σ_n M[(r,p), n] ā[c, n] ā[q, n] for pairs r ≤ p of units and c ≤ q of inputs, shape [pairs, pairs]. The
 *   block's element ((r,c), (p,q)) does not change when r and p, or c and q, are exchanged.
 */
export function addLayer(out: Matrix, origin: number, layer: Site, sums: Matrix, scale: number): void {
  const { width } = layer;
  const start = layer.offset - origin;
  for (let r = 0, k = 0; r < layer.outputs; r++)
    for (let p = r; p < layer.outputs; p++)
      for (let c = 0; c < width; c++)
        for (let q = c; q < width; q++, k++) {
          const value = scale * sums.data[k];
          const [i, j] = [start + r * width + c, start + p * width + q];
          if (i === j) out.data[i * out.cols + i] += value;
          else addPair(out, i, j, value);
          if (r !== p && c !== q) addPair(out, start + r * width + q, start + p * width + c, value);
        }
}

/**
 * Adds the curvature between two layers, and its mirror image, to a matrix whose element (0, 0) is at θ[origin]. Layers that are
 * tied share their place: there the two images add up, too.
 *
 * @param sums - Σ_n M[(r,p), n] ā_i[c, n] ā_l[q, n], shape [out_i·out_l, width_i·width_l].
 * @param moved - Σ_n T[(r,q), n] ā_i[c, n] δ_l[p, n], shape [out_i·in_l, width_i·out_l]: what is added where the later
 *   layer's inputs move. Absent for Gauss–Newton kinds.
 */
export function addLayers(
  out: Matrix,
  origin: number,
  first: Site,
  second: Site,
  sums: Matrix,
  moved: Matrix | undefined,
  scale: number,
): void {
  const [u, v] = [first.width, second.width];
  const [from, to] = [first.offset - origin, second.offset - origin];
  for (let r = 0, k = 0; r < first.outputs; r++)
    for (let p = 0; p < second.outputs; p++)
      for (let c = 0; c < u; c++)
        for (let q = 0; q < v; q++, k++) {
          let value = sums.data[k];
          if (moved !== undefined && q < second.inputs)
            value += moved.data[(r * second.inputs + q) * moved.cols + c * second.outputs + p];
          addPair(out, from + r * u + c, to + p * v + q, scale * value);
        }
}

/** Adds a second derivative to both of its places, which may be the same. */
function addPair(out: Matrix, i: number, j: number, value: number): void {
  out.data[i * out.cols + j] += value;
  out.data[j * out.cols + i] += value;
}
