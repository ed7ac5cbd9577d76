#!/usr/bin/env bash
# TensorFlow.js: tf.grad of tf.grad is wrong wherever exp, tanh or sigmoid is a part of the function. The first derivatives are right; nothing is thrown.
# Guess: tf.grad can be applied twice, as the example in its documentation does, and x·exp(x) has the second derivative (2 + x)·exp(x).
# Seen: these operations save their output for the backward pass, and the saved copy hangs on nothing. So the outer gradient takes exp(x) in exp'(x) = exp(x) for a
#       constant, and that share of the second derivative is missing. Where it is the whole of it, "Cannot compute gradient" is thrown, which is known (tfjs issue 3252);
#       where something else depends on x, a wrong number comes out, even of the wrong sign. Functions that save their input (softplus, sinh) are right.
# Why it matters: Hessians, Newton steps and gradient penalties of any network with tanh or sigmoid, and of tf.losses.sigmoidCrossEntropy, are made in this way.
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
const s = (x) => 1 / (1 + Math.exp(-x));
const d = (x) => s(x) * (1 - s(x));
const t = Math.tanh;
const dt = (x) => 1 - t(x) ** 2;
// name, function, first derivative, second derivative, is tfjs right?
const cases = [
  ['x sinh(x)', (x) => tf.mul(x, tf.sinh(x)), (x) => Math.sinh(x) + x * Math.cosh(x), (x) => 2 * Math.cosh(x) + x * Math.sinh(x), true],
  ['softplus(x)', (x) => tf.softplus(x), s, d, true],
  ['x exp(x)', (x) => tf.mul(x, tf.exp(x)), (x) => (1 + x) * Math.exp(x), (x) => (2 + x) * Math.exp(x), false],
  ['log(1 + exp(x))', (x) => tf.log(tf.add(1, tf.exp(x))), s, d, false],
  ['sigmoid(x)^2', (x) => tf.square(tf.sigmoid(x)), (x) => 2 * s(x) * d(x), (x) => 2 * d(x) ** 2 + 2 * s(x) * d(x) * (1 - 2 * s(x)), false],
  ['(tanh(x) - 1)^2', (x) => tf.square(tf.sub(tf.tanh(x), 1)), (x) => 2 * (t(x) - 1) * dt(x), (x) => 2 * dt(x) ** 2 - 4 * (t(x) - 1) * t(x) * dt(x), false],
  ['sigmoidCrossEntropy(1, x)', (x) => tf.losses.sigmoidCrossEntropy(tf.scalar(1), x), (x) => s(x) - 1, d, false],
];
const x = 0.7;
const h = 1e-4;
const row = (...cells) => console.log(cells.map((c, i) => (typeof c === 'number' ? c.toFixed(6) : c).padEnd(i ? 16 : 28)).join(''));
console.log(`@tensorflow/tfjs ${tf.version.tfjs}, at x = ${x}`);
row('', 'first', 'expected', 'second', 'expected', 'by differences');
let holds = true;
for (const [name, f, first, second, right] of cases) {
  const gradient = tf.grad(f);
  const seenFirst = gradient(tf.scalar(x)).dataSync()[0];
  const seen = tf.grad(gradient)(tf.scalar(x)).dataSync()[0];
  const differences = (first(x + h) - first(x - h)) / (2 * h);
  row(name, seenFirst, first(x), seen, second(x), differences);
  holds &&= Math.abs(seenFirst - first(x)) < 1e-5 && Math.abs(differences - second(x)) < 1e-6 && (right ? Math.abs(seen - second(x)) < 1e-5 : Math.abs(seen - second(x)) > 0.05);
}
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.mjs
