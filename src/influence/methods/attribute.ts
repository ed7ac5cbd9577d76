/** @file Attribution by any method of the registry, over one or several base models. */
import { asModel, asTheta } from '../../autodiff/as-model.ts';
import { asExamples, type Dataset } from '../../autodiff/dataset.ts';
import { asLoss } from '../../autodiff/functions.ts';
import type { Trainer } from '../../autodiff/train.ts';
import type { RunName } from '../../autodiff/training-replay.ts';
import { asRun, type Trajectory } from '../../autodiff/trajectory.ts';
import {
  checkBoolean,
  checkFunction,
  checkObject,
  checkOneOf,
  checkOptions,
} from '../../linalg/border/arguments.ts';
import { asList } from '../../linalg/border/instances.ts';
import { checkFinite } from '../../linalg/checks.ts';
import { ShapeError, UnsupportedError } from '../../linalg/errors.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import type { Attributor, FittedModel } from '../attributor.ts';
import { asFittedModel } from '../attributors/bilinear-scores.ts';
import type { Discarded } from '../attributors/discarded.ts';
import type { ChainSample } from '../bayesian/influence-chain.ts';
import { checkMeasurement } from '../measurement.ts';
import type { AttributionRecord, AttributionResult, SelfInfluenceResult } from './attribution-result.ts';
import { Clock } from './clock.ts';
import { checkFitMethod } from './fit-methods.ts';
import { checkFitOptions } from './fit-options.ts';
import type { DiagnosedScores, FittedMethod, MethodContext, MethodDescription } from './method.ts';
import { asFitOf, type MethodFit } from './method-fit.ts';
import type { MethodName, MethodOptions, OptionsOf } from './method-name.ts';
import { checkMethodOptions } from './method-options.ts';
import { METHOD_NAMES, METHODS } from './registry.ts';
import { type RoundedJob, roundingWarnings } from './rounding-warnings.ts';
import { meanMatrix, meanModules, meanTokens } from './score-parts.ts';
import { asRuns, isTrainedJob, ownRuns, type TrainedJob, trainedParts } from './trained-job.ts';
import { discardedWarnings, scoreWarnings, selfWarnings } from './warnings.ts';

/** What to attribute, by what, to what. */
export interface AttributionJob<M extends MethodName = MethodName> {
  readonly method: M;
  /** What that method reads. Default: the method's own rules. */
  readonly options?: OptionsOf<M>;
  /** One or more base models, trained on `train`. */
  readonly models: readonly FittedModel[];
  /** One per model, for methods with `needsTrajectory`. */
  readonly trajectories?: readonly Trajectory[];
  readonly train: Dataset;
  /** Chains that were run elsewhere, for each model as `samplingPlan` has them; for `bif` and `bif-correlation`. */
  readonly samples?: readonly (readonly ChainSample[])[];
  /** What was fitted before, one per model, by `curvatureFits` under the same options; for the curvature methods, `trak`, `logra`, `arnoldi` and `source`. */
  readonly curvatures?: readonly MethodFit[];
  /** Which run `trajectory` makes, one per model; default the paths ['trajectory', 0], ['trajectory', 1], … of its option `seed`. */
  readonly runs?: readonly RunName[];
  /** Milliseconds of some clock, e.g. `() => performance.now()`; without it `seconds` is undefined. */
  readonly now?: () => number;
}

/**
 * The derivative of the runs of a trainer with respect to the weight of each of its training examples, averaged over the runs: {@link trainingDerivative}
 * as a method. Its own runs, by the rule of `trajectory`, need no trainer: give `models` for their architecture.
 *
 * @throws as below; `RunDivergenceError` a run, or its derivative, that overflows.
 * @example attribute({ method: 'trajectory', trainer, queries }).scores;
 */
