#!/usr/bin/env bash
# npyjs: an array of JavaScript numbers is written in single precision, unless one of them is large.
# Guess: JavaScript's numbers are float64, so `dump([0.1, 1e-50])` writes float64, and what is read back is what was written.
# Seen: the type is chosen by the largest magnitude alone. With a fraction in it an array becomes float32: 0.1 is off by 1.5e-9 and 1e-50 is 0; next to 1e39 the same 0.1 is exact.
#       A Float64Array of the same numbers is written as it is. The manual only says that the type "is inferred".
# Why it matters: p-values, damping and small eigenvalues become zero on the way to NumPy, and whether they do depends on the other entries of the array.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check numpy==2.4.6
npm init -y >/dev/null
npm install --silent --no-audit --no-fund npyjs@1.2.0
cat >write.mjs <<'JAVASCRIPT'
import { readFileSync, writeFileSync } from 'node:fs';
import { dump } from 'npyjs';

const { version } = JSON.parse(readFileSync('node_modules/npyjs/package.json', 'utf8'));
console.log(`npyjs ${version}; written with dump, read by NumPy`);
writeFileSync('numbers.npy', Buffer.from(dump([0.1, 1e-50])));
writeFileSync('large.npy', Buffer.from(dump([0.1, 1e39])));
writeFileSync('typed.npy', Buffer.from(dump(new Float64Array([0.1, 1e-50]))));
JAVASCRIPT
node write.mjs
venv/bin/python - <<'PYTHON'
import sys

import numpy as np

CASES = (('[0.1, 1e-50]', 'numbers.npy', [0.1, 1e-50]), ('[0.1, 1e39]', 'large.npy', [0.1, 1e39]), ('Float64Array [0.1, 1e-50]', 'typed.npy', [0.1, 1e-50]))
exact = []
for name, path, right in CASES:
    seen = np.load(path)
    print(f'{name:26} {seen.dtype} {[float(value) for value in seen]}  (expected: float64 {right})')
    exact.append(seen.dtype == np.float64 and seen.tolist() == right)
numbers = np.load('numbers.npy')
sys.exit(0 if exact == [False, True, True] and numbers.dtype == np.float32 and numbers[1] == 0 else 1)
PYTHON
