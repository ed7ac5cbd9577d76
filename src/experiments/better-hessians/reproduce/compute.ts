/** @file Computes one job of a run in a worker. */
import type { Compute } from '../../engine/bench.ts';
import { computeShared } from '../../protocol/shared-jobs.ts';
import type { ReproduceJob } from './jobs.ts';
import { computeNetworkJob, networkJobTask } from './network-job.ts';
import { HESSIAN_PLACE } from './tasks/exact-hessian.ts';

const compute: Compute<ReproduceJob> = (job, bench) => {
  if (job.kind === 'retraining') {
    bench.drop(HESSIAN_PLACE); // it may be large, and retrainings take hours
    return computeShared(job, bench);
  }
  bench.store.write(networkJobTask(job.setting, job.job), computeNetworkJob(job.setting, job.job, bench));
};

export default compute;
