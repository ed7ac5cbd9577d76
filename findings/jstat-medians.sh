#!/usr/bin/env bash
# jStat: the medians of two distributions are wrong: of Pareto's it is the shape times √2 instead of 2^(1/shape), of the uniform one it is NaN.
# Guess: cdf(median(…), …) is ½, and median(…) is inv(0.5, …), which the same library has.
# Seen: pareto.median returns scale · shape · √2: for shape 5 it lies at the 99.99th percentile, and it grows with the shape while the true one falls towards the scale.
#       uniform.median hands two numbers to the mean of an array. Those of the exponential, Weibull and Kumaraswamy are right.
# Why it matters: a median of a heavy tail is asked for because the mean is no use there.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund jstat@1.9.6
cat >check.mjs <<'JAVASCRIPT'
import { readFileSync } from 'node:fs';
import jstat from 'jstat';

const { version } = JSON.parse(readFileSync('node_modules/jstat/package.json', 'utf8'));
console.log(`jstat ${version}`);
let holds = true;
const judge = (name, parameters, closedForm, right) => {
  const d = jstat[name];
  const seen = d.median(...parameters);
  const inverse = d.inv(0.5, ...parameters);
  const at = Number.isNaN(seen) ? NaN : d.cdf(seen, ...parameters);
  console.log(`${name}(${parameters.join(', ')})`.padEnd(20) + `median ${seen.toFixed(6).padEnd(12)} cdf there ${at.toFixed(6).padEnd(10)} inv(0.5) ${inverse.toFixed(6).padEnd(12)} closed form ${closedForm.toFixed(6)}`);
  holds &&= Math.abs(inverse - closedForm) < 1e-9 && (Math.abs(seen - closedForm) < 1e-9) === right;
};
judge('exponential', [0.5], 2 * Math.LN2, true);
judge('weibull', [2, 1.5], 2 * Math.LN2 ** (1 / 1.5), true);
judge('kumaraswamy', [2, 3], Math.sqrt(1 - 2 ** (-1 / 3)), true);
for (const shape of [1, 2, 5, 20]) judge('pareto', [1, shape], 2 ** (1 / shape), false);
for (const [a, b] of [[0, 1], [1, 4]]) judge('uniform', [a, b], (a + b) / 2, false);
holds &&= Math.abs(jstat.pareto.median(1, 5) - 5 * Math.SQRT2) < 1e-12 && Number.isNaN(jstat.uniform.median(1, 4));
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.mjs
