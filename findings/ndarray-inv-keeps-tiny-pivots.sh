#!/usr/bin/env bash
# ndarray-inv and ndarray-determinant: rows are exchanged at a pivot of exactly zero, or never, so inverses and determinants of harmless matrices are wrong.
# Guess: elimination exchanges rows for the largest pivot, and a determinant of an exchange of two rows is −1.
# Seen: ndarray-inv exchanges rows only where a pivot is exactly 0. Condition numbers stay below 7 here, yet a pivot of 1e-9 costs half the digits of the inverse, one of 1e-17
#       gives another matrix. ndarray-determinant never exchanges: 0 for every matrix whose first entry is 0, and it ignores that its factorisation gave up.
# Why it matters: an indefinite Hessian has small and zero entries on its diagonal whatever its condition, and these are the packages of ndarray's own family for the job.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ndarray@1.1.1 ndarray-inv@0.2.0 ndarray-determinant@1.0.0 ml-matrix@6.15.1
cat >check.mjs <<'JAVASCRIPT'
import { readFileSync } from 'node:fs';
import ndarray from 'ndarray';
import determinant from 'ndarray-determinant';
import inv from 'ndarray-inv';
import { determinant as expectedDeterminant, inverse, Matrix, SVD } from 'ml-matrix';

const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
const names = ['ndarray-inv', 'ndarray-determinant', 'ml-matrix'];
console.log(`${names.map((n) => `${n} ${version(n)}`).join(', ')}; matrices [[p, 1], [1, 1]]`);

const seen = [];
for (const p of [2, 1e-9, 1e-17, 0]) {
  const rows = [[p, 1], [1, 1]];
  const a = new Matrix(rows);
  const array = ndarray(new Float64Array(rows.flat()), [2, 2]);
  const expected = inverse(a);
  const got = new Matrix(2, 2);
  const result = inv(array);
  for (let i = 0; i < 2; i++) for (let j = 0; j < 2; j++) got.set(i, j, result.get(i, j));
  const far = Matrix.sub(got, expected).norm() / expected.norm();
  const defect = Matrix.sub(a.mmul(expected), Matrix.eye(2)).norm();
  const values = new SVD(a).diagonal;
  const row = { p, condition: values[0] / values[1], far, defect, det: determinant(array), expectedDet: expectedDeterminant(a) };
  seen.push(row);
  console.log(`p = ${String(p).padEnd(6)} condition ${row.condition.toFixed(1)}; inverse off by ${far.toExponential(1)} (ml-matrix: |A A⁻¹ − I| ${defect.toExponential(1)}); `
    + `determinant ${row.det} (expected: ${row.expectedDet.toFixed(4)})`);
}
const [plain, small, tiny, zero] = seen;
const holds = seen.every((s) => s.condition < 7 && s.defect < 1e-14) && plain.far < 1e-14 && Math.abs(plain.det - plain.expectedDet) < 1e-13
  && small.far > 1e-9 && tiny.far > 0.1 && zero.far < 1e-14 && zero.det === 0 && zero.expectedDet === -1;
process.exit(holds ? 0 : 1);
JAVASCRIPT
node check.mjs
