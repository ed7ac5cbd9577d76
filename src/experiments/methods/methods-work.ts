/** @file What has to be computed, in which order: first every method once, then more base models, the grid, and what is slow. */
import type { MethodName } from '../../influence/index.ts';
import type { Laboratory, ListedJob } from '../engine/laboratory.ts';
import { numberOrNaN } from '../files/json-number.ts';
import { firstModels, type RunSize } from '../protocol/run-size.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import type { MethodsJob } from './jobs.ts';
import { ENSEMBLES } from './methods-profile.ts';
import { failureOf } from './scores.ts';
import type { StoredWork } from './stored-work.ts';
import { ldsTask, scoresTask } from './tasks.ts';
import {
  companionOf,
  fitsTogether,
  gridVariants,
  isSlow,
  methodsWithGrid,
  plainVariants,
  type Variant,
} from './variant.ts';

/** A setting with the retrainings that it is judged by. */
export interface MethodsCase {
  readonly setting: SettingConfig;
  readonly size: RunSize;
}

/** What the work is done with. */
export interface MethodsContext {
  readonly cases: readonly MethodsCase[];
  readonly laboratory: Laboratory<MethodsJob, undefined>;
  readonly work: StoredWork;
  readonly methods: readonly MethodName[];
  readonly slowModels: number;
  readonly slowGrid: boolean;
}

/** Scores to be computed. */
interface ScoreRequest {
  readonly of: MethodsCase;
  readonly variant: Variant;
  readonly models: readonly number[];
}

/** A grid's best value at the first base model, with everything that was tried. */
export interface GridChoice {
  readonly variant: Variant | undefined;
  readonly tried: readonly { readonly variant: Variant; readonly lds: number }[];
}

/** Trains the base models. */
export async function trainNetworks({ cases, laboratory }: MethodsContext): Promise<void> {
  const jobs = cases.flatMap(({ setting }) =>
    firstModels(setting.baseModels).map(
      (model): MethodsListed => ({
        job: { kind: 'network', setting, model },
        label: `${setting.name} network`,
        unbounded: true,
      }),
    ),
  );
  await laboratory.list({ name: 'base models', uneven: 'uneven' }, jobs);
}

/**
 * Computes all scores, as far as the time suffices: what is fast at the first base model of every setting; then setting by setting
 * the other base models, what is slow at the first one, and the grid; in the end more base models of what is slow, and its grid.
 */
export async function computeAllScores(context: MethodsContext): Promise<void> {
  const { cases, methods, slowModels, slowGrid } = context;
  const plain = plainVariants(methods);
  const fast = plain.filter((variant) => !isSlow(variant));
  const slow = plain.filter(isSlow);
  const most = Math.max(...cases.map(({ setting }) => setting.baseModels));
  await score(at(cases, fast, [0]), 'first base models', context);
  for (const of of cases) {
    const { name } = of.setting;
    const later = at([of], fast, firstModels(most).slice(1));
    await score([...later, ...together([of], fast)], `${name}, further base models`, context);
    // slow methods beside the grid: alone they would leave a thread without work for a minute
    await scoreGrid(of, { slow: false, models: most, beside: at([of], slow, [0]) }, context);
  }
  await score(
    at(cases, slow, firstModels(slowModels).slice(1)),
    'slow methods, further base models',
    context,
  );
  if (slowGrid)
    for (const of of cases) await scoreGrid(of, { slow: true, models: slowModels, beside: [] }, context);
}

/** Single base models: model by model, setting by setting. */
function at(
  cases: readonly MethodsCase[],
  variants: readonly Variant[],
  models: readonly number[],
): ScoreRequest[] {
  return models.flatMap((model) =>
    cases.flatMap((of) =>
      model < of.setting.baseModels ? variants.map((variant) => ({ of, variant, models: [model] })) : [],
    ),
  );
}

/** Which methods have a grid, how many base models get its best value, and what else is computed meanwhile. */
interface GridRequest {
  readonly slow: boolean;
  readonly models: number;
  readonly beside: readonly ScoreRequest[];
}

/** Every value of the grid at the first base model; the best one at the others. */
async function scoreGrid(
  of: MethodsCase,
  { slow, models, beside }: GridRequest,
  context: MethodsContext,
): Promise<void> {
  const methods = methodsWithGrid(context.methods).filter((method) => isSlow({ method }) === slow);
  const trials = methods.flatMap((method) => at([of], gridVariants(method, of.setting.data.train), [0]));
  const name = `${of.setting.name}, grid${slow ? ' of slow methods' : ''}`;
  await score([...beside, ...trials], beside.length > 0 ? `${name} and slow methods` : name, context);
  if (context.laboratory.share !== undefined) return; // the best is found when all is together
  await judge(trials, `${name}, judged`, context);
  const best = methods.flatMap((method) => gridChoice(of, method, context.work).variant ?? []);
  await score(
    [...at([of], best, firstModels(models).slice(1)), ...together([of], best)],
    `${name}, further base models`,
    context,
  );
}

