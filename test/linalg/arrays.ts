/** @file Reproducible arrays for the tests of this folder, independent of the library's own generator. */
import { Matrix } from '../../src/linalg/matrix.ts';

/** The generator "mulberry32": uniform in [−½, ½), one stream per seed. */
export function uniforms(n: number, seed: number): Float64Array {
  let state = seed >>> 0;
  return Float64Array.from({ length: n }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32 - 0.5;
  });
}

/** A matrix of {@link uniforms}. */
export function uniformMatrix(rows: number, cols: number, seed: number): Matrix {
  return new Matrix(rows, cols, uniforms(rows * cols, seed));
}

/** op(a) op(b) by the textbook triple loop, each sum in ascending order. */
export function naiveProduct(a: Matrix, b: Matrix, transposeA = false, transposeB = false): Matrix {
  const [m, k] = transposeA ? [a.cols, a.rows] : [a.rows, a.cols];
  const n = transposeB ? b.rows : b.cols;
  const out = Matrix.zeros(m, n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++)
        sum +=
          a.data[transposeA ? p * a.cols + i : i * a.cols + p] *
          b.data[transposeB ? j * b.cols + p : p * b.cols + j];
      out.data[i * n + j] = sum;
    }
  return out;
}

/** The transpose, element by element. */
export function naiveTranspose(a: Matrix): Matrix {
  const out = Matrix.zeros(a.cols, a.rows);
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < a.cols; j++) out.data[j * a.rows + i] = a.data[i * a.cols + j];
  return out;
}
