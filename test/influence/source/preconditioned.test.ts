/** @file SOURCE on runs of AdamW: against dense matrix exponentials, and against differentiating the steps themselves. */
import { describe, expect, test } from 'vitest';
import {
  adamW,
  checkpointSteps,
  exampleValues,
  Mlp,
  type OptimiserConfig,
  perExampleGradients,
  Trainer,
  type Trajectory,
} from '../../../src/autodiff/index.ts';
import { CURVATURES } from '../../../src/curvature/index.ts';
import { astraSourceInfluence, sourceInfluence, tracin } from '../../../src/influence/index.ts';
import { lu, Matrix, matmul, rng } from '../../../src/linalg/index.ts';
import { relativeError } from '../../helpers/close.ts';

const random = rng(5, 'preconditioned');
const N = 10;
const normal = (rows: number, cols: number): Matrix =>
  new Matrix(rows, cols, random.fillNormal(new Float64Array(rows * cols)));
const model = new Mlp([2, 3, 2], 'tanh');
const train = { inputs: normal(N, 2), labels: Int32Array.from({ length: N }, () => random.integer(2)) };
const queries = { inputs: normal(3, 2), labels: Int32Array.of(0, 1, 1) };
const loss = 'cross-entropy';
const optimiser = adamW({ beta1: 0.5, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.05 });
const config: OptimiserConfig = {
  epochs: 6, batch: 5, learningRate: 0.02, schedule: 'cosine', initialisation: 'torch', dropLast: true, optimiser,
}; // biome-ignore format: as data
const trainer = new Trainer(model, loss, train, config);
const { theta, trajectory } = trainer.trainTrajectory({
  seed: 0,
  checkpoints: checkpointSteps(trainer.stepsOf(), 4),
});

/** a ← a + c b, a copy. */
const plus = (a: Matrix, c: number, b: Matrix): Matrix =>
  new Matrix(
    a.rows,
    a.cols,
    a.data.map((x, k) => x + c * b.data[k]),
  );
const times = (c: number, a: Matrix): Matrix =>
  new Matrix(
    a.rows,
    a.cols,
    a.data.map((x) => c * x),
  );

/** e^A by squaring a Taylor series. */
function exponential(a: Matrix): Matrix {
  const small = times(2 ** -12, a);
  let term = Matrix.identity(a.rows);
  let sum = Matrix.identity(a.rows);
  for (let k = 1; k < 12; k++) {
    term = times(1 / k, matmul(term, small));
    sum = plus(sum, 1, term);
  }
  for (let k = 0; k < 12; k++) sum = matmul(sum, sum);
  return sum;
}

/** P̄ of a segment as a diagonal matrix. */
function preconditioner(run: Trajectory, from: number, to: number): Matrix {
  const out = new Matrix(theta.length, theta.length);
  const own = run.checkpoints.slice(from, to);
  for (const { step, states = [] } of own)
    for (let i = 0; i < theta.length; i++)
      out.data[i * (theta.length + 1)] +=
        1 / (Math.sqrt(states[1][i] / (1 - optimiser.beta2 ** step)) + optimiser.epsilon) / own.length;
  return out;
}

describe.each(['ggn', 'ekfac', 'hessian'] as const)('%s', (curvature) => {
  test('the scores are those of exp(−t (P̄ (C + damping) + λ)) without a symmetric form', () => {
    const [segments, damping] = [2, 0.03];
    const attributor = sourceInfluence({ trajectory, segments, curvature, damping }).fit(
      { model, loss, theta },
      train,
    );
    const d = theta.length;
    let back = Matrix.identity(d);
    const expected = new Matrix(queries.inputs.rows, N);
    const asked = perExampleGradients(model, loss, theta, queries);
    for (const segment of [...attributor.segments].reverse()) {
      const points = trajectory.checkpoints.slice(2 * segment.index, 2 * segment.index + 2);
      // The factors of EK-FAC are averaged, so that the mean of its matrices is another: its own operator, whose form is tested elsewhere
      const c =
        curvature === 'ekfac'
          ? sourceInfluence({ trajectory: plain(), segments, curvature })
              .fit({ model, loss, theta }, train)
              .segments[segment.index].curvature.toDense()
          : points
              .map((point) => CURVATURES[curvature].matrix({ model, loss, theta: point.theta, data: train }))
              .reduce((sum, m) => plus(sum, 0.5, m), new Matrix(d, d));
      const p = preconditioner(trajectory, 2 * segment.index, 2 * segment.index + 2);
      const a = plus(
        matmul(p, plus(c, damping, Matrix.identity(d))),
        optimiser.weightDecay,
        Matrix.identity(d),
      );
      const kept = exponential(times(-segment.time, a));
      const r = matmul(lu(a).solve(plus(Matrix.identity(d), -1, kept)), p);
      const g = points
        .map((point) => perExampleGradients(model, loss, point.theta, train))
        .reduce((sum, m) => plus(sum, 0.5, m), new Matrix(N, d));
      const share = matmul(matmul(asked, back), matmul(r, g, { transposeB: true }));
      for (let k = 0; k < share.data.length; k++) expected.data[k] += share.data[k];
      back = matmul(back, kept);
    }
    expect(relativeError(attributor.score(queries).data, expected.data)).toBeLessThan(1e-9);
  });
});

