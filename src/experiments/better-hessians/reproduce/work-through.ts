/** @file Works through a plan, until it is done, stopped, or out of time. */
import type { Laboratory } from '../../engine/laboratory.ts';
import type { Progress } from '../../engine/progress.ts';
import { Board, workGroup } from './board.ts';
import { computeSetting } from './compute-setting.ts';
import type { ReproduceJob } from './network-job.ts';
import { Outlook } from './outlook.ts';
import type { RunPlan, SettingPlan } from './run-plan.ts';
import { WorkOrder } from './work-order.ts';

/** The evaluation at the end gets at most this share of what is left of a time budget. */
const EVALUATION_SHARE = 0.2;

/**
 * Computes what the plan's settings lack, all of them at once, sharing the workers: while the last task of one runs, the
 * next one begins. The setting with the least to do goes first. Nothing begins that would not be done in time with the evaluation
 * behind it.
 */
export async function workThrough(
  plan: RunPlan,
  laboratory: Laboratory<ReproduceJob, undefined>,
): Promise<void> {
  const pending = plan.settings
    .filter(({ jobs, retrainings }) => jobs.stored < jobs.total || retrainings.stored < retrainings.total)
    .sort((a, b) => a.seconds - b.seconds);
  if (pending.length === 0) return;
  const left = laboratory.secondsLeft();
  if (Number.isFinite(left)) laboratory.end -= Math.min(plan.evaluation, EVALUATION_SHARE * left);
  // what other machines do, their engine shows
  const board = laboratory.remote ? undefined : createBoard(plan, pending, laboratory.progress);
  laboratory.watcher = board;
  const order = new WorkOrder(
    pending.map(({ setting }) => setting.name),
    Math.max(...pending.map(({ size }) => size.seeds)),
  );
  try {
    await Promise.all(pending.map((setting) => computeSetting(setting, laboratory, order)));
  } finally {
    board?.stop();
  }
}

/** The display, told of everything that is to be done. */
function createBoard(plan: RunPlan, pending: readonly SettingPlan[], progress: Progress): Board {
  const outlook = new Outlook(plan.parallel, plan.evaluation, () => performance.now() / 1000);
  for (const { setting, retrainings, retraining, missing, job: expectation } of pending) {
    outlook.expect(
      workGroup(setting, { kind: 'retraining' }),
      retrainings.total - retrainings.stored,
      retraining.seconds,
    );
    for (const job of missing) outlook.expect(workGroup(setting, job), 1, expectation(job).seconds);
  }
  return new Board(outlook, progress, plan.workers);
}
