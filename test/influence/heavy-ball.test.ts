/** @file Step size and momentum together: Polyak's optimum against roots and dense spectra, and where it is not used. */
import { describe, expect, test } from 'vitest';
import { ekfac } from '../../src/curvature/ekfac.ts';
import { ggnMatrix } from '../../src/curvature/ggn.ts';
import { lissaInfluence } from '../../src/influence/attributors/stochastic-influence.ts';
import { ASTRA_MOMENTUM, astra, astraPreconditioner } from '../../src/influence/solvers/astra.ts';
import {
  type CurvatureSource,
  fixedCurvature,
  minibatchCurvature,
} from '../../src/influence/solvers/curvature-source.ts';
import { optimalHeavyBall, resolveHeavyBall } from '../../src/influence/solvers/heavy-ball.ts';
import { automaticStep } from '../../src/influence/solvers/step-size.ts';
import { stochasticNeumann } from '../../src/influence/solvers/stochastic-neumann.ts';
import { DomainError } from '../../src/linalg/errors.ts';
import { diagonalOperator, symmetricEigen, transpose } from '../../src/linalg/index.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { maxAbs } from '../../src/linalg/sum.ts';
import { expectClose } from '../helpers/close.ts';
import { randomProblem } from '../helpers/problems.ts';
import { gaussSolve } from './gauss-solve.ts';

const problem = randomProblem({ sizes: [6, 5, 4, 3], examples: 40, seed: 8 });
const d = problem.model.parameterCount;
const p = ekfac(problem);
const b = new Matrix(3, d, rng(1, 'b').fillNormal(new Float64Array(3 * d)));
const full = minibatchCurvature(problem);
const auto = { alpha: 'auto', momentum: 'auto', otherwise: 0.7, iterations: 1e6 } as const;

/** The larger |r| of the roots of r² − (1 + m − αs)r + m: the factor per step of an eigenvalue s. */
function factor({ alpha, momentum }: { alpha: number; momentum: number }, s: number): number {
  const half = (1 + momentum - alpha * s) / 2;
  const inside = half * half - momentum;
  return inside < 0 ? Math.sqrt(momentum) : Math.abs(half) + Math.sqrt(inside);
}

describe('optimalHeavyBall', () => {
  test('every eigenvalue in [μ, L] shrinks by √m per step, and no other α and m do better', () => {
    for (const [least, largest] of [
      [1, 9],
      [1e-4, 3],
      [2, 2],
    ]) {
      const ball = optimalHeavyBall(least, largest);
      const worst = (of: typeof ball): number => Math.max(factor(of, least), factor(of, largest));
      const rate = (Math.sqrt(largest) - Math.sqrt(least)) / (Math.sqrt(largest) + Math.sqrt(least));
      expect(Math.sqrt(ball.momentum)).toBeCloseTo(rate, 12);
      for (const share of [0, 0.2, 0.5, 0.9, 1])
        expect(factor(ball, least + share * (largest - least))).toBeLessThan(rate + 1e-6);
      for (const a of [0.8, 0.95, 1.05, 1.2])
        for (const shift of [-0.05, -0.01, 0, 0.01, 0.05]) {
          const momentum = Math.min(0.999, Math.max(0, ball.momentum + shift));
          expect(worst({ alpha: a * ball.alpha, momentum })).toBeGreaterThan(rate - 1e-12);
        }
    }
    expect(optimalHeavyBall(1, 9)).toEqual({ alpha: 0.25, momentum: 0.25 });
  });

  test('bounds that are none are refused', () => {
    expect(() => optimalHeavyBall(0, 1)).toThrow(DomainError);
    expect(() => optimalHeavyBall(2, 1)).toThrow(DomainError);
    expect(() => optimalHeavyBall(1, Number.POSITIVE_INFINITY)).toThrow(DomainError);
  });
});

