/** @file Computes one job in a worker. */
import { outcomeMeans, type RetrainingBank } from '../../influence/index.ts';
import { sortColumns } from '../../influence/judging/lds.ts';
import { type Bench, storing } from '../engine/bench.ts';
import { type TaskResult, taskKey } from '../engine/task.ts';
import { CommandError } from '../files/command-error.ts';
import { judgeVariant } from '../judging/judged-predictions.ts';
import { trainOnAll } from '../protocol/base-network.ts';
import { type NetworkSetting, networkSetup } from '../protocol/network-setting.ts';
import { networkSeries, trainingTask } from '../protocol/network-trainings.ts';
import { retrain } from '../protocol/retrainer.ts';
import { openSeries, seriesBank } from '../protocol/retraining-series.ts';
import type { RunSize } from '../protocol/run-size.ts';
import { judgeCurvatures } from './curvatures.ts';
import type { JudgedJob, NetworksJob } from './jobs.ts';
import { storedUnder } from './network-tasks.ts';
import { passageScores } from './passages.ts';
import { predictionsOf } from './stored-predictions.ts';

const compute = storing<NetworksJob>(storedUnder, (job, bench) => {
  const { setting } = job;
  switch (job.kind) {
    case 'retraining':
      retrain(bench, networkSeries(setting), () => networkSetup(setting), job);
      return undefined;
    case 'training':
      return trainOnAll(networkSetup(setting), job.model);
    case 'curvatures': {
      const { theta } = bench.store.get(trainingTask(setting, job.model)).arrays;
      return judgeCurvatures(setting, theta.data, job.subsets);
    }
    case 'judged':
      return judge(job, bench);
    case 'passages': {
      const { theta } = bench.store.get(trainingTask(setting, 0)).arrays;
      return passageScores(setting, theta.data, job.variant);
    }
  }
});

export default compute;

function judge({ setting, rung, variant, models, size }: JudgedJob, bench: Bench): TaskResult {
  const networks = predictionsOf(setting, rung, variant, models, size, bench.store);
  if (networks === undefined)
    throw new CommandError(`${setting.name}: ${rung} has no predictions for ${variant}.`);
  const measured = sortColumns(outcomeMeans(bankAtHand(setting, size, bench), setting.measurement));
  return judgeVariant(measured, networks, setting.seed);
}

/** Stored retrainings, read once by each thread. */
function bankAtHand(setting: NetworkSetting, size: RunSize, bench: Bench): RetrainingBank {
  const series = networkSeries(setting);
  return bench.keep('bank', `${taskKey(series.task)} ${size.subsets} ${size.seeds}`, () =>
    seriesBank(
      series,
      size,
      openSeries(series, bench.folders.retrainings, () => {}, false),
    ),
  );
}
