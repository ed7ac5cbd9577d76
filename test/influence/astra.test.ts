/** @file ASTRA: its recursion step by step, its limits at both ends, and what its schedule is for. */
import { describe, expect, test } from 'vitest';
import { selectExamples } from '../../src/autodiff/dataset.ts';
import { ekfac } from '../../src/curvature/ekfac.ts';
import { ggnMatrix } from '../../src/curvature/ggn.ts';
import { CURVATURES } from '../../src/curvature/registry.ts';
import { ASTRA_DECAY, ASTRA_MOMENTUM, astra } from '../../src/influence/solvers/astra.ts';
import { fixedCurvature, minibatchCurvature } from '../../src/influence/solvers/curvature-source.ts';
import { DivergenceError } from '../../src/influence/solvers/divergence-error.ts';
import { stochasticNeumann } from '../../src/influence/solvers/stochastic-neumann.ts';
import { DomainError, ShapeError, SingularError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { maxAbs } from '../../src/linalg/sum.ts';
import { expectClose, expectMatrixClose, relativeError } from '../helpers/close.ts';
import { randomProblem } from '../helpers/problems.ts';
import { gaussSolve } from './gauss-solve.ts';

const problem = randomProblem({ sizes: [4, 4, 3], examples: 24, seed: 8 });
const d = problem.model.parameterCount;
const p = ekfac(problem);
const damping = 0.01;
const b = new Matrix(3, d, rng(1, 'b').fillNormal(new Float64Array(3 * d)));

/** (A + λI)⁻¹ on the rows of b, by elimination on plain arrays. */
function dampedSolve(a: Matrix, lambda: number, rhs: Matrix): Matrix {
  const plain = a.toArray().map((row, i) => row.map((value, j) => value + (i === j ? lambda : 0)));
  return Matrix.of(rhs.toArray().map((row) => gaussSolve(plain, row)));
}

describe('astra', () => {
  const full = minibatchCurvature(problem);

  test('one step from zero with α = 1 is the EK-FAC solution, and so is the warm start, bit for bit', () => {
    for (const lambda of [1e-3, 0.3]) {
      const solution = p.applyInverse(b, { kind: 'damped', lambda });
      const step = { damping: lambda, alpha: 1, start: 'zero', iterations: 1 } as const;
      for (const source of [full, minibatchCurvature(problem, { batch: 2 })])
        expect(astra(source, b, p, step).x.data).toEqual(solution.data);
      expect(astra(full, b, p, { damping: lambda, iterations: 0 }).x.data).toEqual(solution.data);
    }
  });

  test('λ̃ may differ from λ', () => {
    const solution = p.applyInverse(b, { kind: 'damped', lambda: 0.2 });
    const options = { damping, preconditionerDamping: 0.2, iterations: 0 };
    expect(astra(full, b, p, options).x.data).toEqual(solution.data);
  });

  test('the recursion of Eq. 9 with momentum and schedule, by dense matrices of the batches drawn', () => {
    const source = minibatchCurvature(problem, { batch: 4, seed: 3 });
    const alpha = 0.02;
    const momentum = 0.7;
    const options = { damping, alpha, momentum, iterations: 6, decay: { factor: 0.25, every: 4 } };
    const { x } = astra(source, b, p, options);
    const dense = p.toDense();
    let theta = dampedSolve(dense, damping, b);
    let velocity = new Matrix(3, d);
    for (let k = 0; k < 6; k++) {
      const batch = selectExamples(problem.data, source.batchAt(0, k));
      const g = ggnMatrix({ ...problem, data: batch });
      const gradient = Matrix.of(
        theta
          .toArray()
          .map((row, q) =>
            row.map(
              (value, i) => g.row(i).reduce((sum, w, j) => sum + w * row[j], damping * value) - b.at(q, i),
            ),
          ),
      );
      const step = dampedSolve(dense, damping, gradient);
      velocity = new Matrix(
        3,
        d,
        velocity.data.map((u, i) => momentum * u + step.data[i]),
      );
      const rate = k < 4 ? alpha : alpha / 4;
      theta = new Matrix(
        3,
        d,
        theta.data.map((value, i) => value - rate * velocity.data[i]),
      );
    }
    expectMatrixClose(x, theta, { atol: 1e-10 * maxAbs(theta.data) });
  });

  test('full batch tends to the exact damped inverse', () => {
    const exact = dampedSolve(ggnMatrix(problem), damping, b);
    const options = { damping, decay: 'none', rtol: 1e-11, checkEvery: 10, iterations: 3000 } as const;
    for (const momentum of [0, 0.5, ASTRA_MOMENTUM]) {
      const { x, residuals, traces } = astra(full, b, p, { ...options, momentum });
      expectClose(x.data, exact.data, { atol: 1e-8 * maxAbs(exact.data) });
      expect(Math.max(...residuals)).toBeLessThanOrEqual(1e-11);
      expect(Math.max(...traces[0].steps)).toBeLessThan(2500);
    }
  });

  test('with the curvature itself as P, α = 1 needs one step from anywhere', () => {
    const ggn = CURVATURES.ggn.build(problem);
    const { x } = astra(fixedCurvature(ggn), b, ggn, { damping, alpha: 1, iterations: 1, start: 'zero' });
    const exact = dampedSolve(ggnMatrix(problem), damping, b);
    expectClose(x.data, exact.data, { atol: 1e-9 * maxAbs(exact.data) });
  });

  describe('one softmax layer on inputs of unequal scales, where EK-FAC is close to the GGN', () => {
    const drawn = randomProblem({ sizes: [8, 3], activation: 'identity', examples: 40, seed: 2, gain: 0.5 });
    const inputs = drawn.data.inputs.clone();
    for (let i = 0; i < inputs.rows; i++) for (let j = 0; j < 8; j++) inputs.row(i)[j] *= 0.2 + j / 2;
    const scaled = { ...drawn, data: { ...drawn.data, inputs } };
    const near = ekfac(scaled);
    const rhs = new Matrix(3, 27, rng(2, 'b').fillNormal(new Float64Array(81)));
    const lambda = 1e-3;

    test('ASTRA reaches 1e-3 in at most a fifth of the steps of the Neumann series, each at its own α', () => {
      const source = minibatchCurvature(scaled);
      const options = { damping: lambda, rtol: 1e-3, checkEvery: 1, momentum: 0.5, iterations: 60000 };
      const ours = astra(source, rhs, near, { ...options, decay: 'none' });
      const plain = stochasticNeumann(source, rhs, options);
      for (const { residuals } of [ours, plain]) expect(Math.max(...residuals)).toBeLessThanOrEqual(1e-3);
      const steps = (of: typeof ours): number => Math.max(...of.traces[0].steps);
      expect(5 * steps(ours)).toBeLessThanOrEqual(steps(plain));
    });

    test('minibatches leave an error floor, which the schedule lowers', () => {
      const exact = dampedSolve(ggnMatrix(scaled), lambda, rhs).data;
      const source = minibatchCurvature(scaled, { batch: 8, seed: 5 });
      const solutions = ([{ factor: 0.5, every: 300 }, 'none'] as const).map((decay) => {
        const options = { damping: lambda, momentum: 0, alpha: 0.1, iterations: 2000, decay };
        return astra(source, rhs, near, options);
      });
      const [scheduled, constant] = solutions.map(({ x }) => relativeError(x.data, exact));
      expect(scheduled).toBeLessThan(constant / 3);
      const [late, never] = solutions.map(({ residuals }) => Math.max(...residuals));
      expect(late).toBeLessThan(never / 3);
    });
  });

  test('its defaults are those of the paper, with α found by itself', () => {
    const source = minibatchCurvature(problem, { batch: 8, seed: 5 });
    const { x, traces, alpha } = astra(source, b, p, { damping });
    expect(Array.from(traces[0].iterations)).toEqual([0, 50, 100, 150, 200]);
    const spelled = { damping, alpha, momentum: 0.9, iterations: 200, decay: { factor: 0.5, every: 50 } };
    expect(astra(source, b, p, spelled).x.data).toEqual(x.data);
    expect(ASTRA_DECAY).toEqual(spelled.decay);
    expect(astra(full, b, p, { damping, alpha: { timesDamping: 0.1 }, iterations: 1 }).alpha).toBe(
      0.1 * damping,
    );
  });

  test('a step that is too long raises; arguments are checked', () => {
    expect(() => astra(full, b, p, { damping, alpha: 40, iterations: 500 })).toThrow(DivergenceError);
    expect(() => astra(full, b, p, { damping, preconditionerDamping: -1 })).toThrow(DomainError);
    expect(() => astra(full, b, p, { damping: 0 })).toThrow(SingularError);
    const other = ekfac(randomProblem({ sizes: [3, 2], examples: 4 }));
    expect(() => astra(full, b, other, { damping })).toThrow(ShapeError);
  });
});
