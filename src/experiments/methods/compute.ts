/** @file Computes one job of the comparison in a worker. */
import type { Compute } from '../engine/bench.ts';
import { bankAtHand } from '../protocol/retrainings.ts';
import { computeShared } from '../protocol/shared-jobs.ts';
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
      store.write(
        ldsTask(setting, variant, models, size),
        judgeScores(setting, bankAtHand(setting, size, bench), scores),
      );
      return;
    }
  }
};

export default compute;
