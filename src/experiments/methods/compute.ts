/** @file Computes one job of the comparison in a worker. */
import { storing } from '../engine/bench.ts';
import { bankAtHand } from '../protocol/retrainings.ts';
import { computeShared } from '../protocol/shared-jobs.ts';
import { type MethodsJob, storedUnder } from './jobs.ts';
import { judgeScores } from './judgement.ts';
import { decodeNetwork, trainNetwork } from './network.ts';
import { computeFromChains, computeScores, meanScores } from './scores.ts';
import { networkTask, scoresTask, scoreTasks } from './tasks.ts';

const compute = storing<MethodsJob>(storedUnder, (job, bench) => {
  const { setting } = job;
  const { store } = bench;
  switch (job.kind) {
    case 'retraining':
      return computeShared(job, bench);
    case 'network':
      return trainNetwork(setting, job.model);
    case 'scores': {
      const { variant, companion, models } = job;
      const networks = models.map((model) => decodeNetwork(setting, store.get(networkTask(setting, model))));
      if (companion === undefined) return computeScores(setting, variant, networks, models);
      const [result, other] = computeFromChains(setting, [variant, companion], networks);
      store.write(scoresTask(setting, companion, models), other);
      return result;
    }
    case 'lds': {
      const scores = meanScores(scoreTasks(setting, job.variant, job.models).map((task) => store.get(task)));
      return judgeScores(setting, bankAtHand(setting, job.size, bench), scores);
    }
  }
});

export default compute;
