/** @file All computing for one setting: what is stored is read, what is missing goes to the workers. */

import path from 'node:path';
import { retrainingJobs } from '../../../influence/index.ts';
import type { Folders } from '../../engine/folders.ts';
import type { Progress } from '../../engine/progress.ts';
import { archiveFolder, RetrainingArchive } from '../../engine/retraining-archive.ts';
import { OutOfTimeError, type Scheduler } from '../../engine/scheduler.ts';
import type { Store } from '../../engine/store.ts';
import { type TaskResult, taskKey } from '../../engine/task.ts';
import { writeFile } from '../../files/atomic-write.ts';
import { type SettingConfig, trainingName } from '../../protocol/setting.ts';
import { METHODS, type Method, retrainingTask } from '../../protocol/tasks.ts';
import { jobName, settingJobs } from './cost.ts';
import { jobTask } from './job.ts';
import type { Job, Message, Reply } from './message.ts';
import type { RunSize, SettingPlan } from './run-plan.ts';
import type { WorkOrder } from './work-order.ts';

export type { RunSize } from './run-plan.ts';

/** What a setting is computed with. */
export interface RunContext {
  readonly folders: Folders;
  readonly store: Store;
  readonly scheduler: Scheduler<Message, Reply>;
  readonly progress: Progress;
}

/** The same for settings that are worked on in rounds. */
export interface OrderedContext extends RunContext {
  readonly order: WorkOrder;
}

/** Everything computed for one base model. */
export interface NetworkResults {
  readonly base: TaskResult;
  readonly attributions: ReadonlyMap<Method, TaskResult>;
  readonly diagnostics: TaskResult;
}

/** Everything that results and figures of a setting are made from: complete in itself. */
export interface SettingData {
  readonly setting: SettingConfig;
  readonly size: RunSize;
  readonly networks: readonly NetworkResults[];
  readonly archive: RetrainingArchive;
}

/** The archive of a setting's retrainings, as far as it goes. */
export function openArchive(
  setting: SettingConfig,
  folder: string,
  notify: (line: string) => void,
  repair: boolean,
): RetrainingArchive {
  const key = taskKey(retrainingTask(setting));
  return new RetrainingArchive(
    archiveFolder(folder, trainingName(setting), key),
    { key, queries: setting.data.queries },
    notify,
    repair,
  );
}

/** Computes what is missing of a setting, as far as the time suffices; {@link readSetting} tells how far that was. */
export async function computeSetting(plan: SettingPlan, context: OrderedContext): Promise<void> {
  const { setting } = plan;
  const archive = openArchive(setting, context.folders.retrainings, context.progress.note, true);
  describeArchive(archive.folder, setting);
  await Promise.all([computeNetworks(plan, context), retrain(plan, archive, context)]);
}

/**
 * What is stored of a setting, every checksum verified: the base models before the first one that lacks something, and
 * the largest complete rectangle of subsets and seeds within the size. Undefined when that is too little to be judged.
 *
 * @param missing - Told what is lacking, e.g. "hessian of base model 0".
 */
export function readSetting(
  setting: SettingConfig,
  size: RunSize,
  store: Store,
  archive: RetrainingArchive,
  missing: (what: string) => void = () => {},
): SettingData | undefined {
  const networks: NetworkResults[] = [];
  for (let model = 0; model < setting.baseModels; model++) {
    const network = readNetwork(setting, model, store, missing);
    if (network === undefined) break;
    networks.push(network);
  }
  const stored = archive.isComplete(size) ? size : archive.largestRectangle(size);
  if (stored !== size)
    missing(`retrainings: ${stored.subsets} × ${stored.seeds} of ${size.subsets} × ${size.seeds}`);
  if (networks.length === 0 || stored.subsets < 2) return undefined;
  const reached = { ...setting, baseModels: networks.length };
  return { setting: reached, size: { subsets: stored.subsets, seeds: stored.seeds }, networks, archive };
}

function readNetwork(
  setting: SettingConfig,
  model: number,
  store: Store,
  missing: (what: string) => void,
): NetworkResults | undefined {
  const results = new Map<string, TaskResult>();
  for (const job of settingJobs(model + 1).filter((one) => one.model === model)) {
    const result = store.read(jobTask(setting, job));
    if (result === undefined) {
      missing(`${jobName(job)} of base model ${model}`);
      return undefined;
    }
    results.set(jobName(job), result);
  }
  const of = (name: string): TaskResult => results.get(name) as TaskResult;
  return {
    base: of('base-training'),
    diagnostics: of('diagnostics'),
    attributions: new Map(METHODS.map((method) => [method, of(method)])),
  };
}

async function computeNetworks(plan: SettingPlan, context: OrderedContext): Promise<void> {
  const { setting, jobs } = plan;
  if (jobs.stored === jobs.total) return;
  const track = context.progress.track(`${setting.name} curvature`, jobs.total, jobs.stored, 'uneven');
  const compute = async (job: Job): Promise<boolean> => {
    const computed = await computeJob(plan, job, context);
    if (computed === 'now') track.advance();
    return computed !== 'not';
  };
  await Promise.all(
    Array.from({ length: setting.baseModels }, async (_, model) => {
      if (!(await compute({ kind: 'base-training', model }))) return;
      await Promise.all([
        compute({ kind: 'diagnostics', model }),
        ...METHODS.map((method) => compute({ kind: 'attribution', model, method })),
      ]);
    }),
  );
}

/** Has a job computed that is not stored. 'not': there was no time for it. */
async function computeJob(
  { setting, job: expectation }: SettingPlan,
  job: Job,
  { folders, store, scheduler, order }: OrderedContext,
): Promise<'before' | 'now' | 'not'> {
  if (store.read(jobTask(setting, job)) !== undefined) return 'before';
  try {
    const rank = order.ofJob(setting.name, job);
    await scheduler.run({ kind: 'job', folders, setting, job }, rank, expectation(job));
    return 'now';
  } catch (error) {
    if (error instanceof OutOfTimeError) return 'not';
    throw error;
  }
}

async function retrain(
  { setting, size, retraining }: SettingPlan,
  archive: RetrainingArchive,
  { folders, scheduler, progress, order }: OrderedContext,
): Promise<void> {
  const jobs = retrainingJobs(size.subsets, size.seeds);
  const missing = jobs.filter(({ subset, seed }) => archive.get(subset, seed) === undefined);
  if (missing.length === 0) return;
  const track = progress.track(
    `${setting.name} retrainings`,
    jobs.length,
    jobs.length - missing.length,
    'uneven',
  );
  await Promise.all(
    missing.map(async ({ subset, seed }) => {
      try {
        const rank = order.ofRetraining(setting.name, seed);
        await scheduler.run({ kind: 'retraining', folders, setting, subset, seed }, rank, retraining);
        track.advance();
      } catch (error) {
        if (!(error instanceof OutOfTimeError)) throw error;
      }
    }),
  );
}

/** For people: what the logs in this folder are of. */
function describeArchive(folder: string, setting: SettingConfig): void {
  const task = retrainingTask(setting);
  const { version, config, inputs } = task;
  const text = { key: taskKey(task), version, config, inputs, data: setting.data };
  writeFile(path.join(folder, 'setting.json'), `${JSON.stringify(text, null, 2)}\n`);
}
