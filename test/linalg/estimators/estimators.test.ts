/** @file Estimators of traces and diagonals against exact values, against their definitions, and in the order of their errors. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ConvergenceError, DomainError, NonFiniteError, ShapeError } from '../../../src/linalg/errors.ts';
import { type DiagonalMethod, estimateDiagonal } from '../../../src/linalg/estimators/diagonal.ts';
import { estimateTrace, type TraceMethod } from '../../../src/linalg/estimators/trace.ts';
import { qr } from '../../../src/linalg/factorisations/qr.ts';
import { Matrix, type Vec } from '../../../src/linalg/matrix.ts';
import {
  denseOperator,
  functionOperator,
  type LinearOperator,
} from '../../../src/linalg/operators/operator.ts';
import { dot, matmul, matvec, transpose } from '../../../src/linalg/products.ts';
import { type Rng, rng } from '../../../src/linalg/random/random.ts';
import { norm2, sum } from '../../../src/linalg/sum.ts';
import { expectClose } from '../../helpers/close.ts';
import { reflected } from '../../helpers/zoo.ts';

const EPS = Number.EPSILON;
const METHODS: readonly TraceMethod[] = ['hutchinson', 'hutch++', 'xtrace'];
const DIAGONALS: readonly DiagonalMethod[] = ['bekas', 'xdiag'];

/** Products are counted. */
function counted(a: Matrix): { op: LinearOperator; count: () => number } {
  let products = 0;
  const inner = denseOperator(a, 'symmetric');
  const op = functionOperator(
    a.rows,
    (x) => {
      products += x.rows;
      return inner.applyRows(x);
    },
    'symmetric',
  );
  return { op, count: () => products };
}

/** Q diag(values) Qᵀ with a random Q: of a nearly diagonal matrix sign vectors would see the trace at once. */
function rotated(values: readonly number[]): Matrix {
  const n = values.length;
  const q = qr(new Matrix(n, n, rng(0, 'rotation').fillNormal(new Float64Array(n * n)))).orthogonal();
  return matmul(matmul(q, Matrix.diagonal(values)), q, { transposeB: true });
}

const spectrum = (n: number, f: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => f(i));

/** √ mean (estimate − exact)² over seeds. */
function rms(a: Matrix, exact: number, method: TraceMethod, maxProducts: number, seeds: number): number {
  const op = denseOperator(a, 'symmetric');
  const errors = Array.from({ length: seeds }, (_, s) => {
    const { value } = estimateTrace(op, rng(s, 'rms', method, maxProducts), { method, maxProducts });
    return (value - exact) ** 2;
  });
  return Math.sqrt(sum(Float64Array.from(errors)) / seeds);
}

/** Root mean square of (estimate − exact) / standard error, the latter in root mean square too, over 200 draws. */
function errorsInStandardErrors(a: Matrix, exact: number, method: TraceMethod): number {
  const op = denseOperator(a, 'symmetric');
  let [squares, allowed] = [0, 0];
  for (let s = 0; s < 200; s++) {
    const { value, standardError } = estimateTrace(op, rng(s, 'honest', method), { method, maxProducts: 30 });
    squares += (value - exact) ** 2;
    allowed += standardError ** 2;
  }
  return Math.sqrt(squares / allowed);
}

test.each([
  ['slow', (i: number) => 1 / (i + 1)],
  ['fast', (i: number) => Math.exp(-i / 10)],
])('standard errors are those of the errors, of xtrace up to half as much again: %s decay', (_, decay) => {
  const values = spectrum(80, decay);
  const a = rotated(values);
  const exact = sum(Float64Array.from(values));
  for (const method of ['hutchinson', 'hutch++'] as const) {
    expect(errorsInStandardErrors(a, exact, method)).toBeGreaterThan(0.85);
    expect(errorsInStandardErrors(a, exact, method)).toBeLessThan(1.15);
  }
  expect(errorsInStandardErrors(a, exact, 'xtrace')).toBeGreaterThan(1);
  expect(errorsInStandardErrors(a, exact, 'xtrace')).toBeLessThan(1.6);
});

