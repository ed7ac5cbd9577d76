/** @file The study's worker thread: judges one variant at a time and stores the result before it answers. */
import type { RetrainingBank } from '../../../influence/index.ts';
import { type Failure, failureOf } from '../../engine/failure.ts';
import { Store } from '../../engine/store.ts';
import { taskKey } from '../../engine/task.ts';
import { CommandError } from '../../files/command-error.ts';
import { settingModel } from '../../protocol/base-network.ts';
import { prepareDigits } from '../../protocol/data/prepare-digits.ts';
import { baseTrainingTask, retrainingTask } from '../../protocol/tasks.ts';
import { openArchive } from '../reproduce/compute-setting.ts';
import { retrainingBank } from '../results/assemble.ts';
import { type BaseNetwork, judgeVariant } from './judge.ts';
import type { StudyMessage, StudyReply } from './study-message.ts';
import { encodeJudged, studyTask, variantRules } from './study-task.ts';

let current: { key: string; bank: RetrainingBank } | undefined;

/** Piscina calls this once per message. */
export default function work(message: StudyMessage): StudyReply | Failure {
  try {
    judge(message);
    return { kind: 'stored' };
  } catch (error) {
    return failureOf(error);
  }
}

function judge(message: StudyMessage): void {
  const { folders, setting, variant, size } = message;
  const start = performance.now();
  const store = new Store(folders.store, () => {}); // the main thread has already told of damage
  const networks = storedNetworks(message, store);
  const rules = variantRules(setting, variant);
  const judged = judgeVariant(setting, variant, rules, networks, bankOf(message));
  const seconds = (performance.now() - start) / 1000;
  store.write(studyTask(setting, variant, size), encodeJudged(judged, size.subsets, setting.seed, seconds));
}

function storedNetworks({ setting }: StudyMessage, store: Store): BaseNetwork[] {
  const { train } = prepareDigits(setting.data);
  const model = settingModel(setting);
  return Array.from({ length: setting.baseModels }, (_, index) => {
    const task = baseTrainingTask(setting, index);
    const stored = store.read(task);
    if (stored === undefined)
      throw new CommandError(`base model ${index} of ${setting.name} is not in the store.`);
    const problem = { model, loss: setting.loss, theta: stored.arrays['theta'].data, data: train };
    return { problem, key: taskKey(task) };
  });
}

/** The outcomes of the setting at hand, read once. */
function bankOf({ folders, setting, size }: StudyMessage): RetrainingBank {
  const key = `${taskKey(retrainingTask(setting))} ${size.subsets} ${size.seeds}`;
  if (current?.key !== key) {
    const archive = openArchive(setting, folders.retrainings, () => {}, false);
    current = { key, bank: retrainingBank(setting, size, archive) };
  }
  return current.bank;
}
