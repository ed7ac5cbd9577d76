#!/usr/bin/env bash
# jax-js: float64 on the Wasm device, which is the default, has six or seven digits in every function but the square root, and no digit near zero.
# Guess: an array of float64 that goes through exp, tanh or pow comes back with the accuracy of float64, as it does on the device "cpu".
# Seen: these functions go through float32 and coarse polynomials, while the result says float64. exp, log, sin and powers are off by 1e-8 to 1e-7, arctan of 1e-5 by 1e-6, sinh and
#       arctanh of 1e-7 by 19 %; tanh of 1e-9 and softplus of −20 are zero. Square roots and arithmetic are those of float64, and so is exp of [2.9, 2.9], unlike that of [2.9, 1]:
#       an array of equal numbers is folded and computed in JavaScript. The table of supported types has float64 for Wasm without a note.
# Why it matters: who takes float64 does so to check derivatives by differences, or for losses of confident predictions; differences of 1e-5 are then wrong from the third digit.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @jax-js/jax@0.1.25
cat >check.mjs <<'JAVASCRIPT'
import { readFileSync } from 'node:fs';

// The package asks whether an array is one of these; Node has them from version 24 on. No half is used here.
globalThis.Float16Array ??= class extends Uint16Array {};
const { defaultDevice, init, nn, numpy: np } = await import('@jax-js/jax');
await init('cpu');
await init('wasm');

const { version } = JSON.parse(readFileSync('node_modules/@jax-js/jax/package.json', 'utf8'));
/** Name, function, argument, right value, and what is seen as the relative error: a lower bound. */
const cases = [
  ['sqrt(2)', np.sqrt, 2, Math.SQRT2, 0],
  ['exp(2.9)', np.exp, 2.9, Math.exp(2.9), 1e-8],
  ['log(0.7)', np.log, 0.7, Math.log(0.7), 1e-8],
  ['sin(2.9)', np.sin, 2.9, Math.sin(2.9), 1e-8],
  ['power(1.3, 3)', (x) => np.power(x, 3), 1.3, 1.3 * 1.3 * 1.3, 1e-8],
  ['arctan(1e-5)', np.arctan, 1e-5, Math.atan(1e-5), 1e-7],
  ['sinh(1e-7)', np.sinh, 1e-7, Math.sinh(1e-7), 0.1],
  ['arctanh(1e-7)', np.arctanh, 1e-7, Math.atanh(1e-7), 0.1],
  ['tanh(1e-9)', np.tanh, 1e-9, Math.tanh(1e-9), 1],
  ['softplus(-20)', nn.softplus, -20, Math.log1p(Math.exp(-20)), 1],
];
console.log(`@jax-js/jax ${version}, arrays of float64: relative error`);
let holds = true;
for (const [name, apply, argument, right, atLeast] of cases) {
  const errors = ['wasm', 'cpu'].map((device) => {
    defaultDevice(device);
    const result = apply(np.array([argument, argument / 2, argument / 3], { dtype: np.float64 })); // of equal numbers it is computed in JavaScript, and right
    holds &&= result.dtype === np.float64;
    return Math.abs(result.js()[0] / right - 1);
  });
  console.log(`${name.padEnd(14)} wasm ${errors[0].toExponential(1).padEnd(8)} cpu ${errors[1].toExponential(1)}  (expected: 1e-15, where nothing cancels)`);
  holds &&= errors[0] >= atLeast && (atLeast > 0 || errors[0] < 1e-15) && errors[1] < 1e-7;
}
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.mjs
