#!/usr/bin/env bash
# numpy-ts: unwrap leaves phases as they are: jumps of 2π stay in the result, whether the phase rises or falls.
# Guess: unwrap of the angle of exp(it), sampled finely enough, is t again; that is what the function is for, and NumPy's does it.
# Seen: the step between neighbours is brought into (−π, π], and this wrapped step, not the step itself, is then compared with π. It is never larger, so nothing is moved;
#       only steps below −π, where JavaScript's remainder is negative, pass the comparison, and then the multiple of 2π comes out as 0 unless the jump is beyond 3π.
# Why it matters: frequencies are slopes of unwrapped phases; here they keep spikes of 2π per sample.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund numpy-ts@1.7.0
cat >check.mjs <<'JAVASCRIPT'
import * as np from 'numpy-ts';

// The definition: each step is moved by the multiple of 2π that brings it into (−π, π].
const unwrapped = (p) => {
  const result = [p[0]];
  for (let i = 1; i < p.length; i++) {
    const step = p[i] - p[i - 1];
    result.push(result[i - 1] + step - 2 * Math.PI * Math.round(step / (2 * Math.PI)));
  }
  return result;
};
const largest = (a, b) => Math.max(...a.map((v, i) => Math.abs(v - b[i])));
const show = (v) => v.map((x) => x.toFixed(2)).join(' ');
console.log(`numpy-ts ${np.__version__}`);
let holds = true;
for (const slope of [2, -2, 0.5]) {
  const t = Array.from({ length: 9 }, (_, i) => slope * i);
  const wrapped = t.map((v) => Math.atan2(Math.sin(v), Math.cos(v)));
  const seen = np.unwrap(np.array(wrapped)).tolist();
  const rows = np.unwrap(np.array([wrapped, wrapped])).tolist()[1];
  console.log(`wrapped   ${show(wrapped)}\n  seen     ${show(seen)}\n  expected ${show(t)}`);
  holds &&= largest(unwrapped(wrapped), t) < 1e-12;
  holds &&= largest(seen, wrapped) < 1e-12 && largest(rows, wrapped) < 1e-12;
  holds &&= Math.max(...t.map(Math.abs)) > Math.PI && largest(seen, t) > 6;
}
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.mjs
