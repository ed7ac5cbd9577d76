/** @file The worker threads of the experiment, and sampling runs whose chains they share. */
import {
  bayesianScores,
  type ChainSample,
  evenlySpaced,
  type SamplerSettings,
} from '../../influence/index.ts';
import type { Folders } from '../engine/folders.ts';
import type { Store } from '../engine/store.ts';
import type { TaskResult } from '../engine/task.ts';
import { Threads } from '../engine/threads.ts';
import { numberOrNaN } from '../files/json-number.ts';
import { prepareDigits } from '../protocol/data/prepare-digits.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import { baseTrainingTask } from '../protocol/tasks.ts';
import type { BifMessage, BifReply } from './bif-message.ts';
import type { Baseline } from './bif-method.ts';
import type { SamplerVariant } from './bif-profile.ts';
import { refusedResult, type SamplingLength, sampledResult, samplingTask } from './bif-task.ts';

/** Where results go. */
interface Context {
  readonly folders: Folders;
  readonly store: Store;
}

/** The threads of the experiment. */
export class BifPool extends Threads<BifMessage, BifReply> {
  constructor(size: number) {
    super(new URL('./compute.ts', import.meta.url), size);
  }

  /** Has scores without sampling computed and stored. @throws {CommandError} what the worker failed at. */
  async baseline({ folders }: Context, setting: SettingConfig, baseline: Baseline): Promise<void> {
    await this.run({ kind: 'baseline', folders, setting, baseline });
  }

  /** Runs all chains of a sampler, in parallel, and stores what they amount to; a refused chain refuses the run. */
  async sample(
    { folders, store }: Context,
    setting: SettingConfig,
    variant: SamplerVariant,
    length: SamplingLength,
  ): Promise<void> {
    const replies = await Promise.all(
      Array.from({ length: length.chains }, (_, chain) =>
        this.run({ kind: 'chain', folders, setting, variant, length, chain }),
      ),
    );
    store.write(samplingTask(setting, variant, length), mergedChains(replies, setting, store));
  }
}

/** Chains of one sampler as its stored result; the base network of the setting is in the store. */
export function mergedChains(replies: readonly BifReply[], setting: SettingConfig, store: Store): TaskResult {
  const samples: ChainSample[] = [];
  let settings: SamplerSettings | undefined;
  let seconds = 0;
  for (const reply of replies) {
    if (reply.kind === 'refused') return refusedResult(reply.reason);
    if (reply.kind !== 'sample') throw new Error(`a chain was answered by ${reply.kind}.`);
    samples.push(reply.sample);
    settings = reply.settings;
    seconds += reply.seconds;
  }
  if (settings === undefined) throw new Error('a sampling run without chains.');
  const { train, query } = prepareDigits(setting.data);
  const options = { nBeta: settings.nBeta, watched: evenlySpaced(query.inputs.rows, train.inputs.rows) };
  const startLoss = numberOrNaN(store.read(baseTrainingTask(setting, 0))?.value['trainLoss']);
  return sampledResult(
    bayesianScores(samples, { ...options, normalisation: 'covariance' }),
    bayesianScores(samples, { ...options, normalisation: 'correlation' }),
    settings,
    startLoss,
    seconds,
  );
}
