/** @file Stochastic Neumann iteration: its closed form, its mean over batches, its step size, and how it fails. */
import { describe, expect, test } from 'vitest';
import { selectExamples } from '../../src/autodiff/dataset.ts';
import { exampleTraces } from '../../src/curvature/example-traces.ts';
import { ggnMatrix } from '../../src/curvature/ggn.ts';
import { CURVATURES } from '../../src/curvature/registry.ts';
import {
  fixedCurvature,
  minibatchCurvature,
  type NamedStep,
} from '../../src/influence/solvers/curvature-source.ts';
import { DivergenceError } from '../../src/influence/solvers/divergence-error.ts';
import { automaticStep } from '../../src/influence/solvers/step-size.ts';
import { stochasticNeumann } from '../../src/influence/solvers/stochastic-neumann.ts';
import { DomainError, NonFiniteError, ShapeError } from '../../src/linalg/errors.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';
import { denseOperator, diagonalOperator } from '../../src/linalg/operators/operator.ts';
import { matmul } from '../../src/linalg/products.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { maxAbs, norm2 } from '../../src/linalg/sum.ts';
import { expectMatrixClose } from '../helpers/close.ts';
import { randomProblem } from '../helpers/problems.ts';

const problem = randomProblem({ sizes: [4, 4, 3], examples: 16, seed: 8 });
const eigen = CURVATURES.ggn.build(problem);
const largest = Math.max(...eigen.values);
const damping = 0.05;
const width = problem.model.parameterCount;

function rows(count: number, seed = 1): Matrix {
  const { parameterCount } = problem.model;
  return new Matrix(
    count,
    parameterCount,
    rng(seed, 'b').fillNormal(new Float64Array(count * parameterCount)),
  );
}

/** xᵏ by multiplication. */
function power(x: number, k: number): number {
  let out = 1;
  for (let i = 0; i < k; i++) out *= x;
  return out;
}

function caught(body: () => unknown): DivergenceError {
  try {
    body();
  } catch (error) {
    if (error instanceof DivergenceError) return error;
    throw error;
  }
  return expect.fail('nothing was thrown');
}

