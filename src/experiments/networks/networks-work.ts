/** @file What has to be computed for a network, in its order: retrainings, base networks, curvatures, and judgements of the inverses that are chosen. */
import { outcomeMeans, type RetrainingBank } from '../../influence/index.ts';
import { sortColumns } from '../../influence/judging/lds.ts';
import type { Matrix } from '../../linalg/index.ts';
import type { Laboratory } from '../engine/laboratory.ts';
import type { Store } from '../engine/store.ts';
import type { StoredArray } from '../engine/task.ts';
import { plainLds, variantOf } from '../judging/judged-predictions.ts';
import type { NetworkSetting } from '../protocol/network-setting.ts';
import { networkSeries } from '../protocol/network-trainings.ts';
import { missingRetrainings, openSeries, seriesBank } from '../protocol/retraining-series.ts';
import { firstModels, type RunSize } from '../protocol/run-size.ts';
import type { JudgedJob, NetworksJob } from './jobs.ts';
import { curvaturesTask } from './network-tasks.ts';
import { READINGS, type Reading } from './networks-results.ts';
import { SHOWN_RUNG } from './passages.ts';
import { choicesOf, type Rung, rungsOf, TREATMENTS, type Treatment, variantsOf } from './rungs.ts';

export type NetworksLaboratory = Laboratory<NetworksJob, undefined>;

/** A network with the retrainings that it is judged by. */
export interface NetworkCase {
  readonly setting: NetworkSetting;
  readonly size: RunSize;
}

/** A case with its bank, and the inverses that are judged. */
export interface ChosenCase extends NetworkCase {
  readonly bank: RetrainingBank;
  readonly chosen: readonly Chosen[];
}

/** The inverse of a rung in each treatment and reading. */
export interface Chosen {
  readonly rung: Rung;
  readonly inverse: Readonly<Record<Treatment, Readonly<Record<Reading, string>>>>;
}

/** Every treatment, in the order of tables. */
export const ALL_TREATMENTS = Object.keys(TREATMENTS) as Treatment[];

/** Has all of a network computed but judgements. @throws {CommandError} the time is up. */
export async function computeNetwork(
  { setting, size }: NetworkCase,
  laboratory: NetworksLaboratory,
): Promise<void> {
  const { folders, progress } = laboratory;
  const { name, baseModels } = setting;
  const archive = openSeries(networkSeries(setting), folders.retrainings, progress.note, true);
  const finish = (what: string, jobs: readonly NetworksJob[], everywhere = false): Promise<void> =>
    laboratory.finish(
      { name: `${name} ${what}`, uneven: 'uneven' },
      jobs.map((job) => ({ job, everywhere })),
    );
  await finish(
    'retrainings',
    missingRetrainings(archive, size).map((one) => ({ kind: 'retraining', setting, ...one })),
  );
  const models = firstModels(baseModels);
  // curvatures follow from them
  await finish('base networks', models.map((model) => ({ kind: 'training', setting, model })), true); // biome-ignore format: one line
  const { subsets } = size;
  await finish(
    'curvatures',
    models.map((model) => ({ kind: 'curvatures', setting, model, subsets })),
  );
}

/** Chooses the inverses of a network, and has them judged. @throws {CommandError} the time is up. */
export async function judgeNetwork(
  { setting, size }: NetworkCase,
  laboratory: NetworksLaboratory,
): Promise<ChosenCase> {
  const series = networkSeries(setting);
  const archive = openSeries(series, laboratory.folders.retrainings, () => {}, false);
  const bank = seriesBank(series, size, archive);
  const chosen = chooseInverses({ setting, size }, bank, laboratory.store);
  await laboratory.finish(
    { name: `${setting.name} judgements` },
    judgements({ setting, size }, chosen).map((job) => ({ job })),
  );
  const variant = shownVariant(setting, chosen);
  if (variant !== undefined)
    await laboratory.finish({ name: `${setting.name} passages` }, [
      { job: { kind: 'passages', setting, variant } },
    ]);
  return { setting, size, bank, chosen };
}

/** The inverse whose scores are shown character by character: the best damping of single networks. Undefined where there is no text. */
export function shownVariant(setting: NetworkSetting, chosen: readonly Chosen[]): string | undefined {
  if (setting.data.dataset !== 'moby-dick') return undefined;
  return chosen.find(({ rung }) => rung.id === SHOWN_RUNG)?.inverse.best.single;
}

/** Of every rung the inverse of each treatment: the best damping in each reading, by the very retrainings. */
function chooseInverses({ setting, size }: NetworkCase, bank: RetrainingBank, store: Store): Chosen[] {
  const measured = sortColumns(outcomeMeans(bank, setting.measurement));
  const { subsets } = size;
  // read once each: a network has some fifty megabytes
  const stored = firstModels(setting.baseModels).map((model) => {
    const { arrays } = store.get(curvaturesTask({ setting, model, subsets }));
    return new Map(
      rungsOf(setting).map(({ id }): [string, StoredArray] => [id, arrays[`${id}/predictions`]]),
    );
  });
  return rungsOf(setting).map((rung): Chosen => {
    const networks = (name: string): Matrix[] | undefined => {
      const found = stored.map((of) =>
        variantOf(of.get(rung.id) as StoredArray, variantsOf(rung).indexOf(name)),
      );
      return found.every((one) => one !== undefined) ? found : undefined;
    };
    const choose = (treatment: Treatment): Record<Reading, string> => {
      const choices = choicesOf(rung, treatment);
      if (choices.length === 1) return { single: choices[0], ensemble: choices[0] };
      const tried = choices.flatMap((name) => {
        const found = networks(name);
        return found === undefined ? [] : [{ name, ...plainLds(measured, found) }];
      });
      const best = (reading: Reading): string =>
        tried.reduce((top, each) => (each[reading] > top[reading] ? each : top)).name;
      return { single: best('single'), ensemble: best('ensemble') };
    };
    return { rung, inverse: { published: choose('published'), best: choose('best') } };
  });
}

/** What must be judged for the chosen inverses, each once. */
function judgements({ setting, size }: NetworkCase, chosen: readonly Chosen[]): JudgedJob[] {
  return chosen.flatMap(({ rung, inverse }) => {
    const variants = new Set(ALL_TREATMENTS.flatMap((t) => READINGS.map((reading) => inverse[t][reading])));
    return [...variants].map(
      (variant): JudgedJob => ({
        kind: 'judged',
        setting,
        rung: rung.id,
        variant,
        models: setting.baseModels,
        size,
      }),
    );
  });
}
