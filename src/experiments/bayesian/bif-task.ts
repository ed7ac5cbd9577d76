/** @file The stored tasks of the experiment: sampled scores, scores without sampling, times. */
import {
  type BayesianScores,
  SAMPLER_BATCH,
  type SamplerSettings,
  STEPS_PER_DRAW,
} from '../../influence/index.ts';
import type { SettingConfig } from '../config/setting.ts';
import { prepareDigits } from '../digits/prepare.ts';
import { jsonNumbers } from '../results/json-number.ts';
import { baseTrainingTask } from '../run/plan.ts';
import { type Task, type TaskResult, task, taskKey } from '../store/task.ts';
import type { Baseline } from './bif-method.ts';
import type { SamplerVariant } from './bif-profile.ts';

/** How long a variant is sampled. */
export interface SamplingLength {
  readonly chains: number;
  readonly draws: number;
}

/** Rules of the library that results depend on: with others they are computed again. */
const RULES = { batch: SAMPLER_BATCH, stepsPerDraw: STEPS_PER_DRAW };

/** Sampled scores of base network 0 of a setting. */
export function samplingTask(setting: SettingConfig, variant: SamplerVariant, length: SamplingLength): Task {
  return task('bif-sampling', { ...variant, ...length, ...RULES, seed: setting.seed }, inputs(setting));
}

/** Scores of base network 0 without sampling. */
export function baselineTask(setting: SettingConfig, baseline: Baseline): Task {
  return task('bif-baseline', { ...baseline }, inputs(setting));
}

/** Times of BIF and EK-FAC on an untrained network of two hidden layers. */
export function timingTask(setting: SettingConfig, width: number, draws: number): Task {
  return task('bif-timing', { width, draws, depth: 2, ...RULES }, { data: prepareDigits(setting.data).hash });
}

function inputs(setting: SettingConfig): { readonly [name: string]: string } {
  return { data: prepareDigits(setting.data).hash, network: taskKey(baseTrainingTask(setting, 0)) };
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
  const { rows, cols } = scores;
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
      covariance: { shape: [rows, cols], data: scores.data },
      correlation: { shape: [rows, cols], data: correlation.scores.data },
      lossTraces: { shape: [lossTraces.rows, lossTraces.cols], data: lossTraces.data },
    },
    seconds: { cpu: seconds },
  };
}

/** A sampler whose chain diverged: that is its result. */
export function refusedResult(reason: string): TaskResult {
  return { value: { refused: reason }, arrays: {}, seconds: {} };
}