describe('stochasticNeumann, full batch', () => {
  const source = minibatchCurvature(problem);
  const alpha = 0.9 / (largest + damping);

  for (const start of ['zero', 'right-hand-side'] as const)
    test(`from ${start}: J steps are the filter in the eigenbasis`, () => {
      const b = rows(3);
      for (const iterations of [0, 1, 2, 17]) {
        const { x } = stochasticNeumann(source, b, { damping, alpha, iterations, start });
        const expected = eigen.apply((sigma) => {
          const left = power(1 - alpha * (sigma + damping), iterations);
          return (1 - left) / (sigma + damping) + (start === 'zero' ? 0 : left);
        }, b);
        expectMatrixClose(x, expected, { atol: 1e-12 * Math.max(1, maxAbs(expected.data)) });
      }
    });

  test('stopping after J steps is extra damping 1/(αJ), within 30 per cent in every direction', () => {
    const q = eigen.basis.toDense();
    const b = new Matrix(q.cols, q.rows);
    for (let i = 0; i < q.cols; i++) b.row(i).set(q.column(i));
    const small = 1e-3;
    for (const iterations of [10, 100]) {
      const { x } = stochasticNeumann(source, b, { damping: small, alpha, iterations });
      for (const [i, sigma] of eigen.values.entries()) {
        const filter = b.row(i).reduce((total, value, k) => total + value * x.at(i, k), 0);
        const ratio = filter * (sigma + small + 1 / (alpha * iterations));
        expect(ratio).toBeGreaterThan(0.999); // (1 − e⁻ᵗ)(1 + t)/t lies in [1, 1.2985]
        expect(ratio).toBeLessThan(1.2985 * (1 + 1 / iterations));
      }
    }
  });

  test('the residuals are those of a dense matrix, along the way and at the end', () => {
    const b = rows(2);
    const matrix = ggnMatrix(problem);
    const options = { damping, alpha, checkEvery: 4 };
    const { x, residuals, residualNorms, traces } = stochasticNeumann(source, b, {
      ...options,
      iterations: 10,
    });
    expect(Array.from(traces[0].iterations)).toEqual([0, 4, 8, 10]);
    const gapOf = (v: Matrix, i: number): number => {
      const image = matmul(v, matrix);
      return norm2(b.row(i).map((value, k) => value - image.at(i, k) - damping * v.at(i, k)));
    };
    const early = stochasticNeumann(source, b, { ...options, iterations: 4 }).x;
    for (let i = 0; i < 2; i++) {
      const norm = norm2(b.row(i));
      expect(Math.abs(residualNorms[i] - gapOf(x, i))).toBeLessThan(1e-13 * norm);
      expect(Math.abs(residuals[i] - gapOf(x, i) / norm)).toBeLessThan(1e-13);
      expect(Math.abs(traces[0].residuals.at(1, i) - gapOf(early, i) / norm)).toBeLessThan(1e-13);
      expect(traces[0].residuals.at(0, i)).toBe(1);
    }
  });

  test('momentum reaches a tolerance sooner; done rows leave with the steps they took', () => {
    const b = Matrix.of([rows(1).row(0), new Float64Array(width), eigen.basis.toDense().column(width - 1)]);
    const options = { damping: 1e-2, rtol: 1e-4, checkEvery: 1, iterations: 3000 };
    const plain = stochasticNeumann(source, b, options);
    const heavy = stochasticNeumann(source, b, { ...options, momentum: 0.8 });
    for (const { residuals } of [plain, heavy]) expect(Math.max(...residuals)).toBeLessThanOrEqual(1e-4);
    expect(heavy.traces[0].steps[0]).toBeLessThan(plain.traces[0].steps[0] / 2);
    expect(plain.traces[0].steps[1]).toBe(0);
    expect(maxAbs(plain.x.row(1))).toBe(0);
    expect(plain.traces[0].steps[2]).toBeLessThan(plain.traces[0].steps[0]);
    const alone = stochasticNeumann(source, rows(1), { ...options, alpha: plain.alpha });
    expect(alone.x.row(0)).toEqual(plain.x.row(0));
  });

  test('a right-hand side of 2⁻⁷⁰⁰ gives the same digits', () => {
    const b = rows(1);
    const options = { damping, alpha, iterations: 12 };
    const tiny = new Matrix(
      1,
      b.cols,
      b.data.map((value) => value * 2 ** -700),
    );
    const { x } = stochasticNeumann(source, b, options);
    expect(stochasticNeumann(source, tiny, options).x.data).toEqual(x.data.map((v) => v * 2 ** -700));
  });
});

describe('stochasticNeumann, minibatches', () => {
  test('independent batches: the mean over repetitions is the full-batch iterate, within its error bars', () => {
    const b = rows(1);
    const options = { damping, alpha: 0.2 / (largest + damping), iterations: 12, momentum: 0.5 };
    const full = stochasticNeumann(minibatchCurvature(problem), b, options);
    const source = minibatchCurvature(problem, { batch: 2, seed: 4 });
    const { x, standardErrors, repeats, traces } = stochasticNeumann(source, b, { ...options, repeats: 60 });
    const errors = standardErrors ?? expect.fail('no error bars');
    let squares = 0;
    for (let k = 0; k < width; k++) {
      const values = repeats.map((run) => run.data[k]);
      const mean = values.reduce((a, v) => a + v, 0) / 60;
      const spread = Math.sqrt(values.reduce((a, v) => a + (v - mean) ** 2, 0) / (60 * 59));
      expect(Math.abs(mean - x.data[k])).toBeLessThan(1e-13);
      expect(Math.abs(spread - errors.data[k])).toBeLessThan(1e-12 * spread + 1e-15);
      squares += ((x.data[k] - full.x.data[k]) / errors.data[k]) ** 2;
    }
    expect(squares / width).toBeLessThan(2.5);
    expect(squares / width).toBeGreaterThan(0.2);
    expect(traces.length).toBe(60);
    const typical = norm2(repeats[0].data.map((v, k) => v - full.x.data[k]));
    expect(norm2(x.data.map((v, k) => v - full.x.data[k]))).toBeLessThan(typical / 3);
    expect(stochasticNeumann(source, b, options).standardErrors).toBeUndefined();
  });

  test("'auto' settles on small batches, and equal seeds give equal bits", () => {
    const b = rows(2);
    const run = (seed: number): Vec =>
      stochasticNeumann(minibatchCurvature(problem, { batch: 3, seed }), b, {
        damping,
        iterations: 300,
        seed,
      }).x.data;
    const first = run(1);
    expect(run(1)).toEqual(first);
    expect(run(2)).not.toEqual(first);
    const exact = eigen.applyInverse(b, { kind: 'damped', lambda: damping });
    expect(norm2(first.map((v, k) => v - exact.data[k]))).toBeLessThan(norm2(exact.data));
  });
});

