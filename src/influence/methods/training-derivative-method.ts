/** @file The derivative of short runs of training, as a line of the registry. */
import type { AdjointCurvature } from '../../autodiff/adjoint-sweep.ts';
import { asModel } from '../../autodiff/as-model.ts';
import {
  asDataset,
  type Dataset,
  type DatasetInput,
  datasetSize,
  selectExamples,
} from '../../autodiff/dataset.ts';
import { asLoss, type Loss } from '../../autodiff/functions.ts';
import type { Initialisation } from '../../autodiff/initialise.ts';
import type { Network } from '../../autodiff/network.ts';
import { Trainer } from '../../autodiff/train.ts';
import type { AnyTrainingConfig, TrainingConfig } from '../../autodiff/training-config.ts';
import { checkObject } from '../../linalg/border/arguments.ts';
import { ShapeError, UnsupportedError } from '../../linalg/errors.ts';
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import { norm2 } from '../../linalg/sum.ts';
import type { RunProbe } from '../trajectory/run-probes.ts';
import { RUN_DEFAULTS, RUN_RULE, type RunChoice, runConfig } from '../trajectory/run-rule.ts';
import { type TrainingDerivative, trainingDerivative } from '../trajectory/training-derivative.ts';
import { BATCH, MOMENTUM, SEED } from './common-hyperparameters.ts';
import { fittedMethod } from './fitted-method.ts';
import {
  type DiagnosedScores,
  type Diagnostics,
  type Filled,
  type FittedMethod,
  type Given,
  type Method,
  type MethodContext,
  method,
} from './method.ts';
import { checkMethodOptions } from './method-options.ts';
import { ruled } from './option.ts';
import { choice, NON_NEGATIVE, POSITIVE, whole } from './option-values.ts';

/** How a run of `trajectory` is made. */
export interface RunOptions {
  readonly optimiser: 'sgd' | 'adamw';
  readonly epochs: number | undefined;
  readonly lr: number | undefined;
  readonly momentum: number | 'auto';
  readonly batch: number | 'full' | undefined;
  readonly schedule: TrainingConfig['schedule'];
  readonly init: Initialisation | undefined;
  readonly weightDecay: number;
}

/** What `trajectory` reads. */
export interface TrajectoryOptions extends RunOptions {
  readonly adjoint: AdjointCurvature;
  readonly normalise: 'none' | 'query';
  readonly seed: number;
}

/** The options that a trainer answers by itself. */
export const RUN_OPTIONS: readonly (keyof RunOptions)[] = [
  'optimiser',
  'epochs',
  'lr',
  'momentum',
  'batch',
  'schedule',
  'init',
  'weightDecay',
];

