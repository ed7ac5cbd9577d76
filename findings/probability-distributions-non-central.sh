#!/usr/bin/env bash
# probability-distributions: draws with a non-centrality are central draws moved by it: the variance does not change, and betas exceed 1.
# Guess: rchisq(n, df, ncp) is the sum of squares of df normals whose means have the squared length ncp: mean df + ncp, variance 2 (df + 2 ncp). A beta lies between 0 and 1.
# Seen: ncp is added to the central draw. The mean of χ² is right by that, its variance that of ncp = 0: 6 in place of 26 for df = 3 and ncp = 5, and no draw is below ncp.
#       rbeta(n, a, b, ncp) is a beta plus ncp: all values above 1 for ncp = 1.
# Why it matters: non-central draws are what the power of a test is simulated with; a check of the mean alone passes, and the power comes out far too large.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund probability-distributions@0.9.1
cat >check.cjs <<'JAVASCRIPT'
const draws = require('probability-distributions');
const { version } = require('probability-distributions/package.json');

const N = 50_000;
const mean = (a) => a.reduce((sum, v) => sum + v, 0) / a.length;
const variance = (a) => mean(a.map((v) => (v - mean(a)) ** 2));
const smallest = (a) => a.reduce((least, v) => Math.min(least, v), Number.POSITIVE_INFINITY);
const sumOfSquares = (df, ncp) => {
  const normals = draws.rnorm(N * df);
  return Array.from({ length: N }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < df; j++) sum += (normals[i * df + j] + (j === 0 ? Math.sqrt(ncp) : 0)) ** 2;
    return sum;
  });
};
console.log(`probability-distributions ${version}, ${N} draws of χ² with 3 degrees of freedom`);
console.log('ncp   rchisq: mean, variance, least    squares of normals: mean, variance, least    closed form: mean, variance');
let holds = true;
for (const ncp of [0, 5]) {
  const [seen, witness] = [draws.rchisq(N, 3, ncp), sumOfSquares(3, ncp)];
  const row = (a) => [mean(a), variance(a), smallest(a)].map((v) => v.toFixed(2)).join('  ');
  console.log(`${ncp}     ${row(seen).padEnd(33)}${row(witness).padEnd(45)}${3 + ncp}  ${2 * (3 + 2 * ncp)}`);
  holds &&= Math.abs(mean(seen) - 3 - ncp) < 0.3 && Math.abs(variance(seen) - 6) < 0.6 && smallest(seen) >= ncp;
  holds &&= Math.abs(mean(witness) - 3 - ncp) < 0.3 && Math.abs(variance(witness) - 2 * (3 + 2 * ncp)) < 2 && smallest(witness) < 1;
}
const betas = draws.rbeta(N, 2, 3, 1);
console.log(`rbeta(2, 3) with ncp = 1: mean ${mean(betas).toFixed(3)}, least ${smallest(betas).toFixed(3)}; expected: all below 1`);
holds &&= smallest(betas) > 1 && Math.abs(mean(betas) - 1.4) < 0.02;
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.cjs