/** The run as one of SGD, for what does not depend on the optimiser. */
function plain(): Trajectory {
  const { optimiser: _, ...rest } = trajectory;
  return rest;
}

/**
 * How far SOURCE is from −N ∂m/∂w_i of the run itself, by central differences of whole trainings, w_i the weight of an example. β₁ = 0 and full batches: m is
 * the gradient. ε far above √v: P is 1/ε to 1e-5, whatever an example does.
 */
function gapFromRun(steps: number): number {
  const settled = adamW({ beta1: 0, beta2: 0.9, epsilon: 1e4, weightDecay: 1e-5 });
  const whole: OptimiserConfig = {
    ...config, epochs: steps, batch: N, learningRate: 8000 / steps, schedule: 'constant', optimiser: settled,
  }; // biome-ignore format: as data
  const run = new Trainer(model, loss, train, whole).trainTrajectory({
    seed: 1,
    checkpoints: checkpointSteps(steps, steps),
  });
  const scores = sourceInfluence({ trajectory: run.trajectory, segments: steps, curvature: 'hessian' })
    .fit({ model, loss, theta: run.theta }, train)
    .score(queries);
  const h = 1e-3;
  const losses = (i: number, s: number): Float64Array => {
    const weights = new Matrix(
      N,
      1,
      Float64Array.from({ length: N }, (_, n) => (n === i ? 1 + s : 1)),
    );
    const end = new Trainer(model, loss, { ...train, weights }, whole).train({ seed: 1 });
    return exampleValues(model, loss, end, queries);
  };
  const derivative = new Matrix(queries.inputs.rows, N);
  for (let i = 0; i < N; i++) {
    const [up, down] = [losses(i, h), losses(i, -h)];
    for (let q = 0; q < derivative.rows; q++) derivative.set(q, i, (-N * (up[q] - down[q])) / (2 * h));
  }
  return relativeError(scores.data, derivative.data);
}

describe('ASTRA-SOURCE', () => {
  const [segments, damping] = [2, 0.03];
  const solver = { momentum: 0, decay: 'none', rtol: 1e-13, iterations: 3000 } as const;
  const fitted = { model, loss, theta } as const;
  const d = theta.length;
  const fit = (run: Trajectory, more: object = {}) =>
    astraSourceInfluence({ trajectory: run, segments, damping, ...solver, ...more }).fit(fitted, train);

  /** Scores with `pull(l, P̄)` for what a segment makes of its mean gradient, carried back without a symmetric form. */
  function dense(
    pull: (thetas: readonly Float64Array[], p: Matrix, time: number, c: Matrix) => Matrix,
  ): Matrix {
    const out = new Matrix(queries.inputs.rows, N);
    let asked = perExampleGradients(model, loss, theta, queries);
    const curvatures = sourceInfluence({ trajectory: plain(), segments, curvature: 'ekfac' })
      .fit(fitted, train)
      .segments.map(({ curvature, time }) => ({ c: curvature.toDense(), time }));
    for (const l of [1, 0]) {
      const { c, time } = curvatures[l];
      const points = trajectory.checkpoints.slice(2 * l, 2 * l + 2).map((one) => one.theta);
      const p = preconditioner(trajectory, 2 * l, 2 * l + 2);
      const g = points
        .map((point) => perExampleGradients(model, loss, point, train))
        .reduce((sum, m) => plus(sum, 0.5, m), new Matrix(N, d));
      const share = matmul(asked, matmul(pull(points, p, time, c), g, { transposeB: true }));
      for (let k = 0; k < share.data.length; k++) out.data[k] += share.data[k];
      const a = plus(
        matmul(p, plus(c, damping, Matrix.identity(d))),
        optimiser.weightDecay,
        Matrix.identity(d),
      );
      asked = matmul(asked, exponential(times(-time, a)));
    }
    return out;
  }
  const identity = Matrix.identity(d);

  test('solved to the end: (Ḡ + damping + (1/t + λ) P̄⁻¹)⁻¹ ḡ, carried back as SOURCE does', () => {
    const expected = dense(([a, b], p, time) => {
      const mean = a.map((x, i) => (x + b[i]) / 2);
      const g = CURVATURES['ggn'].matrix({ model, loss, theta: mean, data: train });
      const inverseP = lu(p).solve(identity);
      return lu(plus(plus(g, damping, identity), 1 / time + optimiser.weightDecay, inverseP)).solve(identity);
    });
    expect(relativeError(fit(trajectory).score(queries).data, expected.data)).toBeLessThan(1e-9);
    const few = fit(trajectory, { iterations: 3 }).scoreWithBounds(queries);
    for (const [k, bound] of few.bounds.data.entries())
      expect(Math.abs(few.scores.data[k] - expected.data[k])).toBeLessThanOrEqual(bound * (1 + 1e-9));
    expect(few.bounds.data.every((bound) => bound > 0)).toBe(true);
  });

  test('no iterations: the same with EK-FAC for Ḡ', () => {
    const expected = dense((_, p, time, c) => {
      const inverseP = lu(p).solve(identity);
      return lu(plus(plus(c, damping, identity), 1 / time + optimiser.weightDecay, inverseP)).solve(identity);
    });
    const found = fit(trajectory, { iterations: 0, momentum: 0 }).score(queries);
    expect(relativeError(found.data, expected.data)).toBeLessThan(1e-9);
  });

  test('P = 1 is the run of SGD: ε = 1 and v = 0', () => {
    const ones = adamW({ epsilon: 1, weightDecay: 0.05 });
    const checkpoints = trajectory.checkpoints.map((one) => ({
      ...one,
      states: [one.theta, new Float64Array(d)],
    }));
    const descent = { ...plain(), weightDecay: 0.05 };
    for (const batch of ['full', 4] as const) {
      const more = { batch, seed: 3, iterations: 40, rtol: 0, alpha: 0.3 };
      const [a, b] = [{ ...trajectory, checkpoints, optimiser: ones }, descent].map((run) => fit(run, more).scoreWithBounds(queries)); // biome-ignore format: one line
      expect(relativeError(a.scores.data, b.scores.data)).toBeLessThan(1e-10);
    }
    const [a, b] = [{ ...trajectory, checkpoints, optimiser: ones }, descent].map((run) => fit(run).score(queries)); // biome-ignore format: one line
    expect(relativeError(a.data, b.data)).toBeLessThan(1e-10);
  });

  test('minibatches and repetitions: an error bar, and no bias beyond it', () => {
    const exact = fit(trajectory).score(queries);
    const found = fit(trajectory, { batch: 5, iterations: 400, repeats: 6, rtol: 0, alpha: 0.05 }).scoreWithBounds(queries); // biome-ignore format: one line
    expect(found.standardErrors?.data.every((error) => error > 0)).toBe(true);
    expect(relativeError(found.scores.data, exact.data)).toBeLessThan(0.05);
  });
});

