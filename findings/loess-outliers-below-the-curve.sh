#!/usr/bin/env bash
# loess: with robust: true an outlier above the curve is ignored, and one below gets the largest weight of all: the curve runs towards it.
# Guess: robustness weights take the size of a residual, so a fit of −y is minus the fit of y, and one wild value among twenty-one does not matter, as in Cleveland's paper.
# Seen: the bisquare weight is (1 − (r / 6m)²)² where r, with its sign, is below 6m, m the median of |r|, and 0 otherwise. A residual of −60m passes as "below 6m" and has the
#       weight (1 − 100)², about 10⁴ times that of a point on the curve. Every further iteration makes it worse. Without robust: true there is no such weight.
# Why it matters: drops of a sensor, missing values written as −999 and failed runs lie below; the option that should remove them makes the curve follow them.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund loess@1.3.5 d3-regression@2.2.0
cat >check.mjs <<'JAVASCRIPT'
import { createRequire } from 'node:module';
import { regressionLoess } from 'd3-regression';

const require = createRequire(import.meta.url);
const loess = require('loess');
const Loess = loess.default ?? loess;

const x = Array.from({ length: 21 }, (_, i) => i);
const line = x.map((v) => 2 * v);
const noise = x.map((v) => 0.3 * Math.sin(3 * v));
const worst = (fit) => Math.max(...fit.map((v, i) => Math.abs(v - line[i])));
const other = regressionLoess().x((d) => d[0]).y((d) => d[1]).bandwidth(0.75);
console.log(`loess ${require('loess/package.json').version}: a line of slope 2 with noise of 0.3, one value of 21 moved; largest distance of the curve from the line`);
console.log('moved by   robust loess   not robust   robust loess of −y, turned back   d3-regression (robust)');
const seen = {};
for (const moved of [0, 50, 500, -50, -500]) {
  const y = line.map((v, i) => v + noise[i] + (i === 10 ? moved : 0));
  const fit = (values, robust) => new Loess({ x, y: values }, { span: 0.75, degree: 1, robust, iterations: 4 }).predict().fitted.map(Number);
  const rows = {
    robust: worst(fit(y, true)),
    plain: worst(fit(y, false)),
    mirrored: worst(fit(y.map((v) => -v), true).map((v) => -v)),
    witness: worst(other(x.map((v, i) => [v, y[i]])).map((point) => point[1])),
  };
  seen[moved] = rows;
  console.log(`${String(moved).padEnd(11)}${rows.robust.toFixed(2).padEnd(15)}${rows.plain.toFixed(2).padEnd(13)}${rows.mirrored.toFixed(2).padEnd(34)}${rows.witness.toFixed(2)}`);
}
let holds = Object.values(seen).every((rows) => rows.witness < 1) && seen[0].robust < 1;
for (const size of [50, 500]) {
  holds &&= seen[size].robust < 1 && seen[-size].mirrored < 1; // above: ignored
  holds &&= seen[-size].robust > 5 && seen[size].mirrored > 5; // below: followed
}
holds &&= seen[-500].robust > 0.6 * seen[-500].plain;
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.mjs
