/** @file The tasks of the experiment on Bayesian influence on a tiny network: samplers, scores without sampling, times. */

import path from 'node:path';
import {
  commonBaselines,
  gridLength,
  seedSetting,
  timedLength,
} from '../../src/experiments/bayesian/bif-plan.ts';
import { BIF_PROFILES } from '../../src/experiments/bayesian/bif-profile.ts';
import { baselineTask } from '../../src/experiments/bayesian/bif-task.ts';
import { timeMethods } from '../../src/experiments/bayesian/bif-timing.ts';
import compute from '../../src/experiments/bayesian/compute.ts';
import { mergedChains } from '../../src/experiments/bayesian/merge-chains.ts';
import { Bench } from '../../src/experiments/engine/bench.ts';
import { workFolders } from '../../src/experiments/engine/folders.ts';
import type { TaskResult } from '../../src/experiments/engine/task.ts';
import { DEFAULT_SAMPLER } from '../../src/experiments/protocol/sampler-variant.ts';

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
  const bench = new Bench(folders);
  const { store } = bench;
  compute({ kind: 'base-training', setting }, bench);
  const length = gridLength(PROFILE);
  const sampled = SAMPLERS.map((variant) => {
    const replies = Array.from({ length: length.chains }, (_, chain) =>
      compute({ kind: 'chain', setting, variant, length, chain }, bench),
    );
    return mergedChains(replies, setting, store);
  });
  const baselines = [...commonBaselines(PROFILE, SEED), { kind: 'ekfac', lambda: 1e-2 } as const].map(
    (baseline) => {
      compute({ kind: 'baseline', setting, baseline }, bench);
      return store.get(baselineTask(setting, baseline));
    },
  );
  return {
    'bif-sampling': sampled,
    'bif-baseline': baselines,
    'bif-timing': [timeMethods(setting, PROFILE.widths[0], timedLength(PROFILE))],
  };
}
