/** @file Products with the orthogonal matrix of a tridiagonalisation, by blocks of reflections in compact WY form. */
import { kernels } from './kernels/select.ts';
import type { Vec } from './matrix.ts';
import { withScratch } from './scratch.ts';
import type { Tridiagonalisation } from './tridiagonal.ts';

/** Reflections gathered into one block H_k … H_{k+b−1} = I − Vᵀ S V, with the b vectors in the rows of V. */
const BLOCK = 48;

/**
 * X ← X Qᵀ for the Q of A = Q T Qᵀ: rows that are eigenvectors of T become eigenvectors of A.
 *
 * @param x - [count, n] row-major, overwritten.
 * Cost: about 2·count·n² flops, all in matrix products. A row of the result does not depend on the other rows.
 * Reference: Schreiber and Van Loan (1989), A storage-efficient WY representation for products of Householder
 * transformations, SIAM J. Sci. Stat. Comput. 10.
 */
export function multiplyByReflections(x: Vec, count: number, reduction: Tridiagonalisation): void {
  const { n, taus } = reduction;
  const reflections = Math.max(n - 2, 0); // the last one acts on a single entry and is the identity
  if (count === 0 || reflections === 0) return;
  const { gemm } = kernels();
  const size = Math.min(BLOCK, reflections);
  withScratch([size * n, size * n, size * size, size * size, count * size], (v, z, gram, s, y) => {
    const blocks = Math.ceil(reflections / size);
    for (let block = blocks - 1; block >= 0; block--) {
      const first = block * size;
      const b = Math.min(size, reflections - first);
      const cols = n - first - 1;
      const x0 = first + 1;
      packReflectors(reduction, first, b, cols, v);
      gram.fill(0);
      gemm(b, b, cols, 1, v, 0, cols, 1, v, 0, 1, cols, gram, 0, b);
      triangularFactor(b, taus, first, gram, s);
      z.fill(0, 0, b * cols); // Z = Sᵀ V
      gemm(b, cols, b, 1, s, 0, 1, b, v, 0, cols, 1, z, 0, cols);
      y.fill(0, 0, count * b); // Y = X Vᵀ, X ← X − Y Z
      gemm(count, b, cols, 1, x, x0, n, 1, v, 0, 1, cols, y, 0, b);
      gemm(count, cols, b, -1, y, 0, b, 1, z, 0, cols, 1, x, x0, n);
    }
  });
}

/** V [b, cols]: row r is the reflector first + r, with zeros before its first entry. */
function packReflectors(reduction: Tridiagonalisation, first: number, b: number, cols: number, v: Vec): void {
  const { n, reflectors } = reduction;
  for (let r = 0; r < b; r++) {
    const from = (first + r) * n + first + 1;
    v.fill(0, r * cols, r * cols + r);
    for (let j = r; j < cols; j++) v[r * cols + j] = reflectors[from + j];
  }
}

/** The upper triangular S [b, b] with H_first … H_{first+b−1} = I − Vᵀ S V, from the Gram matrix V Vᵀ. */
function triangularFactor(b: number, taus: Vec, first: number, gram: Vec, s: Vec): void {
  s.fill(0, 0, b * b);
  for (let i = 0; i < b; i++) {
    const tau = taus[first + i];
    s[i * b + i] = tau;
    for (let r = 0; r < i; r++) {
      let sum = 0;
      for (let p = r; p < i; p++) sum += s[r * b + p] * gram[p * b + i];
      s[r * b + i] = -tau * sum;
    }
  }
}
