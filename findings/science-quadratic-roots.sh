#!/usr/bin/env bash
# science: the two roots of a quadratic are wrong unless they are opposite or a is ½; a double root is right. Its Jaccard distance is 1 for equal vectors and 0 for disjoint ones.
# Guess: science.quadratic()(1, −3, 2) is [1, 2], and a distance is 0 between equal vectors, as it is for the six others in science.stats.distance.
# Seen: √(b² − 4ac) is divided by 2a and −b is not: the roots of x² − 3x + 2 are given as 2.5 and 3.5. Complex pairs have the same fault. "jaccard" counts equal entries: a similarity.
# Why it matters: a closed-form line search, an eigenvalue of a 2 × 2 block: right for b = 0 and for double roots, which is what one tries first. k-means and hierarchical
#       clustering take these distances and put the most unlike vectors together.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund science@1.9.3
cat >check.cjs <<'JAVASCRIPT'
const science = require('science');
const { version } = require('science/package.json');

let holds = true;
console.log(`science ${version}; a x² + b x + c at the roots given`);
for (const [a, b, c, right] of [[1, 0, -4, true], [1, -2, 1, true], [0.5, -3, 4, true], [1, -3, 2, false], [2, -10, 12, false], [1, 5, 6, false]]) {
  const roots = science.quadratic()(a, b, c);
  const values = roots.map((x) => (a * x + b) * x + c);
  console.log(`  ${a} x² + ${b} x + ${c}: roots ${roots.join(', ')}; values ${values.join(', ')}`);
  const off = Math.max(...values.map(Math.abs));
  holds &&= right ? off < 1e-12 : off > 0.5;
}
const [one] = science.quadratic().complex(true)(1, -4, 13); // the pair is 2 ± 3i
console.log(`  x² − 4 x + 13: ${JSON.stringify(one)}; expected: a real part of 2 and an imaginary part of ±3`);
holds &&= one.r === 4 && Math.abs(one.i) === 3;

const distances = science.stats.distance;
const equal = [1, 0, 1, 1];
const disjoint = [0, 1, 0, 0];
console.log('distance of equal vectors, of vectors without one equal entry');
for (const name of ['euclidean', 'manhattan', 'chebyshev', 'hamming', 'braycurtis', 'jaccard']) {
  const [near, far] = [distances[name](equal, equal), distances[name](equal, disjoint)];
  console.log(`  ${name.padEnd(12)} ${near}   ${far}`);
  holds &&= name === 'jaccard' ? near === 1 && far === 0 : near === 0 && far > 0;
}
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.cjs
