/** @file Lanczos and power iteration: against full decompositions and closed forms, bounds that hold, closed spaces, status and errors. */
import { describe, expect, test } from 'vitest';
import { symmetricEigen } from '../../src/linalg/eigen/symmetric-eigen.ts';
import { ConvergenceError, DomainError, NonFiniteError, ShapeError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { type LanczosTarget, lanczos } from '../../src/linalg/operators/lanczos.ts';
import {
  denseOperator,
  diagonalOperator,
  functionOperator,
  identityOperator,
} from '../../src/linalg/operators/operator.ts';
import { powerIteration } from '../../src/linalg/operators/power-iteration.ts';
import { matvec, syrk } from '../../src/linalg/products.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { norm2 } from '../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose } from '../helpers/close.ts';
import { goe, laplacian, minimum, reflected, symmetricZoo } from '../helpers/zoo.ts';

const EPS = Number.EPSILON;
const start = () => rng(3, 'start');
const operator = (a: Matrix) => denseOperator(a, 'symmetric');
const residualOf = (a: Matrix, value: number, vector: Float64Array): number =>
  norm2(matvec(a, vector).map((x, i) => x - value * vector[i]));

/** The eigenvalues that a target means, ascending. */
function wanted(values: Float64Array, k: number, target: LanczosTarget): Float64Array {
  if (target === 'smallest') return values.slice(0, k);
  if (target === 'largest') return values.slice(values.length - k);
  return values
    .slice()
    .sort((x, y) => Math.abs(y) - Math.abs(x))
    .slice(0, k)
    .sort();
}

