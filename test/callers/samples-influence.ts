/** @file Valid calls of every export of influence. */
import * as curvature from '../../src/curvature/index.ts';
import * as influence from '../../src/influence/index.ts';
import { denseOperator, Matrix } from '../../src/linalg/index.ts';
import {
  chain,
  chainState,
  copied,
  data,
  fitted,
  langevinState,
  model,
  problem,
  sampler,
  samples,
  settings,
  target,
  theta,
  trainer,
  trajectory,
} from './fixtures.ts';
import { type ClassSample, call, just, none, type Sample } from './sample.ts';

const storedFit = copied(() => {
  const to = { models: [fitted()], train: data() };
  return influence.writeCurvatureFits(influence.curvatureFits({ method: 'ekfac', ...to }), to);
});
const square = () => Matrix.of([[2, 1], [1, 2]]); // biome-ignore format: a matrix
const rows = () => Matrix.of([[1, 2]]);
const source = () => influence.fixedCurvature(denseOperator(square(), 'psd'));
const preconditioner = () => curvature.decompose(square(), { structure: 'psd' });
const scores = () => Matrix.of([[1, 2, 3], [3, 1, 2]]); // biome-ignore format: a matrix
const subsets = () => [[0, 1], [0, 2], [1, 2]].map((kept) => Int32Array.from(kept)); // biome-ignore format: a table
/** So many subsets that no resample consists of one. */
const eight = () => [[0, 1], [0, 2], [1, 2], [0, 3], [1, 3], [2, 3], [0], [1]].map((kept) => Int32Array.from(kept)); // biome-ignore format: a table
const lds = () => ({
  scores: Matrix.of([[1, 2, 3, 0], [3, 1, 2, 5]]), // biome-ignore format: a matrix
  subsets: eight(),
  outcomes: Matrix.of(eight().map((_, j) => [(3 * j) % 8, (5 * j) % 8])),
  level: 0.9,
  resamples: 10,
  seed: 0,
});
const bank = () => {
  const made = influence.createBank(subsets(), 2, 2);
  for (const job of influence.retrainingJobs(3, 2))
    influence.recordOutcomes(made, job, { losses: Float64Array.of(job.subset, -job.subset - job.seed), margins: Float64Array.of(1, job.subset) });
  return made;
}; // biome-ignore format: short
const drawn = () => influence.bootstrap(4, (w) => w[0] - w[1] + 2 * w[2] ** 2, { resamples: 20 });
const networks = () => ({
  scores: [[[[1, 2, 3, 0], [3, 1, 2, 5]], [[2, 2, 3, 1], [3, 0, 2, 4]]], [[[0, 2, 1, 0], [1, 1, 2, 3]], [[1, 0, 3, 0], [2, 1, 2, 2]]]].map((method) => method.map((one) => Matrix.of(one))),
  subsets: eight(),
  outcomes: lds().outcomes,
  resamples: 10,
  seed: 0,
}); // biome-ignore format: a table
const reading = () => influence.ldsOverNetworks(networks())[0].ensemble;
const moments = () => ({
  count: 3,
  meanX: Float64Array.of(1, 2),
  meanY: Float64Array.of(1),
  squaresX: Float64Array.of(1, 2),
  squaresY: Float64Array.of(2),
  products: Float64Array.of(1, 0.5),
});
const descent = () => ({ damping: 0.5, iterations: 5, seed: 0 });
const unrolled = () => ({
  trajectory: trajectory(),
  segments: 2,
  damping: 0.01,
  measurement: 'loss',
  id: 'x',
  chunk: 2,
});
const method = () => ({ measurement: 'loss', id: 'x', chunk: 2 });
const job = () => ({
  method: 'ekfac',
  options: { rule: { kind: 'damped', lambda: 0.1 }, measurement: 'loss' },
  models: [fitted()],
  train: data(),
  queries: data(),
  self: true,
  tokens: true,
  now: () => 0,
});
const context = () => ({ fitted: fitted(), train: data() });

