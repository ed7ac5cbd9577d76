/** @file Products of pairs of rows, example by example: what the curvature of a fully connected network is made of. */
import type { Site } from '../autodiff/network.ts';
import { kernels } from '../linalg/kernels/select.ts';
import { Matrix } from '../linalg/matrix.ts';

/**
 * Row-wise Khatri–Rao product: out[(i,j), n] = Σ_s a[i, s·count + n] · b[j, s·count + n].
 *
 * @param a - Shape [p, samples·count]. @param b - Shape [q, samples·count]. Not modified; widths are not checked.
 * @param samples - How many columns of one example are summed. @param out - Overwritten and returned; not checked.
 * @returns shape [p·q, count], pair (i, j) in row i·q + j. When a and b are the same object the product is symmetric in
 *   i and j, and only pairs i ≤ j are returned: [p(p+1)/2, count], in row {@link pairIndex}.
 * @example pairProducts(Matrix.of([[1, 2]]), Matrix.of([[3, 4], [5, 6]])).toArray(); // [[3, 8], [5, 12]]
 */
export function pairProducts(
  a: Matrix,
  b: Matrix,
  samples = 1,
  out: Matrix = new Matrix(a === b ? pairCount(a.rows) : a.rows * b.rows, a.cols / samples),
): Matrix {
  const { rowProducts } = kernels();
  const count = out.cols;
  for (let i = 0, to = 0; i < a.rows; i++) {
    const first = a === b ? i : 0;
    const rows = b.rows - first;
    rowProducts(rows, count, samples, a.data, i * a.cols, b.data, first * b.cols, out.data, to);
    to += rows * count;
  }
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
 * Adds the curvature between two layers, scale · sums, and its mirror image, to a matrix whose element (0, 0) is at θ[origin]. Layers
 * that are tied share their place: there the two images add up, too.
 *
 * @param sums - Of elements ((r,c), (p,q)) of the block; with `byUnits` in row (r,p) and column (c,q), else in row (r,c) and column (q,p).
 */
export function addLayers(
  out: Matrix,
  origin: number,
  first: Site,
  second: Site,
  { data }: Matrix,
  byUnits: boolean,
  scale: number,
): void {
  const [u, v, outputs] = [first.width, second.width, second.outputs];
  const [dc, dp, dq] = byUnits ? [v, u * v, 1] : [outputs * v, 1, outputs];
  const block = new Matrix(u, outputs * v);
  for (let r = 0; r < first.outputs; r++) {
    const from = r * block.data.length;
    for (let c = 0, to = 0; c < u; c++)
      for (let p = 0; p < outputs; p++)
        for (let q = 0, k = from + c * dc + p * dp; q < v; q++, k += dq) block.data[to++] = scale * data[k];
    const [i, j] = [first.offset - origin + r * u, second.offset - origin];
    if (first.block === second.block) addEach(out, i, j, block);
    else addBoth(out, i, j, block);
  }
}

/** Adds a block and its mirror image, which do not overlap: row by row, each in its own place. */
function addBoth(out: Matrix, i: number, j: number, { rows, cols, data }: Matrix): void {
  for (let r = 0, k = 0; r < rows; r++)
    for (let c = 0, to = (i + r) * out.cols + j; c < cols; c++) out.data[to++] += data[k++];
  for (let c = 0; c < cols; c++)
    for (let r = 0, k = c, to = (j + c) * out.cols + i; r < rows; r++, k += cols) out.data[to++] += data[k];
}

/** The same where they may overlap: element by element in both of its places. */
function addEach(out: Matrix, i: number, j: number, { rows, cols, data }: Matrix): void {
  for (let r = 0, k = 0; r < rows; r++) for (let c = 0; c < cols; c++) addPair(out, i + r, j + c, data[k++]);
}

/** Adds a second derivative to both of its places, which may be the same. */
function addPair(out: Matrix, i: number, j: number, value: number): void {
  out.data[i * out.cols + j] += value;
  out.data[j * out.cols + i] += value;
}
