/** @file Methods that follow training, SOURCE, ASTRA-SOURCE and TracIn, as lines of the registry. */
import { datasetSize } from '../../autodiff/dataset.ts';
import type { Trajectory } from '../../autodiff/trajectory.ts';
import { UnsupportedError } from '../../linalg/errors.ts';
import { ASTRA_ITERATIONS, ASTRA_MOMENTUM } from '../astra.ts';
import { meanEigenvalue } from '../damping-rule.ts';
import { astraSourceInfluence, type SolvedSegment } from '../source/astra-source-influence.ts';
import { SOURCE_SEGMENTS } from '../source/segment.ts';
import { sourceInfluence } from '../source/source-influence.ts';
import type { UnrolledSegment } from '../source/unrolled-run.ts';
import { INFLUENCE_BATCH } from '../stochastic-influence.ts';
import { tracin } from '../tracin.ts';
import {
  ALPHA,
  BATCH,
  DECAY,
  FISHER,
  HEAVY_BALL,
  PARTITION,
  quarterDecay,
  REPEATS,
  SEED,
  TOLERANCE,
} from './common-hyperparameters.ts';
import { fisherSetting, fittedMethod, measurementOf } from './fitted-method.ts';
import type {
  DiagnosedScores,
  FittedMethod,
  Hyperparameter,
  MethodContext,
  MethodDescription,
  MethodOptions,
} from './method.ts';
import { dampingWarnings } from './warnings.ts';

const SEGMENTS: Hyperparameter = {
  name: 'segments',
  meaning: 'L segments, within each of which curvature and gradients count as constant',
  rule: `min(${SOURCE_SEGMENTS}, checkpoints after the start)`,
  reason: 'Bae et al. 2024 and Wang et al. 2025, Table 3: three segments of two checkpoints',
};

const ADDED: Hyperparameter = {
  name: 'damping',
  meaning: 'added to every eigenvalue beside the weight decay of the training',
  rule: '0',
  reason: 'a finite training damps by itself: a segment of duration t = Σ η/(1 − m) acts as 1/(σ + 1/t)',
};

/** SOURCE, ASTRA-SOURCE and TracIn. */
export const TRAJECTORY_METHODS: {
  readonly [K in 'source' | 'astra-source' | 'tracin']: MethodDescription;
} = {
  source: {
    name: 'source',
    label: 'SOURCE',
    approximates:
      'what leaving an example out changes in this finite training: gradient descent unrolled, segment by segment, with a constant EK-FAC each',
    cost: {
      fit: 'one EK-FAC pass per checkpoint, one decomposition per segment',
      score: '(2L − 1)·Q·D·(basis) + K·(Q + N)·D + L·Q·N·D, K checkpoints',
      memory: 'K·D and L EK-FACs',
    },
    hyperparameters: [
      SEGMENTS,
      {
        name: 'curvature',
        meaning: 'of a segment: ggn or hessian in place of EK-FAC',
        rule: 'EK-FAC, averaged over the checkpoints of a segment',
        reason: 'Bae et al. 2024, §3; the dense ones cost D³ per segment',
      },
      ADDED,
      FISHER,
      PARTITION,
    ],
    needsTrajectory: true,
    scaled: true,
    reference:
      'Bae et al., Training data attribution via approximate unrolled differentiation (2024), Eqs. 15 to 22',
    fit: fitSource,
  },
  'astra-source': {
    name: 'astra-source',
    label: 'ASTRA-SOURCE',
    approximates:
      'SOURCE with the pull of each segment solved for with its exact GGN, damped by 1/t, by ASTRA',
    cost: {
      fit: 'as source, and 600·B·D per segment for α',
      score: 'L times that of astra, and as source',
      memory: 'K·D, L EK-FACs and (5 + R)·Q·D',
    },
    hyperparameters: [
      SEGMENTS,
      { ...ADDED, meaning: 'added to λ_l = 1/t_l + weight decay of every segment' },
      {
        name: 'iterations',
        meaning: 'J steps per segment',
        rule: `${ASTRA_ITERATIONS}`,
        reason: 'Wang et al. 2025, Table 3: per segment the recipe of astra',
      },
      BATCH,
      ALPHA,
      DECAY,
      HEAVY_BALL,
      REPEATS,
      TOLERANCE,
      SEED,
      FISHER,
      PARTITION,
    ],
    needsTrajectory: true,
    scaled: true,
    reference:
      'Wang et al., Better training data attribution via better inverse Hessian-vector products (2025), App. B.4 and C',
    fit: fitAstraSource,
  },
  tracin: {
    name: 'tracin',
    label: 'TracIn',
    approximates:
      'Σ_c η_c ∇m(θ_c)·∇L(θ_c) over the checkpoints: what steps along ∇L have done to m, to first order',
    cost: {
      fit: 'nothing',
      score: 'K·((Q + N)·D + Q·N·D), K checkpoints',
      memory: 'K·D and two chunks of gradients',
    },
    hyperparameters: [
      {
        name: 'weights',
        meaning:
          'of a checkpoint: rate, its learning rate; or time, Σ η/(1 − m) of the steps since the one before',
        rule: 'rate',
        reason: 'as published; with time, score/N is a predicted change of m',
      },
    ],
    needsTrajectory: true,
    scaled: false,
    reference: 'Pruthi et al., Estimating training data influence by tracing gradient descent (2020), Eq. 4',
    fit: fitTracin,
  },
};

