/** @file The worker thread: computes one message at a time and stores the result before it answers. */
import { threadId } from 'node:worker_threads';
import { type Failure, failureOf } from '../../engine/failure.ts';
import { archiveFolder, logFile } from '../../engine/retraining-archive.ts';
import { Store } from '../../engine/store.ts';
import { taskKey } from '../../engine/task.ts';
import { Retrainer } from '../../protocol/retrainer.ts';
import { trainingName } from '../../protocol/setting.ts';
import { retrainingTask } from '../../protocol/tasks.ts';
import { computeJob, jobTask } from './job.ts';
import type { Message, Reply } from './message.ts';
import { forgetHessian } from './tasks/exact-hessian.ts';

let current: { key: string; retrainer: Retrainer } | undefined;

/** Piscina calls this once per message. */
export default function work(message: Message): Reply | Failure {
  try {
    return compute(message);
  } catch (error) {
    return failureOf(error);
  }
}

function compute(message: Message): Reply {
  if (message.kind === 'retraining') {
    forgetHessian(); // it may be large, and retrainings take hours
    return { kind: 'retraining', record: retrainerFor(message).run(message.subset, message.seed) };
  }
  const { folders, setting, job } = message;
  const store = new Store(folders.store, () => {}); // the main thread has already told of damage
  store.write(jobTask(setting, job), computeJob(setting, job, store));
  return { kind: 'job' };
}

/** The recorded trainer and open log of the setting at hand; those of another setting are closed. */
function retrainerFor({ folders, setting }: Message): Retrainer {
  const key = taskKey(retrainingTask(setting));
  if (current?.key !== key) {
    current?.retrainer.close();
    current = undefined;
    const log = logFile(archiveFolder(folders.retrainings, trainingName(setting), key), threadId);
    current = { key, retrainer: new Retrainer(setting, key, log) };
  }
  return current.retrainer;
}
