/** @file Random vectors that an operator is probed with, one per row. */
import { Matrix } from '../matrix.ts';
import type { Rng } from '../random/random.ts';
import { norm2 } from '../sum.ts';

/** Signs ±1, independent and equally likely, [count, n]: one word of the stream each. */
export function signProbes(random: Rng, count: number, n: number): Matrix {
  const out = new Matrix(count, n);
  for (let k = 0; k < out.data.length; k++) out.data[k] = random.uint32() >>> 31 === 0 ? 1 : -1;
  return out;
}

/** Uniform on the sphere of radius √n, [count, n]. */
export function sphereProbes(random: Rng, count: number, n: number): Matrix {
  const out = new Matrix(count, n);
  for (let i = 0; i < count; i++) {
    const row = random.fillNormal(out.row(i));
    const scale = Math.sqrt(n) / norm2(row);
    for (let j = 0; j < n; j++) row[j] *= scale;
  }
  return out;
}

/** One matrix above the other. */
export function stacked(above: Matrix, below: Matrix): Matrix {
  const out = new Matrix(above.rows + below.rows, above.cols);
  out.data.set(above.data);
  out.data.set(below.data, above.data.length);
  return out;
}
