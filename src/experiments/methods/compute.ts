/** @file The worker thread of the comparison: computes one message at a time and stores the result before it answers. */
import { threadId } from 'node:worker_threads';
import type { RetrainingBank } from '../../influence/index.ts';
import { openArchive } from '../better-hessians/reproduce/compute-setting.ts';
import { retrainingBank } from '../better-hessians/results/assemble.ts';
import { type Failure, failureOf } from '../engine/failure.ts';
import type { Folders } from '../engine/folders.ts';
import type { StoredTask } from '../engine/result-form.ts';
import { archiveFolder, logFile } from '../engine/retraining-archive.ts';
import { Store } from '../engine/store.ts';
import { type TaskResult, taskKey } from '../engine/task.ts';
import { CommandError } from '../files/command-error.ts';
import { Retrainer } from '../protocol/retrainer.ts';
import { type SettingConfig, trainingName } from '../protocol/setting.ts';
import { retrainingTask } from '../protocol/tasks.ts';
import { judgeScores } from './judgement.ts';
import type { MethodsMessage, MethodsReply } from './methods-message.ts';
import { decodeNetwork, type TrainedNetwork, trainNetwork } from './network.ts';
import { computeScores, meanScores } from './scores.ts';
import { ldsTask, networkTask, scoresTask, scoreTasks } from './tasks.ts';

let trained: { key: string; retrainer: Retrainer } | undefined;
let judged: { key: string; bank: RetrainingBank } | undefined;

/** Piscina calls this once per message. */
export default function work(message: MethodsMessage): MethodsReply | Failure {
  try {
    compute(message);
    return { kind: 'stored' };
  } catch (error) {
    return failureOf(error);
  }
}

function compute(message: MethodsMessage): void {
  const { setting, folders } = message;
  const store = new Store(folders.store, () => {}); // the main thread has already told of damage
  switch (message.kind) {
    case 'retraining':
      retrainerFor(setting, folders).run(message.subset, message.seed);
      return;
    case 'network':
      store.write(networkTask(setting, message.model), trainNetwork(setting, message.model));
      return;
    case 'scores': {
      const { variant, models } = message;
      const networks = models.map((model) => storedNetwork(setting, model, store));
      store.write(scoresTask(setting, variant, models), computeScores(setting, variant, networks));
      return;
    }
    case 'lds': {
      const { variant, models, size } = message;
      const scores = meanScores(scoreTasks(setting, variant, models).map((task) => stored(task, store)));
      const bank = bankOf(message);
      store.write(ldsTask(setting, variant, models, size), judgeScores(setting, bank, scores));
      return;
    }
  }
}

function storedNetwork(setting: SettingConfig, model: number, store: Store): TrainedNetwork {
  return decodeNetwork(setting, stored(networkTask(setting, model), store));
}

function stored(task: StoredTask, store: Store): TaskResult {
  const result = store.read(task);
  if (result === undefined) throw new CommandError(`${store.file(task)} has vanished.`);
  return result;
}

/** The recorded trainer and open log of the setting at hand. */
function retrainerFor(setting: SettingConfig, folders: Folders): Retrainer {
  const key = taskKey(retrainingTask(setting));
  if (trained?.key !== key) {
    trained?.retrainer.close();
    trained = undefined;
    const log = logFile(archiveFolder(folders.retrainings, trainingName(setting), key), threadId);
    trained = { key, retrainer: new Retrainer(setting, key, log) };
  }
  return trained.retrainer;
}

/** The outcomes of the setting at hand, read once. */
function bankOf({ folders, setting, size }: Extract<MethodsMessage, { kind: 'lds' }>): RetrainingBank {
  const key = `${folders.retrainings} ${taskKey(retrainingTask(setting))} ${size.subsets} ${size.seeds}`;
  if (judged?.key !== key) {
    const archive = openArchive(setting, folders.retrainings, () => {}, false);
    judged = { key, bank: retrainingBank(setting, size, archive) };
  }
  return judged.bank;
}
