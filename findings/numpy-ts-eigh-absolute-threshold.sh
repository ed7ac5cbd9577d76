#!/usr/bin/env bash
# numpy-ts: eigh of a small matrix in small units returns eigenvalues without one right digit.
# Guess: numpy.linalg.eigh under another roof, relative to the matrix's norm: eigenvalues of c·A are c times those of A.
# Seen: Jacobi rotations stop at an absolute off-diagonal of 1e-10, so a matrix of entries below that is called diagonal and its diagonal returned.
# Why it matters: curvature matrices of converged networks, and covariances in SI units, live there.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund numpy-ts@1.4.0
cat >check.mjs <<'JAVASCRIPT'
import { readFileSync } from 'node:fs';
import * as np from 'numpy-ts';

const { version } = JSON.parse(readFileSync('node_modules/numpy-ts/package.json', 'utf8'));
const eigenvalues = (unit) => np.linalg.eigvalsh(np.array([[2 * unit, unit], [unit, 2 * unit]])).toArray().map((x) => x / unit);
const far = (values) => Math.max(Math.abs(values[0] - 1), Math.abs(values[1] - 3));
const [one, small] = [eigenvalues(1), eigenvalues(1e-11)];
console.log(`numpy-ts ${version}; eigenvalues of u·[[2, 1], [1, 2]] over u (expected: 1, 3)`);
console.log(`u = 1:     ${one.join(', ')}`);
console.log(`u = 1e-11: ${small.join(', ')}`);
process.exit(far(one) < 1e-12 && far(small) > 0.5 ? 0 : 1);
JAVASCRIPT
node check.mjs
