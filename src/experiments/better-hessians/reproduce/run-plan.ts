/** @file What a run has to do and what that will take, before it is done. */

import { availableParallelism } from 'node:os';
import { BOOTSTRAP_RESAMPLES } from '../../../influence/index.ts';
import { WORKER_MEMORY } from '../../engine/memory-limit.ts';
import type { Expectation } from '../../engine/scheduler.ts';
import type { WorkFolder } from '../../engine/work-folder.ts';
import { METHODS } from '../../protocol/methods.ts';
import { openArchive } from '../../protocol/retrainings.ts';
import type { RunSize } from '../../protocol/run-size.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { settingModel } from '../../protocol/setting-model.ts';
import { measuredSpeed, type Speed } from './calibrate.ts';
import { type Cost, exportBytes, jobBytes, jobCost, retrainingBytes, retrainingCost } from './cost.ts';
import { type Inventory, siblingSeconds, takeStock } from './inventory.ts';
import { jobName, type NetworkJob } from './network-job.ts';
import { storedSpeed } from './stored-speed.ts';

/** The plan of one setting. */
export interface SettingPlan {
  readonly setting: SettingConfig;
  readonly size: RunSize;
  readonly parameters: number;
  readonly jobs: { readonly total: number; readonly stored: number };
  readonly retrainings: { readonly total: number; readonly stored: number };
  /** Jobs that are not stored. */
  readonly missing: readonly NetworkJob[];
  /** Seconds of one core that the missing work will take. */
  readonly seconds: number;
  /** What their times are foretold from: times stored by earlier runs, or measurements of a moment. */
  readonly basis: 'stored' | 'measured';
  /** Bytes that stored work takes when all is done, and how many of these are still to be written. */
  readonly disk: { readonly whole: number; readonly toDo: number };
  /** The most that one of the missing jobs holds. */
  readonly memory: number;
  /** What a job is expected to take. */
  job(job: NetworkJob): Expectation;
  /** What one retraining is expected to take. */
  readonly retraining: Expectation;
}

/** The plan of a run. */
export interface RunPlan {
  readonly settings: readonly SettingPlan[];
  readonly workers: number;
  /** Workers that have a core of their own. */
  readonly parallel: number;
  /** Seconds of one core that jobs and retrainings will take. */
  readonly work: number;
  /** Seconds of statistics and figures at the end, on one core. */
  readonly evaluation: number;
  /** Seconds until the end, when `workers` share the work. */
  readonly wall: number;
  readonly disk: { readonly whole: number; readonly toDo: number };
  /** The most that the workers together hold. */
  readonly memory: number;
}

/** Seconds in which a setting is judged at the end, for each query, subset, resample and method, as measured … */
const EVALUATION = 2.5e-8;
/** … and, of several networks, their resamples: of their ensembles, and of each network. */
const NETWORKS = { ensembles: 5e-8, each: 5e-9 };
/** … and in which its figures are drawn. */
const FIGURES = 3;

/** Takes stock of every setting and foretells the rest. */
export function planRun(
  settings: readonly SettingConfig[],
  size: RunSize,
  workers: number,
  { folders, store }: WorkFolder,
): RunPlan {
  const stocked = settings.map((setting) => ({
    setting,
    stock: takeStock(setting, size, store, openArchive(setting, folders.retrainings)),
  }));
  const speed = storedSpeed(measuredSpeed(), stocked);
  const plans = stocked.map(({ setting, stock }) => planSetting(setting, size, stock, speed));
  const total = (of: (plan: SettingPlan) => number): number => plans.reduce((sum, plan) => sum + of(plan), 0);
  const evaluation = total((plan) => evaluationSeconds(plan.setting, size));
  const work = total(({ seconds }) => seconds);
  const parallel = Math.min(workers, availableParallelism());
  return {
    settings: plans,
    workers,
    parallel,
    work,
    evaluation,
    wall: work / parallel + evaluation,
    disk: { whole: total(({ disk }) => disk.whole), toDo: total(({ disk }) => disk.toDo) },
    memory: workers * (WORKER_MEMORY + Math.max(0, ...plans.map((plan) => plan.memory))),
  };
}

/** Seconds of the statistics and figures of a setting, in the main thread at the end. */
function evaluationSeconds({ data, baseModels }: SettingConfig, { subsets }: RunSize): number {
  const over = baseModels < 2 ? 0 : NETWORKS.ensembles + NETWORKS.each * baseModels;
  return FIGURES + (EVALUATION + over) * data.queries * subsets * BOOTSTRAP_RESAMPLES * METHODS.length;
}

function planSetting(setting: SettingConfig, size: RunSize, stock: Inventory, speed: Speed): SettingPlan {
  const missing = stock.jobs.flatMap(({ job, seconds }) => (seconds === undefined ? [job] : []));
  const total = size.subsets * size.seeds;
  const { retrainingSeconds } = stock;
  let epoch: number | undefined;
  const epochSeconds = (): number =>
    (epoch ??=
      retrainingSeconds === undefined ? speed.epoch(setting) : retrainingSeconds / setting.training.epochs);
  const foretell = ({ operations, epochs }: Cost): number =>
    (operations === 0 ? 0 : operations / speed.operations()) + (epochs === 0 ? 0 : epochs * epochSeconds());
  const known = new Map<string, Expectation>();
  const expectJob = (job: NetworkJob): Expectation => {
    const name = jobName(job);
    let expected = known.get(name);
    if (expected === undefined) {
      const cost = jobCost(setting, job);
      expected = { seconds: siblingSeconds(stock, job) ?? foretell(cost), memory: cost.memory };
      known.set(name, expected);
    }
    return expected;
  };
  const left = total - stock.retrainings;
  const cost = retrainingCost(setting);
  const retraining = { seconds: left === 0 ? 0 : foretell(cost), memory: cost.memory };
  const bytes = (jobs: readonly NetworkJob[], retrainings: number): number =>
    jobs.reduce((sum, job) => sum + jobBytes(setting, job), retrainings * retrainingBytes(setting));
  const exported = exportBytes(setting, size);
  const jobs = stock.jobs.map(({ job }) => job);
  return {
    setting,
    size,
    parameters: settingModel(setting).parameterCount,
    jobs: { total: jobs.length, stored: jobs.length - missing.length },
    retrainings: { total, stored: stock.retrainings },
    missing,
    seconds: missing.reduce((sum, job) => sum + expectJob(job).seconds, left * retraining.seconds),
    basis: retrainingSeconds === undefined ? 'measured' : 'stored',
    disk: {
      whole: bytes(jobs, total) + exported,
      toDo: bytes(missing, left) + (left + missing.length === 0 ? 0 : exported),
    },
    memory: Math.max(0, ...missing.map((job) => expectJob(job).memory)),
    job: expectJob,
    retraining,
  };
}
