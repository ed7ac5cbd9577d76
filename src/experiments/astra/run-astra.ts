/** @file The whole experiment: settings in; astra.json, tables, figures and a page out. Safe to interrupt and to repeat. */
import path from 'node:path';
import { retrainingJobs } from '../../influence/index.ts';
import { workFolders } from '../engine/folders.ts';
import type { Progress } from '../engine/progress.ts';
import { archiveFolder, RetrainingArchive } from '../engine/retraining-archive.ts';
import type { Store } from '../engine/store.ts';
import { taskKey } from '../engine/task.ts';
import { inWorkFolder } from '../engine/work-folder.ts';
import { writeFile } from '../files/atomic-write.ts';
import { making } from '../judging/versions.ts';
import { publishSupplement } from '../pages/publish.ts';
import { assembleAstra } from './assemble-astra.ts';
import { ASTRA_FILE, ASTRA_FORMAT, type AstraResults, astraDigest } from './astra-results.ts';
import { type Errand, runErrands } from './dispatcher.ts';
import { astraDocument } from './document.ts';
import { astraFigures } from './figures.ts';
import { type AstraJob, type AstraMessage, astraTask, jobLabel, settingJobs } from './message.ts';
import { settingSets } from './network.ts';
import type { AstraSetting, AstraSize } from './setting.ts';
import type { SettingWork } from './setting-work.ts';
import { astraCsv, astraMarkdown } from './tables.ts';
import { networkTask, retrainingTask } from './tasks.ts';

/** A setting with how much of it to compute. */
export interface AstraCase {
  readonly setting: AstraSetting;
  readonly size: AstraSize;
}

export interface AstraRequest {
  readonly cases: readonly AstraCase[];
  readonly workers: number;
  readonly out: string;
  /** Folder of the IDX files. */
  readonly data?: string;
  /** Seconds after which nothing more begins. */
  readonly budget?: number;
  readonly command: string;
}

interface Context {
  readonly request: AstraRequest;
  readonly store: Store;
  readonly progress: Progress;
}

/** Retrainings of one seed stand between two jobs, so that methods and ground truth grow together. */
const FIRST_SEEDS = 5;

/**
 * Runs or continues: base networks, retrainings, scores and studies as stored tasks, then the files, from whatever is complete.
 *
 * @throws {CommandError} a folder in use, data that cannot be read, an interruption. What is stored stays.
 */
export async function runAstra(request: AstraRequest, progress: Progress): Promise<AstraResults> {
  const { out, cases, workers, budget } = request;
  const end = budget === undefined ? undefined : performance.now() / 1000 + budget;
  return await inWorkFolder(out, progress, async ({ store }) => {
    const context = { request, store, progress };
    const works = cases.map((one) => workOf(one, context));
    for (const work of works) await runErrands(errandsOf(work, context), workers, end);
    progress.note('evaluating');
    const results = assemble(works);
    await publish(request, results);
    return results;
  });
}

/** The stored work of a setting; its logs are read and repaired. */
function workOf({ setting, size }: AstraCase, { request, store, progress }: Context): SettingWork {
  const sets = settingSets(setting, request.data);
  const hashed = { setting, data: sets.hash };
  const task = retrainingTask(hashed);
  const key = taskKey(task);
  const folder = archiveFolder(workFolders(request.out).retrainings, setting.name, key);
  const archive = new RetrainingArchive(folder, { key, queries: setting.draw.queries }, progress.note, true);
  writeFile(path.join(folder, 'setting.json'), `${JSON.stringify({ key, ...task, setting }, null, 2)}\n`);
  return { hashed, size, leftOut: sets.leftOut, store, archive };
}

/** What is missing, in order: base networks, the first retrainings, then jobs and rounds of retrainings in turn. */
function errandsOf({ hashed, size, archive, store }: SettingWork, { request, progress }: Context): Errand[] {
  const { name } = hashed.setting;
  const message = (job: AstraMessage['job']): AstraMessage => ({
    folders: workFolders(request.out),
    hashed,
    data: request.data,
    job,
  });
  const jobs = settingJobs(hashed.setting, size);
  const missing = jobs.filter((job) => store.read(astraTask(hashed, job)) === undefined);
  const jobTrack = progress.track(`${name} methods`, jobs.length, jobs.length - missing.length, 'uneven');
  const trained = new Set<number>();
  for (let model = 0; model < size.models; model++)
    if (store.read(networkTask(hashed, model)) !== undefined) trained.add(model);
  const jobErrand = (job: AstraJob): Errand => ({
    message: message(job),
    ...(job.kind === 'network' ? {} : { ready: () => trained.has(job.model) }),
    done: () => {
      if (job.kind === 'network') trained.add(job.model);
      jobTrack.label(jobLabel(job));
      jobTrack.advance();
    },
  });

  const retrainings = retrainingJobs(size.subsets, size.seeds);
  const open = retrainings.filter(({ subset, seed }) => archive.get(subset, seed) === undefined);
  const track = progress.track(
    `${name} retrainings`,
    retrainings.length,
    retrainings.length - open.length,
    'uneven',
  );
  const rounds = Array.from({ length: size.seeds }, (): Errand[] => []);
  for (const { subset, seed } of open)
    rounds[seed].push({
      message: message({ kind: 'retraining', subset, seed }),
      done: (reply) => {
        if (reply.kind === 'retraining') archive.add(reply.record);
        track.advance();
      },
    });
  const networks = missing.filter(({ kind }) => kind === 'network').map(jobErrand);
  const others = missing.filter(({ kind }) => kind !== 'network').map(jobErrand);
  const early = rounds.slice(0, FIRST_SEEDS).flat();
  return [
    ...networks,
    ...early,
    ...woven(
      others,
      rounds.slice(FIRST_SEEDS).filter((round) => round.length > 0),
    ),
  ];
}

/** One job, one round, one job, … and what is left of either. */
function woven(jobs: readonly Errand[], rounds: readonly (readonly Errand[])[]): Errand[] {
  return Array.from({ length: Math.max(jobs.length, rounds.length) }, (_, k) => [
    ...jobs.slice(k, k + 1),
    ...(rounds[k] ?? []),
  ]).flat();
}

function assemble(works: readonly SettingWork[]): AstraResults {
  const settings = works.flatMap((work) => assembleAstra(work) ?? []);
  return {
    format: ASTRA_FORMAT,
    ...making('subsets'),
    seed: works[0].hashed.setting.seed,
    digest: astraDigest(settings),
    settings,
  };
}

async function publish({ out, command }: AstraRequest, results: AstraResults): Promise<void> {
  await publishSupplement(out, {
    figures: results.settings.flatMap(astraFigures),
    tables: new Map([
      ['astra.csv', astraCsv(results)],
      ['astra-tables.md', astraMarkdown(results)],
      ['astra.md', astraDocument(results, command)],
    ]),
    file: ASTRA_FILE,
    value: results,
  });
}
