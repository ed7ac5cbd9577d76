/** @file The tasks of the ASTRA experiment on 24 mixtures of Concrete: network, retraining, every method, the three studies. */
import { cutSolutions } from '../../src/experiments/astra/ablation.ts';
import { followSolver } from '../../src/experiments/astra/convergence.ts';
import { compareDamping } from '../../src/experiments/astra/implicit-damping.ts';
import { variantsOf } from '../../src/experiments/astra/method.ts';
import { astraSetup, trainNetwork } from '../../src/experiments/astra/network.ts';
import { scoreQueries } from '../../src/experiments/astra/scores.ts';
import { ablationPlans, convergencePlans, dampingPlan } from '../../src/experiments/astra/study-plans.ts';
import { astraSeries } from '../../src/experiments/astra/tasks.ts';
import type { TaskResult } from '../../src/experiments/engine/task.ts';
import { TINY, tinyNetwork } from './astra-setting.ts';
import { retrained } from './retrained.ts';

const MASKS = 3;

/** Results by task. Studies take a few steps, and a step size of each diverges. */
export function astraResults(
  folder: string,
): Record<
  | 'astra-network'
  | 'astra-retraining'
  | 'astra-scores'
  | 'astra-convergence'
  | 'astra-ablation'
  | 'astra-damping',
  TaskResult[]
> {
  const stored = trainNetwork(TINY, 1, undefined);
  const series = astraSeries({ setting: TINY, data: 'ab'.repeat(32) });
  const [{ values }] = retrained(folder, series, () => astraSetup(TINY, undefined), [{ subset: 1, seed: 1 }]);
  const vector = (data: Float64Array): { shape: number[]; data: Float64Array } => ({
    shape: [data.length],
    data,
  });
  // under the names that the second measurement had when this was noted
  const record = {
    value: {},
    arrays: { losses: vector(values['loss']), margins: vector(values['absolute-error']) },
    seconds: {},
  };

  const network = tinyNetwork(stored);
  const frame = network.frame();
  const variants = variantsOf(TINY);
  const onFrame = ['astra', 'astra-auto', 'lissa'];
  return {
    'astra-network': [stored],
    'astra-retraining': [record],
    'astra-scores': [
      ...variants.map((variant) => scoreQueries(network, variant, 0, TINY.draw.queries)),
      // as for networks whose gradients do not fit into memory
      ...variants
        .filter(({ method }) => onFrame.includes(method))
        .map((variant) => scoreQueries({ ...network, frame: undefined }, variant, 0, 2)),
    ],
    'astra-convergence': convergencePlans(TINY, MASKS).map((plan) =>
      followSolver(frame, TINY, { ...plan, rates: [1e4, 0.1, 0.01], checks: [0, 2, 12], sweepQueries: 2 }),
    ),
    'astra-ablation': ablationPlans(TINY, MASKS).flatMap((plan) =>
      [plan.solver, ...(plan.solver.kind === 'sni' ? [{ ...plan.solver, alpha: 1e4 }] : [])].map((solver) =>
        cutSolutions(frame, TINY, { ...plan, damping: 0.05, solver }),
      ),
    ),
    'astra-damping': [
      compareDamping(frame, TINY, { ...dampingPlan(TINY, MASKS), steps: [5, 20], alphas: [50, 0.02] }),
    ],
  };
}
