#!/usr/bin/env bash
# statistics.js: with ties, Kendall's τ_b and its z are wrong, and τ_c exceeds 1: it is 1.8 for ten pairs in perfect order.
# Guess: τ_b and τ_c lie between −1 and 1, and τ_b and its z are those of Kendall's definition, as SciPy and R have them.
# Seen: τ_b has the number of different tied values where the number of tied pairs belongs. The variance of z sums t (t − 1)(2t + 5) over groups of ties with something else than a
#       group's size for t. τ_c always takes 2 for the smaller number of categories. Without ties τ_b and z are right.
# Why it matters: ratings and other ordinal data, which this test is for, have ties; z and a p-value look plausible, and τ_b is too large.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund statistics.js@1.0.0
cat >check.cjs <<'JAVASCRIPT'
const Statistics = require('statistics.js');
const { version } = require('statistics.js/package.json');

const library = (x, y) => new Statistics(x.map((v, i) => ({ x: v, y: y[i] })), { x: 'ordinal', y: 'ordinal' }).kendallsTau('x', 'y');

function definition(x, y) {
  const n = x.length;
  let [difference, tiedX, tiedY] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      difference += Math.sign(x[i] - x[j]) * Math.sign(y[i] - y[j]);
      tiedX += Number(x[i] === x[j]);
      tiedY += Number(y[i] === y[j]);
    }
  }
  const pairs = (n * (n - 1)) / 2;
  const least = Math.min(new Set(x).size, new Set(y).size);
  const groups = (a) => [...new Set(a)].map((v) => a.filter((w) => w === v).length);
  const sum = (a, f) => groups(a).reduce((total, t) => total + f(t), 0);
  const two = (t) => t * (t - 1);
  const three = (t) => t * (t - 1) * (t - 2);
  const spread = (t) => t * (t - 1) * (2 * t + 5);
  const variance = (spread(n) - sum(x, spread) - sum(y, spread)) / 18 + (sum(x, two) * sum(y, two)) / (2 * n * (n - 1)) + (sum(x, three) * sum(y, three)) / (9 * three(n));
  return { b: difference / Math.sqrt((pairs - tiedX) * (pairs - tiedY)), c: (2 * least * difference) / (n * n * (least - 1)), z: difference / Math.sqrt(variance) };
}

const CASES = {
  'no ties': [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [2, 1, 4, 3, 7, 5, 8, 6, 10, 9]],
  ratings: [[1, 1, 2, 2, 2, 3, 3, 4, 5, 5], [1, 2, 1, 2, 3, 3, 4, 4, 4, 5]],
};
console.log(`statistics.js ${version}`);
const seen = {};
for (const [name, [x, y]] of Object.entries(CASES)) {
  const { b, c } = library(x, y);
  const right = definition(x, y);
  seen[name] = { tau: b.tauB, z: b.z, c: c.tauC, right };
  console.log(`  ${name.padEnd(18)} τ_b ${b.tauB.toFixed(4)} (${right.b.toFixed(4)})   z ${b.z.toFixed(3)} (${right.z.toFixed(3)})   τ_c ${c.tauC.toFixed(3)} (${right.c.toFixed(3)})   in brackets: by definition`);
}
const perfect = Array.from({ length: 10 }, (_, i) => i + 1);
const limit = library(perfect, perfect).c.tauC;
console.log(`  τ_c of ten pairs in perfect order ${limit}; by definition ${definition(perfect, perfect).c}`);
const plain = seen['no ties'];
const { ratings } = seen;
let holds = Math.abs(plain.tau - plain.right.b) < 1e-12 && Math.abs(plain.z - plain.right.z) < 1e-12;
holds &&= Math.abs(ratings.tau - ratings.right.b) > 0.04 && Math.abs(ratings.z - ratings.right.z) > 0.3;
holds &&= ratings.c > 1.2 && Math.abs(limit - 1.8) < 1e-12 && definition(perfect, perfect).c === 1;
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.cjs
