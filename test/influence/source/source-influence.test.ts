/** @file SOURCE against dense algebra, and the identities that tie it to influence functions. */
import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../../src/autodiff/dataset.ts';
import { Mlp } from '../../../src/autodiff/mlp.ts';
import { Trainer } from '../../../src/autodiff/train.ts';
import type { TrainingConfig } from '../../../src/autodiff/training-config.ts';
import { checkpointSteps, type Trajectory } from '../../../src/autodiff/trajectory.ts';
import { CURVATURE_KINDS, CURVATURES } from '../../../src/curvature/registry.ts';
import { influenceFunction } from '../../../src/influence/attributors/influence-function.ts';
import { averagedCurvature } from '../../../src/influence/source/averaged-curvature.ts';
import { sourceInfluence } from '../../../src/influence/source/source-influence.ts';
import { DomainError, NumericalError, ShapeError, UnsupportedError } from '../../../src/linalg/errors.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { randomData } from '../../autodiff/naive.ts';
import { expectMatrixClose, relativeError } from '../../helpers/close.ts';
import { expectSameBits } from '../../helpers/eigen-laws.ts';
import { type DenseSegment, denseScores, meanRows, rowsOf, shifted, unrolled } from './dense-unrolling.ts';

const CONFIG: TrainingConfig = {
  epochs: 6,
  batch: 5,
  learningRate: 0.1,
  momentum: 0.5,
  weightDecay: 0.02,
  schedule: 'cosine',
  initialisation: 'torch',
  dropLast: true,
};
const model = new Mlp([2, 3, 3], 'tanh');
const loss = 'cross-entropy' as const;
const train = randomData(model, loss, 20, 11);
const queries = randomData(model, loss, 4, 12);
const { theta, trajectory } = new Trainer(model, loss, train, CONFIG).trainTrajectory({
  seed: 1,
  checkpoints: checkpointSteps(24, 6),
});
const fitted = { model, loss, theta };
/** The run as if all its checkpoints had been the same θ. */
const still = (changes: Partial<Trajectory> = {}): Trajectory => ({
  ...trajectory,
  checkpoints: trajectory.checkpoints.map(({ step }) => ({ step, theta })),
  ...changes,
});
const cosineSum = (from: number, to: number): number => {
  let sum = 0;
  for (let k = from; k < to; k++) sum += 0.05 * (1 + Math.cos((Math.PI * Math.floor(k / 4)) / 6));
  return sum;
};

describe('dense algebra: matrix exponentials, example by example', () => {
  const witness = (
    kind: 'ggn' | 'hessian' | 'block-ggn',
    f: 'cross-entropy' | 'margin',
    shift: number,
  ): Matrix => {
    const segments: DenseSegment[] = [0, 1, 2].map((l) => {
      const thetas = trajectory.checkpoints.slice(2 * l, 2 * l + 2).map((checkpoint) => checkpoint.theta);
      const mean = meanRows(
        thetas.map((point) => rowsOf(CURVATURES[kind].matrix({ model, loss, theta: point, data: train }))),
      );
      const { backward, segment } = unrolled(shifted(mean, shift), cosineSum(8 * l, 8 * l + 8) / 0.5);
      return { backward, pull: segment, thetas };
    });
    return Matrix.of(denseScores(model, { loss, f, end: theta }, segments, train, queries));
  };

  for (const kind of ['ggn', 'hessian', 'block-ggn'] as const)
    test(`${kind}: loss and margin, weight decay in every eigenvalue`, () => {
      for (const measurement of ['loss', 'margin'] as const) {
        const f = measurement === 'loss' ? loss : measurement;
        const options = { trajectory, curvature: kind, measurement };
        const scores = sourceInfluence(options).fit(fitted, train).score(queries);
        expect(relativeError(scores.data, witness(kind, f, 0.02).data)).toBeLessThan(1e-12);
      }
      const options = { trajectory, curvature: kind, weightDecay: 0, damping: 0.3 };
      const damped = sourceInfluence(options).fit(fitted, train).score(queries);
      expect(relativeError(damped.data, witness(kind, loss, 0.3).data)).toBeLessThan(1e-12);
    });

  test('EK-FAC and K-FAC: the same with their averaged operators as dense matrices', () => {
    for (const kind of ['ekfac', 'kfac'] as const) {
      const segments = [0, 1, 2].map((l) => {
        const thetas = trajectory.checkpoints.slice(2 * l, 2 * l + 2).map((checkpoint) => checkpoint.theta);
        const problems = thetas.map((point) => ({ model, loss, theta: point, data: train }));
        const dense = rowsOf(averagedCurvature(kind, problems).toDense());
        const { backward, segment } = unrolled(shifted(dense, 0.02), cosineSum(8 * l, 8 * l + 8) / 0.5);
        return { backward, pull: segment, thetas };
      });
      const expected = Matrix.of(denseScores(model, { loss, f: loss, end: theta }, segments, train, queries));
      const scores = sourceInfluence({ trajectory, curvature: kind }).fit(fitted, train).score(queries);
      expect(relativeError(scores.data, expected.data)).toBeLessThan(1e-12);
    }
  });

  test('mean parameters (FAST-SOURCE): gradient and curvature of one point per segment', () => {
    const segments = [0, 1, 2].map((l) => {
      const [a, b] = trajectory.checkpoints.slice(2 * l, 2 * l + 2).map((checkpoint) => checkpoint.theta);
      const mid = a.map((x, k) => (x + b[k]) / 2);
      const dense = rowsOf(CURVATURES.ggn.matrix({ model, loss, theta: mid, data: train }));
      const { backward, segment } = unrolled(shifted(dense, 0.02), cosineSum(8 * l, 8 * l + 8) / 0.5);
      return { backward, pull: segment, thetas: [mid] };
    });
    const expected = Matrix.of(denseScores(model, { loss, f: loss, end: theta }, segments, train, queries));
    const options = { trajectory, curvature: 'ggn', average: 'parameters' } as const;
    const scores = sourceInfluence(options).fit(fitted, train).score(queries);
    expect(relativeError(scores.data, expected.data)).toBeLessThan(1e-12);
  });
});

