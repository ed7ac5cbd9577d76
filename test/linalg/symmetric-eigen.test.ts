/** @file symmetricEigen over the zoo, by every method; methods against each other; scaling; closed forms; golden values; errors. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type EigenMethod,
  type SymmetricEigen,
  symmetricEigen,
} from '../../src/linalg/eigen/symmetric-eigen.ts';
import { DomainError, NonFiniteError, ShapeError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { matmul } from '../../src/linalg/products.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose } from '../helpers/close.ts';
import {
  checkEigenLaws,
  eigenDefects,
  expectSameBits,
  subspaceGap,
  unitScaled,
} from '../helpers/eigen-laws.ts';
import { goe, graded, hilbert, minimum, scaled, symmetric, symmetricZoo } from '../helpers/zoo.ts';

const METHODS: readonly EigenMethod[] = ['jacobi', 'ql', 'dc'];
const ZOO = symmetricZoo();
const EPS = Number.EPSILON;

describe('laws over the zoo', () => {
  for (const { name, matrix, values } of ZOO)
    for (const method of METHODS.filter((m) => m !== 'jacobi' || matrix.rows <= 100))
      test(`${method}: ${name}`, () => {
        const before = matrix.data.slice();
        const result = symmetricEigen(matrix, { method });
        expectSameBits(matrix.data, before, 'the input');
        checkEigenLaws(matrix, result);
        const tolerance = 4 * matrix.rows * EPS * frobenius(matrix);
        if (values !== undefined) expectClose(result.values, values, { atol: tolerance });
        const only = symmetricEigen(matrix, { method, vectors: false });
        expect([only.vectors.rows, only.vectors.cols]).toEqual([matrix.rows, 0]);
        expectClose(only.values, result.values, { atol: tolerance });
      });
});

test('auto is Jacobi up to order 16 and divide and conquer above', () => {
  for (const [n, method] of [
    [16, 'jacobi'],
    [17, 'dc'],
  ] as const)
    expect(symmetricEigen(goe(n))).toEqual(symmetricEigen(goe(n), { method }));
});

describe('three algorithms, one answer', () => {
  for (const { name, matrix } of ZOO.filter(({ matrix: { rows } }) => rows >= 2 && rows <= 66))
    test(name, () => {
      const { matrix: a } = unitScaled(matrix);
      const scale = frobenius(a) || 1;
      const [jacobi, ql, dc] = METHODS.map((method) => symmetricEigen(a, { method })) as [
        SymmetricEigen,
        SymmetricEigen,
        SymmetricEigen,
      ];
      const tolerance = 4 * a.rows * EPS * scale;
      expectClose(ql.values, jacobi.values, { atol: tolerance });
      expectClose(dc.values, jacobi.values, { atol: tolerance });
      // invariant subspaces of clusters that are split at gaps above 1e-8 ‖A‖
      expect(subspaceGap(ql, jacobi, 1e-8 * scale) / (a.rows * EPS * scale)).toBeLessThan(10);
      expect(subspaceGap(dc, jacobi, 1e-8 * scale) / (a.rows * EPS * scale)).toBeLessThan(10);
    });
});

describe('scaling', () => {
  const matrices = [goe(12), goe(66), hilbert(40), graded(34, 16)];
  for (const method of METHODS)
    test(`${method}: a power of two scales the values exactly and leaves the vectors`, () => {
      for (const a of matrices) {
        const { values, vectors } = symmetricEigen(a, { method });
        for (const k of [-901, -1, 1000]) {
          const result = symmetricEigen(scaled(a, 2 ** k), { method });
          expectSameBits(
            result.values,
            values.map((x) => x * 2 ** k),
          );
          expectSameBits(result.vectors.data, vectors.data);
        }
      }
    });

  for (const method of METHODS)
    for (const s of [1e-12, 1e12, 1e-150, 1e150])
      test(`${method}: the factor ${s} gives the same relative answer`, () => {
        for (const a of matrices) {
          const { values } = symmetricEigen(a, { method });
          const result = symmetricEigen(scaled(a, s), { method });
          expectClose(
            result.values.map((x) => x / s),
            values,
            { atol: 4 * a.rows * EPS * frobenius(a) },
          );
        }
      });

  test('1e-9·Hilbert 6 keeps its smallest eigenvalue', () => {
    // Closed check without a second solver: det H₆ = 1/186313420339200000 is the product of the eigenvalues.
    for (const method of METHODS) {
      const { values } = symmetricEigen(scaled(hilbert(6), 1e-9), { method });
      const product = values.reduce((p, x) => p * (x * 1e9), 1);
      expect(Math.abs(product * 186313420339200000 - 1)).toBeLessThan((6 * EPS * 1.6) / 1.08e-7); // n ε λ₆/λ₁
    }
  });
});

describe('golden values', () => {
  interface Case {
    name: string;
    n: number;
    lower: number[];
    exact: number[];
    vectors: number[][] | null;
  }
  const golden = JSON.parse(readFileSync(new URL('../reference/eigen.json', import.meta.url), 'utf8')) as {
    cases: Case[];
  };
  for (const { name, n, lower, exact, vectors } of golden.cases)
    for (const method of METHODS)
      test(`${method}: ${name}`, () => {
        const a = symmetric(n, (i, j) => lower[(i * (i + 1)) / 2 + j]);
        const result = symmetricEigen(a, { method });
        expectClose(result.values, exact, { atol: 2 * n * EPS * frobenius(a) });
        if (vectors !== null) expectMatrixClose(result.vectors, Matrix.of(vectors), { atol: 100 * n * EPS });
      });
});

describe('above', () => {
  for (const method of METHODS)
    test(`${method}: keeps |λ| > above, the same pairs bit for bit`, () => {
      for (const a of [goe(66), minimum(40).matrix, scaled(goe(34), 1e-150), hilbert(14)]) {
        const full = symmetricEigen(a, { method });
        const sizes = full.values.map(Math.abs).sort();
        for (const above of [
          0,
          sizes[0],
          sizes[sizes.length >> 1],
          sizes[sizes.length - 2],
          2 * sizes[sizes.length - 1],
        ]) {
          const kept = Array.from(full.values.keys()).filter((i) => Math.abs(full.values[i]) > above);
          const { values, vectors } = symmetricEigen(a, { method, above });
          expect(values).toEqual(Float64Array.from(kept, (i) => full.values[i]));
          expect([vectors.rows, vectors.cols]).toEqual([a.rows, kept.length]);
          for (const [column, i] of kept.entries())
            expectSameBits(vectors.column(column), full.vectors.column(i));
          const only = symmetricEigen(a, { method, above, vectors: false });
          expect(Math.abs(only.values.length - kept.length)).toBeLessThanOrEqual(1); // λ = above may fall on either side
        }
      }
    });

  test('an empty selection is an empty answer', () => {
    const { values, vectors } = symmetricEigen(Matrix.zeros(40, 40), { above: 0 });
    expect(values.length).toBe(0);
    expect([vectors.rows, vectors.cols]).toEqual([40, 0]);
  });
});

describe('properties', () => {
  const entry = fc.double({ min: -1, max: 1, noNaN: true });
  const symmetricMatrix = fc.integer({ min: 1, max: 36 }).chain((n) =>
    fc
      .array(fc.oneof({ weight: 3, arbitrary: entry }, fc.constantFrom(0, 1, -1, 1e-8, 1e-200)), {
        minLength: (n * (n + 1)) / 2,
        maxLength: (n * (n + 1)) / 2,
      })
      .map((x) => symmetric(n, (i, j) => x[(i * (i + 1)) / 2 + j])),
  );

  test('residual, orthogonality, trace and norm, for any symmetric matrix and method', () => {
    fc.assert(
      fc.property(symmetricMatrix, fc.constantFrom(...METHODS), (a, method) => {
        const result = symmetricEigen(a, { method });
        checkEigenLaws(a, result);
        const trace = a.data.reduce((s, x, k) => (k % (a.rows + 1) === 0 ? s + x : s), 0);
        const norm = frobenius(a);
        expect(Math.abs(result.values.reduce((s, x) => s + x, 0) - trace)).toBeLessThanOrEqual(
          8 * a.rows * EPS * norm,
        );
        expect(Math.abs(frobenius(new Matrix(1, a.rows, result.values)) - norm)).toBeLessThanOrEqual(
          8 * a.rows * EPS * norm,
        );
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test('shift: A + sI has the eigenvalues λ + s', () => {
    fc.assert(
      fc.property(
        symmetricMatrix,
        fc.double({ min: -10, max: 10, noNaN: true }),
        fc.constantFrom(...METHODS),
        (a, s, method) => {
          const n = a.rows;
          const shifted = new Matrix(
            n,
            n,
            a.data.map((x, k) => (k % (n + 1) === 0 ? x + s : x)),
          );
          const tolerance = 8 * n * EPS * (frobenius(a) + Math.abs(s) * Math.sqrt(n));
          expectClose(
            symmetricEigen(shifted, { method }).values,
            symmetricEigen(a, { method }).values.map((x) => x + s),
            { atol: tolerance },
          );
        },
      ),
      { numRuns: 60, seed: 2 },
    );
  });

  test('a simultaneous permutation of rows and columns permutes the vectors', () => {
    const a = goe(37);
    const p = Array.from({ length: 37 }, (_, i) => (i * 10) % 37);
    const permuted = Matrix.of(p.map((i) => p.map((j) => a.at(i, j))));
    const one = symmetricEigen(a);
    const two = symmetricEigen(permuted);
    expectClose(two.values, one.values, { atol: 4 * 37 * EPS * frobenius(a) });
    const back = Matrix.zeros(37, 37);
    for (const [i, k] of p.entries()) back.data.set(two.vectors.row(i), k * 37);
    expect(eigenDefects(a, { values: one.values, vectors: back }).residual).toBeLessThan(10);
  });

  test('the same input gives the same bits', () => {
    for (const method of METHODS) {
      const a = goe(66);
      const [one, two] = [symmetricEigen(a, { method }), symmetricEigen(a.clone(), { method })];
      expectSameBits(one.values, two.values);
      expectSameBits(one.vectors.data, two.vectors.data);
    }
  });
});

test('eigenvalues that are subnormal are right to the last subnormal bit or two', () => {
  const a = symmetric(36, (i, j) => ((i * j) % 7) * Number.MIN_VALUE);
  const integers = symmetric(36, (i, j) => (i * j) % 7);
  for (const method of METHODS) {
    const { values, vectors } = symmetricEigen(a, { method });
    const whole = symmetricEigen(integers, { method });
    expectSameBits(
      values,
      whole.values.map((x) => x * Number.MIN_VALUE),
    );
    expectSameBits(vectors.data, whole.vectors.data);
  }
});

describe('input', () => {
  test('rounding asymmetry is averaged away', () => {
    const a = goe(20);
    const bent = a.clone();
    bent.data[1] += 1e-9;
    const mean = a.clone();
    mean.data[1] = 0.5 * (bent.data[1] + bent.data[20]);
    mean.data[20] = mean.data[1];
    expect(symmetricEigen(bent)).toEqual(symmetricEigen(mean));
  });

  test('gross asymmetry is refused at every scale', () => {
    for (const s of [1e-200, 1, 1e200])
      expect(() => symmetricEigen(scaled(Matrix.of([[1, 2], [2.001, 1]]), s))).toThrow(DomainError); // biome-ignore format: one matrix
    expect(() => symmetricEigen(Matrix.of([[1, 2], [3, 1]]))).toThrow(/symmetric.* 3 at \[1, 0\] and 2 at \[0, 1\]/); // biome-ignore format: one matrix
  });

  test('shape, NaN, infinity and options', () => {
    expect(() => symmetricEigen(Matrix.zeros(2, 3))).toThrow(ShapeError);
    expect(() => symmetricEigen(Matrix.of([[Number.NaN]]))).toThrow(NonFiniteError);
    expect(() => symmetricEigen(Matrix.diagonal([1, Number.NEGATIVE_INFINITY]))).toThrow(/flat index 3/);
    const a = Matrix.identity(3);
    expect(() => symmetricEigen(a, { method: 'qr' as EigenMethod })).toThrow(
      /one of auto, jacobi, ql, dc, got .qr./,
    );
    expect(() => symmetricEigen(a, { above: -1 })).toThrow(DomainError);
    expect(() => symmetricEigen(a, { above: Number.NaN })).toThrow(DomainError);
  });

  test('Q diag(λ) Qᵀ rebuilds A', () => {
    const a = goe(75);
    const { values, vectors } = symmetricEigen(a);
    const weighted = vectors.clone();
    for (let k = 0; k < weighted.data.length; k++) weighted.data[k] *= values[k % 75];
    expectMatrixClose(matmul(weighted, vectors, { transposeB: true }), a, {
      atol: 10 * 75 * EPS * frobenius(a),
    });
  });
});
