/** @file The scores of one variant as a stored result; a method that refuses or diverges is a result too. */
import type { ClassificationData } from '../../autodiff/index.ts';
import {
  type AttributionResult,
  attribute,
  type ChainSample,
  type Diagnostics,
  InfluenceChain,
  METHODS,
  type MethodName,
  type MethodOptions,
  type SamplingPlan,
  samplingPlan,
  trajectoryRun,
} from '../../influence/index.ts';
import { EigenfluenceError, type Matrix } from '../../linalg/index.ts';
import { arrayOf } from '../engine/stored-array.ts';
import type { TaskResult } from '../engine/task.ts';
import { threadMilliseconds } from '../engine/thread-time.ts';
import { digest, type Json } from '../files/digest.ts';
import { finiteOrNull } from '../files/json-number.ts';
import { meanScores as meanOf, rootMeanSquare } from '../judging/stored-scores.ts';
import { prepareDigits } from '../protocol/data/prepare-digits.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import { settingModel } from '../protocol/setting-model.ts';
import type { TrainedNetwork } from './network.ts';
import { optionsOf } from './published-rule.ts';
import type { Variant } from './variant.ts';

/**
 * Computes the scores of all training examples for all queries. Seconds are of this thread's processor; the rule of `trajectory`, which chooses
 * one run for all networks of a setting, is not among them.
 *
 * @param models - Numbers of the networks: they name the runs of `trajectory`.
 */
export function computeScores(
  setting: SettingConfig,
  variant: Variant,
  networks: readonly TrainedNetwork[],
  models: readonly number[] = networks.map((_, model) => model),
): TaskResult {
  const { train, query } = prepareDigits(setting.data);
  try {
    const run = variant.method === 'trajectory' ? chosenRun(setting, variant.options) : {};
    return timedScores(setting, variant, { networks, models, run }, train, query);
  } catch (error) {
    if (error instanceof EigenfluenceError) return failure(error.message, threadMilliseconds());
    throw error;
  }
}

/**
 * The scores of variants that rest on the same chains, which are run once. Each has the bits that it has by itself, and its seconds, those of the
 * chains included: what it costs whoever wants it alone.
 */
export function computeFromChains(
  setting: SettingConfig,
  variants: readonly Variant[],
  networks: readonly TrainedNetwork[],
): TaskResult[] {
  const { train, query } = prepareDigits(setting.data);
  const start = threadMilliseconds();
  try {
    const options = { ...optionsOf(variants[0]), measurement: setting.measurement };
    const samples = networks.map(({ fitted }) =>
      sampleChains(samplingPlan(options, { fitted, train }, query)),
    );
    const sampled = (threadMilliseconds() - start) / 1000;
    const models = networks.map((_, model) => model);
    return variants.map((variant) => {
      const result = timedScores(setting, variant, { networks, models, run: {}, samples }, train, query);
      const { fit = 0, score = 0 } = result.seconds;
      return failureOf(result) === undefined
        ? { ...result, seconds: { fit, score: score + sampled } }
        : result;
    });
  } catch (error) {
    if (error instanceof EigenfluenceError) return variants.map(() => failure(error.message, start));
    throw error;
  }
}

/** All chains of a plan, one after the other. */
function sampleChains({ problem, settings, target }: SamplingPlan): ChainSample[] {
  return Array.from({ length: settings.chains }, (_, c) => {
    const chain = new InfluenceChain(problem, settings, target, c);
    chain.advance();
    return chain.sample();
  });
}

const RUNS = new Map<string, MethodOptions>();

/** What the rule of `trajectory` chooses on the network and the data of a setting; once for each. */
function chosenRun(setting: SettingConfig, options: MethodOptions): MethodOptions {
  const { model, loss, data } = setting;
  const key = digest({ model, loss, data, options: plain(options) });
  const known = RUNS.get(key);
  if (known !== undefined) return known;
  const { config } = trajectoryRun(settingModel(setting), loss, prepareDigits(data).train, options);
  const { epochs, learningRate: lr, initialisation: init } = config;
  const chosen: MethodOptions = { epochs, lr, init };
  RUNS.set(key, chosen);
  return chosen;
}

/** Networks with their numbers, and what is known of the run of `trajectory`. */
interface Scored {
  readonly networks: readonly TrainedNetwork[];
  readonly models: readonly number[];
  readonly run: MethodOptions;
  /** Chains of each network that were run before. */
  readonly samples?: readonly (readonly ChainSample[])[];
}

function timedScores(
  setting: SettingConfig,
  variant: Variant,
  { networks, models, run, samples }: Scored,
  train: ClassificationData,
  query: ClassificationData,
): TaskResult {
  const start = threadMilliseconds();
  try {
    const result = attribute({
      method: variant.method,
      options: { ...run, ...optionsOf(variant), measurement: setting.measurement },
      models: networks.map(({ fitted }) => fitted),
      runs: models.map((model) => ({ seed: setting.seed, path: ['trajectory', model] })),
      trajectories: networks.map(({ trajectory }) => trajectory),
      ...(samples === undefined ? {} : { samples }),
      train,
      queries: query,
      now: threadMilliseconds,
    });
    if (!result.scores.data.every(Number.isFinite)) return failure('scores that are not finite', start);
    return {
      value: {
        settings: plain(result.settings.map((one) => named(variant.method, one))),
        notes: notes(result),
      },
      arrays: { scores: arrayOf(result.scores) },
      seconds: { fit: result.seconds?.fit ?? 0, score: result.seconds?.score ?? 0 },
    };
  } catch (error) {
    if (error instanceof EigenfluenceError) return failure(error.message, start);
    throw error;
  }
}

function failure(message: string, start: number): TaskResult {
  return {
    value: { failed: message },
    arrays: {},
    seconds: { fit: (threadMilliseconds() - start) / 1000 },
  };
}

/** Why there are no scores, if so. */
export function failureOf({ value }: TaskResult): string | undefined {
  const { failed } = value;
  return typeof failed === 'string' ? failed : undefined;
}

/** Scores [query, train], averaged over results in their order. */
export function meanScores(results: readonly TaskResult[]): Matrix {
  return meanOf(results.map(({ arrays }) => arrays['scores']));
}

/** What the diagnostics say in a few numbers: the worst residual, the largest standard error in units of the spread of scores. */
function notes({ diagnostics, scores, standardErrors }: AttributionResult): { [name: string]: Json } {
  const of = (read: (d: Diagnostics) => ArrayLike<number> | undefined): number | undefined => {
    const all = diagnostics.flatMap((d) => Array.from(read(d) ?? []));
    return all.length === 0 ? undefined : all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  };
  const residual = of((d) => d.residuals);
  const iterations = of((d) => d.iterations);
  return {
    ...(residual === undefined ? {} : { worstResidual: finiteOrNull(residual) }),
    ...(iterations === undefined ? {} : { mostIterations: iterations }),
    ...(standardErrors === undefined
      ? {}
      : { noiseShare: finiteOrNull(rootMeanSquare(standardErrors) / rootMeanSquare(scores)) }),
  };
}

/** Settings without those that stored work does not name. */
function named(method: MethodName, settings: AttributionResult['settings'][number]): Json {
  const implied = new Map(METHODS[method].hyperparameters.map(({ name, implied }) => [name, implied]));
  return plain(Object.fromEntries(Object.entries(settings).filter(([name, value]) => implied.get(name) !== value))); // biome-ignore format: one line
}

/** Plain values only, as JSON keeps them. */
function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
