/** @file All computing for one setting: what is stored is read, what is missing goes to the workers. */
import type { Laboratory } from '../../engine/laboratory.ts';
import type { RetrainingArchive } from '../../engine/retraining-archive.ts';
import type { Store } from '../../engine/store.ts';
import type { TaskResult } from '../../engine/task.ts';
import { METHODS, type Method } from '../../protocol/methods.ts';
import { describeSeries, missingRetrainings } from '../../protocol/retraining-series.ts';
import { openArchive, retrainingSeries } from '../../protocol/retrainings.ts';
import type { RunSize } from '../../protocol/run-size.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { followers, jobName, type NetworkJob, networkJobTask, type ReproduceJob } from './network-job.ts';
import type { SettingPlan } from './run-plan.ts';
import type { WorkOrder } from './work-order.ts';

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

type ReproduceLaboratory = Laboratory<ReproduceJob, undefined>;

/** Computes what is missing of a setting, as far as the time suffices; {@link readSetting} tells how far that was. */
export async function computeSetting(
  plan: SettingPlan,
  laboratory: ReproduceLaboratory,
  order: WorkOrder,
): Promise<void> {
  const { setting, size, retraining } = plan;
  const { folders, progress } = laboratory;
  const archive = openArchive(setting, folders.retrainings, progress.note, true);
  describeSeries(archive, retrainingSeries(setting), { data: setting.data });
  const missing = missingRetrainings(archive, size);
  const bar = { name: `${setting.name} retrainings`, stored: size.subsets * size.seeds - missing.length };
  await Promise.all([
    computeNetworks(plan, laboratory, order),
    laboratory.list(
      { ...bar, uneven: 'uneven' },
      missing.map(({ subset, seed }) => ({
        job: { kind: 'retraining', setting, subset, seed },
        rank: order.ofRetraining(setting.name, seed),
        expected: () => retraining,
      })),
    ),
  ]);
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
  for (const job of [{ kind: 'base-training', model } as const, ...followers(model)]) {
    const result = store.read(networkJobTask(setting, job));
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

/** What follows a base model waits for it. */
async function computeNetworks(
  { setting, jobs, job: expectation }: SettingPlan,
  laboratory: ReproduceLaboratory,
  order: WorkOrder,
): Promise<void> {
  if (jobs.stored === jobs.total) return;
  const track = laboratory.progress.track(`${setting.name} curvature`, jobs.total, jobs.stored, 'uneven');
  const compute = (job: NetworkJob): Promise<boolean> =>
    laboratory.attempt({
      job: { ...job, setting },
      rank: order.ofJob(setting.name, job),
      expected: () => expectation(job),
      done: () => track.advance(),
    });
  await Promise.all(
    Array.from({ length: setting.baseModels }, async (_, model) => {
      if (await compute({ kind: 'base-training', model })) await Promise.all(followers(model).map(compute));
    }),
  );
}
