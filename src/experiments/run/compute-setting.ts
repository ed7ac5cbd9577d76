/** @file All computing for one setting: what is stored is read, what is missing goes to the workers. */
import path from 'node:path';
import { retrainingJobs } from '../../influence/index.ts';
import { type SettingConfig, trainingName } from '../config/setting.ts';
import { writeFile } from '../files/atomic-write.ts';
import { archiveFolder, RetrainingArchive } from '../store/retraining-archive.ts';
import type { Store } from '../store/store.ts';
import { type TaskResult, taskKey } from '../store/task.ts';
import { jobTask } from './job.ts';
import type { Folders, Job } from './message.ts';
import { METHODS, type Method, retrainingTask } from './plan.ts';
import type { Progress } from './progress.ts';
import type { Scheduler } from './scheduler.ts';

/** What a setting is computed with. */
export interface RunContext {
  readonly folders: Folders;
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly progress: Progress;
}

/** How many retrainings: K subsets with R seeds each. */
export interface RunSize {
  readonly subsets: number;
  readonly seeds: number;
}

/** Everything computed for one base model. */
export interface NetworkResults {
  readonly base: TaskResult;
  readonly attributions: ReadonlyMap<Method, TaskResult>;
  readonly diagnostics: TaskResult;
}

/** Everything that results and figures of a setting are made from. */
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

/**
 * Computes what is missing of a setting. Jobs of an earlier setting, lower `order`, go first; within a setting the few
 * long jobs go before the many retrainings.
 */
export async function computeSetting(
  setting: SettingConfig,
  size: RunSize,
  order: number,
  context: RunContext,
): Promise<SettingData> {
  const { folders, progress } = context;
  const archive = openArchive(setting, folders.retrainings, progress.note, true);
  describeArchive(archive.folder, setting);
  const [networks] = await Promise.all([
    computeNetworks(setting, 2 * order, context),
    retrain(setting, size, archive, 2 * order + 1, context),
  ]);
  return { setting, size, networks, archive };
}

async function computeNetworks(
  setting: SettingConfig,
  rank: number,
  context: RunContext,
): Promise<NetworkResults[]> {
  const indices = Array.from({ length: setting.baseModels }, (_, i) => i);
  const jobsPerNetwork = METHODS.length + 2;
  const track = context.progress.track(
    `${setting.name} curvature`,
    indices.length * jobsPerNetwork,
    0,
    'uneven',
  );
  const open = new Set<string>();
  const show = (): void => track.label(open.size === 0 ? '' : `to do: ${[...open].join(', ')}`);
  const job = async (work: Job): Promise<TaskResult> => {
    const name = work.kind === 'attribution' ? work.method : work.kind;
    open.add(name);
    show();
    const result = await readThrough(setting, work, rank, context);
    open.delete(name);
    show();
    track.advance();
    return result;
  };
  return Promise.all(
    indices.map(async (model) => {
      const base = await job({ kind: 'base-training', model });
      const [diagnostics, ...scored] = await Promise.all([
        job({ kind: 'diagnostics', model }),
        ...METHODS.map((method) => job({ kind: 'attribution', model, method })),
      ]);
      return { base, diagnostics, attributions: new Map(METHODS.map((method, i) => [method, scored[i]])) };
    }),
  );
}

/** The stored result of a job, computed first when it is not there. */
async function readThrough(
  setting: SettingConfig,
  job: Job,
  rank: number,
  { folders, store, scheduler }: RunContext,
): Promise<TaskResult> {
  const task = jobTask(setting, job);
  const stored = store.read(task);
  if (stored !== undefined) return stored;
  await scheduler.run({ kind: 'job', folders, setting, job }, rank);
  const computed = store.read(task);
  if (computed === undefined) throw new Error(`the result of ${job.kind} vanished from ${store.folder}.`);
  return computed;
}

async function retrain(
  setting: SettingConfig,
  { subsets, seeds }: RunSize,
  archive: RetrainingArchive,
  rank: number,
  { folders, scheduler, progress }: RunContext,
): Promise<void> {
  const jobs = retrainingJobs(subsets, seeds);
  const missing = jobs.filter(({ subset, seed }) => archive.get(subset, seed) === undefined);
  const track = progress.track(`${setting.name} retrainings`, jobs.length, jobs.length - missing.length);
  await Promise.all(
    missing.map(async ({ subset, seed }) => {
      const reply = await scheduler.run({ kind: 'retraining', folders, setting, subset, seed }, rank);
      if (reply.kind === 'retraining') archive.add(reply.record);
      track.advance();
    }),
  );
}

/** For people: what the logs in this folder are of. */
function describeArchive(folder: string, setting: SettingConfig): void {
  const { key, version, config, inputs } = {
    key: taskKey(retrainingTask(setting)),
    ...retrainingTask(setting),
  };
  const text = { key, version, config, inputs, data: setting.data };
  writeFile(path.join(folder, 'setting.json'), `${JSON.stringify(text, null, 2)}\n`);
}
