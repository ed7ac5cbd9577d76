#!/usr/bin/env bash
# pca-js: the covariance matrix is the scatter matrix divided by the number of columns, not of rows, so eigenvalues grow with the number of observations.
# Guess: computeVarianceCovariance(scores, sample) divides by n, or by n − 1 for a sample, n the number of rows; the eigenvalues of getEigenVectors are variances along its directions.
# Seen: it gets the scatter matrix alone and takes that matrix's length, p, for n. Ten times as many rows give eigenvalues ten times as large, a constant column that says nothing
#       makes them smaller, and the sample covariance of one column is infinite. Directions and percentages are right.
# Why it matters: eigenvalues are compared with a noise variance, and scores are whitened by 1 / √λ. In the example of its own page, 4 students with 3 exams, p happens to be n − 1.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pca-js@2.0.6 ml-matrix@6.15.1
cat >check.cjs <<'JAVASCRIPT'
const { readFileSync } = require('node:fs');
const { covariance, EigenvalueDecomposition, Matrix } = require('ml-matrix');
const PCA = require('pca-js');

const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
const near = (a, b) => Math.abs(a - b) <= 1e-9 * Math.abs(b);
const descending = (values) => [...values].sort((a, b) => b - a);
const show = (values) => values.map((x) => x.toFixed(3)).join(', ');
const rows = [[1, 2], [3, 1], [5, 7], [2, 2], [9, 4], [4, 4], [8, 9], [0, 3], [6, 5], [7, 1]];
const repeated = (times) => Array.from({ length: times }, () => rows).flat();

console.log(`pca-js ${version('pca-js')}; covariances by ml-matrix ${version('ml-matrix')}, divided by n; ten rows, repeated`);
const cases = [
  ['10 × 2', rows],
  ['100 × 2', repeated(10)],
  ['1000 × 2', repeated(100)],
  ['10 × 2 and 3 constant columns', rows.map((row) => [...row, 1, 1, 1])],
];
let holds = true;
for (const [name, data] of cases) {
  const [n, p] = [data.length, data[0].length];
  const expected = descending(new EigenvalueDecomposition(covariance(new Matrix(data)).mul((n - 1) / n)).realEigenvalues);
  const vectors = PCA.getEigenVectors(data);
  const seen = descending(vectors.map((v) => v.eigenvalue));
  console.log(`${name.padEnd(30)} eigenvalues ${show(seen.slice(0, 2)).padEnd(20)} expected ${show(expected.slice(0, 2))}; ratio ${(seen[0] / expected[0]).toFixed(1)}, n / p ${n / p}`);
  for (const i of [0, 1]) holds &&= near(seen[i], (expected[i] * n) / p);
  holds &&= near(PCA.computePercentageExplained(vectors, vectors[0]), expected[0] / (expected[0] + expected[1]));
}
const column = rows.map(([x]) => [x]);
const scores = PCA.computeDeviationScores(PCA.computeDeviationMatrix(column));
const ofSample = PCA.computeVarianceCovariance(scores, true)[0][0];
const ofAll = PCA.computeVarianceCovariance(scores, false)[0][0];
const variance = covariance(new Matrix(column)).get(0, 0);
console.log(`one column: sample variance ${ofSample} (expected: ${variance.toFixed(3)}), of the population ${ofAll.toFixed(3)} (expected: ${((variance * 9) / 10).toFixed(3)})`);
holds &&= ofSample === Infinity && near(ofAll, variance * 9);
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.cjs
