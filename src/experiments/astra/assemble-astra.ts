/** @file Stored work of one setting → its part of astra.json. */
import { noiseCeiling, outcomeMeans } from '../../influence/index.ts';
import { meanCorrelation } from '../../influence/judging/mean-correlation.ts';
import type { RetrainingArchive } from '../engine/retraining-archive.ts';
import { matrixOf } from '../engine/stored-array.ts';
import type { TaskResult } from '../engine/task.ts';
import { finiteOrNull, numberOrNaN } from '../files/json-number.ts';
import { average } from '../judging/judge.ts';
import { seriesBank } from '../protocol/retraining-series.ts';
import type { MethodEntry, SettingAstra } from './astra-results.ts';
import { stacked } from './frame.ts';
import { groupScores, subsetsOf } from './groups.ts';
import { astraTask, scoreJobs } from './jobs.ts';
import { corner, groupJudge, type Judged, type ModelsJudge, overNetworks, overSubsets } from './judge.ts';
import { type Variant, variantLabel, variantName, variantsOf } from './method.ts';
import { astraModel } from './network.ts';
import { type AstraSetting, coverageOf } from './setting.ts';
import { strongestExamples } from './strongest.ts';
import { ablationResults, convergenceResults, dampingResults } from './study-results.ts';
import { astraSeries, networkTask, type SettingWork } from './tasks.ts';

/** Undefined when nothing can be judged yet: fewer than two subsets retrained, or no base model. */
export function assembleAstra(work: SettingWork): SettingAstra | undefined {
  const { hashed, size, store, archive, sets } = work;
  const { leftOut } = sets;
  const { setting } = hashed;
  const stored = archive.largestRectangle(size);
  const networks = Array.from({ length: size.models }, (_, model) => store.read(networkTask(hashed, model)));
  const models = leading(networks);
  if (stored.subsets < 2 || models.length === 0) return undefined;
  const bank = seriesBank(astraSeries(hashed), stored, archive);
  const outcomes = corner(outcomeMeans(bank, setting.measurement), stored.subsets, size.queries);
  const judge = groupJudge(outcomes, setting.seed);
  const modelsJudge =
    coverageOf(setting, models.length) === 'subsets'
      ? overSubsets(judge)
      : overNetworks(outcomes, setting.seed);
  const ceiling =
    stored.seeds < 2
      ? undefined
      : noiseCeiling(bank, { measurement: setting.measurement, seed: setting.seed });
  return {
    name: setting.name,
    config: setting,
    parameters: astraModel(setting).parameterCount,
    leftOut,
    subsets: stored.subsets,
    seeds: stored.seeds,
    wanted: { subsets: size.subsets, seeds: size.seeds, models: size.models },
    queries: size.queries,
    models: models.length,
    ceiling: {
      perfect: finiteOrNull(meanOf(ceiling?.perfect.perQuery, size.queries)),
      splitHalf: finiteOrNull(meanOf(ceiling?.splitHalf.perQuery, size.queries)),
    },
    fit: Object.fromEntries(
      Object.keys(models[0].value).map((name) => [
        name,
        finiteOrNull(average(models.map(({ value }) => numberOrNaN(value[name])))),
      ]),
    ),
    entries: entriesOf(work, stored.subsets, modelsJudge),
    ...strongest(work),
    convergence: convergenceResults(work, judge),
    ablation: ablationResults(work, judge),
    damping: dampingResults(work, judge),
    seconds: {
      retraining: finiteOrNull(average(recordSeconds(archive, stored))),
      network: finiteOrNull(average(models.map(({ seconds }) => seconds['train']))),
    },
  };
}

/** What helped and harmed most, of pictures that can be shown. */
function strongest(work: SettingWork): Pick<SettingAstra, 'strongest'> | object {
  if (work.hashed.setting.draw.dataset !== 'emoji') return {};
  const found = strongestExamples(work, (variant) =>
    leading(Array.from({ length: work.size.models }, (_, model) => blocksOf(work, variant, model))).map(
      (blocks) => stacked(blocks.map(({ arrays }) => matrixOf(arrays['scores']))),
    ),
  );
  return found === undefined ? {} : { strongest: found };
}

/** One method as it was run, and its LDS at its first so many base models. */
interface Run {
  readonly variant: Variant;
  readonly results: readonly TaskResult[];
  readonly models: number;
  readonly judged: (models: number) => Judged;
}

