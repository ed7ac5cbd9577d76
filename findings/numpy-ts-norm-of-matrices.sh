#!/usr/bin/env bash
# numpy-ts: linalg.norm(A, ord) of a matrix with ord 1, 2, ∞ or −∞ is the norm of its entries as one vector: norm(A, 2) is the Frobenius norm.
# Guess: ord means for a matrix what it means in NumPy: largest column sum, largest singular value, largest row sum. linalg.matrix_norm beside it takes it so, and its
#        documentation calls it equivalent to norm of a matrix.
# Seen: without an axis only "fro" and "nuc" are passed on to the matrix norms; a number goes to the vector norm. norm(A, ord, [0, 1]) is right. Nothing is thrown.
# Why it matters: step sizes 1 / ‖A‖₂ and condition numbers are made of these: of the 100 × 100 identity, norm(I, 2) is 10 and norm(I, 1) is 100.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund numpy-ts@1.7.0
cat >check.mjs <<'JAVASCRIPT'
import * as np from 'numpy-ts';

const near = (a, b) => Math.abs(a - b) < 1e-12 * b;
console.log(`numpy-ts ${np.__version__}; A = [[1, 2], [3, 4]]`);
const a = np.array([[1, 2], [3, 4]]);
// ‖A‖₂² is the larger root of z² − 30 z + 4: trace and determinant of AᵀA.
const expected = new Map([[1, 6], [2, Math.sqrt(15 + Math.sqrt(221))], [Infinity, 7], [-Infinity, 3]]);
const entries = new Map([[1, 10], [2, Math.sqrt(30)], [Infinity, 4], [-Infinity, 1]]);
let holds = true;
for (const [ord, right] of expected) {
  const seen = np.linalg.norm(a, ord);
  const axes = np.linalg.norm(a, ord, [0, 1]);
  const matrix = np.linalg.matrix_norm(a, ord);
  console.log(`ord ${String(ord).padEnd(10)}norm ${seen.toFixed(4).padEnd(9)} norm with axis [0, 1] ${axes.toFixed(4).padEnd(9)} matrix_norm ${matrix.toFixed(4).padEnd(9)} expected ${right.toFixed(4)}`);
  holds &&= near(seen, entries.get(ord)) && near(axes, right) && near(matrix, right);
}
const identity = [1, 2].map((ord) => np.linalg.norm(np.eye(100), ord));
console.log(`of the 100 × 100 identity: norm 1 is ${identity[0]}, norm 2 is ${identity[1]}; expected: 1 and 1`);
process.exit(holds && identity[0] === 100 && near(identity[1], 10) ? 0 : 1);
JAVASCRIPT
node check.mjs
