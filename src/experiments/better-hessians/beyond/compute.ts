/** @file Computes one approach at one base model in a worker, rule by rule. */
import type { InverseRule } from '../../../curvature/index.ts';
import { storing } from '../../engine/bench.ts';
import type { StoredTask } from '../../engine/result-form.ts';
import { storedNetwork } from '../../protocol/base-network.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { type BaseTraining, computeShared, sharedTask } from '../../protocol/shared-jobs.ts';
import { approachOf } from './approaches.ts';
import { beyondTask, encodeAnswers, judgedNetwork } from './beyond-task.ts';

export type BeyondJob =
  | BaseTraining
  | {
      readonly kind: 'approach';
      readonly setting: SettingConfig;
      readonly model: number;
      /** Its id. */
      readonly approach: string;
      readonly rules: readonly InverseRule[];
      /** Training gradients for Eq. 9. */
      readonly sample: number;
    };

/** Where a job's result is stored: an approach has one for each rule, and stores them itself. */
export function storedUnder(job: BeyondJob): StoredTask | undefined {
  return job.kind === 'approach' ? undefined : sharedTask(job);
}

const compute = storing<BeyondJob>(storedUnder, (job, bench) => {
  if (job.kind === 'base-training') return computeShared(job, bench);
  const { setting, model, sample } = job;
  const { problem, key } = storedNetwork(setting, model, bench.store);
  const network = bench.keep('network', `${key} ${setting.name} ${sample}`, () =>
    judgedNetwork(setting, problem, sample),
  );
  const approach = approachOf(job.approach);
  const answer = approach.prepare(network);
  for (const rule of job.rules)
    bench.store.write(
      beyondTask(setting, model, approach, rule, sample),
      encodeAnswers(network, answer(rule) ?? []),
    );
  return undefined;
});

export default compute;