/** Short runs, differentiated. */
export const TRAJECTORY: Method<TrajectoryOptions> = method<TrajectoryOptions>({
  name: 'trajectory',
  label: 'Trajectory',
  approximates:
    'the derivative of a short run of training of its own, step by step in reverse, with respect to the weight of every example; of a given network it reads the architecture only',
  cost: {
    fit: 'two runs',
    score: 'T steps of 4 products [outputs, inputs, B] per layer and query; 6 with the Hessian',
    memory: '√T·D checkpoints, 2D per query, Q·(N + T)',
  },
  options: {
    optimiser: {
      values: choice('sgd', 'adamw'),
      placeholder: '<name>',
      brief: 'of a run that is followed',
      meaning: 'SGD with momentum; or AdamW with β = 0.9, 0.999 and ε = 1e-8: a trainer of yours has others',
      default: 'sgd',
      implied: 'sgd',
      reason: 'the rule of rate and length was made and judged with it',
    },
    epochs: {
      values: whole(1),
      placeholder: '<n>',
      brief: 'of a run that is followed',
      meaning: 'E passes over the training set',
      default: ruled(
        'run-length',
        `the longest of 4, 6, 8, 11, … on seven eighths of the examples whose exact derivative grows at most ${RUN_RULE.growth}-fold, as long as the held-out loss falls by ${Math.round(100 * (1 - RUN_RULE.gain))} % with each doubling`,
        RUN_RULE,
      ),
      reason:
        'a derivative that grows is one of this run and of no other; one that has not learned yet says nothing of what is learned later',
    },
    lr: {
      values: POSITIVE,
      placeholder: '<η>',
      brief: 'learning rate of a run that is followed',
      meaning: 'η, at the start',
      default: ruled(
        'run-rate',
        `${RUN_RULE.rate} / ((1/N) Σ ‖x‖² + 1), of adamw 0.01, halved until the shortest run contracts`,
        {
          rate: RUN_RULE.rate,
        },
      ),
      reason:
        'in the units of the features; at depth 1 and width 16 half of it changes no LDS, twice of it costs 0.02',
    },
    momentum: {
      ...MOMENTUM,
      meaning: `μ of the run; auto is ${RUN_DEFAULTS.momentum}`,
      default: RUN_DEFAULTS.momentum,
      reason: 'the usual one',
    },
    batch: {
      ...BATCH,
      meaning: 'B examples per step, each once in an epoch; full for all of them',
      default: ruled('run-batch', `min(N, ${RUN_DEFAULTS.batch})`, { most: RUN_DEFAULTS.batch }),
      reason: 'as the networks of the comparison are trained; what remains of an epoch is left out',
    },
    schedule: {
      values: choice('constant', 'cosine'),
      placeholder: '<name>',
      brief: 'of the learning rate, by epoch',
      meaning: 'of η over the epochs',
      default: 'cosine',
      reason: 'it ends at rest, with little of the noise of the last batches',
    },
    init: {
      values: choice('torch', 'xavier'),
      placeholder: '<name>',
      brief: 'initialisation of a run that is followed',
      meaning: 'where the run starts',
      default: ruled(
        'run-start',
        `torch; xavier where from torch ${RUN_RULE.epochs} epochs do not bring the held-out loss below ${RUN_RULE.learned} of that of a network of zeros`,
        { epochs: RUN_RULE.epochs, learned: RUN_RULE.learned },
      ),
      reason:
        'the smaller of the two starts says less of itself, but the signal of a deep network dies out in it',
    },
    weightDecay: {
      values: NON_NEGATIVE,
      placeholder: '<λ>',
      brief: 'of a run that is followed',
      meaning: 'on every parameter: L2 penalty of SGD, or decoupled in AdamW',
      default: 0,
      reason: 'a short run regularises by itself',
    },
    adjoint: {
      values: choice('hessian', 'ggn', 'mean'),
      placeholder: '<C>',
      brief: 'curvature of the steps taken back',
      meaning:
        'hessian, the derivative itself; ggn, whose adjoint does not grow; or mean, halfway between them',
      default: 'mean',
      reason:
        'half of what the Hessian has beyond the Gauss–Newton matrix: the least noise between networks of 0, ½ and 1',
    },
    normalise: {
      values: choice('none', 'query'),
      placeholder: '<what>',
      brief: "each run's scores of a query to length 1",
      meaning:
        'query: the scores of a run for a query are divided by their norm, so that every run has one vote',
      default: 'query',
      reason: 'a network that fits a query badly has large gradients, and would outvote the others',
    },
    seed: SEED,
  },
  needsTrajectory: false,
  scaled: false,
  reference:
    'Ilyas & Engstrom, MAGIC: near-optimal data attribution for deep learning (2025), of a run cut short',
  refuse: ({ optimiser, momentum }) => refuseMomentum('trajectory', optimiser, momentum),
  fit: fitTrajectory,
});

/**
 * The run that `trajectory` follows: what the options say of it, and by its rule what they leave open.
 *
 * @param options - Those of the method; they have been checked by `attribute`, and are checked here.
 * @returns the configuration for a {@link Trainer}, and what the rule measured and chose.
 * @throws {DomainError} | {UnsupportedError} options. @throws {ShapeError} | {NonFiniteError} data.
 * Cost: that of the rule, a few short trainings without a derivative.
 * @example new Trainer(model, 'cross-entropy', train, trajectoryRun(model, 'cross-entropy', train).config);
 */
export function trajectoryRun(
  model: Network,
  loss: Loss,
  data: DatasetInput,
  options: Given<TrajectoryOptions> = {},
): RunChoice {
  const where = 'trajectoryRun';
  checkObject(where, 'options', options);
  checkMethodOptions(where, TRAJECTORY, options);
  const network = asModel(where, 'model', model);
  asLoss(where, 'loss', loss);
  const train = asDataset(where, network, loss, data);
  const { momentum = 'auto', batch, epochs, lr, schedule = 'cosine', init, optimiser } = options;
  refuseMomentum(where, optimiser, momentum);
  return runConfig(network, loss, train, {
    ...(optimiser === 'adamw' ? { optimiser } : {}),
    ...(epochs === undefined ? {} : { epochs }),
    ...(lr === undefined ? {} : { learningRate: lr }),
    ...(batch === undefined ? {} : { batch: batch === 'full' ? datasetSize(train) : batch }),
    momentum: momentum === 'auto' ? RUN_DEFAULTS.momentum : momentum,
    schedule,
    weightDecay: options.weightDecay ?? 0,
    ...(init === undefined ? {} : { initialisation: init }),
    seed: options.seed ?? SEED.default,
  });
}

