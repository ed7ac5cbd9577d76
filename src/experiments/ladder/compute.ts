/** @file Computes one job of the ladder in a worker. */

import type { Matrix } from '../../linalg/index.ts';
import { type Bench, storing } from '../engine/bench.ts';
import type { TaskResult } from '../engine/task.ts';
import { CommandError } from '../files/command-error.ts';
import { judgeVariant, variantOf } from '../judging/judged-predictions.ts';
import type { AnySetting } from '../protocol/any-setting.ts';
import { bankAtHand } from '../protocol/retrainings.ts';
import { computeShared } from '../protocol/shared-jobs.ts';
import type { JudgedJob, LadderJob } from './jobs.ts';
import { type Choice, choiceOf, choiceTask, predictionsTask, storedUnder } from './ladder-task.ts';
import { measuredFor } from './measured.ts';
import { chooseRun, predict } from './predictions.ts';
import { respond } from './response.ts';
import { SCORES, variantsOf } from './rungs.ts';

const compute = storing<LadderJob>(storedUnder, (job, bench) => {
  switch (job.kind) {
    case 'retraining':
      return computeShared(job, bench);
    case 'choice':
      return chooseRun(job.setting);
    case 'predictions':
      return predict(job, choiceAt(job.setting, bench));
    case 'response':
      return respond(job, choiceAt(job.setting, bench));
    case 'judged':
      return judge(job, bench);
  }
});

export default compute;

const choiceAt =
  (setting: AnySetting, { store }: Bench) =>
  (): Choice =>
    choiceOf(store.get(choiceTask(setting)).value);

function judge({ setting, source, variant, models, size }: JudgedJob, bench: Bench): TaskResult {
  const variants = source.kind === 'run' ? [SCORES] : variantsOf(source.of);
  const networks = Array.from({ length: models }, (_, model): Matrix => {
    const task = predictionsTask({ setting, source, model, subsets: size.subsets });
    const found = variantOf(bench.store.get(task).arrays['predictions'], variants.indexOf(variant));
    if (found === undefined) throw new CommandError(`${setting.name}: ${variant} has no predictions.`);
    return found;
  });
  return judgeVariant(measuredFor(setting, source, bankAtHand(setting, size, bench)), networks, setting.seed);
}
