#!/usr/bin/env bash
# TensorFlow.js: the gradient of tf.cumsum along any axis but the last comes out transposed; for a square tensor nothing is thrown and the numbers are wrong.
# Guess: the gradient has the layout of the input: of Σ w·cumsum(x, 0), entry (i, j) is the sum of w over the rows from i on in column j.
# Seen: the gradient's function moves the summed axis to the end, although the operation itself has already undone this. A 3 × 3 tensor gets its transpose; a 3 × 4 one
#       gets "The gradient of input 'x' has shape '4,3'", which is the only hint. Along the last axis it is right.
# Why it matters: a batch as large as the sequence is long, or a square attention matrix, is enough; distribution losses (CRPS, earth mover's distance) are cumulative sums.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @tensorflow/tfjs@4.22.0
cat >check.mjs <<'JAVASCRIPT'
import { createRequire } from 'node:module';

console.warn = console.info = () => {};
const tf = createRequire(import.meta.url)('@tensorflow/tfjs');
await tf.setBackend('cpu');
const w = [[1, 2, 3], [4, 5, 6], [7, 8, 10]];
const loss = (axis) => (x) => tf.sum(tf.mul(tf.tensor2d(w), tf.cumsum(x, axis)));
const transpose = (a) => a[0].map((_, j) => a.map((r) => r[j]));
const suffixSums = (r) => r.map((_, j) => r.slice(j).reduce((a, b) => a + b));
const expected = [transpose(transpose(w).map(suffixSums)), w.map(suffixSums)];
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
console.log(`@tensorflow/tfjs ${tf.version.tfjs}; gradient of Σ w · cumsum(x, axis), w = ${JSON.stringify(w)}`);
let holds = true;
for (const axis of [0, 1]) {
  const f = loss(axis);
  const seen = tf.grad(f)(tf.zeros([3, 3])).arraySync();
  // f is linear, so its gradient is its value at each unit tensor.
  const units = w.map((r, i) => r.map((_, j) => f(tf.tensor2d(w.map((q, k) => q.map((_, l) => +(k === i && l === j))))).dataSync()[0]));
  console.log(`axis ${axis}: ${JSON.stringify(seen)}\n   expected ${JSON.stringify(expected[axis])}, value at the unit tensors ${JSON.stringify(units)}`);
  holds &&= same(units, expected[axis]) && (axis === 1 ? same(seen, expected[1]) : same(seen, transpose(expected[0])) && !same(seen, expected[0]));
}
let message = '';
try {
  tf.grad((x) => tf.sum(tf.cumsum(x, 0)))(tf.ones([3, 4]));
} catch (error) {
  message = error.message;
}
console.log(`of a 3 × 4 tensor, axis 0: ${message}`);
process.exit(holds && message.includes("'4,3'") ? 0 : 1);
JAVASCRIPT
node check.mjs
