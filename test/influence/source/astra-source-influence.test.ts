/** @file ASTRA-SOURCE: its limits as dense algebra, its bounds, its error bars. */
import { describe, expect, test } from 'vitest';
import { Mlp } from '../../../src/autodiff/mlp.ts';
import { perExampleGradients } from '../../../src/autodiff/per-example.ts';
import { Trainer } from '../../../src/autodiff/train.ts';
import { checkpointSteps, type Trajectory } from '../../../src/autodiff/trajectory.ts';
import { ggnMatrix } from '../../../src/curvature/ggn.ts';
import { DivergenceError } from '../../../src/influence/solvers/divergence-error.ts';
import {
  type AstraSourceOptions,
  astraSourceInfluence,
} from '../../../src/influence/source/astra-source-influence.ts';
import {
  averagedCurvature,
  type SegmentCurvature,
} from '../../../src/influence/source/averaged-curvature.ts';
import { sourceInfluence } from '../../../src/influence/source/source-influence.ts';
import { DomainError } from '../../../src/linalg/errors.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { randomData } from '../../autodiff/naive.ts';
import { relativeError } from '../../helpers/close.ts';
import { expectSameBits } from '../../helpers/eigen-laws.ts';
import { gaussSolve } from '../gauss-solve.ts';
import { type DenseSegment, denseScores, rowsOf, shifted, unrolled } from './dense-unrolling.ts';

const model = new Mlp([2, 3, 3], 'tanh');
const loss = 'cross-entropy' as const;
const train = randomData(model, loss, 24, 31);
const queries = randomData(model, loss, 3, 32);
const trainer = new Trainer(model, loss, train, {
  epochs: 8,
  batch: 8,
  learningRate: 0.2,
  momentum: 0.5,
  weightDecay: 0.01,
  schedule: 'constant',
  initialisation: 'torch',
  dropLast: true,
});
const { theta, trajectory } = trainer.trainTrajectory({ seed: 4, checkpoints: checkpointSteps(24, 4) });
const fitted = { model, loss, theta };
const fit = (options: Partial<AstraSourceOptions> = {}) =>
  astraSourceInfluence({ trajectory, segments: 2, ...options }).fit(fitted, train); // biome-ignore format: short
/** Two segments of 12 steps at 0.2, momentum ½. */
const TIME = 4.8;

/** Two segments in dense form: e^(−tC) of the averaged curvature, and a pull. */
function witness(curvature: SegmentCurvature, shift: number, pull: (l: number) => number[][]): Matrix {
  const segments: DenseSegment[] = [0, 1].map((l) => {
    const thetas = trajectory.checkpoints.slice(2 * l, 2 * l + 2).map((checkpoint) => checkpoint.theta);
    const problems = thetas.map((point) => ({ model, loss, theta: point, data: train }));
    const dense = rowsOf(averagedCurvature(curvature, problems).toDense());
    return { backward: unrolled(shifted(dense, shift), TIME).backward, pull: pull(l), thetas };
  });
  return Matrix.of(denseScores(model, { loss, f: loss, end: theta }, segments, train, queries));
}
/** (G + λI)⁻¹ with the GGN at the mean parameters of a segment. */
function exactInverse(l: number, lambda: number): number[][] {
  const [a, b] = trajectory.checkpoints.slice(2 * l, 2 * l + 2).map((checkpoint) => checkpoint.theta);
  const mean = a.map((x, k) => (x + b[k]) / 2);
  const damped = shifted(rowsOf(ggnMatrix({ model, loss, theta: mean, data: train })), lambda);
  return damped.map((_, i) => gaussSolve(damped, damped.map((_, j) => (i === j ? 1 : 0)))); // biome-ignore format: short
}

