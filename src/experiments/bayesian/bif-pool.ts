/** @file The worker threads of the experiment, and sampling runs whose chains they share. */
import { Piscina } from 'piscina';
import {
  bayesianScores,
  type ChainSample,
  evenlySpaced,
  type SamplerSettings,
} from '../../influence/index.ts';
import { CommandError } from '../command-error.ts';
import type { SettingConfig } from '../config/setting.ts';
import { prepareDigits } from '../digits/prepare.ts';
import { numberOrNaN } from '../results/json-number.ts';
import type { Folders } from '../run/message.ts';
import { baseTrainingTask } from '../run/plan.ts';
import { workerArguments } from '../run/pool.ts';
import type { Store } from '../store/store.ts';
import type { TaskResult } from '../store/task.ts';
import type { BifMessage, BifReply } from './bif-message.ts';
import type { Baseline } from './bif-method.ts';
import type { SamplerVariant } from './bif-profile.ts';
import { refusedResult, type SamplingLength, sampledResult, samplingTask } from './bif-task.ts';

/** Where results go. */
interface Context {
  readonly folders: Folders;
  readonly store: Store;
}

/** A fixed number of threads. */
export class BifPool {
  private readonly piscina: Piscina<BifMessage, BifReply>;

  constructor(size: number) {
    this.piscina = new Piscina<BifMessage, BifReply>({
      filename: new URL('./bif-worker.ts', import.meta.url).href,
      minThreads: size,
      maxThreads: size,
      execArgv: workerArguments(),
    });
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
    store.write(samplingTask(setting, variant, length), merged(replies, setting, store));
  }

  /** Ends the workers at once; what is stored stays. */
  async destroy(): Promise<void> {
    await this.piscina.destroy();
  }

  private async run(message: BifMessage): Promise<BifReply> {
    const reply = await this.piscina.run(message);
    if (reply.kind !== 'failure') return reply;
    const error = new CommandError(reply.message);
    error.stack = reply.stack;
    throw error;
  }
}

function merged(replies: readonly BifReply[], setting: SettingConfig, store: Store): TaskResult {
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
