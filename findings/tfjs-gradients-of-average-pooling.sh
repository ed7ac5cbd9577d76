#!/usr/bin/env bash
# TensorFlow.js: the gradient of average pooling with padding "same" is too small at the borders: the values divide by the cells inside the image, the gradient by the window.
# Guess: the mean over all of y = avgPool(x, …, 'same') has the gradient that finite differences show, and for any constant image the sum of the gradient of Σ y is the
#        number of outputs, as avgPool(c) = c.
# Seen: padded cells are left out of the average (so a corner of a 3 × 3 window has 4 cells), as in TensorFlow, while the gradient always divides by 9. What comes
#       through a window over a border is too small: 2.25 times in a corner, 3.4 times in one of three dimensions. Padding "valid" is right; tf.layers inherits it.
# Why it matters: networks with "same" pooling train on a wrong gradient, and influence scores or saliency maps fade towards the edges. Found in the "cpu" backend.
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
console.log(`@tensorflow/tfjs ${tf.version.tfjs}; gradient of the sum of all outputs of average pooling, window 3, stride 1, of a 3 × 3 image`);

// The operation is linear: its gradient is the response of Σ y to each unit image.
const seenAndExpected = (f, shape) => {
  const total = (x) => tf.sum(f(x));
  const n = shape.reduce((a, b) => a * b);
  const expected = Array.from({ length: n }, (_, i) => total(tf.tensor(Array.from({ length: n }, (_, j) => +(i === j)), shape)).dataSync()[0]);
  return [Array.from(tf.grad(total)(tf.ones(shape)).dataSync()), expected, total(tf.ones(shape)).dataSync()[0]];
};
const sum = (v) => v.reduce((a, b) => a + b);
const close = (a, b) => a.every((v, i) => Math.abs(v - b[i]) < 1e-5);
const show = (v) => v.slice(0, 3).map((x) => x.toFixed(4)).join(' ');
const layer = tf.layers.averagePooling2d({ poolSize: 3, strides: 1, padding: 'same' });
const cases = [
  ['avgPool, valid', (x) => tf.avgPool(x, 3, 1, 'valid'), [1, 3, 3, 1], true],
  ['avgPool, same', (x) => tf.avgPool(x, 3, 1, 'same'), [1, 3, 3, 1], false],
  ['averagePooling2d, same', (x) => layer.apply(x), [1, 3, 3, 1], false],
  ['avgPool3d, same', (x) => tf.avgPool3d(x, 3, 1, 'same'), [1, 3, 3, 3, 1], false],
];
let holds = true;
for (const [name, f, shape, right] of cases) {
  const [seen, expected, outputs] = seenAndExpected(f, shape);
  console.log(`${name.padEnd(24)}first row ${show(seen)}, expected ${show(expected)}; sum ${sum(seen).toFixed(4)}, expected ${sum(expected).toFixed(4)} (outputs: ${outputs})`);
  holds &&= close([sum(expected)], [outputs]) && close(seen, expected) === right;
}
// One corner by hand: x₀₀ is in the windows of y₀₀ (4 cells), y₀₁ and y₁₀ (6 cells), y₁₁ (9 cells).
const [seen, expected] = seenAndExpected(cases[1][1], cases[1][2]);
holds &&= close([expected[0]], [1 / 4 + 1 / 6 + 1 / 6 + 1 / 9]) && close([seen[0]], [4 / 9]);
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.mjs
