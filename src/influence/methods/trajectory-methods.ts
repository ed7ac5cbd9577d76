/** @file Methods that follow training, SOURCE, ASTRA-SOURCE and TracIn, as lines of the registry. */
import { datasetSize } from '../../autodiff/dataset.ts';
import type { Trajectory } from '../../autodiff/trajectory.ts';
import type { FisherType } from '../../curvature/fisher.ts';
import type { PartitionKind } from '../../curvature/partition.ts';
import { CURVATURE_KINDS, CURVATURES, type CurvatureKind } from '../../curvature/registry.ts';
import { oneOf } from '../../linalg/border/fields.ts';
import { checkNonNegative } from '../../linalg/checks.ts';
import { UnsupportedError } from '../../linalg/errors.ts';
import { meanEigenvalue } from '../attributors/damping-rule.ts';
import { INFLUENCE_BATCH } from '../attributors/stochastic-influence.ts';
import { ASTRA_ITERATIONS } from '../solvers/astra.ts';
import type { Momentum } from '../solvers/heavy-ball.ts';
import type { StepDecay, StepSize } from '../solvers/step-size.ts';
import { astraSourceInfluence, type SolvedSegment } from '../source/astra-source-influence.ts';
import { SOURCE_SEGMENTS } from '../source/segment.ts';
import { sourceInfluence } from '../source/source-influence.ts';
import { tracin } from '../source/tracin.ts';
import type { UnrolledSegment } from '../source/unrolled-run.ts';
import {
  ALPHA,
  BATCH,
  DECAY,
  EXACT_CURVATURE,
  FISHER,
  HEAVY_BALL,
  LAMBDA,
  PARTITION,
  quarterDecay,
  REPEATS,
  SEED,
  STEPS,
  TOLERANCE,
} from './common-hyperparameters.ts';
import { fisherSetting, fittedMethod } from './fitted-method.ts';
import {
  type DiagnosedScores,
  type Filled,
  type FittedMethod,
  type Given,
  type Method,
  type MethodContext,
  method,
} from './method.ts';
import { asFitOf } from './method-fit.ts';
import { type Option, ruled } from './option.ts';
import { choice, whole } from './option-values.ts';
import { dampingWarnings } from './warnings.ts';

/** What `source` reads. */
export interface SourceOptions {
  readonly segments: number | undefined;
  readonly curvature: CurvatureKind;
  readonly damping: number;
  readonly fisher: FisherType;
  readonly partition: PartitionKind;
}

/** What `astra-source` reads. */
export interface AstraSourceOptions extends Omit<SourceOptions, 'curvature'> {
  readonly iterations: number;
  readonly batch: number | 'full' | undefined;
  readonly alpha: StepSize | undefined;
  readonly decay: StepDecay | 'none' | undefined;
  readonly momentum: Momentum;
  readonly repeats: number;
  readonly tolerance: number;
  readonly seed: number;
}

/** What `tracin` reads. */
export interface TracinOptions {
  readonly weights: 'rate' | 'time';
}

const SEGMENTS: Option<number | undefined> = {
  values: whole(1),
  placeholder: '<L>',
  brief: 'that the training is cut into',
  meaning: 'L segments, within each of which curvature and gradients count as constant',
  default: ruled('checkpoints', `min(${SOURCE_SEGMENTS}, checkpoints after the start)`, {
    most: SOURCE_SEGMENTS,
  }),
  reason: 'Bae et al. 2024 and Wang et al. 2025, Table 3: three segments of two checkpoints',
};

/** No rule chooses it: a finite training damps by itself. */
const ADDED: Option<number> = {
  ...LAMBDA,
  values: { form: LAMBDA.values.form, check: checkNonNegative },
  meaning: 'added to every eigenvalue beside the weight decay of the training',
  default: 0,
  reason: 'a finite training damps by itself: a segment of duration t = Σ η/(1 − m) acts as 1/(σ + 1/t)',
};

/** SOURCE. */
export const SOURCE: Method<SourceOptions> = method<SourceOptions>({
  name: 'source',
  label: 'SOURCE',
  approximates:
    'what leaving an example out changes in this finite training: gradient descent unrolled, segment by segment, with a constant curvature each, EK-FAC by default',
  cost: {
    fit: 'one EK-FAC pass per checkpoint, one decomposition per segment',
    score: '(2L − 1)·Q·D·(basis) + K·(Q + N)·D + L·Q·N·D, K checkpoints',
    memory: 'K·D and L EK-FACs',
  },
  options: {
    segments: SEGMENTS,
    curvature: {
      ...EXACT_CURVATURE,
      values: { form: EXACT_CURVATURE.values.form, check: oneOf(...CURVATURE_KINDS) },
      meaning: 'of a segment: ggn or hessian in place of EK-FAC',
      default: 'ekfac',
      note: 'EK-FAC, averaged over the checkpoints of a segment',
      reason: 'Bae et al. 2024, §3; the dense ones cost D³ per segment',
    },
    damping: ADDED,
    fisher: FISHER,
    partition: PARTITION,
  },
  needsTrajectory: true,
  modules: true,
  scaled: true,
  reference:
    'Bae et al., Training data attribution via approximate unrolled differentiation (2024), Eqs. 15 to 22',
  refuse: refuseUnread,
  fit: fitSource,
});

