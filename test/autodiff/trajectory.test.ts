/** @file Training that keeps θ on the way: the same bits as training, each checkpoint the θ of a shorter loop. */
import { describe, expect, test } from 'vitest';
import {
  checkpointSteps,
  checkTrajectory,
  epochBatches,
  learningRate,
  Mlp,
  meanGradient,
  selectExamples,
  sumOfRates,
  Trainer,
  type TrainingConfig,
  type Trajectory,
} from '../../src/autodiff/index.ts';
import { DomainError, NonFiniteError, NumericalError, ShapeError } from '../../src/linalg/errors.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose } from '../helpers/close.ts';
import { expectSameBits } from '../helpers/eigen-laws.ts';
import { randomData } from './naive.ts';

const CONFIG: TrainingConfig = {
  epochs: 5,
  batch: 8,
  learningRate: 0.1,
  momentum: 0.9,
  weightDecay: 1e-3,
  schedule: 'constant',
  initialisation: 'torch',
  dropLast: false,
};
const model = new Mlp([3, 4, 3], 'tanh');
const data = randomData(model, 'cross-entropy', 29, 5);
const RUN = { seed: 3, path: ['a', 1] } as const;
const trainerOf = (changes: Partial<TrainingConfig> = {}): Trainer =>
  new Trainer(model, 'cross-entropy', data, { ...CONFIG, ...changes });

describe('trainTrajectory', () => {
  test('every step a checkpoint: the same end and the same epoch losses as train(), bit for bit', () => {
    for (const changes of [
      {},
      { schedule: 'cosine', dropLast: true },
      { batch: 64 },
      { batch: 1 },
    ] as const) {
      const trainer = trainerOf(changes);
      const [plain, watched]: number[][] = [[], []];
      const expected = trainer.train({ ...RUN, onEpoch: (_, loss) => plain.push(loss) });
      const all = Array.from({ length: trainer.stepsOf() + 1 }, (_, k) => k);
      const { theta, trajectory } = trainer.trainTrajectory({
        ...RUN,
        checkpoints: all,
        onEpoch: (_, loss) => watched.push(loss),
      });
      expectSameBits(theta, expected);
      expect(watched).toEqual(plain);
      expect(trajectory.checkpoints.map(({ step }) => step)).toEqual(all);
      expectSameBits(trajectory.checkpoints[all.length - 1].theta, expected);
      expect(trajectory.checkpoints[all.length - 1].theta).not.toBe(theta);
    }
  });

  test('θ at the end of epoch e is the end of a training of e epochs; at step 0 it is the start', () => {
    const trainer = trainerOf(); // 4 batches an epoch, the last of 5 examples: θ changes its program there
    const { checkpoints } = trainer.trainTrajectory({ ...RUN, checkpoints: [20, 8, 0, 4] }).trajectory;
    expect(checkpoints.map(({ step }) => step)).toEqual([0, 4, 8, 20]);
    for (const { step, theta } of checkpoints)
      expectSameBits(theta, trainerOf({ epochs: step / 4 }).train(RUN), `step ${step}`);
  });

  test('within an epoch: the steps written out, with the gradient of each batch', () => {
    const trainer = trainerOf();
    const { checkpoints } = trainer.trainTrajectory({ ...RUN, checkpoints: [0, 1, 2, 3, 4, 5] }).trajectory;
    const theta = checkpoints[0].theta.slice();
    const velocity = new Float64Array(theta.length);
    for (let k = 0; k < 5; k++) {
      const order = rng(RUN.seed, ...RUN.path, 'shuffle', Math.floor(k / 4)).permutation(29);
      const batch = selectExamples(data, order.slice(8 * (k % 4), 8 * (k % 4) + 8));
      const gradient = meanGradient(model, 'cross-entropy', theta, batch);
      for (let t = 0; t < theta.length; t++) {
        velocity[t] = 0.9 * velocity[t] + gradient[t] + 1e-3 * theta[t];
        theta[t] -= 0.1 * velocity[t];
      }
      expectClose(checkpoints[k + 1].theta, theta, { atol: 64 * Number.EPSILON });
    }
    const alone = trainer.trainTrajectory({ ...RUN, checkpoints: [3] }).trajectory.checkpoints;
    expectSameBits(alone[0].theta, checkpoints[3].theta);
  });

  test('describes the run', () => {
    const subset = Int32Array.from({ length: 17 }, (_, i) => i);
    const { trajectory } = trainerOf({ schedule: 'cosine' }).trainTrajectory({
      ...RUN,
      subset,
      checkpoints: [15],
    });
    const { checkpoints, learningRates, ...rest } = trajectory;
    expect(rest).toEqual({ steps: 15, stepsPerEpoch: 3, momentum: 0.9, weightDecay: 1e-3, batch: 8 });
    expect(Array.from(learningRates)).toEqual(
      [0, 1, 2, 3, 4].map((e) => 0.05 * (1 + Math.cos((Math.PI * e) / 5))).map((x) => expect.closeTo(x, 14)),
    );
    expect(epochBatches(CONFIG, 17)).toEqual([8, 8, 1]);
    expect(checkpoints).toHaveLength(1);
    checkTrajectory('test', model, trajectory);
  });

  test('no epochs: the start is the end', () => {
    const { theta, trajectory } = trainerOf({ epochs: 0 }).trainTrajectory({ ...RUN, checkpoints: [0] });
    expectSameBits(trajectory.checkpoints[0].theta, theta);
    checkTrajectory('test', model, trajectory);
  });

  test('refuses steps that are none, and reports divergence as train() does', () => {
    const trainer = trainerOf();
    for (const checkpoints of [[], [21], [-1], [1.5], [Number.NaN], [3, 7, 3]])
      expect(() => trainer.trainTrajectory({ ...RUN, checkpoints }), `${checkpoints}`).toThrow(DomainError);
    const wild = trainerOf({ learningRate: 1e200 });
    expect(() => wild.trainTrajectory({ ...RUN, checkpoints: [1] })).toThrow(NumericalError);
  });
});

