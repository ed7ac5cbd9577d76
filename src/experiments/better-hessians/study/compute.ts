/** @file Computes one job of the study in a worker: shared ones, or the judgement of one variant. */
import { storing } from '../../engine/bench.ts';
import type { StoredTask } from '../../engine/result-form.ts';
import { storedNetwork } from '../../protocol/base-network.ts';
import { bankAtHand } from '../../protocol/retrainings.ts';
import type { RunSize } from '../../protocol/run-size.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { computeShared, type SharedJob, sharedTask } from '../../protocol/shared-jobs.ts';
import { judgeVariant } from './judge.ts';
import { encodeJudged, studyTask, variantRules } from './study-task.ts';
import type { Variant } from './variant.ts';

/** One variant of one setting, to be judged and stored. */
export interface JudgedVariantJob {
  readonly kind: 'variant';
  readonly setting: SettingConfig;
  readonly variant: Variant;
  readonly size: RunSize;
}

export type StudyJob = SharedJob | JudgedVariantJob;

/** Where a job's result is stored. */
export function storedUnder(job: StudyJob): StoredTask | undefined {
  return job.kind === 'variant' ? studyTask(job.setting, job.variant, job.size) : sharedTask(job);
}

const compute = storing<StudyJob>(storedUnder, (job, bench) => {
  if (job.kind !== 'variant') return computeShared(job, bench);
  const { setting, variant, size } = job;
  const start = performance.now();
  const networks = Array.from({ length: setting.baseModels }, (_, index) =>
    storedNetwork(setting, index, bench.store),
  );
  const bank = bankAtHand(setting, size, bench);
  const judged = judgeVariant(setting, variant, variantRules(setting, variant), networks, bank);
  const extent = { models: setting.baseModels, subsets: size.subsets, seed: setting.seed };
  return encodeJudged(judged, extent, (performance.now() - start) / 1000);
});

export default compute;