export const INFLUENCE_FUNCTIONS: Readonly<Record<string, Sample>> = {
  astra: call(source, rows, preconditioner, descent), astraPreconditioner: call(preconditioner, just(0.1)),
  arnoldiInfluence: call(() => ({ ...method(), rank: 2, curvature: 'ggn', iterations: 4, rtol: 1e-3, damping: 0, seed: 0 })), labelControl: call(() => ({ measurement: 'loss', balanced: true, id: 'x' })),
  randomControl: call(() => ({ seed: 0, measurement: 'loss', id: 'x' })), dataInf: call(() => ({ ...method(), damping: { relative: 0.1 } })),
  logra: call(() => ({ ...method(), dimension: 2, damping: 0.1, initialisation: 'random', fisher: { kind: 'type-2' }, seed: 0 })),
  randomProjection: call(() => ({ inputs: 3, dimension: 2, distribution: 'gaussian', seed: 0, path: ['a'] })), trak: call(() => ({ ...method(), dimension: 2, ridge: 0.1, projection: 'gaussian', seed: 0 })),
  bayesianInfluence: call(() => ({ ...sampler(), normalisation: 'covariance', measurement: 'loss', id: 'x' })), influenceTarget: call(settings, data, just('loss'), just(5)),
  bayesianScores: call(samples, () => ({ nBeta: 2, normalisation: 'covariance', watched: [{ query: 0, example: 1 }, { query: 1, example: 1 }, { query: 2, example: 1 }, { query: 3, example: 1 }] })),
  diagnoseChains: call(() => [Float64Array.of(1, 2, 1, 3, 2, 1), Float64Array.of(2, 1, 3, 1, 2, 2)]), errorBatch: call(settings), evenlySpaced: call(just(5), just(5), just(2)),
  correlationOf: call(moments), covarianceOf: call(moments), emptyMoments: call(just(2), just(1)), mergeMoments: call(moments, moments), samplerBias: call(problem, settings),
  inverseTemperature: call(just(100)), resolveSampler: call(problem, sampler), bcaInterval: call(drawn, just(0.9)), percentileInterval: call(drawn, just(0.9)),
  bootstrap: call(just(4), just((w: Int32Array) => w[0]), () => ({ resamples: 5, seed: 0 })), bootstrapDifference: call(drawn, drawn), midpoint: call(() => [1, 2]),
  fixedCurvature: call(() => denseOperator(square(), 'psd')), minibatchCurvature: call(problem, () => ({ curvature: 'ggn', batch: 2, seed: 0, path: ['a'] })),
  steepestSteps: call(just(() => Int32Array.of(0, 1)), () => Float64Array.of(1, 2), just(1), just(2), just(1)), automaticDamping: call(problem, just('ggn'), () => ({ kind: 'type-2' })),
  meanEigenvalue: call(problem, () => ({ kind: 'type-2' })), gradientDot: call(() => ({ ...method(), similarity: 'cosine' })), complement: call(() => Int32Array.of(0, 2), just(4)),
  groupEffect: call(scores, () => Int32Array.of(0, 2)), keptEffect: call(scores, () => Int32Array.of(0, 2)), optimalHeavyBall: call(just(1), just(2)),
  tokenScores: call(fitted, data, data, just((g: Matrix) => g), () => ({ measurement: 'margin' })),
  influenceFunction: call(() => ({ ...method(), curvature: 'kfac', rule: { kind: 'damped', lambda: 0.1 }, options: { partition: 'layer' } })),
  iterativeInfluence: call(() => ({ ...method(), curvature: 'ggn', damping: 0.1, rtol: 1e-6, maxIterations: 50, preconditioner: 'ekfac', onFailure: 'return' })),
  ldsOverNetworks: call(networks), networksDifference: call(() => influence.ldsOverNetworks(networks())[0], () => influence.ldsOverNetworks(networks())[1]),
  networkInterval: call(reading, just(0.9)), networkCoverage: call(reading), varianceParts: call(reading), networkDifference: call(reading, reading),
  networkComponents: call(() => Float64Array.of(1, 2), () => Matrix.of([[1, 2, 4], [2, 1, 3]]), just(8)), studentQuantile: call(just(0.9), just(3)),
  networksNeeded: call(() => ({ networks: 0.04, subsets: 1e-4, residual: 1e-3 }), just(0.1), just(0.9)),
  linearDatamodellingScore: call(lds), subsetPredictions: call(scores, subsets), ldsChange: call(() => [{ id: 'a', lds: 1 }, { id: 'b', lds: 2 }]),
  drawSubsets: call(just(5), just(0.5), just(2), just(0)), retrainingJobs: call(just(2), just(2)),
  leaveSomeOut: call(() => ({ subsets: subsets(), seeds: 2, retrain: () => theta(), measure: () => ({ losses: Float64Array.of(1, 2) }) })),
  foldJobs: call(just(6), () => ({ folds: 2, repeats: 2, seed: 1, labels: [0, 1, 0, 1, 0, 1] })), networkPredictor: call(trainer, () => ({ seed: 1, path: ['a'] })),
  outOfFold: call(() => ({ examples: 4, folds: 2, repeats: 2, seed: 1, labels: [0, 1, 0, 1], predict: () => [[1], [2]] })),
  gatherOutOfFold: call(() => influence.foldJobs(4, { folds: 2, repeats: 1 }), () => [[[1], [2]], [[3], [4]]].map((one) => Matrix.of(one))),
  labelScores: call(() => Matrix.of([[0.75, 0.25], [0.5, 0.5]]), () => Int32Array.of(0, 1), () => ({ score: 'self-confidence', balanced: true })),
  targetScores: call(() => [[[1], [2]], [[3], [5]]].map((one) => Matrix.of(one)), () => Matrix.of([[1], [2]])),
  measurementFunction: call(just('loss'), just('cross-entropy')), queryMeasurer: call(model, just('cross-entropy'), data), attribute: call(job),
  unfittable: call(() => 'cg'),
  curvatureFits: call(() => ({ method: 'ekfac', options: {}, models: [fitted()], train: data() })),
  writeCurvatureFits: call(() => influence.curvatureFits({ method: 'ekfac', models: [fitted()], train: data() }), () => ({ models: [fitted()], train: data() })),
  readCurvatureFits: call(storedFit, () => ({ models: [fitted()], train: data() })), readCurvatureFitMethod: call(storedFit),
  attributeSelf: call(() => ({ method: 'grad-dot', models: [fitted()], train: data() })), methodAttributor: call(just('tracin'), () => ({ measurement: 'loss' }), trajectory),
  samplingPlan: call(() => ({ chains: 2, draws: 8 }), context, data), noiseCeiling: call(bank, () => ({ measurement: 'loss', splits: 2, seed: 0 })), spearmanBrown: call(just(0.5), just(2)),
  argsort: call(() => [3, 1, 2]), ranks: call(() => [3, 1, 2]), spearman: call(() => [3, 1, 2], () => [1, 2, 3]), topInfluences: call(scores, just(0), just(2), just('loss')),
  createBank: { ...call(subsets, just(2), just(2), () => ({ margins: true, absoluteErrors: false })), partial: true }, outcomeMeans: call(bank, just('loss'), () => [0]),
  recordOutcomes: { ...call(bank, () => ({ subset: 0, seed: 1 }), () => ({ losses: Float64Array.of(1, 2), margins: Float64Array.of(1, 2) })), writes: [0] },
  solveRows: call(() => denseOperator(square(), 'psd'), rows, () => ({ rtol: 1e-6, maxIterations: 10, onFailure: 'return' })), astraSourceInfluence: call(() => ({ ...unrolled(), iterations: 5, batch: 'full' })),
  averagedCurvature: call(just('ekfac'), () => [problem(), problem()], () => ({ partition: 'layer' })), trajectorySegments: call(trajectory, just(2)), sourceInfluence: call(unrolled),
  trainingDerivative: call(trainer, () => ({ queries: data(), measurement: 'loss', adjoint: 'ggn', seed: 0, path: ['a'], subset: Int32Array.of(0, 2, 3), spacing: 2, chunk: 2, times: 2 })),
  trajectoryRun: call(model, just('cross-entropy'), data, () => ({ epochs: 2, lr: 0.1, momentum: 0.5, batch: 2, schedule: 'cosine', init: 'torch', weightDecay: 0.1, adjoint: 'ggn', normalise: 'query', seed: 0 })),
  unrolledFilters: call(() => ({ time: 1, shift: 0.1, negative: 'keep' })), automaticStep: call(source, () => ({ damping: 0.1, momentum: 0.5, seed: 0 })),
  astraInfluence: call(() => ({ ...method(), ...descent(), curvature: 'ggn', batch: 'full' })), lissaInfluence: call(() => ({ ...method(), ...descent(), curvature: 'ggn', batch: 2 })),
  stochasticNeumann: call(source, rows, descent), tracin: call(() => ({ ...method(), trajectory: trajectory(), weights: 'time' })),
}; // biome-ignore format: a table

export const INFLUENCE_CLASSES: Readonly<Record<string, ClassSample>> = {
  CrossCovariance: {
    ...call(just(2), just(1), () => ({ moments: moments(), pendingX: Float64Array.of(1, 2), pendingY: Float64Array.of(1) })), make: () => new influence.CrossCovariance(2, 1), internal: ['x', 'y', 'count', 'absorb'],
    methods: { push: none, moments: none, state: none },
  },
  InfluenceChain: {
    ...call(problem, settings, target, just(0), chainState), make: chain, internal: ['draws', 'measure'],
    methods: { advance: call(just(1)), state: none, sample: none },
  },
  LangevinChain: {
    ...call(problem, settings, just(0), langevinState), make: () => new influence.LangevinChain(problem(), settings(), 0),
    internal: ['steps', 'checkDistance', 'refuse', 'move', 'movePreconditioned'], methods: { step: none, state: none, stepsTo: call(just(1)), checkLoss: call(just(0.1), just(0)) },
  },
}; // biome-ignore format: a table
