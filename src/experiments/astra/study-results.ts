/** @file The studies of the solver as results: convergence, low curvature, implicit damping. */
import type { Bootstrap } from '../../influence/index.ts';
import { matrixOf, sliceOf } from '../engine/stored-array.ts';
import type { StoredArray, TaskResult } from '../engine/task.ts';
import { finiteOrNull } from '../files/json-number.ts';
import { average, median } from '../judging/judge.ts';
import type { AblatedSolver, Ablation, Convergence, ImplicitDamping } from './astra-results.ts';
import { astraTask, type SettingJob } from './jobs.ts';
import { difference, type GroupJudge, scored } from './judge.ts';
import { ablationPlans, convergencePlans, dampingPlan } from './study-plans.ts';
import type { SettingWork } from './tasks.ts';

/** What studies are read from. */
type Stored = Pick<SettingWork, 'hashed' | 'size' | 'store'>;

/** Solvers whose runs are stored. */
export function convergenceResults(work: Stored, judge: GroupJudge): Convergence[] {
  return convergencePlans(work.hashed.setting, work.size.subsets).flatMap((plan): Convergence[] => {
    const result = read(work, { kind: 'convergence', model: 0, plan });
    if (result === undefined) return [];
    const { sweep, iterations, distance, residual, groups, exact } = result.arrays;
    const best = judge(matrixOf(exact));
    const points = Array.from(iterations.data, (iteration, k) => {
      const distances = row(distance, k);
      const here = judge(sliceOf(groups, k));
      return {
        iteration,
        distance: finiteOrNull(average(distances)),
        medianDistance: finiteOrNull(median(distances)),
        residual: finiteOrNull(average(row(residual, k))),
        lds: scored(here),
        minusExact: difference(here, best),
      };
    });
    return [
      {
        solver: plan.solver,
        damping: plan.damping,
        rates: plan.rates,
        sweep: Array.from(sweep.data, finiteOrNull),
        rate: Number(result.value['rate']),
        points,
        exact: scored(best),
      },
    ];
  });
}

/** Null until every solver is stored. */
export function ablationResults(work: Stored, judge: GroupJudge): Ablation | null {
  const plans = ablationPlans(work.hashed.setting, work.size.subsets);
  const runs = plans.map((plan) => ({ plan, result: read(work, { kind: 'ablation', model: 0, plan }) }));
  const [{ plan: first }] = runs;
  const judged = runs.flatMap(({ plan, result }) =>
    result === undefined ? [] : [{ plan, result, lds: ldsOfCuts(result, judge) }],
  );
  const reference = judged.find(({ plan }) => plan.solver.kind === 'ekfac')?.lds;
  if (judged.length < runs.length || reference === undefined) return null;
  return {
    damping: first.damping,
    thresholds: first.thresholds,
    counts: Array.from(judged[0].result.arrays['counts'].data),
    solvers: judged.map(({ plan, result, lds }): AblatedSolver => {
      const { name, label } = plan.solver;
      if (lds === undefined)
        return { name, label, diverged: true, lds: [], minusEkfac: [], gain: [], errors: [] };
      const whole = lds[lds.length - 1];
      return {
        name,
        label,
        diverged: false,
        lds: lds.map(scored),
        minusEkfac: lds.map((one, t) => difference(one, reference[t])),
        gain: lds.map((one) => difference(whole, one)),
        errors: plan.thresholds.map((_, t) => finiteOrNull(median(row(result.arrays['errors'], t)))),
      };
    }),
  };
}

/** Undefined for a solver that diverged. */
function ldsOfCuts({ arrays }: TaskResult, judge: GroupJudge): Bootstrap[] | undefined {
  const groups = arrays['groups'] as StoredArray | undefined;
  if (groups === undefined) return undefined;
  return Array.from({ length: groups.shape[0] }, (_, t) => judge(sliceOf(groups, t)));
}

export function dampingResults(work: Stored, judge: GroupJudge): ImplicitDamping | null {
  const plan = dampingPlan(work.hashed.setting, work.size.subsets);
  const result = read(work, { kind: 'damping', model: 0, plan });
  if (result === undefined) return null;
  const { table, truncated, damped } = result.arrays;
  return {
    damping: plan.damping,
    rows: Array.from({ length: table.shape[0] }, (_, k) => {
      const [alpha, steps, extra, toDamped, toExact] = row(table, k);
      const diverged = Number.isNaN(toDamped);
      const a = diverged ? undefined : judge(sliceOf(truncated, k));
      const b = judge(sliceOf(damped, k));
      return {
        alpha,
        steps,
        extra,
        diverged,
        toDamped: finiteOrNull(toDamped),
        toExact: finiteOrNull(toExact),
        ldsTruncated: scored(a),
        ldsDamped: scored(b),
        difference: a === undefined ? scored(a) : difference(a, b),
      };
    }),
  };
}

function read({ hashed, store }: Stored, job: SettingJob): TaskResult | undefined {
  return store.read(astraTask(hashed, job));
}

function row({ shape, data }: StoredArray, index: number): number[] {
  return Array.from(data.subarray(index * shape[1], (index + 1) * shape[1]));
}
