/** @file symmetricEigen for the k eigenvalues of largest magnitude, against the whole decomposition. */
import { describe, expect, test } from 'vitest';
import { type EigenMethod, symmetricEigen } from '../../src/linalg/eigen/symmetric-eigen.ts';
import { DomainError } from '../../src/linalg/errors.ts';
import { kernels } from '../../src/linalg/kernels/select.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { expectClose } from '../helpers/close.ts';
import { checkEigenLaws, expectSameBits } from '../helpers/eigen-laws.ts';
import { clement, direct, goe, hilbert, laplacian, minimum, reflected, scaled } from '../helpers/zoo.ts';

const METHODS: readonly EigenMethod[] = ['jacobi', 'ql', 'dc'];

describe.each(METHODS)('%s', (method) => {
  test('the same pairs as in the whole decomposition, bit for bit', () => {
    for (const a of [goe(66), minimum(40).matrix, scaled(goe(34), 1e-150), hilbert(14), clement(45).matrix]) {
      const full = symmetricEigen(a, { method });
      const n = a.rows;
      for (const largest of [0, 1, 2, n >> 1, n - 1, n, n + 5, 10 * n]) {
        const k = Math.min(largest, n);
        const bySize = Array.from(full.values.keys()).sort(
          (i, j) => Math.abs(full.values[j]) - Math.abs(full.values[i]) || full.values[j] - full.values[i],
        );
        const kept = bySize.slice(0, k).sort((i, j) => i - j);
        const { values, vectors, discarded } = symmetricEigen(a, { method, largest, discarded: true });
        expectSameBits(
          values,
          Float64Array.from(kept, (i) => full.values[i]),
        );
        expect([vectors.rows, vectors.cols]).toEqual([n, k]);
        for (const [column, i] of kept.entries())
          expectSameBits(vectors.column(column), full.vectors.column(i));
        const others = bySize.slice(k).sort((i, j) => i - j);
        expectClose(
          discarded as Float64Array,
          others.map((i) => full.values[i]),
          { atol: 4 * n * Number.EPSILON * frobenius(a) },
        );
        const only = symmetricEigen(a, { method, largest, vectors: false });
        expect([only.values.length, only.vectors.rows, only.vectors.cols]).toEqual([k, n, 0]);
      }
    }
  });

  test('of two eigenvalues ±λ the positive one comes first', () => {
    const a = Matrix.diagonal([3, -3, 2, -2, 2, ...new Array<number>(20).fill(0.5)]);
    const values = (largest: number): number[] => Array.from(symmetricEigen(a, { method, largest }).values);
    expect(values(1)).toEqual([3]);
    expect(values(2)).toEqual([-3, 3]);
    expect(values(4)).toEqual([-3, 2, 2, 3]);
    expect(values(5)).toEqual([-3, -2, 2, 2, 3]);
    expect(values(7)).toEqual([-3, -2, 0.5, 0.5, 2, 2, 3]);
  });

  test('a multiple eigenvalue is cut to exactly so many orthonormal vectors', () => {
    const a = reflected(Array.from({ length: 60 }, (_, i) => (i % 3) - 1));
    for (const largest of [7, 20, 31, 45]) {
      const result = symmetricEigen(a, { method, largest });
      expect(result.values.length).toBe(largest);
      checkEigenLaws(a, result);
    }
  });

  test('a matrix that falls apart: the largest of all parts', () => {
    const a = direct(laplacian(70).matrix, scaled(clement(40).matrix, 0.1), Matrix.identity(3));
    const full = symmetricEigen(a, { method }).values.map(Math.abs).sort().reverse();
    const { values } = symmetricEigen(a, { method, largest: 50 });
    expectSameBits(values.map(Math.abs).sort().reverse(), full.slice(0, 50));
  });
});

test('fewer vectors, less work: 30 of 300 take less than half of the products', () => {
  const a = goe(300);
  const k = kernels() as { gemm: (...args: readonly never[]) => void };
  const { gemm } = k;
  let flops = 0;
  k.gemm = (...args) => {
    flops += args[0] * args[1] * args[2];
    gemm(...args);
  };
  try {
    symmetricEigen(a);
    const whole = flops;
    flops = 0;
    symmetricEigen(a, { largest: 30 });
    expect(flops).toBeLessThan(0.5 * whole);
  } finally {
    k.gemm = gemm;
  }
});

test('refuses what is no number of eigenpairs, and a threshold beside it', () => {
  const a = goe(5);
  for (const largest of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => symmetricEigen(a, { largest })).toThrow(DomainError);
  expect(() => symmetricEigen(a, { largest: 2, above: 0.1 })).toThrow(/largest.*absent beside `above`/);
});
