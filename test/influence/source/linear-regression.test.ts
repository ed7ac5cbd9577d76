/**
 * @file Linear regression by gradient descent on the whole set, where what leaving an example out changes is known: by
 * differentiating the finite training itself, and by training again.
 */
import { describe, expect, test } from 'vitest';
import type { RegressionData } from '../../../src/autodiff/dataset.ts';
import { initialise } from '../../../src/autodiff/initialise.ts';
import { Mlp } from '../../../src/autodiff/mlp.ts';
import { exampleValues } from '../../../src/autodiff/per-example.ts';
import { Trainer } from '../../../src/autodiff/train.ts';
import type { Trajectory } from '../../../src/autodiff/trajectory.ts';
import { influenceFunction } from '../../../src/influence/attributors/influence-function.ts';
import { groupEffect } from '../../../src/influence/judging/group-effect.ts';
import { spearman } from '../../../src/influence/judging/rank-correlation.ts';
import { sourceInfluence } from '../../../src/influence/source/source-influence.ts';
import { Matrix, type Vec } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { expectClose, relativeError } from '../../helpers/close.ts';

const DECAY = 0.03;
const model = new Mlp([3, 1], 'identity');
const loss = 'squared-error' as const;
const RUN = { seed: 2 } as const;

function draw(n: number, name: string): RegressionData {
  const inputs = new Matrix(n, 3, rng(5, name, 'x').fillNormal(new Float64Array(3 * n)));
  for (let i = 0; i < n; i++) inputs.set(i, 2, 0.2 * inputs.at(i, 2)); // a direction that is not learned in time
  const noise = rng(5, name, 'noise').fillNormal(new Float64Array(n));
  const targets = noise.map((e, i) => inputs.at(i, 0) - 2 * inputs.at(i, 1) + 4 * inputs.at(i, 2) + 0.5 + e);
  return { inputs, targets: new Matrix(n, 1, targets) };
}
const queries = draw(5, 'queries');
const Q = queries.inputs.rows;
const extended = ({ inputs }: RegressionData, i: number): number[] => [...inputs.row(i), 1];
const inner = (a: readonly number[], b: ArrayLike<number>): number =>
  a.reduce((sum, x, j) => sum + x * b[j], 0);
const lossesAt = (point: ArrayLike<number>): Vec =>
  exampleValues(model, loss, Float64Array.from(point), queries);

/** Training of n examples by full-batch steps, with every θ of it. */
class World {
  readonly n: number;
  readonly steps: number;
  readonly rate: number;
  readonly train: RegressionData;
  readonly trainer: Trainer;
  readonly theta: Vec;
  readonly trajectory: Trajectory;

  constructor(n: number, steps: number, rate: number) {
    this.n = n;
    this.steps = steps;
    this.rate = rate;
    this.train = draw(n, 'train');
    this.trainer = new Trainer(model, loss, this.train, {
      epochs: steps,
      batch: n,
      learningRate: rate,
      momentum: 0,
      weightDecay: DECAY,
      schedule: 'constant',
      initialisation: 'torch',
      dropLast: false,
    });
    const checkpoints = Array.from({ length: steps + 1 }, (_, k) => k);
    const { theta, trajectory } = this.trainer.trainTrajectory({ ...RUN, checkpoints });
    this.theta = theta;
    this.trajectory = trajectory;
  }

  /** Gradient descent written out, each term (1/N) L_i weighted: its end. */
  descend(weightOf: (i: number) => number): number[] {
    const point = [...initialise(model, 'torch', rng(RUN.seed, 'init'))];
    for (let k = 0; k < this.steps; k++) {
      const gradient = point.map((x) => DECAY * x);
      for (let i = 0; i < this.n; i++) {
        const x = extended(this.train, i);
        const push = (weightOf(i) * (inner(x, point) - this.train.targets.at(i, 0))) / this.n;
        for (let j = 0; j < 4; j++) gradient[j] += push * x[j];
      }
      for (let j = 0; j < 4; j++) point[j] -= this.rate * gradient[j];
    }
    return point;
  }

  /** −N ∂m/∂w_i of the finite training, [Q, N], by central differences. */
  derivative(): Matrix {
    const out = new Matrix(Q, this.n);
    const step = 1e-4;
    for (let i = 0; i < this.n; i++) {
      const [up, down] = [1 + step, 1 - step].map((w) => lossesAt(this.descend((j) => (j === i ? w : 1))));
      for (let q = 0; q < Q; q++) out.set(q, i, (-this.n * (up[q] - down[q])) / (2 * step));
    }
    return out;
  }

  /** SOURCE through the checkpoints at `kept`. */
  scores(segments: number, kept?: readonly number[]): Matrix {
    const checkpoints = this.trajectory.checkpoints.filter(({ step }) => kept?.includes(step) ?? true);
    const trajectory = { ...this.trajectory, checkpoints };
    const attributor = sourceInfluence({ trajectory, segments, curvature: 'ggn' });
    return attributor.fit({ model, loss, theta: this.theta }, this.train).score(queries);
  }

