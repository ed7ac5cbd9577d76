/** @file LoGra, Arnoldi and SOURCE fitted once and kept: the bits of a direct run, nothing computed again, and what is refused. */
import { describe, expect, test } from 'vitest';
import { adamW } from '../../../src/autodiff/optimisers/adamw.ts';
import { Trainer } from '../../../src/autodiff/train.ts';
import { checkpointSteps, type Trajectory } from '../../../src/autodiff/trajectory.ts';
import type { Problem } from '../../../src/curvature/problem.ts';
import { attribute, attributeSelf } from '../../../src/influence/methods/attribute.ts';
import type { CurvatureFitOptions } from '../../../src/influence/methods/fit-forms.ts';
import type { FitMethod, FittedTo, MethodFit } from '../../../src/influence/methods/method-fit.ts';
import {
  curvatureFits,
  readCurvatureFitMethod,
  readCurvatureFits,
  writeCurvatureFits,
} from '../../../src/influence/methods/stored-fit.ts';
import { FormatError, UnsupportedError } from '../../../src/linalg/errors.ts';
import { readSafetensors, type TensorInput, writeSafetensors } from '../../../src/linalg/io/safetensors.ts';
import { randomData, randomProblem } from '../../helpers/problems.ts';
import { SHARED_PROBLEMS } from '../../helpers/shared-networks.ts';

const mlp = randomProblem({ sizes: [4, 5, 3], examples: 17, seed: 5 });
const other: Problem = { ...mlp, theta: mlp.theta.map((x) => 0.9 * x + 0.01) };
const regression = randomProblem({ sizes: [4, 5, 3], examples: 17, seed: 5, loss: 'squared-error' });
const shared: Problem[] = SHARED_PROBLEMS.slice(0, 3).map(([, problem]) => problem as Problem);

/** A network trained on the data of a problem, with its run. */
function trained(problem: Problem, more: object = {}): { models: Problem[]; trajectories: Trajectory[] } {
  const { model, loss, data } = problem;
  const trainer = new Trainer(model, loss, data, { epochs: 3, batch: 5, learningRate: 0.05, ...more });
  const checkpoints = checkpointSteps(trainer.stepsOf(), 4);
  const { theta, trajectory } = trainer.trainTrajectory({ seed: 2, checkpoints });
  return { models: [{ ...problem, theta }], trajectories: [trajectory] };
}
const sgd = trained(mlp);
const adaptive = trained(mlp, { optimiser: adamW() });

type Runs = { readonly trajectories?: readonly Trajectory[] };
const CASES: [string, FitMethod, Problem[], CurvatureFitOptions, Runs][] = [
  ['logra, all sides whole', 'logra', [mlp], {}, {}],
  ['logra, pca', 'logra', [mlp, other], { dimension: 2 }, {}],
  [
    'logra, random, λ',
    'logra',
    [mlp],
    { dimension: 2, initialisation: 'random', seed: 9, damping: 0.03 },
    {},
  ],
  ['logra, Fisher by draws', 'logra', [mlp], { dimension: 3, fisher: { kind: 'mc', samples: 2, seed: 4 } }, {}], // biome-ignore format: one line
  ['logra, regression', 'logra', [regression], { dimension: 2 }, {}],
  ...shared.map((one): (typeof CASES)[number] => ['logra, shared weights', 'logra', [one], { dimension: 2 }, {}]), // biome-ignore format: one line
  ['arnoldi, all pairs', 'arnoldi', [mlp], {}, {}],
  ['arnoldi, few pairs', 'arnoldi', [mlp, other], { rank: 4, iterations: 9, seed: 3 }, {}],
  ['arnoldi, λ by its rule', 'arnoldi', [regression], { rank: 5, curvature: 'ggn', damping: 'auto' }, {}],
  ['arnoldi, shared weights', 'arnoldi', [shared[0]], { rank: 5 }, {}],
  ['source', 'source', sgd.models, {}, sgd],
  ['source, two dense segments', 'source', sgd.models, { segments: 2, curvature: 'ggn', damping: 0.1 }, sgd],
  ['source of AdamW', 'source', adaptive.models, { segments: 2 }, adaptive],
];

