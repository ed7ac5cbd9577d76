#!/usr/bin/env bash
# ml-regression-multivariate-linear: the slope comes out as zero where x lies around 1e5 with a spread of 20; the standard errors vouch for it.
# Guess: a straight line through 20 points is fitted to ten digits whether x starts at 0 or at 100 000.
# Seen: the normal equations XᵀX are inverted by a singular value decomposition that takes values within rounding of the largest for zero. Their ratio is about
#       offset⁴ over spread², so one direction is dropped as singular: the prediction is the mean. The standard errors leave it out too.
# Why it matters: time stamps, row numbers, distances in metres: the model says "no effect" with a standard error of 3e-5, where the effect is 2.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ml-regression-multivariate-linear@2.0.4 ml-matrix@6.15.1 simple-statistics@7.12.1
cat >check.mjs <<'JAVASCRIPT'
import { readFileSync } from 'node:fs';
import { Matrix, SVD } from 'ml-matrix';
import Regression from 'ml-regression-multivariate-linear';
import { linearRegression } from 'simple-statistics';

const { version } = JSON.parse(readFileSync('node_modules/ml-regression-multivariate-linear/package.json', 'utf8'));
const noise = [-0.5, 0, 0.5];
const y = Array.from({ length: 20 }, (_, i) => 3 + 2 * i + noise[i % 3]);
// Slope of y over 0 … 19, whose mean is 9.5 and whose squared deviations sum to 665.
const expected = y.reduce((s, v, i) => s + (i - 9.5) * v, 0) / 665;
console.log(`ml-regression-multivariate-linear ${version}; 20 points, x = offset + 0 … 19; expected slope at every offset: ${expected.toFixed(6)}`);
console.log('offset      slope         standard error   prediction of first and last     SVD of X itself (ml-matrix)   simple-statistics');
let holds = true;
for (const offset of [0, 2000, 1e5, 1e6]) {
  const x = y.map((_, i) => offset + i);
  const model = new Regression(x.map((v) => [v]), y.map((v) => [v]));
  const slope = model.weights[0][0];
  const error = model.stdErrors[0];
  const ends = [x[0], x[19]].map((v) => model.predict([v])[0].toFixed(3)).join(', ');
  const design = new Matrix(x.map((v) => [v, 1]));
  const direct = new SVD(design, { autoTranspose: true }).solve(Matrix.columnVector(y)).get(0, 0);
  const other = linearRegression(x.map((v, i) => [v, y[i]])).m;
  console.log(`${offset.toExponential(0).padEnd(12)}${slope.toExponential(4).padEnd(14)}${error.toExponential(2).padEnd(17)}${ends.padEnd(33)}${direct.toFixed(6).padEnd(30)}${other.toFixed(6)}`);
  holds &&= Math.abs(direct - expected) < 1e-5 && Math.abs(other - expected) < 1e-5;
  holds &&= offset < 1e5 ? Math.abs(slope - expected) < 1e-5 && error > 0.01 : Math.abs(slope) < 1e-3 && error < 1e-4;
}
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.mjs