export function attribute(job: TrainedJob): AttributionResult;
/**
 * Scores of training examples for queries by any method. With several models the scores are averaged, which lowers the noise of single
 * trainings (Wang et al. 2025, Eq. 15); TRAK has a rule of its own (Park et al. 2023, Eq. 17). Every model is treated as it would be
 * alone, with the same seed.
 *
 * @param job - Method, options, models, training set; `queries` are the examples whose measurement is explained;
 * with `self` every training example is explained to itself, too; with `tokens` the scores are also told by pairs of output positions,
 * with `modules` by the blocks of parameters of the layers.
 * @returns scores [nQuery, N] with sign, scale and orientation of `Attributor`, and everything needed to repeat them. `discarded` says
 * how much of the gradients the method did not look at, `warnings` whether the scores can be taken for an answer.
 * @throws {DomainError} unknown method, an option out of range. @throws {UnsupportedError} an option that the method does not read; no
 * trajectory where one is needed; a measurement that the loss does not have. @throws {ShapeError} no models, or other numbers of
 * trajectories. Also what the method throws: {@link SingularError}, {@link ConvergenceError}, `DivergenceError`;
 * {@link NonFiniteError} a score overflows.
 * Not checked: that the models were trained on `train`.
 * Cost: see `METHODS[method].cost`, times the models; one score matrix per model is held while the next is computed.
 * @example attribute({ method: 'astra', options: { iterations: 100 }, models: [fitted], train, queries }).scores;
 */
export function attribute<M extends MethodName>(job: AttributionJob<M> & Asked): AttributionResult;
export function attribute(job: TrainedJob | (AttributionJob & Asked)): AttributionResult {
  return attributed(asJob('attribute', job));
}

/** What is explained. */
interface Asked {
  readonly queries: Dataset;
  readonly self?: boolean;
  readonly tokens?: boolean;
  readonly modules?: boolean;
}

/** A job as it is done. */
type CheckedJob = AttributionJob & Pick<TrainedJob, 'derivatives'> & { readonly trainer?: Trainer };

function attributed(job: CheckedJob & Asked): AttributionResult {
  const clock = new Clock(job.now);
  const fits = clock.time('fit', () => fitModels(job));
  const tokens = job.tokens === true ? clock.time('score', () => meanTokens(job, fits)) : undefined;
  const modules = job.modules === true ? clock.time('score', () => meanModules(job, fits)) : undefined;
  const { parts, discarded } = clock.time('score', () => ({
    parts: fits.map((fit) => fit.diagnose(job.queries)),
    discarded: meanDiscarded(fits.map((fit) => fit.discarded(job.queries))),
  }));
  const scores = meanMatrix(parts.map((part) => part.scores));
  checkFinite('attribute', 'the scores', scores.data);
  const diagnostics = parts.map((part) => part.diagnostics);
  const own = job.self === true ? clock.time('score', () => meanSelf(fits)) : undefined;
  const { models, train, queries, options = {} } = job;
  const { measurement = 'loss' } = options;
  const looks = fits[0].parameters > 0;
  const judged = { scores, diagnostics, models, train, queries, measurement, looks };
  return {
    ...record(job, fits, clock, discarded, [
      ...scoreWarnings(judged),
      ...(looks ? roundingWarnings(roundedJob(job)) : []),
    ]),
    scores,
    diagnostics,
    bounds: meanOfAll(parts, ({ diagnostics }) => diagnostics.bounds),
    standardErrors: meanOfAll(parts, ({ diagnostics }) => diagnostics.standardErrors),
    modelErrors: parts.length > 1 ? spread(parts, scores) : undefined,
    tokenScores: tokens,
    moduleScores: modules,
    selfInfluence: own,
  };
}

/**
 * The influence of every training example on itself, {@link attribute} with the training set as queries but only the diagonal.
 *
 * @returns values [N]; large ones mark examples that the models fit from themselves alone. Throws as {@link attribute}.
 * Cost: as `selfInfluence` of the method; without Q × N products.
 * @example attributeSelf({ method: 'ekfac', models: [fitted], train }).values;
 */
export function attributeSelf<M extends MethodName>(given: AttributionJob<M>): SelfInfluenceResult {
  const job: CheckedJob = asJob('attributeSelf', given);
  const clock = new Clock(job.now);
  const fits = clock.time('fit', () => fitModels(job));
  const { values, discarded } = clock.time('score', () => ({
    values: meanSelf(fits),
    discarded: meanDiscarded(fits.map((fit) => fit.discarded(job.train))),
  }));
  checkFinite('attributeSelf', 'the values', values);
  const looks = fits[0].parameters > 0;
  const warnings = looks ? [...selfWarnings(values), ...roundingWarnings(roundedJob(job))] : [];
  return { ...record(job, fits, clock, discarded, warnings), values };
}

const JOB = [
  ...[
    'method',
    'options',
    'models',
    'trajectories',
    'train',
    'samples',
    'curvatures',
    'runs',
    'now',
    'queries',
    'self',
    'tokens',
    'modules',
  ],
  ...['trainer', 'derivatives'],
];

