/** @file The nearest neighbours of examples, by brute force in blocks. */
import { Matrix, matmul } from '../../linalg/index.ts';

/** Neighbours of each example, nearest first; of equal distances the smaller position first. */
export interface Neighbours {
  /** [k', k]: positions. */
  readonly index: Matrix;
  /** [k', k]: Euclidean distances. */
  readonly distance: Matrix;
}

const BLOCK = 128;
/** Squares below this share of the norms are rounding: they are computed again from the differences. */
const ROUNDED = 1e-9;

/** The k nearest of all rows but itself, for rows from..to−1. Cost: 2 (to − from) n d flops. */
export function nearest(inputs: Matrix, from: number, to: number, k: number): Neighbours {
  const n = inputs.rows;
  const norms = Float64Array.from({ length: n }, (_, i) => squareOf(inputs.row(i)));
  const index = new Matrix(to - from, k);
  const distance = new Matrix(to - from, k);
  for (let start = from; start < to; start += BLOCK) {
    const end = Math.min(to, start + BLOCK);
    const rows = new Matrix(
      end - start,
      inputs.cols,
      inputs.data.slice(start * inputs.cols, end * inputs.cols),
    );
    const products = matmul(rows, inputs, { transposeB: true });
    for (let i = start; i < end; i++) {
      const squares = products.row(i - start);
      for (let j = 0; j < n; j++) {
        const sum = norms[i] + norms[j];
        const square = sum - 2 * squares[j];
        squares[j] = square > ROUNDED * sum ? square : between(inputs.row(i), inputs.row(j));
      }
      squares[i] = Number.POSITIVE_INFINITY;
      smallestInto(squares, index.row(i - from), distance.row(i - from));
    }
  }
  return { index, distance };
}

/** The smallest squares, ascending, as positions and roots. */
function smallestInto(squares: Float64Array, index: Float64Array, root: Float64Array): void {
  const k = index.length;
  root.fill(Number.POSITIVE_INFINITY);
  for (let j = 0; j < squares.length; j++) {
    const square = squares[j];
    if (!(square < root[k - 1])) continue;
    let at = k - 1;
    for (; at > 0 && root[at - 1] > square; at--) {
      root[at] = root[at - 1];
      index[at] = index[at - 1];
    }
    root[at] = square;
    index[at] = j;
  }
  for (let at = 0; at < k; at++) root[at] = Math.sqrt(root[at]);
}

function squareOf(x: Float64Array): number {
  return x.reduce((sum, value) => sum + value * value, 0);
}

function between(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] - b[k]) ** 2;
  return sum;
}
