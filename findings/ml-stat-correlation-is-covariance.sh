#!/usr/bin/env bash
# ml-stat: matrix.correlation is the covariance matrix, and matrix.zScores are only centred.
# Guess: a correlation matrix has ones on its diagonal, and columns of z-scores have the variance 1.
# Seen: the standard deviations are asked for with the arguments in another order, true in the place of the means, and come out as NaN; where a deviation is NaN the division is skipped,
#       as it would be for a constant column. zScores is right if deviations are handed to it, and standardDeviation by itself is right.
# Why it matters: thresholds on |r| and clustering by correlation are then in the squared units of the data: metres in place of kilometres multiply it by a million. Nothing is thrown.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ml-stat@1.3.3 simple-statistics@7.12.1
cat >check.cjs <<'JAVASCRIPT'
const { matrix } = require('ml-stat');
const { sampleCorrelation, sampleCovariance, sampleVariance } = require('simple-statistics');
const { version } = require('ml-stat/package.json');

const data = [[1, 2], [3, 5], [5, 4], [8, 1]];
const column = (rows, j) => rows.map((row) => row[j]);
let holds = true;
console.log(`ml-stat ${version}`);
for (const scale of [1, 1000]) {
  const rows = data.map((row) => row.map((v) => v * scale));
  const [x, y] = [column(rows, 0), column(rows, 1)];
  const seen = matrix.correlation(rows);
  const covariance = [[sampleVariance(x), sampleCovariance(x, y)], [sampleCovariance(x, y), sampleVariance(y)]];
  console.log(`scale ${scale}: correlation ${JSON.stringify(seen)}; expected off the diagonal ${sampleCorrelation(x, y).toFixed(4)}`);
  holds &&= seen.flat().every((v, i) => Math.abs(v - covariance.flat()[i]) < 1e-9 * scale * scale);
  const variances = [0, 1].map((j) => sampleVariance(column(matrix.zScores(rows), j)));
  const handed = [0, 1].map((j) => sampleVariance(column(matrix.zScores(rows, undefined, matrix.standardDeviation(rows)), j)));
  console.log(`  variances of zScores ${variances.join(' ')}; with the deviations handed in ${handed.map((v) => v.toFixed(6)).join(' ')}`);
  holds &&= Math.abs(variances[0] - sampleVariance(x)) < 1e-9 * scale * scale && handed.every((v) => Math.abs(v - 1) < 1e-9);
}
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.cjs
