#!/usr/bin/env bash
# mathjs: pinv of a singular Gram matrix is of size 1e15, and pinv of a small matrix is the small matrix.
# Guess: a pseudo-inverse is taken where the rank is in doubt, so it cuts small singular values relative to the largest, as NumPy, MATLAB and ml-matrix do.
# Seen: a square matrix goes to inv first, and only a pivot that is exactly zero counts as singular: XᵀX with x₃ = x₁ + x₂ comes back with entries of 4.5e15, not of 10.
#       What is smaller than 1e-12 counts as zero in absolute terms: pinv of diag(2e-13, 1e-13) is diag(2e-13, 1e-13), off by a factor of 1e25.
#       For wide matrices of dependent columns see josdejong/mathjs#3373.
# Why it matters: Gram, Fisher and Hessian matrices are singular as a rule and small where a loss is a mean; nothing is thrown, and P X and X P of the result are not projections.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund mathjs@15.2.0 ml-matrix@6.15.1
cat >check.mjs <<'JAVASCRIPT'
import { multiply, pinv, transpose, version } from 'mathjs';
import { Matrix, pseudoInverse } from 'ml-matrix';

const largest = (m) => Math.max(...m.flat().map(Math.abs));
// The third column is the sum of the first two.
const x = [[0.1, 0.3, 0.4], [0.2, 0.5, 0.7], [0.3, 0.1, 0.4], [0.4, 0.7, 1.1]];
const gram = multiply(transpose(x), x);
const small = [[2e-13, 0], [0, 1e-13]];

/** Largest entry of A P A − A over that of A: zero for a pseudo-inverse P. */
function defect(a, p) {
  const apa = multiply(multiply(a, p), a);
  return largest(apa.map((row, i) => row.map((v, j) => v - a[i][j]))) / largest(a);
}

const show = (v) => v.toExponential(1);
console.log(`mathjs ${version}; largest entry of the pseudo-inverse P, and of A P A − A relative to A (expected: 1e-15)`);
const seen = [];
for (const [name, a] of [['XᵀX, rank 2 of 3', gram], ['diag(2e-13, 1e-13)', small]]) {
  const theirs = pinv(a);
  const expected = pseudoInverse(new Matrix(a)).to2DArray();
  seen.push([largest(theirs), largest(expected), defect(a, theirs), defect(a, expected)]);
  const [size, expectedSize, far, expectedFar] = seen.at(-1).map(show);
  console.log(`${name.padEnd(20)}pinv ${size}, A P A − A ${far};   pseudoInverse of ml-matrix ${expectedSize}, ${expectedFar}`);
}
const [[gramSize, gramExpected, gramDefect, gramRight], [smallSize, smallExpected, smallDefect, smallRight]] = seen;
const holds = gramSize > 1e14 && gramExpected < 11 && gramDefect > 0.1 && gramRight < 1e-12
  && smallSize === 2e-13 && smallExpected > 9e12 && smallDefect > 0.99 && smallRight < 1e-12;
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.mjs
