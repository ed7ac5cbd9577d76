/** @file Computes one job of the comparison in a worker. */
import { storing } from '../engine/bench.ts';
import { bankAtHand } from '../protocol/retrainings.ts';
import { computeShared } from '../protocol/shared-jobs.ts';
import { type MethodsJob, storedUnder } from './jobs.ts';
import { judgeScores } from './judgement.ts';
import { decodeNetwork, trainNetwork } from './network.ts';
import { computeScores, meanScores } from './scores.ts';
import { networkTask, scoreTasks } from './tasks.ts';

const compute = storing<MethodsJob>(storedUnder, (job, bench) => {
  const { setting } = job;
  const { store } = bench;
  switch (job.kind) {
    case 'retraining':
      return computeShared(job, bench);
    case 'network':
      return trainNetwork(setting, job.model);
    case 'scores':
      return computeScores(
        setting,
        job.variant,
        job.models.map((model) => decodeNetwork(setting, store.get(networkTask(setting, model)))),
        job.models,
      );
    case 'lds': {
      const scores = meanScores(scoreTasks(setting, job.variant, job.models).map((task) => store.get(task)));
      return judgeScores(setting, bankAtHand(setting, job.size, bench), scores);
    }
  }
});

export default compute;
