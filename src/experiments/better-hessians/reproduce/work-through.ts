/** @file Works through a plan with a pool of workers, until it is done, stopped, or out of time. */

import type { Folders } from '../../engine/folders.ts';
import { onInterrupt } from '../../engine/interrupt.ts';
import { memoryLimit } from '../../engine/memory-limit.ts';
import type { Progress } from '../../engine/progress.ts';
import { Scheduler } from '../../engine/scheduler.ts';
import { Store } from '../../engine/store.ts';
import { Board, workGroup } from './board.ts';
import { computeSetting, type OrderedContext } from './compute-setting.ts';
import type { Message, Reply } from './message.ts';
import { Outlook } from './outlook.ts';
import { WorkerPool } from './pool.ts';
import type { RunPlan, SettingPlan } from './run-plan.ts';
import { WorkOrder } from './work-order.ts';

const now = (): number => performance.now() / 1000;

/** The evaluation at the end gets at most this share of a time budget. */
const EVALUATION_SHARE = 0.2;

/**
 * Computes what the plan's settings lack, all of them at once, sharing the workers: while the last task of one runs, the
 * next one begins. The setting with the least to do goes first.
 *
 * @param end - When the run should be over, in seconds of `performance.now()`. Nothing begins that would not be done
 * by then with the evaluation behind it; what is in flight is waited for.
 * @throws {CommandError} an interruption, once the retrainings in flight are stored; whatever a task throws.
 */
export async function workThrough(
  plan: RunPlan,
  folders: Folders,
  progress: Progress,
  end: number | undefined,
): Promise<void> {
  const pending = plan.settings
    .filter(({ jobs, retrainings }) => jobs.stored < jobs.total || retrainings.stored < retrainings.total)
    .sort((a, b) => a.seconds - b.seconds);
  if (pending.length === 0) return;
  const pool = new WorkerPool(plan.workers);
  const board = createBoard(plan, pending, progress);
  const stopAt =
    end === undefined ? undefined : end - Math.min(plan.evaluation, EVALUATION_SHARE * (end - now()));
  const scheduler = new Scheduler(pool, {
    memory: memoryLimit(),
    finishes: ({ kind }) => kind === 'retraining',
    watcher: board,
    ...(stopAt === undefined ? {} : { secondsLeft: () => stopAt - now() }),
  });
  const context: OrderedContext = {
    folders,
    store: new Store(folders.store, () => {}), // the plan has already told of damage
    scheduler,
    progress,
    order: new WorkOrder(
      pending.map(({ setting }) => setting.name),
      Math.max(...pending.map(({ size }) => size.seeds)),
    ),
  };
  const interruption = interrupted(scheduler);
  try {
    const all = Promise.all(pending.map((setting) => computeSetting(setting, context)));
    await Promise.race([all, interruption.happened]);
  } catch (error) {
    await scheduler.stop(error instanceof Error ? error : new Error(String(error)));
    throw error;
  } finally {
    board.stop();
    await pool.destroy();
    interruption.dispose();
  }
}

/** A promise that rejects once Ctrl-C was pressed and the retrainings in flight are stored. */
function interrupted(scheduler: Scheduler<Message, Reply>): {
  happened: Promise<never>;
  dispose: () => void;
} {
  let dispose = (): void => {};
  const happened = new Promise<never>((_, reject) => {
    dispose = onInterrupt((reason) => void scheduler.stop(reason).then(() => reject(reason)));
  });
  return { happened, dispose };
}

/** The display, told of everything that is to be done. */
function createBoard(plan: RunPlan, pending: readonly SettingPlan[], progress: Progress): Board {
  const outlook = new Outlook(plan.parallel, plan.evaluation, now);
  for (const { setting, retrainings, retraining, missing, job: expectation } of pending) {
    outlook.expect(
      workGroup({ setting, kind: 'retraining' }),
      retrainings.total - retrainings.stored,
      retraining.seconds,
    );
    for (const job of missing)
      outlook.expect(workGroup({ setting, kind: 'job', job }), 1, expectation(job).seconds);
  }
  return new Board(outlook, progress, plan.workers);
}
