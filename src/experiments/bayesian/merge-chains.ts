/** @file From the chains of a sampler to its stored result. */
import {
  bayesianScores,
  type ChainSample,
  evenlySpaced,
  type SamplerSettings,
} from '../../influence/index.ts';
import type { Store } from '../engine/store.ts';
import type { TaskResult } from '../engine/task.ts';
import { numberOrNaN } from '../files/json-number.ts';
import { type BifSetting, bifSetup, networkTask } from './bif-setting.ts';
import { refusedResult, sampledResult } from './bif-task.ts';
import type { BifReply } from './jobs.ts';

/** Chains of one sampler as its stored result; the base network of the setting is in the store. */
export function mergedChains(replies: readonly BifReply[], setting: BifSetting, store: Store): TaskResult {
  const samples: ChainSample[] = [];
  let settings: SamplerSettings | undefined;
  let seconds = 0;
  for (const reply of replies) {
    if (reply?.kind === 'refused') return refusedResult(reply.reason);
    if (reply === undefined) throw new Error('a chain without an answer.');
    samples.push(reply.sample);
    settings = reply.settings;
    seconds += reply.seconds;
  }
  if (settings === undefined) throw new Error('a sampling run without chains.');
  const { train, query } = bifSetup(setting);
  const options = { nBeta: settings.nBeta, watched: evenlySpaced(query.inputs.rows, train.inputs.rows) };
  const startLoss = numberOrNaN(store.read(networkTask(setting))?.value['trainLoss']);
  return sampledResult(
    bayesianScores(samples, { ...options, normalisation: 'covariance' }),
    bayesianScores(samples, { ...options, normalisation: 'correlation' }),
    settings,
    startLoss,
    seconds,
  );
}
