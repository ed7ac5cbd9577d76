#!/usr/bin/env bash
# ml-matrix: one unit of rounding in a symmetric matrix, and its eigenvectors are no longer orthogonal.
# Guess: an eigensolver that is given XᵀWX knows that it is symmetric, or the damage is as small as the asymmetry.
# Seen: EVD tests symmetry by exact equality. XᵀWX formed by mmul is asymmetric in the last bit, so the solver for general matrices runs: where eigenvalues coincide or nearly
#       do, vectors come out parallel and of any length, and values unsorted. assumeSymmetric: true is needed for nearly every computed matrix.
# Why it matters: V f(Λ) Vᵀ, which is how damped inverses and whitening are written, is then far from f of the matrix; values alone look right.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ml-matrix@6.15.1
cat >check.mjs <<'JAVASCRIPT'
import { readFileSync } from 'node:fs';
import { EVD, Matrix } from 'ml-matrix';

const { version } = JSON.parse(readFileSync('node_modules/ml-matrix/package.json', 'utf8'));
// XᵀWX of a balanced design: symmetric on paper, with a double eigenvalue.
const x = new Matrix([[0.1, 1.3, 0.7], [1.3, 0.7, 0.1], [0.7, 0.1, 1.3]]);
const w = Matrix.eye(3).mul(0.3);
const c = x.transpose().mmul(w).mmul(x);
let asymmetry = 0;
for (let i = 0; i < 3; i++) for (let j = 0; j < i; j++) asymmetry = Math.max(asymmetry, Math.abs(c.get(i, j) - c.get(j, i)));

function report(options) {
  const { eigenvectorMatrix: v, realEigenvalues: values } = new EVD(c, options);
  const gram = v.transpose().mmul(v).sub(Matrix.eye(3));
  const rebuilt = v.mmul(Matrix.diag(values)).mmul(v.transpose()).sub(c);
  return { orthogonality: Math.max(...gram.to1DArray().map(Math.abs)), error: rebuilt.norm() / c.norm() };
}

const [plain, assumed] = [report({}), report({ assumeSymmetric: true })];
console.log(`ml-matrix ${version}; largest |c_ij − c_ji|: ${asymmetry.toExponential(1)}`);
console.log(`EVD(c):                            |VᵀV − I| ${plain.orthogonality.toExponential(1)}, ‖VΛVᵀ − C‖/‖C‖ ${plain.error.toExponential(1)}   (expected: 1e-15)`);
console.log(`EVD(c, { assumeSymmetric: true }): |VᵀV − I| ${assumed.orthogonality.toExponential(1)}, ‖VΛVᵀ − C‖/‖C‖ ${assumed.error.toExponential(1)}`);
const holds = asymmetry > 0 && asymmetry < 1e-15 && plain.orthogonality > 0.01 && plain.error > 0.01 && assumed.orthogonality < 1e-14;
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.mjs
