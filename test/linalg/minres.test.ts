/** @file MINRES over named problems: residuals, SciPy's iterates, minimality, singular systems, status and errors. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  ConvergenceError,
  DomainError,
  NonFiniteError,
  NumericalError,
  ShapeError,
} from '../../src/linalg/errors.ts';
import { leastSquares } from '../../src/linalg/factorisations/least-squares.ts';
import { solve } from '../../src/linalg/factorisations/solve.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';
import { conjugateGradient } from '../../src/linalg/operators/conjugate-gradient.ts';
import { minres, minresRows } from '../../src/linalg/operators/minres.ts';
import type { MinresStats } from '../../src/linalg/operators/minres-stats.ts';
import {
  denseOperator,
  diagonalOperator,
  functionOperator,
  identityOperator,
  type LinearOperator,
} from '../../src/linalg/operators/operator.ts';
import { matvec } from '../../src/linalg/products.ts';
import { norm2 } from '../../src/linalg/sum.ts';
import { expectClose, relativeError } from '../helpers/close.ts';
import { normalMatrix } from '../helpers/operator-laws.ts';
import { reflected, symmetric } from '../helpers/zoo.ts';

const EPS = Number.EPSILON;
const normal = (n: number, name = 'b'): Vec => normalMatrix(1, n, name).data;
const minus = (x: Vec, y: Vec): Vec => x.map((v, i) => v - y[i]);
const symmetricOperator = (a: Matrix): LinearOperator => denseOperator(a, 'symmetric');
const spread = (n: number, condition: number): number[] =>
  Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1) * condition ** (-i / (n - 1)));

function trueResidual(op: LinearOperator, x: Vec, b: Vec): number {
  const image = op.matvec(x);
  return norm2(b.map((v, i) => v - image[i]));
}

function checkStats(op: LinearOperator, b: Vec, x: Vec, stats: MinresStats, rtol: number): void {
  expect(stats.tolerance).toBe(rtol * norm2(b));
  expect(stats.residuals).toHaveLength(stats.iterations + 1);
  expect(stats.residuals[stats.iterations]).toBe(stats.residual);
  expect(Math.abs(stats.residual - trueResidual(op, x, b))).toBeLessThanOrEqual(
    64 * b.length * EPS * norm2(b),
  );
  expect(stats.message).toContain(stats.residual.toExponential(2));
  if (stats.status === 'converged') expect(stats.residual).toBeLessThanOrEqual(stats.tolerance);
}

describe('systems with a solution', () => {
  const cases: Record<string, { a: Matrix; rtol: number; condition: number }> = {
    indefinite: { a: symmetric(30, (i, j) => Math.sin(i * j + i + j + 1)), rtol: 1e-12, condition: 1e4 },
    'condition 1e6, both signs': { a: reflected(spread(20, 1e6)), rtol: 1e-13, condition: 1e6 },
    'condition 1e10, not taken for singular': {
      a: reflected(spread(12, 1e10)),
      rtol: 1e-13,
      condition: 1e10,
    },
    'negative definite': { a: reflected([-1, -2, -3, -4, -5]), rtol: 1e-13, condition: 5 },
    'scaled by 1e-100': { a: reflected(spread(12, 1e3).map((v) => 1e-100 * v)), rtol: 1e-13, condition: 1e3 },
    'zero diagonal': { a: symmetric(6, (i, j) => (i - j === 3 ? i : 0)), rtol: 1e-13, condition: 2 },
  };
  for (const [name, { a, rtol, condition }] of Object.entries(cases))
    test(name, () => {
      const op = symmetricOperator(a);
      const solution = normal(a.rows, 'solution');
      const b = matvec(a, solution);
      const before = b.slice();
      const { x, stats } = minres(op, b, { rtol, maxIterations: 40 * a.rows });
      expect(stats.status).toBe('converged');
      checkStats(op, b, x, stats, rtol);
      expect(relativeError(x, solution)).toBeLessThanOrEqual(4 * condition * rtol);
      expect(relativeError(x, solve(a, b))).toBeLessThanOrEqual(8 * condition * rtol);
      expect(b).toEqual(before);
    });

  test('singular and consistent: the shortest solution', () => {
    const a = reflected([3, -2, 1, 0.5, 0, 0, 0]);
    const b = matvec(a, normal(7));
    const { x, stats } = minres(symmetricOperator(a), b, { rtol: 1e-12 });
    expect(stats.status).toBe('converged');
    expect(stats.iterations).toBeLessThanOrEqual(5);
    expect(relativeError(x, leastSquares(a, b, { rcond: 1e-10 }).x)).toBeLessThanOrEqual(1e-10);
  });
});

describe('the residual is minimal over the Krylov space', () => {
  const file = new URL('../reference/solving.json', import.meta.url);
  const golden = JSON.parse(readFileSync(file, 'utf8')) as {
    minres: { name: string; rows: number; data: number[]; b: number[]; iterates: number[][] }[];
  };
  for (const { name, rows, data, b, iterates } of golden.minres)
    test(`SciPy's iterates: ${name}`, () => {
      const op = symmetricOperator(new Matrix(rows, rows, Float64Array.from(data)));
      expect(iterates.length).toBeGreaterThan(3);
      for (const [k, expected] of iterates.entries()) {
        const options = { rtol: 0, maxIterations: k + 1, onFailure: 'return' } as const;
        expectClose(minres(op, Float64Array.from(b), options).x, expected, {
          atol: 1e4 * EPS * norm2(Float64Array.from(expected)),
        });
      }
    });

  test('against least squares over an explicit Krylov basis; residuals never grow', () => {
    const a = symmetric(14, (i, j) => Math.cos(3 * i * j + i + j));
    const b = normal(14);
    const columns: Vec[] = [];
    let power = b;
    let previous = norm2(b);
    for (let k = 1; k <= 6; k++) {
      power = matvec(
        a,
        power.map((v) => v / norm2(power)),
      );
      columns.push(power); // A × the Krylov basis
      const images = Matrix.of(Array.from({ length: 14 }, (_, i) => columns.map((c) => c[i])));
      const best = leastSquares(images, b).residuals[0];
      const { stats } = minres(symmetricOperator(a), b, { rtol: 0, maxIterations: k, onFailure: 'return' });
      expectClose([stats.residual], [best], { rtol: 1e-9 });
      expect(stats.residual).toBeLessThanOrEqual(previous);
      previous = stats.residual;
    }
  });

  test('as many steps as distinct eigenvalues', () => {
    const a = reflected([-2, -2, -2, 1, 1, 5, 5, 5, 5]);
    expect(minres(symmetricOperator(a), normal(9), { rtol: 1e-12 }).stats.iterations).toBe(3);
  });

  test('positive definite: the solution of conjugate gradients, in no more steps to the same residual', () => {
    const a = reflected(Array.from({ length: 40 }, (_, i) => 1 + i * i));
    const b = normal(40);
    const [mine, theirs] = [minres, conjugateGradient].map((f) => f(symmetricOperator(a), b, { rtol: 1e-9 }));
    expect(relativeError(mine.x, theirs.x)).toBeLessThanOrEqual(1600 * 4e-9);
    expect(mine.stats.iterations).toBeLessThanOrEqual(theirs.stats.iterations);
  });
});

describe('with a preconditioner', () => {
  const file = new URL('../reference/minres.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as {
    cases: { name: string; rows: number; data: number[]; b: number[]; preconditioner: number[] | null; iterates: number[][]; residuals: number[] }[];
  }; // biome-ignore format: a table
  for (const { name, rows, data, b, preconditioner, iterates, residuals } of cases)
    test(`SciPy's iterates and their residuals: ${name}`, () => {
      const square = (numbers: number[]): LinearOperator =>
        symmetricOperator(new Matrix(rows, rows, Float64Array.from(numbers)));
      const right = Float64Array.from(b);
      expect(iterates.length).toBeGreaterThan(5);
      for (const [k, expected] of iterates.entries()) {
        const options = {
          rtol: 0,
          maxIterations: k + 1,
          onFailure: 'return',
          ...(preconditioner === null ? {} : { preconditioner: square(preconditioner) }),
        } as const;
        const { x, stats } = minres(square(data), right, options);
        expectClose(x, expected, { atol: 1e5 * EPS * norm2(Float64Array.from(expected)) });
        expectClose([stats.residual], [residuals[k]], { atol: 1e4 * EPS * norm2(right) });
      }
    });

  const a = reflected(spread(30, 1e4));
  const b = normal(30);

  test('the exact |A|⁻¹ takes two steps: eigenvalues are ±1', () => {
    const inverse = reflected(spread(30, 1e4).map((v) => 1 / Math.abs(v)));
    const { x, stats } = minres(symmetricOperator(a), b, { preconditioner: inverse, rtol: 1e-10 });
    expect(stats.iterations).toBeLessThanOrEqual(4);
    expect(relativeError(x, solve(a, b))).toBeLessThanOrEqual(4e-6);
    expect(minres(symmetricOperator(a), b, { rtol: 1e-10 }).stats.iterations).toBeGreaterThan(20);
  });

  test("the recursion's ‖r‖₂ is the true one, step by step", () => {
    const preconditioner = Matrix.diagonal(Array.from({ length: 30 }, (_, i) => 1 + i / 10));
    const { residuals } = minres(symmetricOperator(a), b, { preconditioner, rtol: 1e-8 }).stats;
    for (let k = 1; k < 20; k++) {
      const { x } = minres(symmetricOperator(a), b, {
        preconditioner,
        rtol: 0,
        maxIterations: k,
        onFailure: 'return',
      });
      expectClose([residuals[k]], [trueResidual(symmetricOperator(a), x, b)], { rtol: 1e-8 });
    }
  });

  test('one that is not positive definite, or not finite, is refused', () => {
    const preconditioner = Matrix.diagonal(Array.from({ length: 30 }, (_, i) => (i === 3 ? -5 : 1)));
    const at = Float64Array.from({ length: 30 }, (_, i) => (i === 3 ? 1 : 0));
    expect(() => minres(symmetricOperator(a), at, { preconditioner })).toThrow(/not positive definite/);
    const broken = functionOperator(
      30,
      (x) => new Matrix(x.rows, 30, new Float64Array(30 * x.rows).fill(NaN)),
    );
    expect(() => minres(symmetricOperator(a), at, { preconditioner: broken })).toThrow(NonFiniteError);
    expect(() => minres(symmetricOperator(a), at, { preconditioner: Matrix.identity(2) })).toThrow(
      ShapeError,
    );
  });
});

describe('rows', () => {
  const a = reflected(spread(16, 1e3));
  const right = normalMatrix(5, 16, 'rows');
  right.row(2).fill(0);
  for (let j = 0; j < 16; j++) right.data[3 * 16 + j] *= 1e-200;

  test('each is what it would be alone, to the bit, and products are shared', () => {
    let calls = 0;
    const counted = functionOperator(
      16,
      (x) => {
        calls++;
        const out = new Matrix(x.rows, 16);
        for (let i = 0; i < x.rows; i++) out.row(i).set(matvec(a, x.row(i)));
        return out;
      },
      'symmetric',
    );
    for (const preconditioner of [undefined, Matrix.diagonal(Array.from({ length: 16 }, (_, i) => 1 + i))]) {
      const options = { rtol: 1e-9, ...(preconditioner === undefined ? {} : { preconditioner }) };
      calls = 0;
      const { x, stats } = minresRows(counted, right, options);
      const longest = Math.max(...stats.map((s) => s.iterations));
      expect(calls).toBeLessThan(2.5 * longest);
      for (let i = 0; i < 5; i++) {
        const alone = minres(counted, right.row(i), options);
        expect(x.row(i)).toEqual(alone.x);
        expect(stats[i]).toEqual(alone.stats);
        expect(stats[i].status).toBe('converged');
      }
    }
  });

  test('the row that failed is named', () => {
    expect(() => minresRows(symmetricOperator(a), right, { maxIterations: 1 })).toThrow(/minresRows, row 0/);
    expect(minresRows(symmetricOperator(a), new Matrix(0, 16)).x.rows).toBe(0);
  });
});

test('the shortest least-squares solution of an inconsistent system: the pseudo-inverse', () => {
  for (const [n, condition] of [[5, 2], [20, 10], [30, 50]]) {
    const a = reflected([...spread(n - 2, condition), 0, 0]);
    const b = normal(n);
    const { x, stats } = minres(symmetricOperator(a), b, { onFailure: 'return' });
    expect(stats.status).toBe('inconsistent');
    expect(relativeError(x, leastSquares(a, b, { rcond: 1e-10 }).x)).toBeLessThanOrEqual(1e-8);
  }
}); // biome-ignore format: short lists

describe('failures are told apart, returned or thrown', () => {
  const cases: Record<string, { a: Matrix; b: Vec; options?: object; status: string; error: typeof NumericalError | typeof ConvergenceError }> = {
    'singular and inconsistent': { a: reflected([3, -2, 1, 0, 0]), b: normal(5), status: 'inconsistent', error: NumericalError },
    'the zero operator': { a: Matrix.zeros(3, 3), b: normal(3), status: 'inconsistent', error: NumericalError },
    'b in the null space': { a: Matrix.diagonal([1, 0]), b: Float64Array.of(0, 1), status: 'inconsistent', error: NumericalError },
    'too few iterations': { a: reflected(spread(30, 1e3)), b: normal(30), options: { maxIterations: 5 }, status: 'iteration-limit', error: ConvergenceError },
    'none at all': { a: Matrix.identity(2), b: normal(2), options: { maxIterations: 0 }, status: 'iteration-limit', error: ConvergenceError },
    'an unreachable tolerance': { a: reflected(spread(12, 1e3)), b: normal(12), options: { rtol: 0, maxIterations: 10_000 }, status: 'stagnated', error: ConvergenceError },
  }; // biome-ignore format: a table
  for (const [name, { a, b, options = {}, status, error }] of Object.entries(cases))
    test(name, () => {
      const op = symmetricOperator(a);
      const { x, stats } = minres(op, b, { ...options, onFailure: 'return' });
      expect(stats.status).toBe(status);
      checkStats(op, b, x, stats, 'rtol' in options ? 0 : 1e-10);
      expect(() => minres(op, b, options)).toThrow(error);
      if (status === 'inconsistent') {
        // a least-squares solution: A r = 0
        const image = matvec(a, x);
        const gradient = matvec(
          a,
          b.map((v, i) => v - image[i]),
        );
        expect(norm2(gradient)).toBeLessThanOrEqual(1e-12 * norm2(b));
        expect(stats.normalResidual).toBeLessThanOrEqual(16 * EPS);
      }
    });

  test('inconsistent systems are told from slow ones, though rounding keeps A r from vanishing', () => {
    for (const [n, condition] of [
      [20, 10],
      [60, 1e3],
      [60, 1e5],
    ]) {
      const a = reflected([...spread(n - 3, condition), 0, 0, 0]);
      const b = normal(n);
      const { x, stats } = minres(symmetricOperator(a), b, { onFailure: 'return', maxIterations: 40 * n });
      expect(stats.status).toBe('inconsistent');
      const image = matvec(a, x);
      const gradient = matvec(a, minus(b, image));
      expect(norm2(gradient)).toBeLessThanOrEqual(Math.sqrt(EPS) * norm2(b));
      expect(
        Math.abs(stats.residual / leastSquares(a, b, { rcond: 1e-12 }).residuals[0] - 1),
      ).toBeLessThanOrEqual(1e-6);
    }
  });

  test('the error carries the numbers', () => {
    try {
      minres(symmetricOperator(reflected(spread(30, 1e3))), normal(30), { maxIterations: 5 });
      expect.unreachable();
    } catch (e) {
      expect(e).toBeInstanceOf(ConvergenceError);
      expect((e as ConvergenceError).iterations).toBe(5);
      expect((e as ConvergenceError).residual).toBeGreaterThan((e as ConvergenceError).tolerance);
    }
  });
});

test('zero right-hand sides, good starts, far starts, atol, empty systems', () => {
  const a = reflected([4, -3, 2, 1]);
  const op = symmetricOperator(a);
  expect(minres(op, new Float64Array(4), { x0: normal(4) })).toMatchObject({
    x: new Float64Array(4),
    stats: { iterations: 0 },
  });
  const solution = normal(4, 'solution');
  const b = matvec(a, solution);
  const x0 = solution.slice();
  expect(minres(op, b, { x0, rtol: 1e-12 }).stats.iterations).toBe(0);
  expect(x0).toEqual(solution);
  expectClose(minres(op, b, { x0: Float64Array.of(1e3, -1e3, 0, 1e3), rtol: 1e-12 }).x, solution, {
    atol: 1e-10,
  });
  expect(minres(op, b, { atol: 2 * norm2(b) }).stats).toMatchObject({ status: 'converged', iterations: 0 });
  expect(minres(identityOperator(0), new Float64Array(0)).x).toHaveLength(0);
});

test('arguments are checked', () => {
  const op = identityOperator(3);
  expect(() => minres(op, new Float64Array(2))).toThrow(ShapeError);
  expect(() => minres(op, Float64Array.of(1, Number.NaN, 1))).toThrow(NonFiniteError);
  expect(() => minres(op, new Float64Array(3), { x0: new Float64Array(2) })).toThrow(ShapeError);
  expect(() => minres(op, new Float64Array(3), { rtol: -1 })).toThrow(DomainError);
  expect(() => minres(op, new Float64Array(3), { maxIterations: 1.5 })).toThrow(DomainError);
  expect(() => minres(denseOperator(Matrix.zeros(2, 3)), new Float64Array(3))).toThrow(ShapeError);
  const broken = functionOperator(
    2,
    (x) =>
      new Matrix(
        x.rows,
        2,
        x.data.map(() => Number.NaN),
      ),
    'symmetric',
  );
  expect(() => minres(broken, Float64Array.of(1, 1))).toThrow(/A v/);
  expectClose(minres(diagonalOperator(Float64Array.of(2, -2)), Float64Array.of(1, 1)).x, [0.5, -0.5], {
    rtol: 4 * EPS,
  });
});
