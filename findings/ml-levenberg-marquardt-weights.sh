#!/usr/bin/env bash
# ml-levenberg-marquardt: with weights other than 1 a fit of a straight line comes back as the initial values.
# Guess: multiplying all weights by the same number changes nothing but the unit of the error.
# Seen: a step is (JᵀVJ + λ)⁻¹ JᵀUr, where V holds 1/w² and U, as the error does, w². With w = 2 for every point steps are 16 times too long, the fit runs away and the best
#       parameters met are the first ones; with w = 0.1 they are ten thousand times too short. All iterations are spent, and nothing is said.
# Why it matters: weights are given where points have different errors, and what comes back looks like an answer: parameters and an error.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ml-levenberg-marquardt@5.1.0 ml-matrix@6.15.1
cat >check.mjs <<'JAVASCRIPT'
import { readFileSync } from 'node:fs';
import { levenbergMarquardt } from 'ml-levenberg-marquardt';

const { version } = JSON.parse(readFileSync('node_modules/ml-levenberg-marquardt/package.json', 'utf8'));
const x = [0, 1, 2, 3, 4, 5, 6, 7];
const noise = [-0.3, 0.1, 0.2, -0.2, 0.3, 0, -0.1, 0.2];
const y = x.map((value, i) => 1 + 2 * value + noise[i]);

/** Weighted least squares in closed form; the package minimizes Σ w²r². */
function closedForm(w) {
  const sum = (f) => x.reduce((total, _, i) => total + w[i] ** 2 * f(i), 0);
  const [s, sx, sy, sxx, sxy] = [() => 1, (i) => x[i], (i) => y[i], (i) => x[i] ** 2, (i) => x[i] * y[i]].map(sum);
  const slope = (s * sxy - sx * sy) / (s * sxx - sx * sx);
  return [(sy - slope * sx) / s, slope];
}

const initialValues = [0.5, 1];
const cases = [1, 2, 10, 0.1, 0.01].map((w) => [`${w} for all`, x.map(() => w)]);
cases.push(['1, but 10 for the last', x.map((_, i) => (i === 7 ? 10 : 1))]);
console.log(`ml-levenberg-marquardt ${version}; a + bx through eight points near 1 + 2x, from ${initialValues}, 1000 iterations`);
let holds = true;
for (const [name, weights] of cases) {
  const { parameterValues, iterations } = levenbergMarquardt({ x, y }, ([a, b]) => (v) => a + b * v, { initialValues, weights, maxIterations: 1000, errorTolerance: 1e-12 });
  const right = closedForm(weights);
  const show = (values) => values.map((value) => value.toFixed(4)).join(', ');
  console.log(`weights ${name.padEnd(23)} [${show(parameterValues)}]  (expected: [${show(right)}])  ${iterations} iterations`);
  const distance = (a, b) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));
  holds &&= name === '1 for all' ? distance(parameterValues, right) < 1e-6 : distance(parameterValues, right) > 0.3 && distance(parameterValues, initialValues) < 0.2;
}
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.mjs