/** ASTRA-SOURCE. */
export const ASTRA_SOURCE: Method<AstraSourceOptions> = method<AstraSourceOptions>({
  name: 'astra-source',
  label: 'ASTRA-SOURCE',
  approximates: 'SOURCE with the pull of each segment solved for with its exact GGN, damped by 1/t, by ASTRA',
  cost: {
    fit: 'as source, and 600·B·D per segment for α',
    score: 'L times that of astra, and as source',
    memory: 'K·D, L EK-FACs and (5 + R)·Q·D',
  },
  options: {
    segments: SEGMENTS,
    damping: { ...ADDED, meaning: 'added to λ_l = 1/t_l + weight decay of every segment' },
    iterations: {
      ...STEPS,
      meaning: 'J steps per segment',
      default: ASTRA_ITERATIONS,
      reason: 'Wang et al. 2025, Table 3: per segment the recipe of astra',
    },
    batch: BATCH,
    alpha: ALPHA,
    decay: DECAY,
    momentum: HEAVY_BALL,
    repeats: REPEATS,
    tolerance: TOLERANCE,
    seed: SEED,
    fisher: FISHER,
    partition: PARTITION,
  },
  needsTrajectory: true,
  modules: true,
  scaled: true,
  reference:
    'Wang et al., Better training data attribution via better inverse Hessian-vector products (2025), App. B.4 and C',
  fit: fitAstraSource,
});

/** TracIn. */
export const TRACIN: Method<TracinOptions> = method<TracinOptions>({
  name: 'tracin',
  label: 'TracIn',
  approximates:
    'Σ_c η_c ∇m(θ_c)·∇L(θ_c) over the checkpoints: what steps along ∇L have done to m, to first order',
  cost: {
    fit: 'nothing',
    score: 'K·((Q + N)·D + Q·N·D), K checkpoints',
    memory: 'K·D and two chunks of gradients',
  },
  options: {
    weights: {
      values: choice('rate', 'time'),
      placeholder: '<what>',
      brief: 'of checkpoints',
      meaning:
        'of a checkpoint: rate, its learning rate; or time, Σ η/(1 − m) of the steps since the one before',
      default: 'rate',
      reason: 'as published; with time, score/N is a predicted change of m',
    },
  },
  needsTrajectory: true,
  modules: true,
  scaled: false,
  reference: 'Pruthi et al., Estimating training data influence by tracing gradient descent (2020), Eq. 4',
  fit: fitTracin,
});

/** What the curvature of the segments does not look at is no choice. */
function refuseUnread({ curvature = 'ekfac', ...given }: Given<SourceOptions>): void {
  const { reads } = CURVATURES[curvature];
  for (const option of ['fisher', 'partition'] as const)
    if (given[option] !== undefined && !reads.includes(option))
      throw new UnsupportedError(`source: ${option} has no effect with curvature ${curvature}.`);
}

function fitSource(options: Filled<SourceOptions>, context: MethodContext): FittedMethod {
  const { segments, curvature, damping, fisher, partition } = options;
  const earlier = context.curvature && asFitOf('source', 'source', context.curvature);
  const attributor = sourceInfluence({
    trajectory: trajectoryOf(context),
    ...(segments === undefined ? {} : { segments }),
    curvature,
    options: { fisher, partition },
    damping,
    measurement: options.measurement,
  }).fit(context.fitted, context.train, earlier?.curvatures);
  return fittedMethod(context, attributor, {
    kept: { kind: 'source', curvatures: attributor.segments.map((segment) => segment.curvature) },
    warnings: addedWarnings(damping, context),
    settings: {
      segments: attributor.segments.length,
      curvature,
      damping,
      fisher: CURVATURES[curvature].reads.includes('fisher') ? fisherSetting(fisher) : undefined,
      partition: CURVATURES[curvature].reads.includes('partition') ? partition : undefined,
    },
    seed: fisher.kind === 'mc' ? fisher.seed : undefined,
    known: { notes: { segments: attributor.segments.map(segmentNote) } },
  });
}

function fitAstraSource(options: Filled<AstraSourceOptions>, context: MethodContext): FittedMethod {
  const { segments, momentum, iterations, repeats, seed, alpha = 'auto' } = options;
  const { tolerance, damping, fisher, partition } = options;
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
    measurement: options.measurement,
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

function fitTracin(options: Filled<TracinOptions>, context: MethodContext): FittedMethod {
  const { weights } = options;
  const trajectory = trajectoryOf(context);
  const attributor = tracin({ trajectory, weights, measurement: options.measurement }).fit(
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