describe('limits', () => {
  test('many full-batch iterations: the dense damped inverse of the GGN at the mean weights', () => {
    for (const weightDecay of [0.01, 0]) {
      const expected = witness('ekfac', weightDecay, (l) => exactInverse(l, 1 / TIME + weightDecay));
      const options = { iterations: 300, momentum: 0, decay: 'none', weightDecay } as const;
      expect(relativeError(fit(options).score(queries).data, expected.data)).toBeLessThan(1e-10);
      const errors = [0, 5, 40].map((iterations) =>
        relativeError(fit({ ...options, iterations }).score(queries).data, expected.data),
      );
      for (let k = 1; k < errors.length; k++) expect(errors[k]).toBeLessThan(errors[k - 1]);
    }
  });

  test('no iterations: the damped EK-FAC solve, SOURCE with 1/(s + 1/t) for its filter', () => {
    const expected = witness('ekfac', 0.01, (l) => {
      const thetas = trajectory.checkpoints.slice(2 * l, 2 * l + 2).map((checkpoint) => checkpoint.theta);
      const problems = thetas.map((point) => ({ model, loss, theta: point, data: train }));
      const damped = averagedCurvature('ekfac', problems).inverse({
        kind: 'damped',
        lambda: 1 / TIME + 0.01,
      });
      return rowsOf(damped.toDense());
    });
    const scores = fit({ iterations: 0 }).score(queries);
    expect(relativeError(scores.data, expected.data)).toBeLessThan(1e-12);
    const source = sourceInfluence({ trajectory, segments: 2 }).fit(fitted, train).score(queries);
    expect(relativeError(scores.data, source.data)).toBeLessThan(0.3);
  });

  test('minibatches: an error floor that falls with the step', () => {
    const expected = witness('ekfac', 0.01, (l) => exactInverse(l, 1 / TIME + 0.01));
    const error = (alpha: number): number => {
      const options = { batch: 6, iterations: 600, momentum: 0, decay: 'none', alpha, seed: 2 } as const;
      return relativeError(fit(options).score(queries).data, expected.data);
    };
    const [coarse, fine] = [error(0.2), error(0.02)];
    expect(fine).toBeLessThan(coarse / 2);
    expect(coarse).toBeLessThan(0.3);
  });
});

