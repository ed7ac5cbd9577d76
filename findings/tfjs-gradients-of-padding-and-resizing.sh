#!/usr/bin/env bash
# TensorFlow.js: the gradient of mirrorPad is that of padding with zeros, and the gradients of resizing leave out halfPixelCenters.
# Guess: a pixel that is mirrored into the margin counts twice or more in the gradient, and the option that moves the sampling points moves the gradient with them.
# Seen: the gradient of mirrorPad cuts the middle out of the incoming gradient and drops the rest. Resizing with halfPixelCenters = true is differentiated as if it were
#       false, in resizeBilinear and resizeNearestNeighbor. All three functions are linear, so their values at unit images show the right gradient. Nothing is thrown.
# Why it matters: style transfer, super-resolution and augmentation differentiate through both; half-pixel centres are what TensorFlow 2, PyTorch and OpenCV use.
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
console.log(`@tensorflow/tfjs ${tf.version.tfjs}; the gradient of Σ i · y[i] of y = f(x), and the value at each unit image`);

const total = (f) => (x) => {
  const y = f(x).flatten();
  return tf.sum(tf.mul(y, tf.range(0, y.size)));
};
const gradients = (f, shape) => {
  const n = shape.reduce((a, b) => a * b);
  const unit = (i) => tf.tensor(Array.from({ length: n }, (_, j) => +(i === j)), shape);
  const expected = Array.from({ length: n }, (_, i) => total(f)(unit(i)).dataSync()[0]);
  return [Array.from(tf.grad(total(f))(tf.zeros(shape)).dataSync()), expected];
};
const close = (a, b) => a.every((v, i) => Math.abs(v - b[i]) < 1e-3);
const show = (v) => v.map((x) => x.toFixed(2)).join(' ');
let holds = true;
const judge = (name, seen, expected, right) => {
  console.log(`${name}\n  seen     ${show(seen)}\n  expected ${show(expected)}`);
  holds &&= close(seen, expected) === right;
};

// [a, b, c] padded by one and two is [b, a, b, c, b, a]: with weights 0…5 a gets 1 + 5, b gets 0 + 2 + 4, c gets 3.
const [padSeen, padExpected] = gradients((x) => tf.mirrorPad(x, [[1, 2]], 'reflect'), [3]);
judge('mirrorPad of 3 values, reflect, 1 before and 2 after', padSeen, padExpected, false);
holds &&= close(padExpected, [6, 6, 3]) && close(padSeen, [1, 2, 3]);

for (const name of ['resizeBilinear', 'resizeNearestNeighbor']) {
  const resize = (half) => (x) => tf.image[name](x, [5, 5], false, half);
  const shape = [1, 3, 3, 1];
  const [plain, plainExpected] = gradients(resize(false), shape);
  const [half, halfExpected] = gradients(resize(true), shape);
  judge(`${name} of 3 × 3 to 5 × 5, halfPixelCenters false`, plain, plainExpected, true);
  judge(`${name} of 3 × 3 to 5 × 5, halfPixelCenters true`, half, halfExpected, false);
  holds &&= close(half, plain);
}
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.mjs