describe('step size', () => {
  test("'auto' is just below 1/(σ_max + λ), also of an indefinite spectrum by magnitude", () => {
    for (const values of [
      [3, 1, 0.2],
      [-4, 1, 0.5],
    ]) {
      const source = fixedCurvature(diagonalOperator(Float64Array.from(values)));
      const limit = Math.max(...values.map((v) => Math.abs(v + 0.1)));
      const alpha = automaticStep(source, { damping: 0.1 });
      expect(alpha * limit).toBeGreaterThan(0.97);
      expect(alpha * limit).toBeLessThanOrEqual(1);
      expect(automaticStep(source, { damping: 0.1, momentum: 0.5 })).toBe(1.5 * alpha);
    }
  });

  test('with batches it heeds the steepest seen and takes momentum back', () => {
    const source = minibatchCurvature(problem, { batch: 2, seed: 1 });
    const alpha = automaticStep(source, { damping });
    expect(alpha).toBeLessThan(automaticStep(minibatchCurvature(problem), { damping }));
    expect(automaticStep(source, { damping, momentum: 0.75 })).toBeCloseTo(alpha / 4, 14);
  });

  describe('one example in two hundred, much steeper than the rest', () => {
    const drawn = randomProblem({
      sizes: [4, 4, 3],
      examples: 200,
      seed: 5,
      loss: 'squared-error',
      activation: 'relu',
    });
    const inputs = drawn.data.inputs.clone();
    for (let j = 0; j < 4; j++) inputs.row(77)[j] *= 60;
    const rare = { ...drawn, data: { ...drawn.data, inputs } };
    const source = minibatchCurvature(rare, { batch: 4, seed: 1 });
    const b = rows(2);

    test('its batches are the steepest, and come in the order of their traces, then of time', () => {
      const traces = exampleTraces(rare);
      const weight = ({ repeat, step }: NamedStep): number =>
        source.batchAt(repeat, step).reduce((total, i) => total + traces[i], 0);
      const found = source.steepest?.(2, 150, 5) ?? [];
      expect(found).toHaveLength(5);
      for (const one of found) expect(source.batchAt(one.repeat, one.step)).toContain(77);
      const all = [0, 1].flatMap((repeat) => Array.from({ length: 150 }, (_, step) => ({ repeat, step })));
      const weights = all.map(weight).sort((x, y) => y - x);
      expect(found.map(weight)).toEqual(weights.slice(0, 5));
      expect(source.steepest?.(1, 0, 5)).toEqual([]);
      expect(minibatchCurvature(rare).steepest).toBeUndefined();
    });

    test('the first four batches do not have it, and a step by them alone diverges; with the steepest to come it does not', () => {
      for (let step = 0; step < 4; step++) expect(source.batchAt(0, step)).not.toContain(77);
      const short = automaticStep(source, { damping });
      const options = { damping, iterations: 600, checkEvery: 50 };
      expect(caught(() => stochasticNeumann(source, b, { ...options, alpha: short }))).toBeInstanceOf(
        DivergenceError,
      );
      const { alpha, residuals } = stochasticNeumann(source, b, options);
      expect(alpha).toBeLessThan(short);
      expect(alpha).toBe(automaticStep(source, { damping, iterations: 600 }));
      expect(Math.max(...residuals)).toBeLessThan(1);
      const [worst] = source.steepest?.(1, 600, 1) ?? [];
      const steepest = CURVATURES.ggn.build({
        ...rare,
        data: selectExamples(rare.data, source.batchAt(worst.repeat, worst.step)),
      });
      expect(alpha * (Math.max(...steepest.values) + damping)).toBeLessThanOrEqual(2);
    });
  });

  test('a multiple of λ is that', () => {
    const source = fixedCurvature(diagonalOperator(Float64Array.of(1, 2)));
    const b = Matrix.of([[1, 1]]);
    const solved = stochasticNeumann(source, b, {
      damping: 0.5,
      alpha: { timesDamping: 0.1 },
      iterations: 1,
    });
    expect(solved.alpha).toBe(0.05);
    expect(Array.from(solved.x.data)).toEqual([0.05, 0.05]);
  });

  test('decay multiplies α every so many steps', () => {
    const source = fixedCurvature(diagonalOperator(Float64Array.of(0)));
    const decay = { factor: 0.5, every: 2 };
    const options = { damping: 0, alpha: 1, iterations: 5, decay };
    // C = 0: v grows by α_k b a step, 1 + 1 + ½ + ½ + ¼
    expect(stochasticNeumann(source, Matrix.of([[1]]), options).x.data[0]).toBe(3.25);
  });
});