describe('what it reports', () => {
  test('λ_ℓ = 1/t_ℓ + weight decay + damping; α as a multiple of it; the mean weights', () => {
    const { segments } = fit({ alpha: { timesDamping: 0.1 }, damping: 0.2, iterations: 1 });
    for (const { index, lambda, alpha, theta: mean } of segments) {
      expect(lambda).toBeCloseTo(1 / TIME + 0.01 + 0.2, 13);
      expect(alpha).toBeCloseTo(0.1 * lambda, 15);
      const [a, b] = trajectory.checkpoints.slice(2 * index, 2 * index + 2);
      expect(mean[3]).toBeCloseTo((a.theta[3] + b.theta[3]) / 2, 15);
    }
    expect(fit({ weightDecay: 0, iterations: 1 }).segments[1].lambda).toBeCloseTo(1 / TIME, 13);
  });

  test('residual histories per segment, computed from the solutions', () => {
    const astra = fit({ iterations: 60, checkEvery: 20, momentum: 0, decay: 'none' });
    const solutions = astra.solve(queries);
    expect(solutions).toHaveLength(2);
    const gradients = perExampleGradients(model, loss, theta, queries);
    for (const [l, { x, residuals, traces }] of solutions.entries()) {
      const [{ iterations, residuals: checked }] = traces;
      expect(Array.from(iterations)).toEqual([0, 20, 40, 60]);
      for (let q = 0; q < 3; q++) {
        for (let k = 1; k < 4; k++) expect(checked.at(k, q)).toBeLessThan(checked.at(k - 1, q));
        expect(checked.at(3, q)).toBeCloseTo(residuals[q], 14);
      }
      if (l !== 1) continue; // the last segment solves for ∇m itself
      const { theta: mean, lambda } = astra.segments[l];
      const damped = shifted(rowsOf(ggnMatrix({ model, loss, theta: mean, data: train })), lambda);
      for (let q = 0; q < 3; q++) {
        const gap = damped.map(
          (row, i) => gradients.at(q, i) - row.reduce((sum, value, j) => sum + value * x.at(q, j), 0),
        );
        expect(Math.hypot(...gap) / Math.hypot(...gradients.row(q))).toBeCloseTo(residuals[q], 12);
      }
    }
  });

  test('the bounds hold, and the summary takes the worst segment', () => {
    const exact = fit({ iterations: 500, momentum: 0, decay: 'none' }).score(queries);
    for (const iterations of [0, 3, 12]) {
      const options = { iterations, checkEvery: 4, momentum: 0, decay: 'none' } as const;
      const astra = fit(options);
      const bounded = astra.scoreWithBounds(queries);
      expectSameBits(bounded.scores.data, astra.score(queries).data);
      for (const [k, bound] of bounded.bounds.data.entries()) {
        const error = Math.abs(bounded.scores.data[k] - exact.data[k]);
        expect(error).toBeLessThanOrEqual(bound * (1 + 1e-9) + 1e-12);
      }
      const [first, second] = bounded.segments;
      for (let q = 0; q < 3; q++) {
        expect(bounded.residuals[q]).toBe(Math.max(first.residuals[q], second.residuals[q]));
        const [h, a, b] = [bounded.history, first.history, second.history].map(({ residuals }) => residuals);
        for (let c = 0; c < h.rows; c++) expect(h.at(c, q)).toBe(Math.max(a.at(c, q), b.at(c, q)));
      }
      expect(Array.from(bounded.steps)).toEqual([iterations, iterations, iterations]);
      expect(bounded.standardErrors).toBeUndefined();
    }
  });

  test('chunks of queries and training examples: the same, with histories side by side', () => {
    const options = { iterations: 10, checkEvery: 5, batch: 8, seed: 5 };
    const [whole, parts] = [fit(options), fit({ ...options, chunk: 2 })].map((a) =>
      a.scoreWithBounds(queries),
    );
    expect(relativeError(parts.scores.data, whole.scores.data)).toBeLessThan(1e-12);
    expect(relativeError(parts.bounds.data, whole.bounds.data)).toBeLessThan(1e-9);
    expect(relativeError(parts.history.residuals.data, whole.history.residuals.data)).toBeLessThan(1e-9);
    expect(Array.from(parts.history.iterations)).toEqual([0, 5, 10]);
  });

  test('repetitions: their error bar is that of the sum over segments, and shrinks as 1/√R', () => {
    const options = {
      iterations: 30,
      momentum: 0,
      decay: 'none',
      batch: 4,
      alpha: 0.3,
      checkEvery: 30,
    } as const;
    const spread = fit({ ...options, repeats: 8 }).scoreWithBounds(queries).standardErrors;
    const runs = Array.from(
      { length: 24 },
      (_, seed) => fit({ ...options, seed: 100 + seed }).score(queries).data,
    );
    if (spread === undefined) throw new Error('no error bars with eight repetitions');
    let [expected, claimed] = [0, 0];
    for (let k = 0; k < runs[0].length; k++) {
      const mean = runs.reduce((sum, run) => sum + run[k], 0) / runs.length;
      expected += runs.reduce((sum, run) => sum + (run[k] - mean) ** 2, 0) / (runs.length - 1) / 8;
      claimed += spread.data[k] ** 2;
    }
    expect(Math.sqrt(claimed / expected)).toBeGreaterThan(0.6);
    expect(Math.sqrt(claimed / expected)).toBeLessThan(1.6);
  });

  test('self-influence is the diagonal, layers add up, equal seeds give equal bits', () => {
    const options = { iterations: 15, batch: 8, seed: 6 };
    const astra = fit(options);
    const own = astra.score(train);
    const diagonal = Float64Array.from({ length: 24 }, (_, i) => own.at(i, i));
    expect(relativeError(astra.selfInfluence(), diagonal)).toBeLessThan(1e-12);
    const [a, b] = astra.scoreByLayer(queries);
    const scores = astra.score(queries);
    expect(relativeError(a.data.map((x, k) => x + b.data[k]), scores.data)).toBeLessThan(1e-12); // biome-ignore format: short
    expectSameBits(fit(options).score(queries).data, scores.data);
    expect(fit({ ...options, seed: 7 }).score(queries).data).not.toEqual(scores.data);
  });
});

test('refusals: options, a run that stood still, divergence', () => {
  const make = (options: object) => () => astraSourceInfluence({ trajectory, ...options });
  expect(make({ damping: -1 })).toThrow(DomainError);
  expect(make({ curvature: 'none' })).toThrow(DomainError);
  const stood: Trajectory = { ...trajectory, learningRates: new Float64Array(8) };
  expect(() => fit({ trajectory: stood })).toThrow(/time of segment 0/);
  expect(() => fit({ batch: 0 })).toThrow(DomainError);
  expect(() => fit({ alpha: 0 })).toThrow(DomainError);
  expect(() => fit({ momentum: 1, iterations: 1 }).score(queries)).toThrow(DomainError);
  expect(() => fit({ alpha: 50, iterations: 200 }).score(queries)).toThrow(DivergenceError);
});