function fitTrajectory(options: Filled<TrajectoryOptions>, context: MethodContext): FittedMethod {
  const { adjoint, normalise, measurement, seed } = options;
  const { train, run = { seed, path: ['trajectory', 0] } } = context;
  const { trainer, probes } = trainerOf(options, context);
  const { config } = trainer;
  const derivative = (queries: Dataset): TrainingDerivative =>
    trainingDerivative(trainer, { queries, measurement, adjoint, ...run });
  const scoresOf = ({ scores }: TrainingDerivative): Matrix =>
    normalise === 'query' ? normalised(scores) : scores;
  const diagnose = (queries: Dataset): DiagnosedScores => {
    const found = context.derivative ?? derivative(queries);
    if (found.scores.rows !== datasetSize(queries))
      throw new ShapeError(
        'attribute',
        'derivatives',
        `${datasetSize(queries)} rows`,
        `${found.scores.rows}`,
      );
    return { scores: scoresOf(found), diagnostics: runDiagnostics(found, probes) };
  };
  return fittedMethod(
    context,
    {
      score: (queries) => scoresOf(derivative(queries)),
      selfInfluence: () => selfInfluence(train, (queries) => scoresOf(derivative(queries))),
    },
    {
      settings: {
        ...runSettings(config),
        adjoint,
        normalise,
        seed: run.seed,
      },
      seed: run.seed,
      diagnose,
    },
  );
}

/** @throws {UnsupportedError} a momentum beside an optimiser that has none. */
function refuseMomentum(
  where: string,
  optimiser: TrajectoryOptions['optimiser'] | undefined,
  momentum: number | 'auto' | undefined = 'auto',
): void {
  if (optimiser === 'adamw' && momentum !== 'auto')
    throw new UnsupportedError(`${where}: adamw has no momentum: leave it out, or choose the optimiser sgd.`);
}

/** The trainer that was given, or that of the rule. */
function trainerOf(
  { measurement: _, ...options }: Filled<TrajectoryOptions>,
  { trainer, fitted: { model, loss }, train }: MethodContext,
): { readonly trainer: Trainer; readonly probes?: readonly RunProbe[] } {
  if (trainer !== undefined) return { trainer };
  const { momentum, ...others } = options;
  const unsaid = options.optimiser === 'adamw' && momentum === RUN_DEFAULTS.momentum;
  const given = (unsaid ? others : options) as Given<TrajectoryOptions>;
  const { config, probes } = trajectoryRun(model, loss, train, given);
  return { trainer: new Trainer(model, loss, train, config), probes };
}

/** How a run was made, under the names of the options. */
function runSettings(config: AnyTrainingConfig): FittedMethod['settings'] {
  const { epochs, learningRate: lr, batch, schedule, initialisation: init, optimiser } = config;
  if (optimiser === undefined) {
    const { momentum, weightDecay } = config;
    return { epochs, lr, momentum, batch, schedule, init, weightDecay, optimiser: 'sgd' };
  }
  const own = Object.entries(optimiser).filter(([name]) => SETTINGS.includes(name));
  return { epochs, lr, batch, schedule, init, ...Object.fromEntries(own), optimiser: optimiser.name };
}

/** Of AdamW. */
const SETTINGS: readonly string[] = ['beta1', 'beta2', 'epsilon', 'weightDecay'];

/** The amplification from which on a run is called chaotic: beyond it the derivative does not even rank the examples of its own run. */
const CHAOTIC = 10;

/** What is known of a run. */
function runDiagnostics(
  { growth, amplification, amplifications }: TrainingDerivative,
  probes: readonly RunProbe[] = [],
): Diagnostics {
  const chaotic = amplifications.filter((a) => a > CHAOTIC).length;
  const { length } = amplifications;
  const warnings =
    chaotic === 0
      ? []
      : [
          `The run amplifies: for ${chaotic} of ${length} queries the adjoint grows more than ${CHAOTIC}-fold on its way back (${amplification.toPrecision(2)}-fold for all together), ` +
            'so that their scores are those of this run and of no other. Fewer epochs, a lower rate, or the adjoint ggn contract.',
        ];
  return {
    notes: {
      steps: growth.cols - 1,
      amplification,
      amplifications,
      ...(probes.length === 0 ? {} : { probes: probes.map((probe) => ({ ...probe })) }),
      warnings,
    },
  };
}

/** Each row divided by its norm; a row of zeros stays. */
function normalised(scores: Matrix): Matrix {
  const out = scores.clone();
  for (let q = 0; q < out.rows; q++) {
    const row = out.row(q);
    const norm = norm2(row);
    if (norm > 0) for (let i = 0; i < row.length; i++) row[i] /= norm;
  }
  return out;
}

/** Training examples that are their own queries at a time. */
const SELF_CHUNK = 256;

function selfInfluence(train: Dataset, score: (queries: Dataset) => Matrix): Vec {
  const n = datasetSize(train);
  const out = new Float64Array(n);
  for (let first = 0; first < n; first += SELF_CHUNK) {
    const some = Int32Array.from({ length: Math.min(SELF_CHUNK, n - first) }, (_, k) => first + k);
    const scores = score(selectExamples(train, some));
    for (let k = 0; k < some.length; k++) out[first + k] = scores.at(k, first + k);
  }
  return out;
}