describe('divergence', () => {
  const b = rows(2);

  test('a step beyond 2/(σ_max + λ) raises, with iteration and norm; one just below does not', () => {
    const source = minibatchCurvature(problem);
    const alpha = 3 / (largest + damping);
    const error = caught(() => stochasticNeumann(source, b, { damping, alpha, iterations: 500 }));
    expect(error.quantity).toMatch(/iterate|residual/);
    expect(error.norm).toBeGreaterThan(error.limit);
    expect(error.iteration).toBeGreaterThan(1);
    expect(error.iteration).toBeLessThan(51);
    expect(error.alpha).toBe(alpha);
    expect(error.repeat).toBe(0);
    expect(error.message).toMatch(/diverged at iteration \d+.*Lower alpha/);
    const calm = stochasticNeumann(source, b, { damping, alpha: 1.9 / (largest + damping), iterations: 500 });
    expect(Math.max(...calm.residuals)).toBeLessThan(1e-3);
  });

  test('an indefinite operator has no bound on iterates: its residual tells, or overflow', () => {
    const source = fixedCurvature(diagonalOperator(Float64Array.of(1, -1)));
    const one = Matrix.of([[1, 1]]);
    const error = caught(() => stochasticNeumann(source, one, { damping: 0.1, alpha: 0.5, iterations: 400 }));
    expect([error.quantity, error.iteration]).toEqual(['residual', 50]);
    const late = { damping: 0.1, alpha: 0.5, iterations: 4000, checkEvery: 4000 };
    const overflow = caught(() => stochasticNeumann(source, one, late));
    expect([overflow.quantity, overflow.norm]).toEqual(['iterate', Number.POSITIVE_INFINITY]);
  });

  test('refuses wrong shapes and options', () => {
    const source = fixedCurvature(denseOperator(Matrix.identity(2), 'psd'));
    const one = Matrix.of([[1, 1]]);
    expect(() => stochasticNeumann(source, Matrix.of([[1]]), { damping })).toThrow(ShapeError);
    expect(() => stochasticNeumann(source, Matrix.of([[1, Number.NaN]]), { damping })).toThrow(
      NonFiniteError,
    );
    for (const bad of [
      { damping: -1 },
      { damping, momentum: 1 },
      { damping, alpha: 0 },
      { damping: 0, alpha: { timesDamping: 2 } },
      { damping, repeats: 0 },
      { damping, decay: { factor: 2, every: 3 } },
      { damping, divergenceLimit: 1 },
    ])
      expect(() => stochasticNeumann(source, one, bad)).toThrow(DomainError);
  });
});
