#!/usr/bin/env bash
# ndarray-gradient: the gradient has the wrong sign in the interior: of f(i, j) = i² + 3j it is (−2i, −3).
# Guess: central differences, (f(i + 1) − f(i − 1)) / 2, as NumPy's gradient has them.
# Seen: each component is (f(i − 1) − f(i + 1)) / 2. On the border, with "clamp", the missing neighbour is the border value itself and the half stays, so that a slope of 3 is −1.5 there.
# Why it matters: magnitudes (edges, lengths) come out right and hide it; ascent, normals, optical flow and divergences change their direction.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ndarray@1.1.1 ndarray-gradient@1.0.1 ndarray-unpack@1.0.0
cat >check.cjs <<'JAVASCRIPT'
const ndarray = require('ndarray');
const gradient = require('ndarray-gradient');
const unpack = require('ndarray-unpack');
const { version } = require('ndarray-gradient/package.json');

const N = 6;
const f = ndarray(new Float64Array(N * N), [N, N]);
for (let i = 0; i < N; i++) for (let j = 0; j < N; j++) f.set(i, j, i * i + 3 * j);
const g = ndarray(new Float64Array(N * N * 2), [N, N, 2]);
gradient(g, f, 'clamp');
const alongRows = unpack(g.pick(null, 2, 0));
const alongColumns = unpack(g.pick(2, null, 1));
console.log(`ndarray-gradient ${version}, f = i² + 3j`);
console.log(`∂f/∂i for i = 0 … 5: ${alongRows.join(' ')}   expected inside: ${[1, 2, 3, 4].map((i) => 2 * i).join(' ')}`);
console.log(`∂f/∂j for j = 0 … 5: ${alongColumns.join(' ')}   expected: 3 everywhere`);

let holds = true;
for (let i = 1; i < N - 1; i++) {
  const witness = (f.get(i + 1, 2) - f.get(i - 1, 2)) / 2;
  holds &&= witness === 2 * i && alongRows[i] === -witness && alongColumns[i] === -3;
}
holds &&= alongColumns[0] === -1.5 && alongColumns[N - 1] === -1.5;
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.cjs
