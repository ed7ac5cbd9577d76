/** @file The stored tasks of the experiment: sampled scores, scores without sampling, times. */

import * as v from 'valibot';
import type { BayesianScores, SamplerSettings } from '../../influence/index.ts';
import { finiteArray, type ResultForm, resultForm, type StoredTask } from '../engine/result-form.ts';
import { arrayOf } from '../engine/stored-array.ts';
import { type TaskResult, task, taskKey } from '../engine/task.ts';
import { jsonNumbers } from '../files/json-number.ts';
import { count, finite, nonNegative, recordOf } from '../files/json-schemas.ts';
import { NETWORK_VERSIONS } from '../protocol/network-trainings.ts';
import { SAMPLING_RULES, type SamplerVariant, type SamplingLength } from '../protocol/sampler-variant.ts';
import { PROTOCOL_VERSIONS } from '../protocol/tasks.ts';
import type { Baseline } from './bif-method.ts';
import { type BifSetting, bifData, isDeclared, networkTask } from './bif-setting.ts';

/** Versions of the stored tasks. */
export const BIF_VERSIONS = {
  ...PROTOCOL_VERSIONS,
  ...NETWORK_VERSIONS,
  'bif-sampling': 1,
  'bif-baseline': 1,
  'bif-timing': 1,
} as const;

/** How long is timed. */
export type TimedLength = Omit<SamplingLength, 'chains'>;

/** Sampled scores of base network 0 of a setting. */
export function samplingTask(
  setting: BifSetting,
  variant: SamplerVariant,
  length: SamplingLength,
): StoredTask {
  return {
    ...task(
      BIF_VERSIONS,
      'bif-sampling',
      { ...variant, ...SAMPLING_RULES, ...length, seed: setting.seed },
      inputs(setting),
    ),
    form: sampledForm(setting, length),
  };
}

/** Scores of base network 0 without sampling. */
export function baselineTask(setting: BifSetting, baseline: Baseline): StoredTask {
  const { queries, train } = setting.data;
  return {
    ...task(BIF_VERSIONS, 'bif-baseline', { ...baseline }, inputs(setting)),
    form: resultForm(v.strictObject({ lambda: v.nullable(nonNegative) }), {
      scores: finiteArray(queries, train),
    }),
  };
}

/** Times of BIF and EK-FAC on an untrained network: a perceptron of two hidden layers, or a declared one of another width. */
export function timingTask(setting: BifSetting, width: number, length: TimedLength): StoredTask {
  const shape = isDeclared(setting) ? { architecture: setting.architecture } : { depth: 2 };
  const config = { width, ...shape, ...SAMPLING_RULES, ...length };
  return {
    ...task(BIF_VERSIONS, 'bif-timing', config, { data: bifData(setting) }),
    form: resultForm(v.strictObject({ parameters: count, width: v.literal(width) }), {}, [
      'draw',
      'fit',
      'score',
    ]),
  };
}

function inputs(setting: BifSetting): { readonly [name: string]: string } {
  return { data: bifData(setting), network: taskKey(networkTask(setting)) };
}

/** Figures of a sampling run; null where one is undefined. */
const FIGURES = [
  'nBeta',
  'gamma',
  'stepSize',
  'burnIn',
  'batch',
  'steepness',
  'startLoss',
  'meanLoss',
  'effectiveSampleSize',
  'splitRhat',
  'watchedSize',
  'watchedRhat',
  'relativeError',
  'inflation',
] as const;

const SAMPLED_VALUES = v.union(
  [
    v.strictObject({ ...recordOf(FIGURES, v.nullable(finite)).entries, refused: v.null() }),
    v.strictObject({ refused: v.string() }),
  ],
  'the figures of a sampling run, or why it was refused',
);

/** The form of {@link sampledResult} and {@link refusedResult}. */
function sampledForm({ data: { queries, train } }: BifSetting, { chains }: SamplingLength): ResultForm {
  const scores = finiteArray(queries, train);
  return resultForm(
    SAMPLED_VALUES,
    ({ refused }) =>
      refused === null
        ? {
            covariance: scores,
            correlation: scores,
            lossTraces: finiteArray(chains, { atMost: Number.MAX_SAFE_INTEGER }),
          }
        : {},
    ({ refused }) => (refused === null ? ['cpu'] : []),
  );
}

/** What is kept of a sampling run: both normalisations, error bars, loss traces and figures. */
export function sampledResult(
  covariance: BayesianScores,
  correlation: BayesianScores,
  settings: SamplerSettings,
  startLoss: number,
  seconds: number,
): TaskResult {
  const { scores, standardErrors, diagnostics } = covariance;
  const { lossTraces, effectiveSampleSize, splitRhat, watched, inflation } = diagnostics;
  const mean = (x: Float64Array): number => x.reduce((sum, v) => sum + v, 0) / x.length;
  const size = (x: Float64Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);
  return {
    value: {
      ...jsonNumbers({
        nBeta: settings.nBeta,
        gamma: settings.gamma,
        stepSize: settings.stepSize,
        burnIn: settings.burnIn,
        batch: settings.batch,
        steepness: settings.steepness ?? Number.NaN,
        startLoss,
        meanLoss: mean(lossTraces.data),
        effectiveSampleSize,
        splitRhat,
        watchedSize: Math.min(...watched.map((w) => w.effectiveSampleSize)),
        watchedRhat: Math.max(...watched.map((w) => w.splitRhat)),
        relativeError: size(standardErrors.data) / size(scores.data),
        inflation,
      }),
      refused: null,
    },
    arrays: {
      covariance: arrayOf(scores),
      correlation: arrayOf(correlation.scores),
      lossTraces: arrayOf(lossTraces),
    },
    seconds: { cpu: seconds },
  };
}

/** A sampler whose chain diverged: that is its result. */
export function refusedResult(reason: string): TaskResult {
  return { value: { refused: reason }, arrays: {}, seconds: {} };
}