/** The job with models, parameters and data sets as a person may pass them made ours. */
function asJob(where: string, given: TrainedJob | (AttributionJob & Asked)): CheckedJob & Asked;
function asJob(where: string, given: AttributionJob): CheckedJob;
function asJob(
  where: string,
  given: TrainedJob | (AttributionJob & { readonly queries?: Dataset }),
): CheckedJob & { readonly queries?: Dataset } {
  checkOptions(where, given, JOB, 'job');
  if (given.now !== undefined) checkFunction(where, 'now', given.now);
  const { method, options = {} } = given;
  for (const name of ['tokens', 'modules'] as const)
    if (name in given) checkOptional(where, name, (given as Partial<Asked>)[name]);
  checkObject(where, 'options', options);
  checked(where, method, options);
  const job = isTrainedJob(given) ? { ...given, ...trainedParts(where, given) } : given;
  if (job.curvatures !== undefined) asCurvatures(where, method, options, job.curvatures);
  if (job.samples !== undefined) asList(where, 'samples', job.samples, 'samples, per model,');
  if (job.runs !== undefined) asRuns(where, job.runs);
  if (job.trajectories !== undefined)
    for (const run of asList(where, 'trajectories', job.trajectories, 'training runs')) asRun(where, run);
  const models = asList(where, 'models', job.models, 'fitted models').map((fitted, m): FittedModel => {
    checkObject(where, `models[${m}]`, fitted);
    const model = asModel(where, `models[${m}].model`, fitted.model);
    asLoss(where, `models[${m}].loss`, fitted.loss);
    return { model, loss: fitted.loss, theta: asTheta(where, model, fitted.theta) };
  });
  const train = asExamples(where, 'train', job.train);
  if (!('queries' in job)) return { ...job, models, train };
  return { ...job, models, train, queries: asExamples(where, 'queries', job.queries) };
}

/** @throws {UnsupportedError} a method whose fits are not kept. @throws {DomainError} fits of another method, or under other options. */
function asCurvatures(
  where: string,
  method: MethodName,
  options: MethodOptions,
  curvatures: readonly MethodFit[],
): void {
  const fits = asList(where, 'curvatures', curvatures, 'fitted curvatures');
  checkFitMethod(where, method);
  for (const fit of fits) checkFitOptions(where, METHODS[method], asFitOf(where, method, fit), options);
}

function checkOptional(where: string, name: string, value: unknown): void {
  if (value !== undefined) checkBoolean(where, name, value);
}

function roundedJob(job: CheckedJob & { readonly queries?: Dataset }): RoundedJob {
  const { method, options = {}, models, trajectories, train, queries } = job;
  const { measurement = 'loss' } = options;
  const followed = METHODS[method].needsTrajectory ? trajectories : undefined;
  return { method, measurement, models, trajectories: followed, train, queries };
}

function meanSelf(fits: readonly FittedMethod[]): Vec {
  const parts = fits.map((fit) => fit.selfInfluence());
  return meanMatrix(parts.map((values) => new Matrix(1, values.length, values))).data;
}

/** An {@link Attributor} of the registry. */
export interface MethodAttributor extends Attributor {
  fit(...args: Parameters<Attributor['fit']>): FittedMethod;
}

/**
 * A method of the registry as an {@link Attributor} whose `fit` returns a {@link FittedMethod}: for code that loops over attributors.
 *
 * @param trajectory - For methods with `needsTrajectory`; it must be that of every model that is fitted.
 * @throws {DomainError} | {UnsupportedError} as {@link attribute}.
 * @example methodAttributor('cg', { damping: 1e-3 }).fit(fitted, train).score(queries);
 */
export function methodAttributor<M extends MethodName>(
  method: M,
  options: OptionsOf<M> = {},
  trajectory?: Trajectory,
): MethodAttributor {
  const where = 'methodAttributor';
  checkObject(where, 'options', options);
  const description = checked(where, method, options);
  if (trajectory !== undefined) asRun(where, trajectory);
  if (description.needsTrajectory && trajectory === undefined) throw noTrajectory(description);
  return {
    id: method,
    measurement: (options as MethodOptions).measurement ?? 'loss',
    fit: (fitted, train) =>
      description.fit(options, {
        ...asFittedModel(`${where}.fit`, fitted, train),
        ...(trajectory === undefined ? {} : { trajectory }),
      }),
  };
}

