/** @file Computes one job of the study in a worker: shared ones, or the judgement of one variant. */
import type { Compute } from '../../engine/bench.ts';
import { storedNetwork } from '../../protocol/base-network.ts';
import { bankAtHand } from '../../protocol/retrainings.ts';
import type { RunSize } from '../../protocol/run-size.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { computeShared, type SharedJob } from '../../protocol/shared-jobs.ts';
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

const compute: Compute<StudyJob> = (job, bench) => {
  if (job.kind !== 'variant') return computeShared(job, bench);
  const { setting, variant, size } = job;
  const start = performance.now();
  const networks = Array.from({ length: setting.baseModels }, (_, index) =>
    storedNetwork(setting, index, bench.store),
  );
  const judged = judgeVariant(
    setting,
    variant,
    variantRules(setting, variant),
    networks,
    bankAtHand(setting, size, bench),
  );
  const seconds = (performance.now() - start) / 1000;
  bench.store.write(
    studyTask(setting, variant, size),
    encodeJudged(judged, size.subsets, setting.seed, seconds),
  );
};

export default compute;
