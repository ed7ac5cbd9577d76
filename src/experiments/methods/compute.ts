/** @file Computes one job of the comparison in a worker. */
import type { RetrainingBank } from '../../influence/index.ts';
import type { Bench, Compute } from '../engine/bench.ts';
import { taskKey } from '../engine/task.ts';
import { openArchive, retrainingBank } from '../protocol/retrainings.ts';
import { computeShared } from '../protocol/shared-jobs.ts';
import { retrainingTask } from '../protocol/tasks.ts';
import type { MethodsJob } from './jobs.ts';
import { judgeScores } from './judgement.ts';
import { decodeNetwork, trainNetwork } from './network.ts';
import { computeScores, meanScores } from './scores.ts';
import { ldsTask, networkTask, scoresTask, scoreTasks } from './tasks.ts';

const compute: Compute<MethodsJob> = (job, bench) => {
  const { setting } = job;
  const { store } = bench;
  switch (job.kind) {
    case 'retraining':
      return computeShared(job, bench);
    case 'network':
      store.write(networkTask(setting, job.model), trainNetwork(setting, job.model));
      return;
    case 'scores': {
      const { variant, models } = job;
      const networks = models.map((model) => decodeNetwork(setting, store.get(networkTask(setting, model))));
      store.write(scoresTask(setting, variant, models), computeScores(setting, variant, networks));
      return;
    }
    case 'lds': {
      const { variant, models, size } = job;
      const scores = meanScores(scoreTasks(setting, variant, models).map((task) => store.get(task)));
      store.write(ldsTask(setting, variant, models, size), judgeScores(setting, bankOf(job, bench), scores));
      return;
    }
  }
};

export default compute;

/** The outcomes of the setting at hand, read once. */
function bankOf({ setting, size }: Extract<MethodsJob, { kind: 'lds' }>, bench: Bench): RetrainingBank {
  const key = `${taskKey(retrainingTask(setting))} ${size.subsets} ${size.seeds}`;
  return bench.keep('bank', key, () =>
    retrainingBank(
      setting,
      size,
      openArchive(setting, bench.folders.retrainings, () => {}, false),
    ),
  );
}
