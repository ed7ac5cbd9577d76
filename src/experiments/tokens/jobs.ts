/** @file The jobs of the experiment on tokens, as plain values. */
import type { StoredTask } from '../engine/result-form.ts';
import type { NetworkSetting } from '../protocol/network-setting.ts';
import { trainingTask } from '../protocol/network-trainings.ts';
import type { SamplerVariant, SamplingLength } from '../protocol/sampler-variant.ts';
import { curvatureTask, sampledTask } from './token-tasks.ts';

/** Base network number `model`, or what it says without sampling. */
interface NetworkJob {
  readonly kind: 'training' | 'curvature';
  readonly setting: NetworkSetting;
  readonly model: number;
}

/** What it says by a sampler: all its chains. */
export interface SampledJob {
  readonly kind: 'sampled';
  readonly setting: NetworkSetting;
  readonly model: number;
  readonly variant: SamplerVariant;
  readonly length: SamplingLength;
}

/** One retraining, to be appended to the worker's log. */
interface RetrainingJob {
  readonly kind: 'retraining';
  readonly setting: NetworkSetting;
  readonly subset: number;
  readonly seed: number;
}

export type TokensJob = NetworkJob | SampledJob | RetrainingJob;

/** Where a job's result is stored; a retraining ends up in a log. */
export function storedUnder(job: TokensJob): StoredTask | undefined {
  switch (job.kind) {
    case 'training':
      return trainingTask(job.setting, job.model);
    case 'curvature':
      return curvatureTask(job.setting, job.model);
    case 'sampled':
      return sampledTask(job.setting, job.model, job.variant, job.length);
    case 'retraining':
      return undefined;
  }
}
