#!/usr/bin/env bash
# mathjs: corr is wrong in its first digit, infinite or near zero where the values have a common offset; variance, std and mean of the same values are right.
# Guess: a correlation does not change when a constant is added to all values; with 16 digits a spread of 1 around 1e8 leaves 8 of them.
# Seen: n Σxy − Σx Σy and n Σx² − (Σx)² are differences of sums of raw products, so that digits are lost with the square of offset over spread. Nothing is thrown.
# Why it matters: time stamps, row numbers of large tables and log-likelihoods of whole data sets have such offsets, and 0.67 for 0.85 looks like a result.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund mathjs@15.2.0 simple-statistics@7.12.1
cat >check.mjs <<'JAVASCRIPT'
import { corr, variance, version } from 'mathjs';
import { sampleCorrelation } from 'simple-statistics';

const x = [1, 2, 4, 3];
const y = [1, 2, 4, 5];
const expected = 6 / Math.sqrt(50); // Σ dx dy = 6, Σ dx² = 5, Σ dy² = 10
console.log(`mathjs ${version}; correlation of offset + [1, 2, 4, 3] with [1, 2, 4, 5]; expected at every offset: ${expected.toFixed(6)}`);
console.log('offset      corr         sampleCorrelation of simple-statistics   variance of mathjs (expected: 1.6667)');
const seen = {};
let exact = true;
for (const offset of [0, 1e6, 1e7, 5e7, 1e8, 1e9, 1.7e12]) {
  const moved = x.map((v) => v + offset);
  seen[offset] = corr(moved, y);
  const other = sampleCorrelation(moved, y);
  console.log(`${offset.toExponential(1).padEnd(12)}${seen[offset].toFixed(6).padEnd(13)}${other.toFixed(6).padEnd(41)}${variance(moved).toFixed(4)}`);
  exact &&= Math.abs(other - expected) < 1e-9 && Math.abs(variance(moved) - 5 / 3) < 1e-9;
}
const far = (offset) => Math.abs(seen[offset] - expected);
process.exit(exact && far(0) < 1e-12 && far(1e8) > 0.1 && !(far(1e9) < 0.1) && !(far(1.7e12) < 0.1) ? 0 : 1);
JAVASCRIPT
node check.mjs