describe.each(CASES)('%s', (_, method, models, options, { trajectories }) => {
  const [{ model, loss, data: train }] = models;
  const to: FittedTo = { models, train, ...(trajectories === undefined ? {} : { trajectories }) };
  const bytes = writeCurvatureFits(curvatureFits({ method, options, ...to }), to);
  const stored = readCurvatureFits(bytes, to);
  const asked = (n: number): Problem['data'] =>
    model.outputPositions > 1 ? train : randomData(model, loss as 'cross-entropy', n, 8);
  const measurements = loss === 'cross-entropy' ? (['loss', 'margin'] as const) : (['loss'] as const);

  test.each(measurements)('%s: the scores of a direct run, to the bit', (measurement) => {
    const job = { method, options: { ...options, measurement } as object, ...to };
    for (const n of [1, 4]) {
      const queries = asked(n);
      const direct = attribute({ ...job, queries });
      const kept = attribute({ ...job, queries, curvatures: stored.fits });
      expect(direct.scores.data.some((x) => x !== 0)).toBe(true);
      for (const key of ['scores', 'settings', 'warnings', 'diagnostics', 'discarded', 'damping'] as const)
        expect(kept[key]).toEqual(direct[key]);
    }
    expect(attributeSelf({ ...job, curvatures: stored.fits }).values).toEqual(attributeSelf(job).values);
  });

  test('a file says what it holds, and is written again as it was', () => {
    expect(readCurvatureFitMethod(bytes)).toEqual({ method, options, models: models.length });
    expect(writeCurvatureFits(stored, to)).toEqual(bytes);
  });

  test('scores come from the fit: they change with it', () => {
    const name = { logra: 'features', arnoldi: 'values', source: '0.values' }[method as 'logra'];
    const file = changed(bytes, scale(`0.${name}`));
    const queries = asked(2);
    const score = (fits: readonly MethodFit[]): Float64Array =>
      attribute({ method, options: options as object, ...to, queries, curvatures: fits }).scores.data;
    expect(score(readCurvatureFits(file, to).fits)).not.toEqual(score(stored.fits));
  });
});

/** The file with other tensors or another header. */
function changed(
  bytes: Uint8Array,
  edit: (tensors: Record<string, TensorInput>) => void,
  header = (text: string): string => text,
): Uint8Array {
  const file = readSafetensors(bytes);
  const tensors = Object.fromEntries(
    [...file].map(([name, { shape, dtype, data }]) => [name, { shape: [...shape], dtype, data: data.slice() } as TensorInput]), // biome-ignore format: one line
  );
  edit(tensors);
  return writeSafetensors(tensors, {
    'eigenfluence.fit': header(file.metadata.get('eigenfluence.fit') ?? ''),
  });
}
const scale = (name: string) => (tensors: Record<string, TensorInput>) => {
  const { data } = tensors[name];
  for (let i = 0; i < data.length; i++) (data as Float64Array)[i] *= 2;
};
const put = (name: string, at: number, value: number) => (tensors: Record<string, TensorInput>) => {
  (tensors[name].data as Float64Array)[at] = value;
};

const to = { models: [mlp], train: mlp.data };
const followed = { ...sgd, train: mlp.data };
const written = (method: FitMethod, options: CurvatureFitOptions, belongs: FittedTo): Uint8Array =>
  writeCurvatureFits(curvatureFits({ method, options, ...belongs }), belongs);
const LOGRA = written('logra', { dimension: 2 }, to);
const ARNOLDI = written('arnoldi', { rank: 4 }, to);
const SOURCE = written('source', {}, followed);