function fitSource(options: MethodOptions, context: MethodContext): FittedMethod {
  const { segments, curvature = 'ekfac', fisher = { kind: 'type-2' }, partition = 'layer' } = options;
  const damping = addedDamping(options);
  const attributor = sourceInfluence({
    trajectory: trajectoryOf(context),
    ...(segments === undefined ? {} : { segments }),
    curvature,
    options: { fisher, partition },
    damping,
    measurement: measurementOf(options),
  }).fit(context.fitted, context.train);
  return fittedMethod(context, attributor, {
    warnings: addedWarnings(damping, context),
    settings: {
      segments: attributor.segments.length,
      curvature,
      damping,
      fisher: fisherSetting(fisher),
      partition,
    },
    seed: fisher.kind === 'mc' ? fisher.seed : undefined,
    known: { notes: { segments: attributor.segments.map(segmentNote) } },
  });
}

function fitAstraSource(options: MethodOptions, context: MethodContext): FittedMethod {
  const {
    segments,
    momentum = ASTRA_MOMENTUM,
    iterations = ASTRA_ITERATIONS,
    repeats = 1,
    seed = 0,
  } = options;
  const { alpha = 'auto', tolerance = 0, fisher = { kind: 'type-2' }, partition = 'layer' } = options;
  const damping = addedDamping(options);
  const examples = datasetSize(context.train);
  const batch = options.batch ?? (examples <= INFLUENCE_BATCH ? 'full' : INFLUENCE_BATCH);
  const solver = { iterations, batch, momentum, repeats, seed };
  const decay = options.decay ?? quarterDecay(batch, iterations);
  const attributor = astraSourceInfluence({
    ...solver,
    trajectory: trajectoryOf(context),
    ...(segments === undefined ? {} : { segments }),
    options: { fisher, partition },
    damping,
    alpha,
    decay,
    rtol: tolerance,
    measurement: measurementOf(options),
  }).fit(context.fitted, context.train);
  const diagnose = (queries: Parameters<FittedMethod['diagnose']>[0]): DiagnosedScores => {
    const found = attributor.scoreWithBounds(queries);
    const { scores, residuals, bounds, standardErrors, steps, history } = found;
    return {
      scores,
      diagnostics: {
        residuals,
        iterations: steps,
        history,
        bounds,
        ...(standardErrors === undefined ? {} : { standardErrors }),
        notes: {
          segments: attributor.segments.map((segment) => ({
            ...segmentNote(segment),
            lambda: segment.lambda,
            alpha: segment.alpha,
            momentum: segment.momentum,
          })),
        },
      },
    };
  };
  return fittedMethod(context, attributor, {
    warnings: addedWarnings(damping, context),
    settings: {
      segments: attributor.segments.length,
      damping,
      ...solver,
      alpha: bySegment(attributor.segments, (segment) => segment.alpha),
      momentum:
        momentum === 'auto' ? bySegment(attributor.segments, (segment) => segment.momentum) : momentum,
      decay: typeof decay === 'string' ? decay : { ...decay },
      tolerance,
      fisher: fisherSetting(fisher),
      partition,
    },
    seed,
    diagnose,
  });
}

function fitTracin(options: MethodOptions, context: MethodContext): FittedMethod {
  const { weights = 'rate' } = options;
  const trajectory = trajectoryOf(context);
  const attributor = tracin({ trajectory, weights, measurement: measurementOf(options) }).fit(
    context.fitted,
    context.train,
  );
  const steps = trajectory.checkpoints.map(({ step }) => step);
  return fittedMethod(context, attributor, {
    settings: { weights },
    known: { notes: { steps, weights: attributor.weights } },
  });
}

/** A number of each segment, by name. */
function bySegment(
  segments: readonly SolvedSegment[],
  of: (segment: SolvedSegment) => number,
): { readonly [segment: string]: number } {
  return Object.fromEntries(segments.map((segment) => [`segment ${segment.index}`, of(segment)]));
}

function segmentNote({ start, end, time, learningRate, shift, points }: UnrolledSegment): {
  readonly [name: string]: number;
} {
  return { start, end, time, learningRate, shift, points: points.length };
}

/** 'auto' is the rule of the table: none. */
function addedDamping({ damping = 'auto' }: MethodOptions): number {
  return damping === 'auto' ? 0 : damping;
}

/** What to say of an added damping that hides the curvature of every checkpoint. */
function addedWarnings(damping: number, context: MethodContext): string[] {
  if (damping === 0) return [];
  const { fitted, train } = context;
  const means = trajectoryOf(context).checkpoints.map(({ theta }) =>
    meanEigenvalue({ ...fitted, theta, data: train }),
  );
  const trace = means.reduce((most, mean) => Math.max(most, mean), 0) * fitted.model.parameterCount;
  return damping > trace ? dampingWarnings('λ', damping, trace) : [];
}

function trajectoryOf({ trajectory }: MethodContext): Trajectory {
  if (trajectory === undefined)
    throw new UnsupportedError('This method follows training: it needs a trajectory with checkpoints.');
  return trajectory;
}