/** One fit per model, or one for all where the method has a rule of its own. */
function fitModels(job: CheckedJob): FittedMethod[] {
  const {
    method,
    options = {},
    models,
    trajectories,
    train,
    samples,
    curvatures,
    runs,
    derivatives,
    trainer,
  } = job;
  const description = checked('attribute', method, options);
  if (models.length === 0) throw new ShapeError('attribute', 'models', 'at least one', 'none');
  for (const [name, list] of Object.entries({ trajectories, curvatures, runs, derivatives }))
    if (list !== undefined && list.length !== models.length)
      throw new ShapeError('attribute', name, `${models.length}, one per model`, `${list.length}`);
  if (description.needsTrajectory && trajectories === undefined) throw noTrajectory(description);
  const named = runs ?? ownRuns(options.seed, models.length);
  const contexts = models.map(
    (fitted, i): MethodContext => ({
      fitted,
      train,
      run: named[i],
      ...given('trajectory', trajectories?.[i]),
      ...given('samples', samples?.[i]),
      ...given('curvature', curvatures?.[i]),
      ...given('derivative', derivatives?.[i]),
      ...given('trainer', trainer),
    }),
  );
  if (description.fitMany !== undefined && contexts.length > 1)
    return [description.fitMany(options, contexts)];
  return contexts.map((context) => description.fit(options, context));
}

/** A part of a record, or none. */
function given<K extends string, T>(name: K, value: T | undefined): { readonly [_ in K]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [_ in K]?: T };
}

function checked(
  where: string,
  method: MethodName,
  options: MethodOptions,
): MethodDescription<MethodOptions> {
  checkOneOf(where, 'method', method, METHOD_NAMES);
  const description: MethodDescription<MethodOptions> = METHODS[method];
  checkMethodOptions(where, description, options);
  checkMeasurement(where, options.measurement ?? 'loss');
  return description;
}

function noTrajectory({ name }: { readonly name: string }): UnsupportedError {
  return new UnsupportedError(
    `attribute: ${name} needs the checkpoints of the training: give a trajectory per model.`,
  );
}

function record(
  job: AttributionJob,
  fits: readonly FittedMethod[],
  clock: Clock,
  discarded: Discarded,
  warnings: readonly string[],
): AttributionRecord {
  const dampings = fits.map((fit) => fit.damping).filter((damping) => damping !== undefined);
  const [{ model }] = job.models;
  return {
    method: job.method,
    sign: 'positive raises on removal',
    scaled: METHODS[job.method].scaled,
    measurement: job.options?.measurement ?? 'loss',
    reduction: 'mean',
    damping: dampings.length === fits.length ? dampings : undefined,
    coverage: { parameters: fits[0].parameters, of: model.parameterCount },
    seed: fits[0].seed,
    models: job.models.length,
    settings: fits.map((fit) => fit.settings),
    seconds: clock.seconds(),
    discarded,
    warnings: [
      ...new Set([...discardedWarnings(discarded), ...fits.flatMap((fit) => fit.warnings), ...warnings]),
    ],
  };
}

/** The mean of each share over the models; null with its reason where one model has none. */
function meanDiscarded(parts: readonly Discarded[]): Discarded {
  const mean = (of: (part: Discarded) => number | null): number | null => {
    const shares = parts.map(of).filter((share) => share !== null);
    return shares.length < parts.length ? null : shares.reduce((a, b) => a + b, 0) / shares.length;
  };
  const { reason } = parts.find((part) => part.reason !== undefined) ?? {};
  return {
    query: mean(({ query }) => query),
    train: mean(({ train }) => train),
    ...(reason === undefined ? {} : { reason }),
  };
}

function meanOfAll(
  parts: readonly DiagnosedScores[],
  of: (part: DiagnosedScores) => Matrix | undefined,
): Matrix | undefined {
  const present = parts.map(of).filter((matrix) => matrix !== undefined);
  return present.length === parts.length ? meanMatrix(present) : undefined;
}

/** √(Σ (s_m − mean)² / (M(M − 1))). */
function spread(parts: readonly DiagnosedScores[], mean: Matrix): Matrix {
  const count = parts.length;
  const out = new Matrix(mean.rows, mean.cols);
  for (const { scores } of parts)
    for (let k = 0; k < out.data.length; k++) out.data[k] += (scores.data[k] - mean.data[k]) ** 2;
  for (let k = 0; k < out.data.length; k++) out.data[k] = Math.sqrt(out.data[k] / (count * (count - 1)));
  return out;
}
