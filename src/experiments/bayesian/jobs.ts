/** @file The jobs of the experiment, as plain values. */

import type { ChainSample, SamplerSettings } from '../../influence/index.ts';
import type { StoredTask } from '../engine/result-form.ts';
import type { SamplerVariant, SamplingLength } from '../protocol/sampler-variant.ts';
import type { Baseline } from './bif-method.ts';
import { type BifSetting, networkTask } from './bif-setting.ts';
import { baselineTask, samplingTask } from './bif-task.ts';

/** The base network of a setting, to be stored. */
export interface TrainingJob {
  readonly kind: 'base-training';
  readonly setting: BifSetting;
}

/** One retraining, to be appended to the worker's log. */
export interface RetrainingJob {
  readonly kind: 'retraining';
  readonly setting: BifSetting;
  readonly subset: number;
  readonly seed: number;
}

/** One chain of a sampler. The base network of the setting is in the store. */
export interface ChainJob {
  readonly kind: 'chain';
  readonly setting: BifSetting;
  readonly variant: SamplerVariant;
  readonly length: SamplingLength;
  readonly chain: number;
}

/** Scores without sampling, to be stored. */
export interface BaselineJob {
  readonly kind: 'baseline';
  readonly setting: BifSetting;
  readonly baseline: Baseline;
}

export type BifJob = TrainingJob | RetrainingJob | ChainJob | BaselineJob;

/** Where the chains of a sampler are stored together. */
export function chainsTask({ setting, variant, length }: ChainJob): StoredTask {
  return samplingTask(setting, variant, length);
}

/** Where a job's result is stored; chains are merged first, and retrainings end up in a log. */
export function storedUnder(job: BifJob): StoredTask | undefined {
  switch (job.kind) {
    case 'baseline':
      return baselineTask(job.setting, job.baseline);
    case 'base-training':
      return networkTask(job.setting);
    case 'chain':
    case 'retraining':
      return undefined;
  }
}

/** A chain answers with its sample, or with the reason why it was refused. */
export type ChainReply =
  | {
      readonly kind: 'sample';
      readonly sample: ChainSample;
      readonly settings: SamplerSettings;
      readonly seconds: number;
    }
  | { readonly kind: 'refused'; readonly reason: string };

/** Of every job that is not a chain: undefined. */
export type BifReply = ChainReply | undefined;
