/** @file The eigensolver at the orders of real curvature matrices. */
import { describe, expect, test } from 'vitest';
import { symmetricEigen } from '../../src/linalg/eigen/symmetric-eigen.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { matmul } from '../../src/linalg/products.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { expectClose } from '../helpers/close.ts';
import { checkEigenLaws, expectSameBits } from '../helpers/eigen-laws.ts';
import { patience } from '../helpers/patience.ts';
import { goe, laplacian, symmetric } from '../helpers/zoo.ts';

const EPS = Number.EPSILON;

describe('divide and conquer', () => {
  test('random 1210, whole and above the 70th percentile', { timeout: patience(60) }, () => {
    const a = goe(1210);
    const full = symmetricEigen(a, { method: 'dc' });
    checkEigenLaws(a, full, 2);
    const above = full.values.map(Math.abs).sort()[847];
    const kept = symmetricEigen(a, { method: 'dc', above });
    const wanted = Array.from(full.values.keys()).filter((i) => Math.abs(full.values[i]) > above);
    expectSameBits(
      kept.values,
      Float64Array.from(wanted, (i) => full.values[i]),
    );
    for (const k of [0, 100, wanted.length - 1])
      expectSameBits(kept.vectors.column(k), full.vectors.column(wanted[k]));
    checkEigenLaws(a, kept, 2);
  });

  test('a Gram matrix of rank 300 and order 1000, with a spectrum over eight decades', {
    timeout: patience(60),
  }, () => {
    const x = new Matrix(1000, 300, rng(0, 'gram').fillNormal(new Float64Array(300_000)));
    for (let k = 0; k < x.data.length; k++) x.data[k] *= 10 ** ((-4 * (k % 300)) / 300);
    const a = matmul(x, x, { transposeB: true });
    const result = symmetricEigen(a, { method: 'dc' });
    checkEigenLaws(a, result, 2);
    expect(result.values.filter((v) => Math.abs(v) > 1000 * EPS * frobenius(a)).length).toBe(300);
  });

  test('the Laplacian of a 32 × 32 grid: closed form, most eigenvalues double', {
    timeout: patience(60),
  }, () => {
    const line = laplacian(32);
    const mu = line.values as Float64Array;
    const a = symmetric(1024, (i, j) => {
      const [p, q, r, s] = [i >> 5, i & 31, j >> 5, j & 31];
      return (p === r ? line.matrix.at(q, s) : 0) + (q === s ? line.matrix.at(p, r) : 0);
    });
    const result = symmetricEigen(a, { method: 'dc' });
    checkEigenLaws(a, result, 2);
    const exact = Float64Array.from({ length: 1024 }, (_, k) => mu[k >> 5] + mu[k & 31]).sort();
    expectClose(result.values, exact, { atol: 1024 * EPS * 8 });
  });
});

test('QL at order 600 agrees', { timeout: patience(60) }, () => {
  const a = goe(600);
  const ql = symmetricEigen(a, { method: 'ql' });
  checkEigenLaws(a, ql, 5);
  expectClose(symmetricEigen(a, { method: 'dc' }).values, ql.values, { atol: 600 * EPS * frobenius(a) });
});