/** Methods that fit several models as one, at the sizes of ensembles. */
function together(cases: readonly MethodsCase[], variants: readonly Variant[]): ScoreRequest[] {
  return cases.flatMap((of) =>
    variants.filter(fitsTogether).flatMap((variant) =>
      ENSEMBLES.filter((size) => size <= of.setting.baseModels).map((size) => ({
        of,
        variant,
        models: firstModels(size),
      })),
    ),
  );
}

/** The value of the grid with the highest LDS at the first base model, among those that were computed and judged. */
export function gridChoice(of: MethodsCase, method: Variant['method'], work: StoredWork): GridChoice {
  const { setting, size } = of;
  const tried = gridVariants(method, setting.data.train).flatMap((variant) => {
    const summary = work.summary(ldsTask(setting, variant, [0], size));
    const lds = numberOrNaN(summary?.value['mean']);
    return Number.isFinite(lds) ? [{ variant, lds }] : [];
  });
  const best = tried.reduce<(typeof tried)[number] | undefined>(
    (top, each) => (top === undefined || each.lds > top.lds ? each : top),
    undefined,
  );
  return { variant: best?.variant, tried };
}

/** Base models that a variant has scores of. */
export function scoredModels({ setting }: MethodsCase, variant: Variant, work: StoredWork): number[] {
  return firstModels(setting.baseModels).filter((model) =>
    isScored(work.summary(scoresTask(setting, variant, [model]))),
  );
}

/** The ensembles that a variant's scores suffice for. */
export function scoredEnsembles(of: MethodsCase, variant: Variant, work: StoredWork): number[][] {
  const models = scoredModels(of, variant, work);
  return ENSEMBLES.map((size) => models.slice(0, size)).filter(
    (group, k) =>
      group.length === ENSEMBLES[k] &&
      (!fitsTogether(variant) || isScored(work.summary(scoresTask(of.setting, variant, group)))),
  );
}

function isScored(summary: ReturnType<StoredWork['summary']>): boolean {
  return summary !== undefined && failureOf({ ...summary, arrays: {} }) === undefined;
}

/** Judges what is scored of these variants: every base model, and every ensemble. */
export async function judgeVariants(
  wanted: readonly { readonly of: MethodsCase; readonly variant: Variant }[],
  context: MethodsContext,
): Promise<void> {
  const { work } = context;
  const requests = wanted.flatMap(({ of, variant }) =>
    [...scoredModels(of, variant, work).map((model) => [model]), ...scoredEnsembles(of, variant, work)].map(
      (models) => ({ of, variant, models }),
    ),
  );
  await judge(requests, 'judging', context);
}

type MethodsListed = ListedJob<MethodsJob, undefined>;

async function score(
  requests: readonly ScoreRequest[],
  name: string,
  { laboratory }: MethodsContext,
): Promise<void> {
  const companions = requests.map((request) => companionIn(requests, request));
  const jobs = requests.map(({ of: { setting }, variant, models }, k): MethodsListed => {
    const label = `${setting.name} ${variant.method} ${models.length}`;
    const companion = companions[k]?.variant;
    const job = { kind: 'scores' as const, setting, variant, models };
    return { job: companion === undefined ? job : { ...job, companion }, label, pace: label };
  });
  const isCompanion = requests.map((request) => companions.includes(request));
  let left = await laboratory.list(
    { name, uneven: 'uneven' },
    jobs.filter((_, k) => !isCompanion[k]),
  );
  // what was stored beside its companion is there by now
  left += await laboratory.list(
    { name, uneven: 'uneven' },
    jobs.filter((_, k) => isCompanion[k]),
  );
  if (left > 0) laboratory.progress.note(`${name}: ${left} of ${jobs.length} left out, the time is up`);
}

/** The request for what rests on the same chains, if it is among them. */
function companionIn(
  requests: readonly ScoreRequest[],
  { of, variant, models }: ScoreRequest,
): ScoreRequest | undefined {
  const companion = companionOf(variant);
  if (companion === undefined) return undefined;
  return requests.find(
    (other) =>
      other.of === of &&
      other.variant.method === companion.method &&
      other.variant.kind === companion.kind &&
      other.models.join() === models.join(),
  );
}

async function judge(
  requests: readonly ScoreRequest[],
  name: string,
  { laboratory, work }: MethodsContext,
): Promise<void> {
  const jobs = requests
    .filter(({ of, variant, models }) =>
      models.every((model) => isScored(work.summary(scoresTask(of.setting, variant, [model])))),
    )
    .map(
      ({ of: { setting, size }, variant, models }): MethodsListed => ({
        job: { kind: 'lds', setting, variant, models, size },
        label: `${setting.name} lds`,
        unbounded: true,
      }),
    );
  await laboratory.list({ name, uneven: 'uneven' }, jobs);
}