describe('identities', () => {
  test('equal checkpoints: however the run is cut, one segment (telescoping), for every curvature', () => {
    for (const curvature of CURVATURE_KINDS) {
      const one = sourceInfluence({ trajectory: still(), segments: 1, curvature }).fit(fitted, train);
      const expected = one.score(queries);
      for (const segments of [2, 3, 6, [1, 4, 24]]) {
        const run =
          typeof segments === 'number'
            ? still()
            : still({ checkpoints: segments.map((step) => ({ step, theta })) });
        const scores = sourceInfluence({ trajectory: run, segments, curvature })
          .fit(fitted, train)
          .score(queries);
        expect(relativeError(scores.data, expected.data), `${curvature} ${segments}`).toBeLessThan(1e-12);
      }
    }
  });

  test('one segment is the influence function under the unrolled rule of that time', () => {
    const options = { trajectory: still({ weightDecay: 0 }), segments: 1 } as const;
    for (const curvature of CURVATURE_KINDS) {
      const rule = { kind: 'unrolled', time: cosineSum(0, 24) / 0.5 } as const;
      const expected = influenceFunction({ curvature: CURVATURES[curvature], rule })
        .fit(fitted, train)
        .score(queries);
      const scores = sourceInfluence({ ...options, curvature })
        .fit(fitted, train)
        .score(queries);
      expect(relativeError(scores.data, expected.data), curvature).toBeLessThan(1e-13);
    }
  });

  test('a long run: the influence function damped by the weight decay; a run without: close to λ = 1/t', () => {
    const long = (steps: number, weightDecay: number): Trajectory => ({
      ...still({ weightDecay, steps, checkpoints: [{ step: steps, theta }] }),
      learningRates: new Float64Array(steps / 4).fill(0.1),
    });
    const score = (lambda: number): Matrix =>
      influenceFunction({ curvature: 'ekfac', rule: { kind: 'damped', lambda } })
        .fit(fitted, train)
        .score(queries);
    const decayed = sourceInfluence({ trajectory: long(4e4, 0.05) }).fit(fitted, train);
    expect(relativeError(decayed.score(queries).data, score(0.05).data)).toBeLessThan(1e-12);
    const t = (4e4 * 0.1) / 0.5;
    const free = sourceInfluence({ trajectory: long(4e4, 0) }).fit(fitted, train);
    expect(relativeError(free.score(queries).data, score(1 / t).data)).toBeLessThan(0.3);
    const own = free.selfInfluence();
    const damped = influenceFunction({ curvature: 'ekfac', rule: { kind: 'damped', lambda: 1 / t } })
      .fit(fitted, train)
      .selfInfluence();
    for (let i = 0; i < own.length; i++) {
      expect(own[i]).toBeGreaterThanOrEqual(damped[i] * (1 - 1e-12));
      expect(own[i]).toBeLessThan(1.2985 * damped[i]);
    }
  });

  test('a short run: t times the gradient dot product', () => {
    const run = still({ learningRates: new Float64Array(6).fill(1e-9), weightDecay: 0 });
    const scores = sourceInfluence({ trajectory: run, curvature: 'ggn' }).fit(fitted, train).score(queries);
    const identity = influenceFunction({ curvature: 'ggn', rule: { kind: 'unrolled', time: 24e-9 / 0.5 } });
    expect(relativeError(scores.data, identity.fit(fitted, train).score(queries).data)).toBeLessThan(1e-12);
  });

  test('a run described step by step is the run described by epochs', () => {
    const perStep = {
      ...trajectory,
      stepsPerEpoch: 1,
      learningRates: Float64Array.from({ length: 24 }, (_, k) => trajectory.learningRates[Math.floor(k / 4)]),
    };
    const [a, b] = [trajectory, perStep].map((run) =>
      sourceInfluence({ trajectory: run }).fit(fitted, train).score(queries),
    );
    expectMatrixClose(b, a, { rtol: 1e-12 });
  });
});

