/** @file The tasks of the experiment on tokens on a tiny transformer: what is not sampled, a sampler, and one that is refused. */
import path from 'node:path';
import { Bench } from '../../src/experiments/engine/bench.ts';
import { workFolders } from '../../src/experiments/engine/folders.ts';
import type { TaskResult } from '../../src/experiments/engine/task.ts';
import compute from '../../src/experiments/tokens/compute.ts';
import { curvatureTask, sampledTask } from '../../src/experiments/tokens/token-tasks.ts';
import { TOKENS_PROFILES, tokensSetting } from '../../src/experiments/tokens/tokens-profile.ts';

const PROFILE = TOKENS_PROFILES.smoke;
const MODEL = 1;

/** Results by task, as the workers answer. */
export function tokensResults(folder: string): Record<'tokens-curvature' | 'tokens-sampled', TaskResult[]> {
  const setting = tokensSetting(PROFILE, 0);
  const bench = new Bench(workFolders(path.join(folder, 'tokens')));
  const { store } = bench;
  const { length } = PROFILE;
  compute({ kind: 'training', setting, model: MODEL }, bench);
  compute({ kind: 'curvature', setting, model: MODEL }, bench);
  const sampled = PROFILE.samplers.map((variant) => {
    compute({ kind: 'sampled', setting, model: MODEL, variant, length }, bench);
    return store.get(sampledTask(setting, MODEL, variant, length));
  });
  return { 'tokens-curvature': [store.get(curvatureTask(setting, MODEL))], 'tokens-sampled': sampled };
}
