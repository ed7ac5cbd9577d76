/** @file Computes one job of a run in a worker. */
import { type Bench, storing } from '../../engine/bench.ts';
import type { TaskResult } from '../../engine/task.ts';
import { storedNetwork, trainBaseModel } from '../../protocol/base-network.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { computeShared } from '../../protocol/shared-jobs.ts';
import { type NetworkJob, type ReproduceJob, storedUnder } from './network-job.ts';
import { attribute } from './tasks/attribution.ts';
import { diagnose } from './tasks/diagnostics.ts';
import { HESSIAN_PLACE, keptHessian } from './tasks/exact-hessian.ts';

const compute = storing<ReproduceJob>(storedUnder, (job, bench) => {
  if (job.kind !== 'retraining') return computeNetworkJob(job.setting, job, bench);
  bench.drop(HESSIAN_PLACE); // it may be large, and retrainings take hours
  return computeShared(job, bench);
});

export default compute;

/** Computes a job; the base model that it needs must be in the store. */
export function computeNetworkJob(setting: SettingConfig, job: NetworkJob, bench: Bench): TaskResult {
  if (job.kind === 'base-training') return trainBaseModel(setting, job.model);
  const { problem, key } = storedNetwork(setting, job.model, bench.store);
  const hessian = keptHessian(problem, key, bench);
  return job.kind === 'attribution'
    ? attribute(setting, job.method, problem, hessian)
    : diagnose(setting, problem, hessian);
}