  /** Change of every query's loss when each example in turn is left out of training, [Q, N]. */
  retrained(): Matrix {
    const before = lossesAt(this.theta);
    const out = new Matrix(Q, this.n);
    for (let i = 0; i < this.n; i++) {
      const subset = Int32Array.from({ length: this.n - 1 }, (_, k) => (k < i ? k : k + 1));
      const after = lossesAt(this.trainer.train({ ...RUN, subset }));
      for (let q = 0; q < Q; q++) out.set(q, i, after[q] - before[q]);
    }
    return out;
  }
}

const world = new World(60, 40, 0.05);
const large = new World(240, 80, 0.025);
const largeScores = large.scores(80);
const exact = world.derivative();

test('the library’s training is the descent written out', () => {
  expectClose(world.theta, world.descend((): number => 1), { atol: 1e-13 }); // biome-ignore format: short
});

describe('against the derivative of the finite training', () => {
  test('the derivative is the sum over all steps: −η (I − ηH)^(T−1−k) ∇L_i(θ_k), which SOURCE averages', () => {
    const { train, trajectory, theta, n, steps, rate } = world;
    const h = [0, 1, 2, 3].map((a) =>
      [0, 1, 2, 3].map((b) => {
        let sum = a === b ? DECAY : 0;
        for (let i = 0; i < n; i++) sum += (extended(train, i)[a] * extended(train, i)[b]) / n;
        return sum;
      }),
    );
    const total = new Matrix(Q, n);
    for (let q = 0; q < Q; q++) {
      const x = extended(queries, q);
      const residual = inner(x, theta) - queries.targets.at(q, 0);
      let back = x.map((v) => residual * v);
      for (let k = steps - 1; k >= 0; k--) {
        for (let i = 0; i < n; i++) {
          const own = extended(train, i);
          const error = inner(own, trajectory.checkpoints[k].theta) - train.targets.at(i, 0);
          total.set(q, i, total.at(q, i) + rate * error * inner(own, back));
        }
        const last = back;
        back = last.map((v, a) => v - rate * inner(h[a], last));
      }
    }
    expect(relativeError(total.data, exact.data)).toBeLessThan(1e-7); // differences
  });

  test('more segments, smaller error; one per step leaves that of the step size: half the rate, half the error', () => {
    const errors = [1, 2, 4].map((segments) => relativeError(world.scores(segments).data, exact.data));
    expect(errors[0]).toBeLessThan(0.25);
    expect(errors[1]).toBeLessThan(errors[0] / 1.8);
    expect(errors[2]).toBeLessThan(errors[1] / 1.8);
    const fine = [world, new World(60, 80, 0.025)].map((w) =>
      relativeError(w.scores(w.steps).data, w.derivative().data),
    );
    expect(fine[0]).toBeLessThan(0.04);
    expect(fine[0] / fine[1]).toBeGreaterThan(1.8);
    expect(fine[0] / fine[1]).toBeLessThan(2.2);
  });

  test('six checkpoints in three segments rank as the truth does, better than influence at the end', () => {
    const source = world.scores(3, [7, 13, 20, 27, 33, 40]);
    const rule = { kind: 'damped', lambda: DECAY } as const;
    const fitted = { model, loss, theta: world.theta };
    const end = influenceFunction({ curvature: 'ggn', rule }).fit(fitted, world.train).score(queries);
    for (let q = 0; q < Q; q++) {
      const rho = spearman(source.row(q), exact.row(q));
      expect(rho).toBeGreaterThan(0.9);
      expect(rho).toBeGreaterThan(spearman(end.row(q), exact.row(q)));
    }
  });
});

describe('against training again', () => {
  test('on the other N − 1 with their own mean: (score − mean score)/(N − 1), closer the more examples there are', () => {
    const errors = [60, 240].map((n) => {
      const own = n === 60 ? world : large;
      const scores = n === 60 ? world.scores(40) : largeScores;
      const changes = own.retrained();
      const predicted = new Matrix(Q, n);
      for (let q = 0; q < Q; q++) {
        const mean = scores.row(q).reduce((sum, x) => sum + x, 0) / n;
        predicted.row(q).set(scores.row(q).map((x) => (x - mean) / (n - 1)));
        expect(spearman(scores.row(q), changes.row(q))).toBeGreaterThan(0.98);
        const [top] = [...scores.row(q).keys()].sort((a, b) => scores.at(q, b) - scores.at(q, a));
        expect(changes.at(q, top)).toBeGreaterThan(0); // the sign: what helps most is missed
      }
      return relativeError(predicted.data, changes.data);
    });
    expect(errors[0]).toBeLessThan(0.15);
    expect(errors[1]).toBeLessThan(errors[0] / 2);
  });

  test('its term taken out, the other weights as they are: score/N, as groupEffect has it', () => {
    const before = lossesAt(large.theta);
    const [predicted, changes]: number[][] = [[], []];
    for (let i = 0; i < large.n; i += 10) {
      const after = lossesAt(large.descend((j) => (j === i ? 0 : 1)));
      predicted.push(...groupEffect(largeScores, Int32Array.of(i)));
      changes.push(...after.map((m, q) => m - before[q]));
    }
    expect(relativeError(predicted, changes)).toBeLessThan(0.06);
  });
});