describe('lanczos', () => {
  test('the pairs of the full decomposition, for every target', () => {
    const a = goe(90, 'lanczos');
    const all = symmetricEigen(a);
    const norm = Math.max(-all.values[0], all.values[89]);
    for (const target of ['magnitude', 'largest', 'smallest'] as const)
      for (const k of [1, 4, 11]) {
        const { values, vectors, residuals, stats } = lanczos(operator(a), k, start(), { target });
        expect(stats.status).toBe('converged');
        expect(stats.iterations).toBeLessThanOrEqual(90);
        expectClose(values, wanted(all.values, k, target), { atol: 4 * 90 * EPS * norm });
        expectMatrixClose(syrk(vectors, { transpose: true }), Matrix.identity(k), { atol: 4 * 90 * EPS });
        for (let i = 0; i < k; i++) {
          const y = vectors.column(i);
          expect(y.reduce((best, x) => (Math.abs(x) > Math.abs(best) ? x : best), 0)).toBeGreaterThan(0);
          expect(residualOf(a, values[i], y)).toBeLessThanOrEqual(residuals[i] + 90 * EPS * norm);
          expect(residuals[i]).toBeLessThanOrEqual(1e-10 * norm);
        }
      }
  });

  test('closed forms: the ends of a spectrum that thins out early, and all of one that does not, without a matrix', () => {
    const { matrix, values: thin = new Float64Array(0) } = minimum(150);
    const top = lanczos(operator(matrix), 5, start(), { target: 'largest' });
    expectClose(top.values, thin.slice(-5), { rtol: 4 * 150 * EPS });
    expect(top.stats.iterations).toBeLessThan(60);

    const n = 90;
    const second = (x: Float64Array, k: number): number =>
      2 * x[k] - (k > 0 ? x[k - 1] : 0) - (k < n - 1 ? x[k + 1] : 0);
    const op = functionOperator(
      n,
      (x) =>
        Matrix.of(
          Array.from({ length: x.rows }, (_, i) => Array.from(x.row(i), (_v, k) => second(x.row(i), k))),
        ),
      'psd',
    );
    const { values: exact = new Float64Array(0) } = laplacian(n);
    expectClose(lanczos(op, n, start()).values, exact, { atol: 4 * n * EPS * 4 });
  });

  test('over the zoo: the largest in magnitude, when it stops before the space is full or not', () => {
    for (const { name, matrix: a } of symmetricZoo()) {
      if (a.rows < 2 || name === 'largest double') continue; // products with A overflow
      const { values } = symmetricEigen(a, { vectors: false });
      const norm = Math.max(Math.abs(values[0]), Math.abs(values[a.rows - 1]));
      const pair = lanczos(operator(a), 1, start());
      expect(Math.abs(Math.abs(pair.values[0]) - norm), name).toBeLessThanOrEqual(
        pair.residuals[0] + 8 * a.rows * EPS * norm,
      );
      expect(residualOf(a, pair.values[0], pair.vectors.column(0)), name).toBeLessThanOrEqual(
        Math.max(1e-10, 8 * a.rows * EPS) * norm,
      );
    }
  });

  test('a space that closes early is continued: repeated eigenvalues, the identity, zero', () => {
    expect(lanczos(identityOperator(9), 4, start()).values).toHaveLength(4);
    expectClose(lanczos(identityOperator(9), 4, start()).values, [1, 1, 1, 1], { rtol: 8 * EPS });
    expectClose(lanczos(operator(Matrix.zeros(5, 5)), 5, start()).values, new Float64Array(5), {});
    const a = reflected([-3, 1, 1, 1, 2, 2, 7, 7]);
    const { values, vectors } = lanczos(operator(a), 8, start());
    expectClose(values, [-3, 1, 1, 1, 2, 2, 7, 7], { atol: 64 * EPS * 7 });
    expectMatrixClose(syrk(vectors, { transpose: true }), Matrix.identity(8), { atol: 32 * EPS });
  });

  test('the same stream gives the same bits, another one the same values', () => {
    const op = operator(goe(40, 'bits'));
    const first = lanczos(op, 3, start());
    expect(lanczos(op, 3, start())).toEqual(first);
    const other = lanczos(op, 3, rng(4, 'other'));
    expect(other.vectors).not.toEqual(first.vectors);
    expectClose(other.values, first.values, { rtol: 1e-12 });
  });

  test('too few iterations: returned with bounds that hold, or thrown with the numbers', () => {
    const a = goe(60, 'limit');
    const exact = symmetricEigen(a, { vectors: false }).values;
    const options = { target: 'largest', maxIterations: 12 } as const;
    const pairs = lanczos(operator(a), 2, start(), { ...options, onFailure: 'return' });
    expect(pairs.stats).toMatchObject({ status: 'iteration-limit', iterations: 12 });
    expect(pairs.stats.residual).toBe(Math.max(...pairs.residuals));
    expect(pairs.stats.history.at(-1)).toBe(pairs.stats.residual);
    for (const [i, theta] of pairs.values.entries()) {
      const nearest = exact.reduce((d, v) => Math.min(d, Math.abs(v - theta)), Number.POSITIVE_INFINITY);
      expect(nearest).toBeLessThanOrEqual(pairs.residuals[i] * (1 + 1e-12));
      expectClose([residualOf(a, theta, pairs.vectors.column(i))], [pairs.residuals[i]], { rtol: 1e-10 });
    }
    let error: unknown;
    try {
      lanczos(operator(a), 2, start(), options);
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(ConvergenceError);
    expect(error).toMatchObject({
      iterations: 12,
      residual: pairs.stats.residual,
      tolerance: pairs.stats.tolerance,
    });
  });

  test('arguments are checked', () => {
    const op = identityOperator(3);
    expect(() => lanczos(op, 0, start())).toThrow(DomainError);
    expect(() => lanczos(op, 4, start())).toThrow(DomainError);
    expect(() => lanczos(op, 1, start(), { target: 'middle' as 'largest' })).toThrow(DomainError);
    expect(() => lanczos(op, 1, start(), { rtol: Number.NaN })).toThrow(DomainError);
    expect(() => lanczos(op, 2, start(), { maxIterations: 1 })).toThrow(DomainError);
    expect(() => lanczos(denseOperator(Matrix.zeros(2, 3)), 1, start())).toThrow(ShapeError);
    expect(() => lanczos(diagonalOperator(Float64Array.of(1, Number.NaN)), 1, start())).toThrow(
      NonFiniteError,
    );
  });
});

describe('powerIteration', () => {
  test('the bound holds, the magnitude is a lower bound of ‖A‖, and the sign is that of the eigenvalue', () => {
    for (const [spectrum, sign] of [
      [[-9, 1, 2, 3, 5, -4], -1],
      [[1, 2, 3, 5, -4, 8], 1],
      [[1e-200, 3e-201, 0, 0], 1],
    ] as const) {
      const a = reflected(spectrum);
      const norm = Math.max(...spectrum.map(Math.abs));
      for (const rtol of [1e-1, 1e-3, 1e-10]) {
        const { magnitude, error, quotient, vector, stats } = powerIteration(operator(a), start(), { rtol });
        expect(stats.status).toBe('converged');
        expect(error).toBeLessThanOrEqual(rtol * magnitude);
        expect(magnitude).toBeLessThanOrEqual(norm * (1 + 32 * EPS));
        expect(norm - magnitude).toBeLessThanOrEqual(error + 32 * EPS * norm);
        expect(Math.sign(quotient)).toBe(sign);
        expect(stats.residuals).toHaveLength(stats.iterations - 1);
        expectClose([norm2(vector), norm2(matvec(a, vector))], [1, magnitude], { rtol: 16 * EPS });
      }
    }
  });

  test('λ and −λ equally large: the magnitude is right, where Rayleigh quotients wander', () => {
    const { magnitude, stats } = powerIteration(operator(reflected([6, -6, 1, 2, -3])), start(), {
      rtol: 1e-12,
    });
    expectClose([magnitude], [6], { rtol: 32 * EPS });
    expect(stats.iterations).toBeLessThan(100);
  });

  test('agrees with lanczos', () => {
    const op = operator(goe(50, 'power'));
    const { magnitude, error } = powerIteration(op, start(), { rtol: 1e-6, maxIterations: 20_000 });
    const exact = Math.abs(lanczos(op, 1, start()).values[0]);
    expect(Math.abs(magnitude - exact)).toBeLessThanOrEqual(Math.max(error, 50 * EPS * exact));
  });

  test('zero operator; limit returned or thrown; arguments', () => {
    expect(powerIteration(operator(Matrix.zeros(3, 3)), start())).toMatchObject({ magnitude: 0, error: 0 });
    const close = diagonalOperator(Float64Array.from({ length: 50 }, (_, i) => 1 - i * 1e-4));
    const options = { rtol: 1e-8, maxIterations: 7 };
    const best = powerIteration(close, start(), { ...options, onFailure: 'return' });
    expect(best.stats).toMatchObject({ status: 'iteration-limit', iterations: 7 });
    let error: unknown;
    try {
      powerIteration(close, start(), options);
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(ConvergenceError);
    expect(error).toMatchObject({ iterations: 7, residual: best.error, tolerance: best.stats.tolerance });
    expect(() => powerIteration(identityOperator(0), start())).toThrow(ShapeError);
    expect(() => powerIteration(identityOperator(2), start(), { maxIterations: 1 })).toThrow(DomainError);
    expect(() => powerIteration(diagonalOperator(Float64Array.of(1, Number.NaN)), start())).toThrow(
      NonFiniteError,
    );
  });
});
