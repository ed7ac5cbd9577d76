#!/usr/bin/env bash
# ml-sparse-matrix: exp, cos, adding a number and the like act on the stored entries alone: exp of a zero entry is 0, and so is 0 + 1.
# Guess: the same functions as ml-matrix has, entry by entry; what turns zeros into something else fills the matrix or is refused, as in SciPy, where adding a number to a sparse matrix raises.
# Seen: every operation runs over the non-zero entries. exp, cos, cosh, add and sub with a number leave the zeros as they are, and the static add of two matrices pastes their texts
#       together. Functions with f(0) = 0 (sin, sqrt) and the method A.add(B) are right.
# Why it matters: exp(−distance) of a sparse distance matrix, A + damping as a number, softmax weights: the dense twin of the package gives other numbers for the same line.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ml-sparse-matrix@3.1.0 ml-matrix@6.15.1
cat >check.cjs <<'JAVASCRIPT'
const { SparseMatrix } = require('ml-sparse-matrix');
const { Matrix } = require('ml-matrix');
const { version } = JSON.parse(require('node:fs').readFileSync('node_modules/ml-sparse-matrix/package.json', 'utf8'));

const rows = [[1, 0], [0, 4]];
const off = (a, b) => Math.max(...a.flat().map((v, i) => Math.abs(v - b.flat()[i])));
console.log(`ml-sparse-matrix ${version}; of ${JSON.stringify(rows)}`);
let holds = true;
for (const [name, argument] of [['sqrt'], ['sin'], ['mul', 2], ['exp'], ['cos'], ['cosh'], ['add', 1], ['sub', 1]]) {
  const sparse = new SparseMatrix(rows);
  const dense = new Matrix(rows);
  const seen = (sparse[name](argument) ?? sparse).to2DArray();
  const expected = dense[name](argument).to2DArray();
  const show = (a) => JSON.stringify(a.map((row) => row.map((v) => Number(v.toFixed(3)))));
  console.log(`  ${name.padEnd(5)} sparse ${show(seen).padEnd(32)} dense ${show(expected)}`);
  const diagonal = Math.max(Math.abs(seen[0][0] - expected[0][0]), Math.abs(seen[1][1] - expected[1][1]));
  holds &&= diagonal < 1e-12 && seen[0][1] === 0 && seen[1][0] === 0;
  holds &&= ['sqrt', 'sin', 'mul'].includes(name) ? off(seen, expected) < 1e-12 : off(seen, expected) === 1;
}
const method = new SparseMatrix(rows).add(new SparseMatrix(rows)).to2DArray();
const pasted = SparseMatrix.add(new SparseMatrix(rows), new SparseMatrix(rows)).to2DArray();
console.log(`  A + A by the method ${JSON.stringify(method)}, by the static function ${JSON.stringify(pasted)}`);
holds &&= off(method, [[2, 0], [0, 8]]) === 0 && typeof pasted[0][0] === 'string';
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.cjs
