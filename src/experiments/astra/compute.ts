/** @file Computes one job of the experiment in a worker. */
import { type EigenOperator, ekfac } from '../../curvature/index.ts';
import { type Bench, storing } from '../engine/bench.ts';
import { once } from '../engine/once.ts';
import { type TaskResult, taskKey } from '../engine/task.ts';
import { CommandError } from '../files/command-error.ts';
import { retrain } from '../protocol/retrainer.ts';
import { cutSolutions } from './ablation.ts';
import { followSolver } from './convergence.ts';
import { type Frame, gradientFrame } from './frame.ts';
import { compareDamping } from './implicit-damping.ts';
import { type AstraJob, type StoredJob, storedUnder } from './jobs.ts';
import { isSmall } from './method.ts';
import { astraSetup, settingSets, storedProblem, trainNetwork } from './network.ts';
import { type ScoredNetwork, scoreQueries } from './scores.ts';
import { astraSeries, networkTask } from './tasks.ts';

const compute = storing<AstraJob>(storedUnder, (job, bench) => {
  if (job.kind === 'stored') return resultOf(job, bench);
  const { hashed, data } = job;
  retrain(bench, astraSeries(hashed), () => astraSetup(hashed.setting, data), job);
  return undefined;
});

export default compute;

function resultOf(message: StoredJob, bench: Bench): TaskResult {
  const { job, hashed, data } = message;
  const { setting } = hashed;
  if (job.kind === 'network') return trainNetwork(setting, job.model, data);
  const network = networkOf(message, job.model, bench);
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
function networkOf({ hashed, data }: StoredJob, model: number, bench: Bench): ScoredNetwork {
  const { setting } = hashed;
  const task = networkTask(hashed, model);
  return bench.keep('network', taskKey(task), () => {
    const stored = bench.store.get(task);
    const problem = storedProblem(setting, stored, data);
    const { query } = settingSets(setting, data);
    const { measurement, fisher } = setting;
    return {
      setting,
      folder: data,
      problem,
      stored,
      preconditioner: once<EigenOperator>(() => ekfac(problem, { fisher })),
      frame: isSmall(setting)
        ? once<Frame>(() => gradientFrame(problem, query, measurement, fisher))
        : undefined,
    };
  });
}
