/** @file One solver along its iterations: distance to the minimum, residual, scores of groups. */

import { astra, type StochasticSolution, stochasticNeumann } from '../../influence/index.ts';
import { type Matrix, mean } from '../../linalg/index.ts';
import { arrayOf } from '../engine/stored-array.ts';
import type { TaskResult } from '../engine/task.ts';
import { timed } from '../engine/timed.ts';
import type { Frame } from './frame.ts';
import { subsetsOf } from './groups.ts';
import type { AstraSetting } from './setting.ts';
import type { ConvergencePlan } from './study-plans.ts';
import {
  exactSolutions,
  firstQueries,
  groupsOf,
  lossAndResidual,
  observed,
  type System,
  systemOf,
  unlessDiverged,
} from './system.ts';

/**
 * Chooses the learning rate by a sweep, then runs the best one on all queries. Distances to the minimum are
 * (h(x) − h(x*)) / |h(x*)|, which is ‖x − x*‖² / ‖x*‖² in the norm of G + λI, and 1 for x = 0.
 *
 * Arrays: `sweep` [rates], NaN where a rate diverged; `iterations`; `distance`, `residual` [checks, Q]; `groups` [checks, Q, K];
 * `exact` [Q, K].
 */
export function followSolver(frame: Frame, setting: AstraSetting, plan: ConvergencePlan): TaskResult {
  const { solver, damping, rates, checks, batch, sweepQueries } = plan;
  const seconds: { [stage: string]: number } = {};
  const subsets = subsetsOf(setting, plan.subsets);
  const system = systemOf(frame, solver === 'astra' ? 'rotated' : 'span', {
    subsets,
    batch,
    seed: setting.seed,
  });
  const exact = timed(seconds, 'exact', () => exactSolutions(system, damping));
  const least = lossAndResidual(system, damping, exact.x).loss;
  const distances = (losses: Float64Array): Float64Array =>
    losses.map((h, q) => (h - least[q]) / Math.abs(least[q]));

  const last = checks[checks.length - 1];
  const some = firstQueries(system, sweepQueries);
  const sweep = timed(seconds, 'sweep', () =>
    rates.map((rate) => {
      const end = unlessDiverged(() => descend(frame, some, plan, rate, last));
      return end === undefined ? Number.NaN : mean(distances(lossAndResidual(some, damping, end.x).loss));
    }),
  );
  const best = sweep.reduce(
    (at, value, k) => (!(value >= sweep[at]) && !Number.isNaN(value) ? k : at),
    firstNumber(sweep),
  );

  const rows = system.b.rows;
  const seen = { distance: [] as number[], residual: [] as number[], groups: [] as number[] };
  const see = (iterate: Matrix): void => {
    const { loss, residual } = lossAndResidual(system, damping, iterate);
    seen.distance.push(...distances(loss));
    seen.residual.push(...residual);
    seen.groups.push(...groupsOf(system, iterate).data);
  };
  const watched = {
    ...system,
    source: observed(system.source, new Set(checks), (_, iterate) => see(iterate)),
  };
  const solution = timed(seconds, 'run', () =>
    unlessDiverged(() => descend(frame, watched, plan, rates[best], last)),
  );
  if (solution !== undefined) see(solution.x);
  const reached = seen.distance.length / rows;
  return {
    value: {
      rate: rates[best],
      diverged: solution === undefined,
      exactResidual: Math.max(...exact.residuals),
    },
    arrays: {
      sweep: arrayOf(Float64Array.from(sweep)),
      iterations: arrayOf(Float64Array.from(checks.slice(0, reached))),
      distance: { shape: [reached, rows], data: Float64Array.from(seen.distance) },
      residual: { shape: [reached, rows], data: Float64Array.from(seen.residual) },
      groups: { shape: [reached, rows, subsets.length], data: Float64Array.from(seen.groups) },
      exact: arrayOf(groupsOf(system, exact.x)),
    },
    seconds,
  };
}

/** No momentum and no schedule, as in Figure 3. */
function descend(
  frame: Frame,
  { source, b }: System,
  { solver, damping }: ConvergencePlan,
  alpha: number,
  iterations: number,
): StochasticSolution {
  const options = { damping, alpha, iterations, momentum: 0, checkEvery: Math.max(iterations, 1) };
  return solver === 'astra'
    ? astra(source, b, frame.preconditioner, { ...options, decay: 'none' })
    : stochasticNeumann(source, b, options);
}

function firstNumber(values: readonly number[]): number {
  return Math.max(
    0,
    values.findIndex((value) => !Number.isNaN(value)),
  );
}