describe('SciPy', () => {
  const file = new URL('../../reference/estimators.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as {
    cases: { name: string; rows: number; matrix: number[]; trace: number; diagonal: number[] }[];
  };
  for (const { name, rows, matrix, trace, diagonal } of cases) {
    const a = new Matrix(rows, rows);
    for (let i = 0, k = 0; i < rows; i++)
      for (let j = 0; j <= i; j++, k++) {
        a.set(i, j, matrix[k]);
        a.set(j, i, matrix[k]);
      }
    test.each(METHODS)(`trace of ${name} by %s, to the error that it claims, and exactly at n`, (method) => {
      const { op, count } = counted(a);
      const { value, standardError, stats } = estimateTrace(op, rng(1, 'trace'), { method, maxProducts: 30 });
      expect(Math.abs(value - trace)).toBeLessThanOrEqual(5 * standardError + 1e3 * EPS);
      expect(stats.products).toBe(count());
      expect(stats.products).toBeLessThanOrEqual(30);
      expect(stats.status).toBe('budget');
      const exact = estimateTrace(op, rng(1, 'trace'), { method, maxProducts: rows });
      expectClose([exact.value], [trace], { atol: 64 * rows * EPS });
      expect(exact).toMatchObject({ standardError: 0, stats: { status: 'exact' } });
    });
    test.each(DIAGONALS)(`diagonal of ${name} by %s, likewise`, (method) => {
      const { op, count } = counted(a);
      const { values, standardErrors, stats } = estimateDiagonal(op, rng(1, 'diagonal'), {
        method,
        maxProducts: 30,
      });
      const off = values.map((v, i) => v - diagonal[i]);
      expect(norm2(off)).toBeLessThanOrEqual(3 * norm2(standardErrors));
      expect(stats.standardError).toBe(norm2(standardErrors));
      expect(stats.products).toBe(count());
      const exact = estimateDiagonal(op, rng(1, 'diagonal'), { method, maxProducts: rows });
      expectClose(exact.values, diagonal, { atol: 64 * rows * EPS });
      expect(exact.standardErrors.every((e) => e === 0)).toBe(true);
    });
  }
});

describe('by the definition, each probe left out by a QR factorisation of the images of the others', () => {
  const n = 30;
  const a = reflected(spectrum(n, (i) => (i % 4 === 0 ? -1 : 1) * 0.8 ** i));
  const k = 6;
  const basisWithout = (images: Matrix, i: number): Matrix => {
    const others = Matrix.of(
      Array.from({ length: k }, (_, j) => j)
        .filter((j) => j !== i)
        .map((j) => images.row(j)),
    );
    return qr(transpose(others)).orthogonal();
  };
  const outside = (q: Matrix, x: Vec): Vec => {
    const inside = matvec(q, matvec(q, x, { transpose: true }));
    return x.map((v, j) => v - inside[j]);
  };

  test('xtrace', () => {
    const random = rng(3, 'definition');
    const probes = Array.from({ length: k }, () => {
      const row = random.fillNormal(new Float64Array(n));
      const length = norm2(row);
      return row.map((v) => (v * Math.sqrt(n)) / length);
    });
    const images = Matrix.of(probes.map((w) => matvec(a, w)));
    const samples = probes.map((w, i) => {
      const q = basisWithout(images, i);
      const inner = matmul(q, matmul(a, q), { transposeA: true });
      const u = outside(q, w);
      const trace = sum(Float64Array.from({ length: k - 1 }, (_, j) => inner.at(j, j)));
      return trace + ((n - k + 1) / dot(u, u)) * dot(u, matvec(a, u));
    });
    const mean = sum(Float64Array.from(samples)) / k;
    const error = Math.sqrt(samples.reduce((s, x) => s + (x - mean) ** 2, 0) / (k * (k - 1)));
    const mine = estimateTrace(denseOperator(a), rng(3, 'definition'), { maxProducts: 2 * k });
    expectClose([mine.value, mine.standardError], [mean, error], { atol: 1e-12 });
  });

  test('xdiag', () => {
    const random = rng(3, 'definition');
    const probes = Array.from({ length: k }, () =>
      Float64Array.from({ length: n }, () => (random.uint32() >>> 31 === 0 ? 1 : -1)),
    );
    const images = Matrix.of(probes.map((w) => matvec(a, w)));
    const mean = new Float64Array(n);
    for (const [i, w] of probes.entries()) {
      const q = basisWithout(images, i);
      const projected = matmul(q, matmul(q, a, { transposeA: true }));
      const rest = outside(q, images.row(i));
      for (let j = 0; j < n; j++) mean[j] += (projected.at(j, j) + w[j] * rest[j]) / k;
    }
    const mine = estimateDiagonal(denseOperator(a), rng(3, 'definition'), { maxProducts: 2 * k });
    expectClose(mine.values, mean, { atol: 1e-12 });
  });
});

