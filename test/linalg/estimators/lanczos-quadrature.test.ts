/** @file Stochastic Lanczos quadrature: moments, spectral sums and densities against exact eigenvalues and SciPy. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  ConvergenceError,
  DomainError,
  NonFiniteError,
  NumericalError,
  ShapeError,
} from '../../../src/linalg/errors.ts';
import { LanczosQuadrature, lanczosQuadrature } from '../../../src/linalg/estimators/lanczos-quadrature.ts';
import { estimateLogDeterminant } from '../../../src/linalg/estimators/log-determinant.ts';
import { Matrix, type Vec } from '../../../src/linalg/matrix.ts';
import { identityOperator } from '../../../src/linalg/operators/operator.ts';
import { dot, matvec } from '../../../src/linalg/products.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { norm2, sum } from '../../../src/linalg/sum.ts';
import { expectClose } from '../../helpers/close.ts';
import { reflected } from '../../helpers/zoo.ts';

const EPS = Number.EPSILON;

test('of few steps the truncation is that of at least one fewer; of one there is none, so it is refused', () => {
  const a = reflected(Array.from({ length: 12 }, (_, i) => 1 + i));
  for (const steps of [2, 3]) {
    const quadrature = lanczosQuadrature(a, rng(2, 'few'), { steps, probes: 4 });
    for (const { nodes } of quadrature.shorter) expect(nodes.length).toBe(steps - 1);
    expect(quadrature.trace(Math.log).truncation).toBeGreaterThan(1e-3);
  }
  expect(() => lanczosQuadrature(a, rng(2, 'few'), { steps: 1 })).toThrow(DomainError);
  expect(() => estimateLogDeterminant(a, rng(2, 'few'), { steps: 1 })).toThrow(DomainError);
  expect(lanczosQuadrature([[3]], rng(2, 'few')).trace(Math.log).value).toBeCloseTo(Math.log(3), 14);
});

test('a rule of m steps is exact for polynomials up to degree 2m − 1, and no further', () => {
  const n = 25;
  const a = reflected(Array.from({ length: n }, (_, i) => Math.cos(i)));
  const steps = 4;
  const { rules } = lanczosQuadrature(a, rng(5, 'moments'), { steps, probes: 2 });
  const random = rng(5, 'moments');
  for (const { nodes, weights } of rules) {
    const raw = random.fillNormal(new Float64Array(n));
    const v = raw.map((x) => x / norm2(raw));
    let power: Vec = v;
    for (let degree = 0; degree <= 2 * steps; degree++) {
      const mine = sum(nodes.map((t, k) => weights[k] * t ** degree));
      const exact = dot(v, power);
      if (degree < 2 * steps) expectClose([mine], [exact], { atol: 64 * EPS });
      else expect(Math.abs(mine - exact)).toBeGreaterThan(1e-6);
      power = matvec(a, power);
    }
  }
});

describe('SciPy', () => {
  const file = new URL('../../reference/estimators.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as {
    cases: { name: string; rows: number; matrix: number[]; trace: number; exponential: number; logDeterminant: number | null; width: number; points: number[]; density: number[] }[];
  }; // biome-ignore format: a table
  for (const { name, rows, matrix, trace, exponential, logDeterminant, width, points, density } of cases) {
    const a = new Matrix(rows, rows);
    for (let i = 0, k = 0; i < rows; i++)
      for (let j = 0; j <= i; j++, k++) {
        a.set(i, j, matrix[k]);
        a.set(j, i, matrix[k]);
      }
    const quadrature = lanczosQuadrature(a, rng(2, 'scipy'), { steps: 20, probes: 200 });

    test(`${name}: tr A and tr exp A to the errors claimed; the steps suffice`, () => {
      for (const [f, exact] of [
        [(t: number) => t, trace],
        [Math.exp, exponential],
      ] as const) {
        const { value, standardError, truncation } = quadrature.trace(f);
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(4 * standardError);
        expect(standardError).toBeLessThan(0.2 * (Math.abs(exact) + 10));
        expect(truncation).toBeLessThan(1e-9 * (Math.abs(exact) + 10));
      }
    });

    test(`${name}: the smoothed density`, () => {
      const mine = quadrature.density(points, width);
      const off = mine.values.map((value, i) => value - density[i]);
      expect(norm2(off)).toBeLessThanOrEqual(4 * norm2(mine.standardErrors));
      expect(norm2(off)).toBeLessThan(0.12 * norm2(Float64Array.from(density)));
      expect(mine.width).toBe(width);
    });

    test(`${name}: the log-determinant`, () => {
      const estimate = (): ReturnType<typeof estimateLogDeterminant> =>
        estimateLogDeterminant(a, rng(3, 'log'), { rtol: 0.01, maxProducts: 20_000, steps: 30 });
      if (logDeterminant === null) {
        expect(estimate).toThrow(NumericalError);
        return;
      }
      const { value, standardError, truncation, stats } = estimate();
      expect(stats.status).toBe('converged');
      expect(standardError).toBeLessThanOrEqual(0.01 * Math.abs(value));
      expect(Math.abs(value - logDeterminant)).toBeLessThanOrEqual(4 * standardError + truncation);
    });
  }
});

test('a density integrates to 1, is where the eigenvalues are, and its width follows the steps', () => {
  const a = reflected(Array.from({ length: 60 }, (_, i) => (i < 50 ? 0 : i - 45)));
  const narrow = lanczosQuadrature(a, rng(0, 'density'), { steps: 30, probes: 20 });
  const [low, high] = narrow.range;
  expectClose([low, high], [0, 14], { atol: 1e-12 });
  const { width } = narrow;
  expectClose([width], [(high - low) / (narrow.steps + 1) / Math.sqrt(8 * Math.log(1.25))], { rtol: 1e-12 });
  const points = Float64Array.from(
    { length: 2001 },
    (_, i) => low - 8 * width + (i / 2000) * (high - low + 16 * width),
  );
  const { values } = narrow.density(points);
  const step = points[1] - points[0];
  expectClose([sum(values) * step], [1], { atol: 1e-6 });
  const mass = sum(values.filter((_, i) => points[i] < 2.5)) * step;
  expect(Math.abs(mass - 50 / 60)).toBeLessThan(0.1);
  const wide = lanczosQuadrature(a, rng(0, 'density'), { steps: 5, probes: 2 });
  expect(wide.width).toBeGreaterThan(width);
});

test('a closed Krylov space ends the rule: the identity has one node', () => {
  const { rules, width, products } = lanczosQuadrature(identityOperator(30), rng(0, 'one'), { probes: 3 });
  for (const { nodes, weights } of rules) expectClose([...nodes, ...weights], [1, 1], { atol: 16 * EPS });
  expect(products).toBe(3);
  expect(width).toBeGreaterThan(0);
  expect(lanczosQuadrature(Matrix.zeros(3, 3), rng(0, 'zero'), {}).density([0, 1]).values[0]).toBeGreaterThan(
    0,
  );
});

test('arguments are checked', () => {
  const random = rng(0, 'x');
  expect(() => lanczosQuadrature(new Matrix(2, 3), random)).toThrow(ShapeError);
  expect(() => lanczosQuadrature(new Matrix(0, 0), random)).toThrow(ShapeError);
  expect(() => lanczosQuadrature(Matrix.identity(3), random, { probes: 1 })).toThrow(DomainError);
  const quadrature = lanczosQuadrature(Matrix.identity(3), random, { probes: 2 });
  expect(() => quadrature.density([Number.NaN])).toThrow(NonFiniteError);
  expect(() => quadrature.density([1], 0)).toThrow(DomainError);
  expect(() => quadrature.trace(() => Number.NaN)).toThrow(NonFiniteError);
  expect(() => new LanczosQuadrature(2, 1, [], [])).toThrow(DomainError);
  expect(() =>
    estimateLogDeterminant(reflected(Array.from({ length: 99 }, (_, i) => 1 + i)), random, {
      rtol: 1e-12,
      maxProducts: 40,
      steps: 10,
    }),
  ).toThrow(ConvergenceError);
});
