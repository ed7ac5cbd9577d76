/** @file The experiment of Wang et al.: settings in; astra.json, tables, figures and a page out. */
import type { Experiment, Request, Work } from '../engine/experiment.ts';
import type { Laboratory, ListedJob } from '../engine/laboratory.ts';
import { settingsDigest } from '../judging/results-file.ts';
import { making } from '../judging/versions.ts';
import { publishSupplement } from '../pages/publish.ts';
import {
  describeSeries,
  loggedSeries,
  missingRetrainings,
  openSeries,
} from '../protocol/retraining-series.ts';
import { isRetraining } from '../protocol/shared-jobs.ts';
import { assembleAstra } from './assemble-astra.ts';
import { ASTRA_FILE, ASTRA_FORMAT, type AstraResults } from './astra-results.ts';
import { astraDocument } from './document.ts';
import { astraFigures } from './figures.ts';
import { type AstraJob, astraTask, jobLabel, type SettingJob, settingJobs, storedUnder } from './jobs.ts';
import { settingSets } from './network.ts';
import type { AstraSetting, AstraSize } from './setting.ts';
import { strongestFigure } from './strongest-figure.ts';
import { astraCsv, astraMarkdown } from './tables.ts';
import { ASTRA_VERSIONS, astraSeries, networkTask, type SettingWork } from './tasks.ts';

/** A setting with how much of it to compute. */
export interface AstraCase {
  readonly setting: AstraSetting;
  readonly size: AstraSize;
}

export interface AstraRequest extends Request {
  readonly cases: readonly AstraCase[];
  /** Folder of the IDX files. */
  readonly data?: string;
  readonly command: string;
}

/** Retrainings of one seed stand between two jobs, so that methods and ground truth grow together. */
const FIRST_SEEDS = 5;

type AstraLaboratory = Laboratory<AstraJob, undefined>;
type Listed = ListedJob<AstraJob, undefined>;

/** Base networks, retrainings, scores and studies as stored tasks, then the files, from whatever is complete. */
export const ASTRA_EXPERIMENT: Experiment<AstraRequest, AstraJob, undefined, undefined, AstraResults> = {
  name: 'astra',
  versions: ASTRA_VERSIONS,
  compute: new URL('./compute.ts', import.meta.url),
  task: storedUnder,
  finishes: isRetraining,
  retraining: (job) =>
    job.kind === 'retraining'
      ? { series: loggedSeries(astraSeries(job.hashed)), subset: job.subset, seed: job.seed }
      : undefined,
  async plan({ cases, data }, laboratory) {
    for (const one of cases) await computeCase(one, data, laboratory);
    return undefined;
  },
  assemble(_plan, work, { cases, data }) {
    const works = cases.map((one) => storedWork(one, data, work));
    const settings = works.flatMap((one) => assembleAstra(one) ?? []);
    return {
      format: ASTRA_FORMAT,
      ...making('subsets', ASTRA_VERSIONS),
      seed: cases[0].setting.seed,
      digest: settingsDigest(settings),
      settings,
    };
  },
  pages: (results, { out, command, data }) =>
    publishSupplement(out, {
      figures: results.settings.flatMap(astraFigures),
      pictures: results.settings.flatMap((setting) => strongestFigure(setting, data)),
      tables: new Map([
        ['astra.csv', astraCsv(results)],
        ['astra-tables.md', astraMarkdown(results)],
        ['astra.md', astraDocument(results, command)],
      ]),
      file: ASTRA_FILE,
      value: results,
    }),
};

function storedWork(
  { setting, size }: AstraCase,
  data: string | undefined,
  { folders, store, progress }: Work,
): SettingWork {
  const sets = settingSets(setting, data);
  const hashed = { setting, data: sets.hash };
  const archive = openSeries(astraSeries(hashed), folders.retrainings, progress.note, true);
  return { hashed, size, sets, folder: data, store, archive };
}

/** What is missing, in order: base networks, the first retrainings, then jobs and rounds of retrainings in turn. */
async function computeCase(
  one: AstraCase,
  data: string | undefined,
  laboratory: AstraLaboratory,
): Promise<void> {
  const { hashed, size, archive } = storedWork(one, data, laboratory);
  const { name } = hashed.setting;
  describeSeries(archive, astraSeries(hashed), { setting: hashed.setting });
  const jobs = settingJobs(hashed.setting, size);
  const listed = (job: SettingJob, rank: number): Listed => ({
    job: { kind: 'stored', hashed, data, job },
    label: jobLabel(job),
    rank,
  });
  const networks = jobs.filter(({ kind }) => kind === 'network');
  const others = jobs.filter(({ kind }) => kind !== 'network');
  const compute = async (): Promise<void> => {
    await laboratory.list(
      { name: `${name} base models`, uneven: 'uneven' },
      networks.map((job) => listed(job, 0)),
    );
    // by the rank of its place among those that are missing
    const missing = others.filter((job) => !laboratory.isStored(astraTask(hashed, job)));
    const ready = missing.filter(
      ({ model }) =>
        laboratory.isStored(networkTask(hashed, model)) ||
        laboratory.isElsewhere(listed({ kind: 'network', model }, 0)),
    );
    await laboratory.list(
      { name: `${name} methods`, stored: others.length - missing.length, uneven: 'uneven' },
      ready.map((job, k) => listed(job, rankOfJob(k))),
    );
  };
  await Promise.all([compute(), retrainCase({ hashed, size, archive }, data, laboratory)]);
}

async function retrainCase(
  { hashed, size, archive }: Pick<SettingWork, 'hashed' | 'size' | 'archive'>,
  data: string | undefined,
  laboratory: AstraLaboratory,
): Promise<void> {
  const missing = missingRetrainings(archive, size);
  const rounds = [...new Set(missing.map(({ seed }) => seed))].sort((a, b) => a - b);
  await laboratory.list(
    {
      name: `${hashed.setting.name} retrainings`,
      stored: size.subsets * size.seeds - missing.length,
      uneven: 'uneven',
    },
    missing.map(({ subset, seed }): Listed => {
      const early = rounds.filter((other) => other < FIRST_SEEDS).length;
      const round = rounds.indexOf(seed);
      return {
        job: { kind: 'retraining', hashed, data, subset, seed },
        rank: round < early ? 1 : rankOfRound(round - early),
      };
    }),
  );
}

/** One job, one round, one job, … after the networks (0) and the first retrainings (1). */
function rankOfJob(k: number): number {
  return 2 + 2 * k;
}

function rankOfRound(k: number): number {
  return 3 + 2 * k;
}