test.each([
  ['NaN in the features', changed(LOGRA, put('0.features', 3, Number.NaN)), to, /0\.features/],
  ['no projection', changed(LOGRA, (t) => delete t['0.left.0']), to, /tensor 0\.left\.0 is missing/],
  ['a λ of 0', changed(LOGRA, put('0.dampings', 1, 0)), to, /not above 0/],
  ['a factor that is not lower', changed(LOGRA, put('0.factor.0', 1, 0.5)), to, /lower triangular/],
  ['another dimension', changed(LOGRA, () => {}, (h) => h.replace('"dimension":2', '"dimension":3')), to, /\[2, /], // biome-ignore format: one line
  ['no eigenvectors', changed(ARNOLDI, (t) => delete t['0.vectors']), to, /tensor 0\.vectors is missing/],
  ['eigenvalues out of order', changed(ARNOLDI, put('0.values', 0, 1e9)), to, /does not ascend/],
  ['a residual below 0', changed(ARNOLDI, put('0.residuals', 0, -1)), to, /below 0/],
  [
    'another rank',
    changed(
      ARNOLDI,
      () => {},
      (h) => h.replace('"rank":4', '"rank":5'),
    ),
    to,
    /values/,
  ],
  ['a search that is none', changed(ARNOLDI, () => {}, (h) => h.replace('"status":"', '"status":"x')), to, /status/], // biome-ignore format: one line
  ['a damping that is none', changed(ARNOLDI, () => {}, (h) => h.replace('"damping":0', '"damping":-1')), to, /damping/], // biome-ignore format: one line
  ['another method', changed(ARNOLDI, () => {}, (h) => h.replace('"arnoldi"', '"logra"').replace('"rank":4', '"dimension":2')), to, /missing/], // biome-ignore format: one line
  ['no segments', changed(SOURCE, () => {}, (h) => h.replace('"segments":[', '"segment":[')), followed, /segments/], // biome-ignore format: one line
  ['a segment without eigenvalues', changed(SOURCE, (t) => delete t['0.1.values']), followed, /0\.1\.values is missing/], // biome-ignore format: one line
])('a file is refused for %s', (_, file, belongs, how) => {
  expect(() => readCurvatureFits(file, belongs)).toThrow(FormatError);
  expect(() => readCurvatureFits(file, belongs)).toThrow(how);
});

describe('other options than those of the fit are refused by name', () => {
  const queries = randomData(mlp.model, 'cross-entropy', 2, 8);
  const asked: [FitMethod, CurvatureFitOptions, CurvatureFitOptions, RegExp | undefined][] = [
    ['logra', { seed: 4 }, { seed: 5 }, /options\.seed must be 4, under which the fit was made, got 5/],
    ['logra', {}, { damping: 0.2 }, /options\.damping must be its rule/],
    ['logra', { damping: 0.2 }, {}, /options\.damping must be 0\.2/],
    ['logra', {}, { initialisation: 'pca', fisher: { kind: 'empirical' } }, undefined],
    ['arnoldi', { rank: 4 }, { rank: 4, curvature: 'ggn' }, /options\.curvature must be "hessian"/],
    ['arnoldi', { rank: 4 }, { rank: 4, damping: 0 }, undefined],
    ['trak', { dimension: 3 }, { dimension: 3, seed: 1 }, /options\.seed must be 0/],
    ['trak', { dimension: 3 }, { dimension: 3, ridge: 1 }, /options\.ridge must be 0/],
    ['ekfac', { damping: 0.2 }, { damping: 0.3 }, /options\.damping must be 0\.2/],
    ['ekfac', {}, { fisher: { kind: 'mc', samples: 2, seed: 1 } }, /options\.fisher must be {"kind":"type-2"}/], // biome-ignore format: one line
    ['source', { segments: 2 }, {}, /options\.segments must be 2/],
  ];
  test.each(asked)('%s fitted with %j, asked with %j', (method, made, options, how) => {
    const belongs = method === 'source' ? followed : to;
    const { fits } = curvatureFits({ method, options: made, ...belongs });
    const score = () => attribute({ method, options: options as object, ...belongs, queries, curvatures: fits }); // biome-ignore format: one line
    if (how === undefined) expect(score().scores.rows).toBe(2);
    else expect(score).toThrow(how);
  });
});

test('another run, training set or network is refused, and a run that is missing', () => {
  const [run] = sgd.trajectories;
  const longer = { ...run, learningRates: run.learningRates.map((rate) => 2 * rate) };
  const moved = run.checkpoints.map((one, k) =>
    k === 0 ? { ...one, theta: one.theta.map((x) => x + 1) } : one,
  );
  for (const trajectory of [longer, { ...run, checkpoints: moved }, { ...run, momentum: 0.5 }])
    expect(() => readCurvatureFits(SOURCE, { ...followed, trajectories: [trajectory] })).toThrow(
      /trajectories\[0\] must be the run that was fitted/,
    );
  const { trajectories: _, ...bare } = followed;
  expect(() => readCurvatureFits(SOURCE, bare)).toThrow(UnsupportedError);
  expect(() => curvatureFits({ method: 'source', ...bare })).toThrow(/give a trajectory per model/);
  expect(() => readCurvatureFits(SOURCE, { ...followed, trajectories: [run, run] })).toThrow(
    /1, one per model/,
  );
  for (const file of [LOGRA, ARNOLDI]) {
    expect(() => readCurvatureFits(file, { ...to, models: [other] })).toThrow(/must be the network/);
    const data = { ...mlp.data, weights: [...Array(17)].map((__, i) => [i % 3]) } as never;
    expect(() => readCurvatureFits(file, { ...to, train: data })).toThrow(/must be the training set/);
  }
});
