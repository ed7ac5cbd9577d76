/** @file The worker thread: computes one message at a time and stores the result before it answers. */
import { threadId } from 'node:worker_threads';
import { type EigenOperator, ekfac } from '../../curvature/index.ts';
import { type Failure, failureOf } from '../engine/failure.ts';
import { archiveFolder, logFile } from '../engine/retraining-archive.ts';
import { Store } from '../engine/store.ts';
import { type TaskResult, taskKey } from '../engine/task.ts';
import { CommandError } from '../files/command-error.ts';
import { cutSolutions } from './ablation.ts';
import { followSolver } from './convergence.ts';
import { type Frame, gradientFrame } from './frame.ts';
import { compareDamping } from './implicit-damping.ts';
import { type AstraJob, type AstraMessage, type AstraReply, astraTask } from './message.ts';
import { isSmall } from './method.ts';
import { settingSets, storedProblem, trainNetwork } from './network.ts';
import { AstraRetrainer } from './retrainer.ts';
import { type ScoredNetwork, scoreQueries } from './scores.ts';
import { networkTask, retrainingTask } from './tasks.ts';

let retraining: { key: string; retrainer: AstraRetrainer } | undefined;
let scored: { key: string; network: ScoredNetwork } | undefined;

/** Piscina calls this once per message. */
export default function work(message: AstraMessage): AstraReply | Failure {
  try {
    const { job } = message;
    if (job.kind === 'retraining')
      return { kind: 'retraining', record: retrainerOf(message).run(job.subset, job.seed) };
    const store = new Store(message.folders.store, () => {}); // the main thread has already told of damage
    store.write(astraTask(message.hashed, job), compute(message, job, store));
    return { kind: 'stored' };
  } catch (error) {
    return failureOf(error);
  }
}

function compute(message: AstraMessage, job: AstraJob, store: Store): TaskResult {
  const { setting } = message.hashed;
  if (job.kind === 'network') return trainNetwork(setting, job.model, message.data);
  const network = networkOf(message, job.model, store);
  if (job.kind === 'scores') return scoreQueries(network, job.variant, job.start, job.end);
  const frame = network.frame?.();
  if (frame === undefined) throw new CommandError(`${setting.name} is too large for a study of solvers.`);
  switch (job.kind) {
    case 'convergence':
      return followSolver(frame, setting, job.plan);
    case 'ablation':
      return cutSolutions(frame, setting, job.plan);
    case 'damping':
      return compareDamping(frame, setting, job.plan);
  }
}

/** The base model at hand with what has been computed for it; that of another one is dropped. */
function networkOf({ hashed, data }: AstraMessage, model: number, store: Store): ScoredNetwork {
  const { setting } = hashed;
  const task = networkTask(hashed, model);
  const key = taskKey(task);
  if (scored?.key !== key) {
    scored = undefined; // before computing: two of them need not fit into memory
    const stored = store.read(task);
    if (stored === undefined)
      throw new CommandError(`base model ${model} of ${setting.name} is not in the store.`);
    const problem = storedProblem(setting, stored, data);
    const { query } = settingSets(setting, data);
    const { measurement, fisher } = setting;
    const small = isSmall(setting);
    const network: ScoredNetwork = {
      setting,
      folder: data,
      problem,
      stored,
      preconditioner: once<EigenOperator>(() => ekfac(problem, { fisher })),
      frame: small ? once<Frame>(() => gradientFrame(problem, query, measurement, fisher)) : undefined,
    };
    scored = { key, network };
  }
  return scored.network;
}

/** The recorded trainer and open log of the setting at hand; those of another one are closed. */
function retrainerOf({ folders, hashed, data }: AstraMessage): AstraRetrainer {
  const key = taskKey(retrainingTask(hashed));
  if (retraining?.key !== key) {
    retraining?.retrainer.close();
    retraining = undefined;
    const log = logFile(archiveFolder(folders.retrainings, hashed.setting.name, key), threadId);
    retraining = { key, retrainer: new AstraRetrainer(hashed.setting, data, key, log) };
  }
  return retraining.retrainer;
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
