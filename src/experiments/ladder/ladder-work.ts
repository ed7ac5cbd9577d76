/** @file What the ladder has computed: chosen runs, predictions, then the best dampings, then judgements. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { RetrainingBank } from '../../influence/index.ts';
import type { Matrix } from '../../linalg/index.ts';
import { BEST } from '../better-hessians/study/inverses.ts';
import { RETRAININGS } from '../engine/folders.ts';
import type { Laboratory, ListedJob } from '../engine/laboratory.ts';
import { once } from '../engine/once.ts';
import type { Store } from '../engine/store.ts';
import { CommandError } from '../files/command-error.ts';
import { plainLds, variantOf } from '../judging/judged-predictions.ts';
import type { AnySetting } from '../protocol/any-setting.ts';
import { openArchive, retrainingBank } from '../protocol/retrainings.ts';
import { firstModels, type RunSize } from '../protocol/run-size.ts';
import { settingModel } from '../protocol/setting-model.ts';
import { missingOf } from '../protocol/shared-jobs.ts';
import type { JudgedJob, LadderJob, PredictionsJob, ResponseJob, Source } from './jobs.ts';
import { DEAR, WHOLE_LIMIT } from './ladder-profile.ts';
import type { LadderRequest } from './ladder-request.ts';
import { choiceOf, choiceTask, predictionsTask } from './ladder-task.ts';
import { measuredFor } from './measured.ts';
import { chosenConfig, isDense } from './predictions.ts';
import { type RunVariant, runVariants } from './run-variants.ts';
import { COMPUTATIONS, type Computation, gridOf, RUNGS, type Rung, SCORES, variantsOf } from './rungs.ts';

export type LadderLaboratory = Laboratory<LadderJob, undefined>;

/** A setting with the retrainings that it is judged by. */
export interface LadderCase {
  readonly setting: AnySetting;
  readonly size: RunSize;
  readonly bank: () => RetrainingBank;
}

/** Which variant of a rung is judged, in each reading, and by how many networks. */
export interface Judged {
  readonly rung: Rung;
  readonly models: number;
  readonly single: string;
  readonly ensemble: string;
}

/** Networks that a computation is done for; none where it is too dear. */
export function modelsOf(of: Computation, setting: AnySetting, request: LadderRequest): number {
  const { epochs } = setting.training;
  const parameters = settingModel(setting).parameterCount;
  const { small, few, large } = DEAR;
  if (of === 'label' && setting.loss === 'squared-error') return 0;
  if (of === 'run-derivative') {
    const wanted = parameters > small ? 1 : request.wholeModels;
    return epochs > WHOLE_LIMIT ? 0 : Math.min(wanted, setting.baseModels);
  }
  if ((isDense(of) || of === 'source') && parameters > small)
    return parameters > large && of !== 'source' ? 0 : Math.min(few, setting.baseModels);
  return setting.baseModels;
}

/** Retrains, or finds out how much of another run can be used. @throws {CommandError} too little of it is stored. */
export async function prepareCases(
  request: LadderRequest,
  laboratory: LadderLaboratory,
): Promise<LadderCase[]> {
  const { settings, size, retrainings } = request;
  const { folders, progress } = laboratory;
  if (retrainings === undefined)
    await laboratory.finish(
      { name: 'retrainings', uneven: 'uneven' },
      settings.flatMap((setting) =>
        missingOf(setting, size, laboratory).map((job) => ({ job, label: `${setting.name} retraining` })),
      ),
    );
  if (laboratory.share !== undefined && retrainings === undefined)
    return settings.map((setting) => ({ setting, size, bank: noBank }));
  return settings.map((setting) => {
    const archive = openArchive(setting, folders.retrainings, progress.note, false);
    const used = archive.largestRectangle(size);
    if (used.subsets < 2 || used.seeds < 2)
      throw new CommandError(
        `--retrainings: ${retrainings} holds too few retrainings of ${setting.name} (${used.subsets} subsets × ${used.seeds} seeds).`,
      );
    return { setting, size: used, bank: once(() => retrainingBank(setting, used, archive)) };
  });
}

/** A shard has a part of the retrainings, and judges nothing. */
function noBank(): never {
  throw new Error('a shard has no bank of retrainings.');
}

/** The archives of a run: its own folder, or one that holds nothing else. */
export function archivesOf(folder: string): string {
  const inside = path.join(folder, RETRAININGS);
  return existsSync(inside) ? inside : folder;
}

