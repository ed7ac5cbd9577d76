#!/usr/bin/env bash
# numjs: the standard deviation of an array of bytes squares in bytes: of 100 and 200 it is 0. The right-hand side of an operation is cut to the type of the left.
# Guess: std and mean of integers are computed in doubles, as in NumPy, and int32 + float64 is float64, whichever stands first.
# Seen: std clones the array and squares it in place, so 200² becomes 64 modulo 256, and a negative variance, or NaN, is returned as 0. mean is right. add, multiply and divide
#       keep the left operand's type: nj.add(a, b) and nj.add(b, a) differ, and an image divided by 255 is black. Nothing is thrown.
# Why it matters: its images are read as arrays of bytes, and (x − mean) / std is the first thing done to them. float32 squares as well: 10000, 10001, 10002 have a deviation of 0.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts numjs@0.16.1
cat >check.cjs <<'JAVASCRIPT'
const Module = require('node:module');
const { readFileSync } = require('node:fs');

// The reader of image files needs two native modules; nothing here does.
const load = Module._load;
Module._load = (name, ...rest) => (name === 'sharp' || name === 'deasync' ? () => undefined : load(name, ...rest));
const nj = require('numjs');

const { version } = JSON.parse(readFileSync('node_modules/numjs/package.json', 'utf8'));
const near = (a, b) => Math.abs(a - b) <= 1e-12 * Math.abs(b);
const deviation = (values) => {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
};
const ramp = Array.from({ length: 256 }, (_, i) => i);
const cases = [['uint8', [100, 200]], ['uint8', [0, 15]], ['uint8', [0, 16]], ['uint8', ramp], ['int8', [-100, 100]], ['int16', [-300, 300]], ['float32', [10000, 10001, 10002]]];

console.log(`numjs ${version}`);
const seen = [];
for (const [type, values] of cases) {
  const array = nj.array(values, type);
  const plain = nj.array(values); // the default type, plain numbers
  const expected = deviation(values);
  seen.push({ std: array.std(), plain: plain.std(), expected, mean: array.mean(), plainMean: plain.mean() });
  const name = values.length > 3 ? '0, 1, …, 255' : values.join(', ');
  console.log(`${type.padEnd(8)} ${name.padEnd(20)} std ${array.std().toFixed(4).padEnd(9)} expected ${expected.toFixed(4).padEnd(9)} of plain numbers ${plain.std().toFixed(4).padEnd(9)} mean ${array.mean()}`);
}
const integers = nj.array([1, 2], 'int32');
const halves = nj.array([0.5, 0.5], 'float64');
const [first, second] = [nj.add(integers, halves).tolist(), nj.add(halves, integers).tolist()];
const image = nj.array([0, 100, 200, 255], 'uint8').divide(255).tolist();
console.log(`int32 [1, 2] + float64 [0.5, 0.5] = [${first.join(', ')}], the other way round [${second.join(', ')}]; bytes [0, 100, 200, 255] / 255 = [${image.join(', ')}]`);

const missing = nj.array([1, NaN]);
console.log(`of 1 and NaN: std ${missing.std()} (expected: NaN), mean ${missing.mean()}`);

const holds = missing.std() === 0 && Number.isNaN(missing.mean()) && seen.every((s) => Math.abs(s.plain - s.expected) < 1e-7 && s.mean === s.plainMean)
  && seen.map((s) => near(s.std, s.expected)).join() === [false, true, false, false, false, false, false].join()
  && seen[0].std === 0 && seen[2].std === 0 && seen[3].std === 0 && seen[6].std === 0
  && first.join() === '1,2' && second.join() === '1.5,2.5' && image.join() === '0,0,0,1';
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.cjs