describe("momentum 'auto'", () => {
  test('μ bounds the preconditioned spectrum from below, so that √m is the rate of all of it', () => {
    for (const damping of [1e-4, 1e-2, 1]) {
      const m = astraPreconditioner(p, damping);
      const shifted = ggnMatrix(problem);
      for (let i = 0; i < d; i++) shifted.row(i)[i] += damping;
      const half = m.apply(Math.sqrt, shifted);
      const { values } = symmetricEigen(m.apply(Math.sqrt, transpose(half)), { vectors: false });
      const ball = resolveHeavyBall('test', full, { ...auto, damping, preconditioner: m });
      const rate = Math.sqrt(ball.momentum);
      for (const s of values) expect(factor(ball, s)).toBeLessThan(rate + 1e-6);
      const best = Math.sqrt(values[values.length - 1] / values[0]);
      expect(rate).toBeGreaterThanOrEqual((best - 1) / (best + 1) - 1e-9);
      const free = resolveHeavyBall('test', full, { ...auto, damping });
      expect(free.momentum).toBeCloseTo((1 - Math.sqrt(free.alpha * damping)) ** 2, 14);
    }
  });

  test('ASTRA and the Neumann series reach the dense solution in about ½√κ ln(1/ε) steps', () => {
    const damping = 3e-3;
    const plain = ggnMatrix(problem)
      .toArray()
      .map((row, i) => row.map((value, j) => value + (i === j ? damping : 0)));
    const exact = Matrix.of(b.toArray().map((row) => gaussSolve(plain, row)));
    const options = { damping, rtol: 1e-8, checkEvery: 1, iterations: 12_000 } as const;
    const steps = (momentum: 'auto' | number): number[] =>
      [
        astra(full, b, p, { ...options, momentum, decay: 'none' }),
        stochasticNeumann(full, b, { ...options, momentum }),
      ].map((solved) => {
        expectClose(solved.x.data, exact.data, { atol: 1e-5 * maxAbs(exact.data) });
        expect(Math.max(...solved.residuals)).toBeLessThanOrEqual(1e-8);
        if (momentum === 'auto') {
          const predicted = Math.log(1e8) / -Math.log(Math.sqrt(solved.momentum));
          expect(Math.max(...solved.traces[0].steps)).toBeLessThan(1.6 * predicted);
        }
        return Math.max(...solved.traces[0].steps);
      });
    const optimal = steps('auto');
    const [ours, series] = steps(0);
    expect(4 * optimal[0]).toBeLessThan(ours);
    expect(4 * optimal[1]).toBeLessThan(series);
  });

  test('one eigenvalue above many equal ones is not overlooked', () => {
    for (const above of [1.08, 1.1, 1.15])
      for (const seed of [0, 1, 2, 3, 4]) {
        const values = new Float64Array(400).map((_, i) => (i === 7 ? above : i % 4 === 0 ? 0 : 1));
        const source = { ...fixedCurvature(diagonalOperator(values)), structure: 'psd' } as const;
        const ball = resolveHeavyBall('test', source, { ...auto, damping: 0.01, seed });
        for (const s of values) expect(factor(ball, s + 0.01)).toBeLessThan(Math.sqrt(ball.momentum) + 1e-6);
        const right = new Matrix(2, 400).map((_, i, j) => Math.sin(1 + 400 * i + j));
        const { x, residuals } = stochasticNeumann(source, right, { damping: 0.01, momentum: 'auto', iterations: 400, seed }); // biome-ignore format: one line
        expect(Math.max(...residuals)).toBeLessThan(1e-10);
        expectClose(
          x.data,
          right.data.map((r, k) => r / (values[k % 400] + 0.01)),
          { atol: 1e-8 },
        );
      }
  });

  test('an α of yours keeps its value, and m follows it', () => {
    const damping = 0.1;
    const source = fixedCurvature(diagonalOperator(Float64Array.of(0, 0.9)));
    const told = { ...source, structure: 'psd' } as const;
    expect(resolveHeavyBall('test', told, { ...auto, damping, alpha: 0.4 })).toEqual({
      alpha: 0.4,
      momentum: (1 - Math.sqrt(0.4 * 0.1)) ** 2,
    });
    expect(resolveHeavyBall('test', told, { ...auto, damping, alpha: 50 }).momentum).toBe(0);
  });

  test('J steps are given no longer memory than they can forget', () => {
    const damping = 1e-6;
    const { momentum: all } = resolveHeavyBall('test', full, { ...auto, damping });
    let last = 0;
    for (const iterations of [1, 10, 40, 200, 1000]) {
      const ball = resolveHeavyBall('test', full, { ...auto, damping, iterations });
      expect(ball.momentum).toBeGreaterThanOrEqual(last);
      expect(ball.momentum).toBeLessThan(all);
      expect(ball.momentum ** (iterations / 2)).toBeLessThanOrEqual(Math.max(4.6e-5, ball.momentum));
      const told = resolveHeavyBall('test', full, { ...auto, damping, iterations, alpha: ball.alpha });
      expect(told.momentum).toBeCloseTo((1 - Math.min(1, 10 / iterations)) ** 2, 12);
      last = ball.momentum;
    }
    expect(resolveHeavyBall('test', full, { ...auto, damping, iterations: 200 }).momentum).toBeCloseTo(
      0.905,
      3,
    );
  });

  test('minibatches, the Hessian and λ = 0 have the published one, with the step that goes with it', () => {
    const batches = minibatchCurvature(problem, { batch: 8, seed: 1 });
    const hessian = minibatchCurvature(problem, { curvature: 'hessian' });
    const cases: readonly [CurvatureSource, number][] = [
      [batches, 0.1],
      [hessian, 0.1],
      [full, 0],
    ];
    for (const [source, damping] of cases)
      expect(resolveHeavyBall('test', source, { ...auto, damping, iterations: 1000 })).toEqual({
        alpha: automaticStep(source, { damping, momentum: 0.7, iterations: 1000 }), // which draws every batch to come
        momentum: 0.7,
      });
    const { momentum } = astra(batches, b, p, { damping: 0.1, momentum: 'auto', iterations: 1 });
    expect(momentum).toBe(ASTRA_MOMENTUM);
    const { model, loss, theta, data } = problem;
    const fitted = lissaInfluence({ damping: 0.1, momentum: 'auto', batch: 8 }).fit(
      { model, loss, theta },
      data,
    );
    expect(fitted.momentum).toBe(0);
  });

  test('a number is taken as it is, if it is one', () => {
    const numbers = { ...auto, damping: 0.1 };
    expect(resolveHeavyBall('test', full, { ...numbers, alpha: 0.5, momentum: 0.3 })).toEqual({
      alpha: 0.5,
      momentum: 0.3,
    });
    for (const momentum of [-0.1, 1, Number.NaN])
      expect(() => resolveHeavyBall('test', full, { ...numbers, momentum })).toThrow(DomainError);
  });
});
