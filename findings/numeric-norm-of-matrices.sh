#!/usr/bin/env bash
# numeric: norm2 of a matrix is no norm. Of [[1, 2], [3, 4]] it is 25.5, where the Frobenius norm is 5.48 and the spectral norm 5.46.
# Guess: the root of the sum of squares of all entries, as its documentation says; norm1, norminf, sum and sup beside it do take all entries of a matrix.
# Seen: the squares of each row are summed, and these sums are squared and summed once more: √Σᵢ (Σⱼ aᵢⱼ²)². Twice the matrix has four times the norm. Vectors are right.
# Why it matters: norms of Hessians, of residuals A X − B and of updates are what a stopping rule or a damping is set by: a residual of 1e-4 reads as 1e-8, one of 1e4 as 1e8.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund numeric@1.2.6 ml-matrix@6.15.1
cat >check.mjs <<'JAVASCRIPT'
import { Matrix } from 'ml-matrix';
import numeric from 'numeric';

const near = (a, b) => Math.abs(a - b) <= 1e-12 * Math.abs(b);
console.log(`numeric ${numeric.version}; norm2 of s · [[1, 2], [3, 4]], the Frobenius norm of ml-matrix, and norm2 of the four entries as a vector`);
let holds = true;
for (const s of [1, 2, 1e-4, 1e4]) {
  const a = [[s, 2 * s], [3 * s, 4 * s]];
  const seen = numeric.norm2(a);
  const expected = new Matrix(a).norm('frobenius');
  const vector = numeric.norm2(a.flat());
  console.log(`s = ${String(s).padEnd(8)}${seen.toExponential(3).padEnd(14)}${expected.toExponential(3).padEnd(14)}${vector.toExponential(3)}`);
  holds &&= near(vector, expected) && near(seen, s * s * Math.sqrt(650));
}
const m = [[1, -9], [3, 4]];
console.log(`of [[1, -9], [3, 4]]: norm1 ${numeric.norm1(m)} (all entries: 17), norminf ${numeric.norminf(m)} (9)`);
process.exit(holds && numeric.norm1(m) === 17 && numeric.norminf(m) === 9 ? 0 : 1);
JAVASCRIPT
node check.mjs
