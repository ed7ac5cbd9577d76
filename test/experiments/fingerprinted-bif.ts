/** @file The tasks of the experiment on Bayesian influence on a tiny network: samplers, scores without sampling, times. */
import path from 'node:path';
import { commonBaselines, gridLength, seedSetting } from '../../src/experiments/bayesian/bif-plan.ts';
import { mergedChains } from '../../src/experiments/bayesian/bif-pool.ts';
import { BIF_PROFILES, DEFAULT_SAMPLER } from '../../src/experiments/bayesian/bif-profile.ts';
import { baselineTask } from '../../src/experiments/bayesian/bif-task.ts';
import { timeMethods } from '../../src/experiments/bayesian/bif-timing.ts';
import work from '../../src/experiments/bayesian/compute.ts';
import { computeJob, jobTask } from '../../src/experiments/better-hessians/reproduce/job.ts';
import { workFolders } from '../../src/experiments/engine/folders.ts';
import { Store } from '../../src/experiments/engine/store.ts';
import type { TaskResult } from '../../src/experiments/engine/task.ts';

const PROFILE = BIF_PROFILES.smoke;
const SEED = 1;
/** The profile's grid has a sampler that is refused; RMSprop is not in it. */
const SAMPLERS = [...PROFILE.grid, { ...DEFAULT_SAMPLER, method: 'rmsprop-sgld' } as const];

/** Results by task, as the workers answer. */
export function bifResults(
  folder: string,
): Record<'bif-sampling' | 'bif-baseline' | 'bif-timing', TaskResult[]> {
  const folders = workFolders(path.join(folder, 'bif'));
  const setting = seedSetting(PROFILE, SEED);
  const store = new Store(folders.store, () => {});
  const job = { kind: 'base-training', model: 0 } as const;
  store.write(jobTask(setting, job), computeJob(setting, job, store));
  const length = gridLength(PROFILE);
  const sampled = SAMPLERS.map((variant) => {
    const replies = Array.from({ length: length.chains }, (_, chain) => {
      const reply = work({ kind: 'chain', folders, setting, variant, length, chain });
      if (reply.kind === 'failure') throw new Error(reply.message);
      return reply;
    });
    return mergedChains(replies, setting, store);
  });
  const baselines = [...commonBaselines(PROFILE, SEED), { kind: 'ekfac', lambda: 1e-2 } as const].map(
    (baseline) => {
      const reply = work({ kind: 'baseline', folders, setting, baseline });
      const result = store.read(baselineTask(setting, baseline));
      if (result === undefined) throw new Error(reply.kind === 'failure' ? reply.message : reply.kind);
      return result;
    },
  );
  return {
    'bif-sampling': sampled,
    'bif-baseline': baselines,
    'bif-timing': [timeMethods(setting, PROFILE.widths[0], PROFILE.timedDraws)],
  };
}
