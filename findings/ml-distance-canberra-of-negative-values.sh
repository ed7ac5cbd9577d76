#!/usr/bin/env bash
# ml-distance: the Canberra distance of vectors with negative entries is negative or infinite, and Clark's is that of other vectors.
# Guess: Σ |pᵢ − qᵢ| / (|pᵢ| + |qᵢ|), between 0 and the number of entries, whatever the signs: Lance and Williams's definition, and SciPy's.
# Seen: the denominator is pᵢ + qᵢ, without absolute values: (−1, −3) and (−2, −1) are −0.83 apart, (1, −1) and (1, 1) infinitely far, others a million where two entries nearly cancel.
#       For positive entries it is right. The nearest neighbour of a vector need not be itself. Nothing is thrown.
# Why it matters: centred or standardised data, gradients, embeddings have both signs; ml-knn, ml-hclust and ml-distance-matrix take these functions as they are.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ml-distance@5.0.0
cat >check.cjs <<'JAVASCRIPT'
const { distance } = require('ml-distance');
const { version } = JSON.parse(require('node:fs').readFileSync('node_modules/ml-distance/package.json', 'utf8'));

const right = (p, q) => p.reduce((sum, v, i) => sum + (v === q[i] ? 0 : Math.abs(v - q[i]) / (Math.abs(v) + Math.abs(q[i]))), 0);
const signless = (p, q) => p.reduce((sum, v, i) => sum + Math.abs(v - q[i]) / (v + q[i]), 0);
const CASES = [
  ['positive', [1, 3], [2, 1]],
  ['negative', [-1, -3], [-2, -1]],
  ['opposite', [1, -1], [1, 1]],
  ['nearly opposite', [1, 2], [-0.999999, 1]],
];
console.log(`ml-distance ${version}; expected: between 0 and 2`);
let holds = true;
for (const [name, p, q] of CASES) {
  const [seen, expected] = [distance.canberra(p, q), right(p, q)];
  console.log(`  ${name.padEnd(16)} (${p}) (${q})   canberra ${seen}   expected ${expected}`);
  holds &&= seen === signless(p, q) && expected >= 0 && expected <= 2;
  holds &&= name === 'positive' ? Math.abs(seen - expected) < 1e-15 : !(Math.abs(seen - expected) < 0.5);
}
holds &&= distance.canberra([-1, -3], [-2, -1]) < 0 && distance.canberra([1, -1], [1, 1]) === Number.POSITIVE_INFINITY;

const clark = (p, q) => Math.sqrt(p.reduce((sum, v, i) => sum + ((v - q[i]) / (Math.abs(v) + Math.abs(q[i]))) ** 2, 0));
console.log(`  clark: positive ${distance.clark([1, 3], [2, 1])}, expected ${clark([1, 3], [2, 1])}; mixed ${distance.clark([1, 2], [-3, 1])}, expected ${clark([1, 2], [-3, 1])}`);
holds &&= Math.abs(distance.clark([1, 3], [2, 1]) - clark([1, 3], [2, 1])) < 1e-15 && distance.clark([1, 2], [-3, 1]) > clark([1, 2], [-3, 1]) + 0.5;

const query = [0.5, -1];
const points = [[0.5, -1], [0.4, -1.1], [2, -3], [-3, -4]];
const nearest = (f) => points.map((p, i) => [f(query, p), i]).sort((a, b) => a[0] - b[0])[0][1];
console.log(`  nearest to (${query}) of itself and three others: number ${nearest(distance.canberra)}; expected number ${nearest(right)}`);
holds &&= nearest(right) === 0 && nearest(distance.canberra) !== 0;
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.cjs