describe('the published order of the errors', () => {
  const n = 200;
  const values = spectrum(n, (i) => 1 / (i + 1));
  const a = rotated(values);
  const exact = sum(Float64Array.from(values));
  const order = (method: TraceMethod): number =>
    Math.log(rms(a, exact, method, 15, 40) / rms(a, exact, method, 120, 40)) / Math.log(8);

  test('Hutchinson 1/√m, Hutch++ and XTrace 1/m and better, of a spectrum 1/i', () => {
    expect(order('hutchinson')).toBeGreaterThan(0.3);
    expect(order('hutchinson')).toBeLessThan(0.7);
    expect(order('hutch++')).toBeGreaterThan(0.85);
    expect(order('xtrace')).toBeGreaterThan(0.85);
    expect(rms(a, exact, 'xtrace', 60, 40)).toBeLessThan(rms(a, exact, 'hutch++', 60, 40));
    expect(rms(a, exact, 'hutch++', 60, 40)).toBeLessThan(rms(a, exact, 'hutchinson', 60, 40));
  });

  test('XTrace falls with an exponential spectrum: 0.7ⁱ, m/2 vectors', () => {
    const fast = rotated(spectrum(n, (i) => 0.7 ** i));
    const total = sum(Float64Array.from(spectrum(n, (i) => 0.7 ** i)));
    const [early, late] = [20, 60].map((m) => rms(fast, total, 'xtrace', m, 20));
    expect(late / early).toBeLessThan(100 * 0.7 ** 20);
    expect(late / early).toBeGreaterThan(0.01 * 0.7 ** 20);
  });

  test('unbiased: the mean over seeds lies within its error', () => {
    const small = reflected(spectrum(12, (i) => (i % 3 === 0 ? -1 : 1) / (i + 1)));
    const trace = sum(Float64Array.from(spectrum(12, (i) => (i % 3 === 0 ? -1 : 1) / (i + 1))));
    for (const method of METHODS) {
      const samples = Array.from(
        { length: 400 },
        (_, s) => estimateTrace(small, rng(s, 'bias', method), { method, maxProducts: 9 }).value - trace,
      );
      const mean = samples.reduce((s, x) => s + x, 0) / 400;
      const error = Math.sqrt(samples.reduce((s, x) => s + (x - mean) ** 2, 0) / (400 * 399));
      expect(Math.abs(mean)).toBeLessThanOrEqual(4 * error);
    }
  });

  test('standard errors are those of the estimates', () => {
    for (const method of METHODS) {
      const results = Array.from({ length: 60 }, (_, s) =>
        estimateTrace(a, rng(s, 'coverage', method), { method, maxProducts: 60 }),
      );
      const inside = results.filter((r) => Math.abs(r.value - exact) <= 2 * r.standardError).length;
      expect(inside).toBeGreaterThanOrEqual(46);
    }
  });
});

describe('stopping', () => {
  const a = reflected(spectrum(300, (i) => 1 / Math.sqrt(i + 1)));

  test.each(METHODS)('%s by tolerance: as many products as it takes, none twice', (method) => {
    const { op, count } = counted(a);
    const loose = estimateTrace(op, rng(0, 'stop'), { method, rtol: 0.1, maxProducts: 250 });
    expect(loose.stats.status).toBe('converged');
    expect(loose.standardError).toBeLessThanOrEqual(loose.stats.tolerance);
    expect(loose.stats.products).toBe(count());
    const atOnce = estimateTrace(a, rng(0, 'stop'), { method, maxProducts: loose.stats.products });
    if (method !== 'hutch++') expectClose([atOnce.value], [loose.value], { rtol: 1e-10 });
    const tight = { method, rtol: 1e-9, maxProducts: 40 } as const;
    expect(() => estimateTrace(op, rng(0, 'stop'), tight)).toThrow(ConvergenceError);
    expect(estimateTrace(op, rng(0, 'stop'), { ...tight, onFailure: 'return' }).stats.status).toBe(
      'iteration-limit',
    );
  });

  test('a range that is exhausted is exact', () => {
    const low = reflected([3, -2, 1, ...Array(60).fill(0)]);
    for (const method of ['hutch++', 'xtrace'] as const) {
      const { value, stats } = estimateTrace(low, rng(0, 'low'), { method, maxProducts: 30 });
      expect(stats).toMatchObject({ status: 'exact', standardError: 0 });
      expectClose([value], [2], { atol: 1e3 * EPS });
    }
    const { values, stats } = estimateDiagonal(low, rng(0, 'low'), { maxProducts: 30 });
    expect(stats.status).toBe('exact');
    expectClose(
      values,
      Array.from({ length: 63 }, (_, i) => low.at(i, i)),
      { atol: 1e3 * EPS },
    );
    expect(estimateTrace(Matrix.zeros(40, 40), rng(0, 'zero'), { maxProducts: 10 }).value).toBe(0);
  });

  test('the same bits from the same stream; another stream, another estimate', () => {
    const value = (seed: number): number => estimateTrace(a, rng(seed, 'named'), { maxProducts: 20 }).value;
    expect(value(1)).toBe(value(1));
    expect(value(1)).not.toBe(value(2));
  });
});

test('arguments are checked', () => {
  const random: Rng = rng(0, 'x');
  expect(() => estimateTrace(new Matrix(2, 3), random)).toThrow(ShapeError);
  expect(() => estimateTrace(Matrix.identity(3), random, { method: 'nystrom' as 'xtrace' })).toThrow(
    DomainError,
  );
  expect(() => estimateTrace(Matrix.identity(3), random, { maxProducts: 3 })).toThrow(/maxProducts/);
  expect(() => estimateTrace(Matrix.identity(3), random, { rtol: -1 })).toThrow(DomainError);
  expect(() => estimateDiagonal(Matrix.identity(3), random, { products: 3 } as object)).toThrow(
    /maxProducts/,
  );
  const broken = functionOperator(
    200,
    (x) => new Matrix(x.rows, 200, new Float64Array(200 * x.rows).fill(NaN)),
  );
  for (const method of METHODS)
    expect(() => estimateTrace(broken, random, { method })).toThrow(NonFiniteError);
  expect(() => estimateDiagonal(broken, random)).toThrow(NonFiniteError);
});
