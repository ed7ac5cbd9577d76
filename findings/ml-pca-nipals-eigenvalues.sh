#!/usr/bin/env bash
# ml-pca: with method "NIPALS" the eigenvalues are n − 1 times those of the other two methods, and the shares of variance are of what was asked for, not of all.
# Guess: getEigenvalues, getStandardDeviations and getExplainedVariance do not depend on the algorithm.
# Seen: "SVD" and "covarianceMatrix" give the eigenvalues of the covariance; NIPALS gives sums of squared scores, so 20 examples make them 19 times larger and 200 examples
#       199 times. Asked for the first two of six components, NIPALS explains 100 % of the variance with them, where the other methods say how much is left.
# Why it matters: a cut-off or a damping in terms of eigenvalues changes with the number of examples, and the explained variance cannot show that components are missing.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ml-pca@4.1.1 ml-matrix@6.15.1
cat >check.mjs <<'JAVASCRIPT'
import { createRequire } from 'node:module';
import { covariance, EVD, Matrix } from 'ml-matrix';
import { PCA } from 'ml-pca';

const { version } = createRequire(import.meta.url)('./node_modules/ml-pca/package.json');
let state = 1;
const uniform = () => (state = (state * 16807) % 2147483647) / 2147483647 - 0.5;
const near = (a, b) => Math.abs(a - b) < 1e-6 * Math.abs(b);
const show = (v) => v.slice(0, 2).map((x) => x.toFixed(4)).join(', ');
let holds = true;
console.log(`ml-pca ${version}; six features; the first two eigenvalues, and the share of variance of the first two components together`);
for (const n of [20, 200]) {
  const x = new Matrix(Array.from({ length: n }, () => [4, 3, 2, 2, 2, 2].map((s) => s * uniform())));
  const truth = Array.from(new EVD(covariance(x)).realEigenvalues).sort((a, b) => b - a);
  const share = (truth[0] + truth[1]) / truth.reduce((s, v) => s + v);
  console.log(`n = ${n}: eigenvalues of the covariance ${show(truth)}, share ${share.toFixed(4)}`);
  for (const method of ['SVD', 'covarianceMatrix', 'NIPALS']) {
    const pca = new PCA(x, { method, nCompNIPALS: 2 });
    const values = pca.getEigenvalues();
    const explained = pca.getExplainedVariance();
    const seenShare = explained[0] + explained[1];
    const ratio = values[0] / truth[0];
    console.log(`  ${method.padEnd(17)}${show(values).padEnd(22)}ratio ${ratio.toFixed(4).padEnd(10)}share ${seenShare.toFixed(4)}`);
    holds &&= method === 'NIPALS' ? Math.abs(ratio / (n - 1) - 1) < 1e-3 && near(seenShare, 1) : near(ratio, 1) && near(seenShare, share);
  }
}
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.mjs