/** Whatever a source predicts at its networks, in the order in which it is wanted: cheap computations first. */
export async function computePredictions(
  cases: readonly LadderCase[],
  request: LadderRequest,
  laboratory: LadderLaboratory,
): Promise<void> {
  const settings = cases.map(({ setting }) => setting);
  const choices = settings.map((setting): Listed => ({ job: { kind: 'choice', setting }, everywhere: true }));
  await laboratory.finish({ name: 'runs chosen', uneven: 'uneven' }, choices);
  const jobs = cases.flatMap(({ setting, size: { subsets } }) => [
    ...COMPUTATIONS.flatMap((of) =>
      firstModels(modelsOf(of, setting, request)).map(
        (model): PredictionsJob => ({
          ...{ kind: 'predictions', setting, model, subsets },
          source: { kind: 'rung', of },
        }),
      ),
    ),
    ...runSources(setting, request, laboratory.store).flatMap((source) =>
      firstModels(request.runModels).map(
        (model): PredictionsJob => ({ kind: 'predictions', setting, source, model, subsets }),
      ),
    ),
  ]);
  const labelled = jobs.map((job): Listed => {
    const what = job.source.kind === 'rung' ? job.source.of : 'run';
    return { job, label: `${job.setting.name} ${what} ${job.model}` };
  });
  await laboratory.finish({ name: 'predictions', uneven: 'uneven' }, labelled);
  const responses = settings
    .filter(({ name }) => request.studied.includes(name))
    .flatMap((setting) => request.responses.map((run): ResponseJob => ({ kind: 'response', setting, run })));
  await laboratory.finish(
    { name: 'responses', uneven: 'uneven' },
    responses.map((job): Listed => ({ job })),
  );
}

/** The runs that are tried in a setting; none where it is not among those that are studied. */
export function runSources(
  setting: AnySetting,
  { studied }: LadderRequest,
  store: Store,
): { readonly kind: 'run'; readonly run: RunVariant }[] {
  if (!studied.includes(setting.name)) return [];
  const rule = chosenConfig(choiceOf(store.get(choiceTask(setting)).value));
  return runVariants(rule).map((run) => ({ kind: 'run', run }));
}

type Listed = ListedJob<LadderJob, undefined>;

/** Predictions of one variant at the first networks; undefined where one of them has none. */
export function stored(
  { setting, size: { subsets } }: LadderCase,
  source: Source,
  variant: string,
  models: number,
  store: Store,
): Matrix[] | undefined {
  const variants = source.kind === 'run' ? [SCORES] : variantsOf(source.of);
  const found = firstModels(models).map((model) => {
    const { arrays } = store.get(predictionsTask({ setting, source, model, subsets }));
    const { predictions } = arrays;
    return variantOf(predictions, variants.indexOf(variant));
  });
  return found.every((one) => one !== undefined) ? found : undefined;
}

/** The rungs of a setting that have predictions, each with its variant: of a grid the best in each reading, by the very retrainings. */
export function judgedRungs(of: LadderCase, request: LadderRequest, store: Store): Judged[] {
  return RUNGS.flatMap((rung): Judged[] => {
    const source: Source = { kind: 'rung', of: rung.of };
    const models = modelsOf(rung.of, of.setting, request);
    if (models === 0) return [];
    if (rung.take !== BEST)
      return stored(of, source, rung.take, models, store) === undefined
        ? []
        : [{ rung, models, single: rung.take, ensemble: rung.take }];
    const measured = measuredFor(of.setting, source, of.bank());
    const tried = gridOf(rung.of).flatMap((name) => {
      const networks = stored(of, source, name, models, store);
      return networks === undefined ? [] : [{ name, ...plainLds(measured, networks) }];
    });
    if (tried.length === 0) return [];
    const best = (reading: 'single' | 'ensemble'): string =>
      tried.reduce((top, each) => (each[reading] > top[reading] ? each : top)).name;
    return [{ rung, models, single: best('single'), ensemble: best('ensemble') }];
  });
}

/** What must be judged for the rungs and the runs of a setting: also by fewer networks, where a rung has no more. */
export function judgements(
  of: LadderCase,
  rungs: readonly Judged[],
  runs: readonly Source[],
  request: LadderRequest,
  store: Store,
): JudgedJob[] {
  const { setting, size } = of;
  const make = (source: Source, variant: string, models: number): JudgedJob => ({
    ...{ kind: 'judged', setting, size },
    ...{ source, variant, models },
  });
  const ladder = rungs.filter(({ rung }) => rung.group === 'rung');
  const ofRungs = rungs.flatMap((judged) => {
    const { rung, models, single, ensemble } = judged;
    const at = ladder.indexOf(judged);
    const beside = at < 0 ? [] : [ladder[at - 1], ladder[at + 1]].filter((other) => other !== undefined);
    const pairs = rung.id === 'trajectory' ? rungs : beside;
    const counts = new Set([models, ...pairs.map((other) => Math.min(models, other.models))]);
    return [...counts].flatMap((count) =>
      [...new Set([single, ensemble])].map((variant) => make({ kind: 'rung', of: rung.of }, variant, count)),
    );
  });
  const ofRuns = runs
    .filter((source) => stored(of, source, SCORES, request.runModels, store) !== undefined)
    .map((source) => make(source, SCORES, request.runModels));
  return [...ofRungs, ...ofRuns];
}