test('small steps with a settled preconditioner: the scores are the derivative of the run itself, the nearer the smaller the steps', () => {
  const [coarse, fine] = [gapFromRun(20), gapFromRun(40)];
  expect(coarse).toBeLessThan(0.05);
  expect(fine).toBeLessThan(0.6 * coarse);
});

test('checkpoints as plain lists keep their states; states that are none are refused', () => {
  const listed = {
    ...trajectory,
    checkpoints: trajectory.checkpoints.map(({ step, theta: own, states = [] }) => ({
      step,
      theta: [...own] as unknown as Float64Array,
      states: states.map((state) => [...state] as unknown as Float64Array),
    })),
  };
  const [a, b] = [trajectory, listed].map((run) =>
    sourceInfluence({ trajectory: run }).fit({ model, loss, theta }, train).score(queries),
  );
  expect(b.data).toEqual(a.data);
  const [first, ...others] = trajectory.checkpoints;
  const spoiled = (states: readonly Float64Array[]) => ({ ...trajectory, checkpoints: [{ ...first, states }, ...others] }); // biome-ignore format: one line
  for (const [states, message] of [
    [[theta, theta.slice(1)], /states\[1\] of the checkpoint at step 3/],
    [[theta.map(() => Number.NaN), theta], /states\[0\] of the checkpoint at step 3/],
  ] as const)
    expect(() => sourceInfluence({ trajectory: spoiled(states) }).fit({ model, loss, theta }, train)).toThrow(message); // biome-ignore format: one line
  expect(() => sourceInfluence({ trajectory: spoiled('none' as never) })).toThrow(/states of the checkpoint at step 3 must be a list/); // biome-ignore format: one line
});

test('other methods along a run, and runs without states, are refused by name', () => {
  const fitted = { model, loss, theta } as const;
  const bare = { ...trajectory, checkpoints: trajectory.checkpoints.map(({ step, theta: own }) => ({ step, theta: own })) }; // biome-ignore format: one line
  expect(() => sourceInfluence({ trajectory: bare }).fit(fitted, train)).toThrow(
    /states of the checkpoint at step 3/,
  );
  expect(() => sourceInfluence({ trajectory: { ...trajectory, momentum: 0.5 } })).toThrow(
    /trajectory.momentum must be 0/,
  );
  expect(() => tracin({ trajectory: bare }).fit(fitted, train)).toThrow(
    /^tracin\.fit: states of the checkpoint at step 3/,
  );
  const other = { ...trajectory, optimiser: { ...optimiser, name: 'lion' } };
  expect(() => tracin({ trajectory: other }).fit(fitted, train)).toThrow(
    'tracin.fit: runs of lion are not supported; SGD and AdamW are.',
  );
  for (const method of [sourceInfluence, astraSourceInfluence])
    expect(() => method({ trajectory: other }).fit(fitted, train)).toThrow(/runs of lion are not supported/);
});
