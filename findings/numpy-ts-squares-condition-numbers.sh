#!/usr/bin/env bash
# numpy-ts: polyfit solves normal equations, and so in effect does svd for matrices with fewer than four rows or columns, so half of the digits go: a cubic over years
# comes out as a straight line.
# Guess: as in NumPy, polyfit is a least-squares solution by orthogonal steps with scaled columns, and svd, pinv, lstsq, cond and matrix_rank see small singular values down
#        to 1e-16 of the largest.
# Seen: polyfit builds VᵀV of the Vandermonde matrix. svd of a matrix with a side below 4 takes eigenvalues of AᵀA; from 4 on it is another algorithm, which is accurate.
#       So [[1, 1], [1, 1 + 1e-9]] has rank 1, an infinite condition number and a pseudo-inverse of 0.25s, while the same pattern of order 4 has rank 4.
# Why it matters: a trend over years, time stamps or temperatures in kelvin is a fit of this kind, and designs with two or three columns are the usual ones.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund numpy-ts@1.7.0 ml-matrix@6.15.1
cat >check.mjs <<'JAVASCRIPT'
import { Matrix, SVD } from 'ml-matrix';
import * as np from 'numpy-ts';

console.log(`numpy-ts ${np.__version__}`);
let holds = true;
console.log('\nroot mean square of residuals of a cubic fit to y = u³ − 4u over 21 values u = −2 … 2, x = offset + u; expected: near 0');
console.log('the last column: the same values fitted by singular values of the same Vandermonde matrix with scaled columns (ml-matrix)');
const u = Array.from({ length: 21 }, (_, i) => (i - 10) / 5);
const y = u.map((v) => v ** 3 - 4 * v);
const rms = (fitted) => Math.sqrt(fitted.reduce((s, v, i) => s + (v - y[i]) ** 2, 0) / y.length);
for (const offset of [0, 10, 2010]) {
  const x = u.map((v) => v + offset);
  const seen = rms(np.polyval(np.polyfit(np.array(x), np.array(y), 3), np.array(x)).tolist());
  const scale = [3, 2, 1, 0].map((p) => Math.hypot(...x.map((v) => v ** p)));
  const design = new Matrix(x.map((v) => [3, 2, 1, 0].map((p, j) => v ** p / scale[j])));
  const { leftSingularVectors: left } = new SVD(design, { autoTranspose: true });
  const other = rms(left.mmul(left.transpose().mmul(Matrix.columnVector(y))).to1DArray());
  console.log(`offset ${String(offset).padEnd(8)}${seen.toExponential(1).padEnd(10)}${other.toExponential(1)}`);
  holds &&= other < 1e-4 && (offset < 100 ? seen < 1e-6 : seen > 1);
}

console.log('\nones(n, n) + e · I with e = 1e-9: singular values n + e and e; rank n');
for (const n of [2, 3, 4, 8]) {
  const rows = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => 1 + (i === j ? 1e-9 : 0)));
  const a = np.array(rows);
  const smallest = np.linalg.svdvals(a).tolist()[n - 1];
  const other = new SVD(new Matrix(rows)).diagonal[n - 1];
  const rank = np.linalg.matrix_rank(a);
  const pinv = np.linalg.pinv(a).tolist()[0][0];
  const expectedPinv = (n - 1) / (n * 1e-9); // (I − 11ᵀ/(n + e)) / e
  console.log(`n = ${n}: smallest singular value ${smallest.toExponential(2)} (ml-matrix: ${other.toExponential(2)}), rank ${rank}, `
    + `condition ${np.linalg.cond(a).toExponential(1)}, first entry of the pseudo-inverse ${pinv.toExponential(2)} (expected: ${expectedPinv.toExponential(2)})`);
  const right = Math.abs(smallest / 1e-9 - 1) < 1e-5 && rank === n && Math.abs(pinv / expectedPinv - 1) < 1e-5;
  holds &&= Math.abs(other / 1e-9 - 1) < 1e-5 && (n < 4 ? smallest === 0 && rank === 1 && Math.abs(pinv) < 1 : right);
}
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.mjs
