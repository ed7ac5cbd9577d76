#!/usr/bin/env bash
# vectorious: A.T.inv(), A.T.solve(b), A.T.gauss() and augment take the memory of A for that of its transpose: they solve with A. multiply, add, det and lu of A.T are right.
# Guess: transpose() is a view by strides, as in NumPy, and everything that takes a matrix follows the strides; A.T.toArray() shows the transpose.
# Seen: what goes through an iterator or a copy follows them. Elimination, in gauss, lu_factor, solve and by way of augment inv, indexes row · columns + column by itself.
#       A.T.inv() is the inverse of A, and the product A.T · A.T.inv() is not the identity, although multiply is right. Nothing is thrown.
# Why it matters: (AᵀA)⁻¹Aᵀb and adjoint systems Aᵀλ = g are written with .T. A symmetric A hides it, and with the native BLAS of its optional packages the same memory is handed over.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --no-optional --ignore-scripts vectorious@6.1.14
cat >check.cjs <<'JAVASCRIPT'
const v = require('vectorious');
const { version } = JSON.parse(require('node:fs').readFileSync('node_modules/vectorious/package.json', 'utf8'));

const rows = [[2, 1, 0], [0, 3, 1], [0, 0, 4]];
const turned = rows[0].map((_, j) => rows.map((row) => row[j]));
const view = () => v.array(rows).T; // strides of a transpose
const plain = () => v.array(turned); // the same matrix, row by row
const right = () => v.array([[1], [2], [3]]);
const off = (a, b) => Math.max(...a.toArray().flat().map((x, i) => Math.abs(x - b.toArray().flat()[i])));
const show = (a) => JSON.stringify(a.toArray().map((row) => row.map((x) => Number(x.toFixed(3)))));

console.log(`vectorious ${version}; the view reads ${show(view())}, the array ${show(plain())}`);
const operations = {
  multiply: (a) => v.multiply(a, plain()),
  add: (a) => a.add(plain()),
  'upper factor': (a) => a.lu()[1],
  solve: (a) => a.solve(right()),
  inv: (a) => a.inv(),
  gauss: (a) => v.augment(a, right()).gauss(),
};
let holds = off(view(), plain()) === 0 && Math.abs(view().det() - 24) < 1e-12;
for (const [name, operation] of Object.entries(operations)) {
  const [ofView, ofArray] = [operation(view()), operation(plain())];
  const difference = off(ofView, ofArray);
  console.log(`  ${name.padEnd(13)} of the view ${show(ofView)}   of the array ${show(ofArray)}`);
  holds &&= ['solve', 'inv', 'gauss'].includes(name) ? difference > 0.1 : difference < 1e-12;
}
const residual = off(v.multiply(plain(), view().solve(right())), right());
const identity = off(v.multiply(plain(), view().inv()), v.eye(3));
const ofOriginal = off(v.multiply(v.array(rows), view().inv()), v.eye(3));
console.log(`residual of the view's solution ${residual.toFixed(2)}; A.T · A.T.inv() − I ${identity.toFixed(2)}; A · A.T.inv() − I ${ofOriginal.toExponential(0)}`);
holds &&= residual > 0.1 && identity > 0.1 && ofOriginal < 1e-12;
holds &&= off(v.multiply(plain(), plain().solve(right())), right()) < 1e-12;
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.cjs