function entriesOf(work: SettingWork, subsets: number, judge: ModelsJudge): MethodEntry[] {
  const { setting } = work.hashed;
  const kept = subsetsOf(setting, subsets);
  const runs = variantsOf(setting).flatMap((variant): Run[] => {
    const perModel = leading(
      Array.from({ length: work.size.models }, (_, model) => blocksOf(work, variant, model)),
    );
    if (perModel.length === 0) return [];
    const groups = perModel.map((blocks) =>
      groupScores(stacked(blocks.map(({ arrays }) => matrixOf(arrays['scores']))), kept),
    );
    const known = new Map<number, Judged>();
    const judged = (models: number): Judged => {
      const found = known.get(models) ?? judge(groups.slice(0, models));
      known.set(models, found);
      return found;
    };
    return [{ variant, results: perModel.flat(), models: groups.length, judged }];
  });
  return runs.map((run) => {
    const lost = divergedAt(work, run.variant);
    const entry = entryOf(run, referenceOf(run, runs, setting));
    return lost === 0 ? entry : { ...entry, diverged: lost };
  });
}

/** All blocks of a variant at one model, or undefined when one is missing, the method is not computed there, or diverged. */
function blocksOf(work: SettingWork, variant: Variant, model: number): TaskResult[] | undefined {
  const blocks = storedBlocks(work, variant, model);
  return blocks?.some(diverged) ? undefined : blocks;
}

function storedBlocks(
  { hashed, size, store }: SettingWork,
  variant: Variant,
  model: number,
): TaskResult[] | undefined {
  const jobs = scoreJobs(hashed.setting, variant, model, size.queries);
  const blocks = jobs.map((job) => store.read(astraTask(hashed, job)));
  return jobs.length > 0 && blocks.every((block) => block !== undefined) ? blocks : undefined;
}

function diverged({ value }: TaskResult): boolean {
  return value['diverged'] === true;
}

/** Base models at which a variant diverged. */
function divergedAt(work: SettingWork, variant: Variant): number {
  return Array.from({ length: work.size.models }, (_, model) => storedBlocks(work, variant, model)).filter(
    (blocks) => blocks?.some(diverged),
  ).length;
}

/** SOURCE for ASTRA-SOURCE; else EKFAC-IF with the same λ, or with that of Table 3 where the method has none. */
function referenceOf({ variant }: Run, runs: readonly Run[], { dampings }: AstraSetting): Run | undefined {
  if (variant.method === 'ekfac') return undefined;
  if (variant.method === 'astra-source') return runs.find((run) => run.variant.method === 'source');
  const damping = variant.damping ?? dampings[0];
  return runs.find((run) => run.variant.method === 'ekfac' && run.variant.damping === damping);
}

function entryOf(run: Run, reference: Run | undefined): MethodEntry {
  const { variant, results, models } = run;
  const { single, perModel, ensemble, ensembling } = run.judged(models);
  const common = Math.min(models, reference?.models ?? 0);
  const residuals = results.map(({ value }) => numberOrNaN(value['residual'])).filter(Number.isFinite);
  const largest = results.map(({ value }) => numberOrNaN(value['largestResidual'])).filter(Number.isFinite);
  const unsolved = residuals.length === 0 ? 0 : results.length - residuals.length;
  const alphas = results.map(({ value }) => numberOrNaN(value['alpha'])).filter(Number.isFinite);
  const total = results.reduce(
    (sum, { seconds }) => sum + Object.values(seconds).reduce((a, b) => a + b, 0),
    0,
  );
  return {
    name: variantName(variant),
    label: variantLabel(variant),
    ...variant,
    models,
    single,
    perModel: perModel.map(finiteOrNull),
    ensemble,
    ensembling,
    against:
      reference === undefined || common === 0
        ? null
        : { label: variantLabel(reference.variant), ...run.judged(common).less(reference.judged(common)) },
    residual:
      residuals.length === 0
        ? null
        : {
            mean: average(residuals),
            largest: Math.max(...largest),
            ...(unsolved === 0 ? {} : { unsolved }),
          },
    alpha: alphas.length === 0 ? null : average(alphas),
    seconds: Math.round((total / models) * 1e3) / 1e3,
  };
}

function recordSeconds(
  archive: RetrainingArchive,
  { subsets, seeds }: { subsets: number; seeds: number },
): number[] {
  return Array.from(
    { length: subsets * seeds },
    (_, i) => archive.get(i % subsets, Math.floor(i / subsets))?.seconds ?? Number.NaN,
  );
}

/** Everything before the first that is missing. */
function leading<T>(items: readonly (T | undefined)[]): T[] {
  const end = items.indexOf(undefined);
  return (end < 0 ? items : items.slice(0, end)) as T[];
}

/** Of the queries that are judged, as their LDS is. */
function meanOf(values: Float64Array | undefined, count: number): number {
  return values === undefined ? Number.NaN : meanCorrelation(values.subarray(0, count));
}