describe('the attributor', () => {
  const attributor = sourceInfluence({ trajectory });
  const source = attributor.fit(fitted, train);
  const scores = source.score(queries);

  test('self-influence is the diagonal, layers add up, chunks change rounding only, queries stand alone', () => {
    const own = source.score(train);
    const diagonal = Float64Array.from({ length: 20 }, (_, i) => own.at(i, i));
    expect(relativeError(source.selfInfluence(), diagonal)).toBeLessThan(1e-13);
    const layers = source.scoreByLayer(queries);
    expect(layers).toHaveLength(2);
    const sum = layers[0].data.map((x, k) => x + layers[1].data[k]);
    expect(relativeError(sum, scores.data)).toBeLessThan(1e-13);
    for (const chunk of [1, 3, 7]) {
      const small = sourceInfluence({ trajectory, chunk }).fit(fitted, train);
      expect(relativeError(small.score(queries).data, scores.data)).toBeLessThan(1e-13);
      expect(relativeError(small.selfInfluence(), source.selfInfluence())).toBeLessThan(1e-13);
    }
    const [first] = [
      {
        inputs: queries.inputs.rowRange(0, 1),
        labels: (queries as { labels: Int32Array }).labels.slice(0, 1),
      },
    ];
    expect(relativeError(source.score(first).row(0), scores.row(0))).toBeLessThan(1e-13);
    expectSameBits(attributor.fit(fitted, train).score(queries).data, scores.data);
  });

  test('says what it was made of: segments, times, curvatures, query vectors', () => {
    expect([attributor.id, attributor.measurement]).toEqual(['source', 'loss']);
    expect(source.segments.map(({ start, end, shift }) => [start, end, shift])).toEqual([
      [0, 8, 0.02],
      [8, 16, 0.02],
      [16, 24, 0.02],
    ]);
    expect(source.segments[1].time).toBeCloseTo(cosineSum(8, 16) / 0.5, 14);
    expect(source.queryVectors(queries).map(({ rows, cols }) => [rows, cols])).toEqual(
      new Array(3).fill([4, model.parameterCount]),
    );
  });

  test('a curvature of one’s own', () => {
    const own = sourceInfluence({
      trajectory,
      curvature: (problems) => averagedCurvature('ekfac', problems),
    }).fit(fitted, train);
    expectSameBits(own.score(queries).data, scores.data);
  });

  test('refusals before and in fit', () => {
    const bad = (options: object) => () => sourceInfluence({ trajectory, ...options });
    expect(bad({ curvature: 'fisher' })).toThrow(/curvature/);
    expect(bad({ damping: -1 })).toThrow(DomainError);
    expect(bad({ weightDecay: Number.NaN })).toThrow(DomainError);
    expect(bad({ negative: 'drop' })).toThrow(/negative/);
    expect(bad({ average: 'scores' })).toThrow(/average/);
    expect(bad({ measurement: 'accuracy' })).toThrow(/measurement/);
    const fit = (changes: object, data: Dataset = train, point = theta) =>
      () => sourceInfluence({ trajectory, ...changes }).fit({ ...fitted, theta: point }, data); // biome-ignore format: short
    expect(fit({ segments: 7 })).toThrow(DomainError);
    expect(fit({ chunk: 0 })).toThrow(DomainError);
    expect(fit({}, train, theta.map((x) => x + 1e-3))).toThrow(/where the trajectory ends/); // biome-ignore format: short
    expect(fit({}, randomData(new Mlp([3, 2, 3], 'tanh'), loss, 5, 1))).toThrow(ShapeError);
    expect(fit({ trajectory: still({ momentum: 1 }) })).toThrow(/momentum/);
    const linear = new Mlp([2, 1], 'identity');
    const regression = randomData(linear, 'squared-error', 6, 1);
    const trained = new Trainer(linear, 'squared-error', regression, CONFIG).trainTrajectory({
      seed: 0,
      checkpoints: [2, 6],
    });
    const margin = sourceInfluence({ trajectory: trained.trajectory, measurement: 'margin' });
    expect(() =>
      margin.fit({ model: linear, loss: 'squared-error', theta: trained.theta }, regression),
    ).toThrow(UnsupportedError);
  });

  test('single precision at the end is close enough; a run that was not kept to its end needs no match', () => {
    const rounded = { ...fitted, theta: Float64Array.from(Float32Array.from(theta)) };
    expect(relativeError(attributor.fit(rounded, train).score(queries).data, scores.data)).toBeLessThan(1e-6);
    const open = { ...trajectory, checkpoints: trajectory.checkpoints.slice(0, 5) };
    sourceInfluence({ trajectory: open }).fit({ ...fitted, theta: theta.map((x) => x + 0.1) }, train);
  });

  test('a Hessian that training would blow up along: an error with a way out', () => {
    const run = still({ learningRates: new Float64Array(6).fill(1e6) });
    const blown = (negative: 'keep' | 'clip') => () =>
      sourceInfluence({ trajectory: run, curvature: 'hessian', negative }).fit(fitted, train).score(queries);
    expect(blown('keep')).toThrow(NumericalError);
    expect(blown('keep')).toThrow(/GGN/);
    expect(blown('clip')().data.every(Number.isFinite)).toBe(true);
  });
});