describe('checkpointSteps', () => {
  test('equal distances, the end included', () => {
    expect(checkpointSteps(100, 4)).toEqual([25, 50, 75, 100]);
    expect(checkpointSteps(7, 3)).toEqual([2, 5, 7]);
    expect(checkpointSteps(5, 5)).toEqual([1, 2, 3, 4, 5]);
    for (const [steps, count] of [[3, 4], [3, 0], [0, 1], [2.5, 1]]) // biome-ignore format: short
      expect(() => checkpointSteps(steps, count)).toThrow(DomainError);
  });
});

describe('sumOfRates', () => {
  test('is the sum of the rate of every step', () => {
    const { trajectory } = trainerOf({ schedule: 'cosine' }).trainTrajectory({ ...RUN, checkpoints: [20] });
    const rateOf = (step: number): number =>
      learningRate({ ...CONFIG, schedule: 'cosine' }, Math.floor(step / 4));
    for (let from = 0; from <= 20; from++)
      for (let to = from; to <= 20; to++) {
        let sum = 0;
        for (let step = from; step < to; step++) sum += rateOf(step);
        expect(sumOfRates(trajectory, from, to)).toBeCloseTo(sum, 14);
      }
  });
});

describe('checkTrajectory', () => {
  const { trajectory } = trainerOf().trainTrajectory({ ...RUN, checkpoints: [4, 20] });
  const check = (changes: Partial<Trajectory>) => () =>
    checkTrajectory('test', model, { ...trajectory, ...changes });

  test('accepts a run that stopped within an epoch, and rates per step', () => {
    check({ steps: 19, checkpoints: [trajectory.checkpoints[0]] })();
    check({ stepsPerEpoch: 1, learningRates: new Float64Array(20).fill(0.1) })();
  });

  test('refuses what does not fit, by name', () => {
    const [first, last] = trajectory.checkpoints;
    expect(check({ checkpoints: [] })).toThrow(ShapeError);
    expect(check({ checkpoints: [last, first] })).toThrow(
      'test: steps of checkpoints must be strictly ascending, got 4 after 20.',
    );
    expect(check({ checkpoints: [first, first] })).toThrow(/strictly ascending, got 4 after 4/);
    expect(check({ steps: 19 })).toThrow(/step of a checkpoint must be an integer in 0\.\.19, got 20/);
    expect(check({ learningRates: new Float64Array(4) })).toThrow(/learningRates/);
    expect(check({ learningRates: Float64Array.of(1, 1, -1, 1, 1) })).toThrow(DomainError);
    expect(check({ momentum: 1 })).toThrow(/momentum/);
    expect(check({ weightDecay: -1 })).toThrow(/weightDecay/);
    for (const name of [undefined, 5])
      expect(check({ momentum: 0, weightDecay: 0, optimiser: { name } as never })).toThrow(
        /optimiser.name must be a string/,
      );
    expect(check({ stepsPerEpoch: 0 })).toThrow(/stepsPerEpoch/);
    expect(check({ batch: 0 })).toThrow(/batch/);
    expect(check({ checkpoints: [{ step: 4, theta: new Float64Array(3) }] })).toThrow(/step 4/);
    const broken = last.theta.slice();
    broken[2] = Number.NaN;
    expect(check({ checkpoints: [first, { step: 20, theta: broken }] })).toThrow(NonFiniteError);
  });
});
