/** @file From stored scores and judgements to methods.json: a pure function of what is stored. */
import {
  type Bootstrap,
  METHODS,
  type MethodName,
  type MethodOptions,
  type RetrainingBank,
} from '../../influence/index.ts';
import type { Json } from '../files/digest.ts';
import { finiteOrNull, numberOrNaN } from '../files/json-number.ts';
import type { JudgedClaim } from '../judging/claim.ts';
import { average, ceilingOf, estimateOf, meanBootstrap, median, spread } from '../judging/judge.ts';
import { settingsDigest } from '../judging/results-file.ts';
import { machine, making } from '../judging/versions.ts';
import { prepareDigits } from '../protocol/data/prepare-digits.ts';
import { openArchive, retrainingBank } from '../protocol/retrainings.ts';
import { firstModels } from '../protocol/run-size.ts';
import { settingModel } from '../protocol/setting-model.ts';
import { decodeJudgement } from './judgement.ts';
import {
  type EnsembleEntry,
  type EntryKind,
  METHODS_FORMAT,
  type MethodEntry,
  type MethodsResults,
  type SettingMethods,
} from './methods.ts';
import {
  type JudgedEntry,
  type JudgedSetting,
  judgeMethodsClaims,
  publishedClaim,
} from './methods-claims.ts';
import { gridChoice, type MethodsCase, scoredEnsembles, scoredModels } from './methods-work.ts';
import { failureOf } from './scores.ts';
import type { StoredWork } from './stored-work.ts';
import { ldsTask, METHODS_VERSIONS, networkTask, scoresTask } from './tasks.ts';
import { gridValue, methodsWithGrid, plainVariants, type Variant } from './variant.ts';

/** Variants that get an entry: every plain one, and each grid's best. */
export function judgedVariants(
  cases: readonly MethodsCase[],
  methods: readonly MethodName[],
  work: StoredWork,
): { readonly of: MethodsCase; readonly variant: Variant; readonly kind: EntryKind }[] {
  return cases.flatMap((of) => [
    ...plainVariants(methods).map((variant) => ({
      of,
      variant,
      kind: variant.kind === 'auto' ? ('auto' as const) : ('default' as const),
    })),
    ...methodsWithGrid(methods).flatMap((method) => {
      const { variant } = gridChoice(of, method, work);
      return variant === undefined ? [] : [{ of, variant, kind: 'best' as const }];
    }),
  ]);
}

/** What methods.json holds, and its claims in full for the page. */
interface Assembled {
  readonly results: MethodsResults;
  readonly claims: readonly JudgedClaim[];
}

/** All results. @param retrainings - Their folder. @param notify - Told of damaged logs. */
export function assembleMethods(
  cases: readonly MethodsCase[],
  methods: readonly MethodName[],
  work: StoredWork,
  retrainings: string,
  notify: (line: string) => void,
): Assembled {
  const judged = cases.map(
    (of): JudgedSetting => ({
      setting: of.setting.name,
      entries: judgedVariants([of], methods, work).map(({ variant, kind }) =>
        judgedEntry(of, variant, kind, work),
      ),
    }),
  );
  const settings = cases.map((of, k) => {
    const archive = openArchive(of.setting, retrainings, notify, false);
    return settingMethods(of, judged[k].entries, work, retrainingBank(of.setting, of.size, archive));
  });
  const claims = judgeMethodsClaims(judged);
  const results: MethodsResults = {
    format: METHODS_FORMAT,
    ...making('subsets', METHODS_VERSIONS),
    machine: machine(),
    digest: settingsDigest(settings),
    settings,
    claims: claims.map(publishedClaim),
  };
  return { results, claims };
}

function settingMethods(
  of: MethodsCase,
  entries: readonly JudgedEntry[],
  work: StoredWork,
  bank: RetrainingBank,
): SettingMethods {
  const { setting, size } = of;
  const networks = firstModels(setting.baseModels).flatMap((model) => {
    const summary = work.summary(networkTask(setting, model));
    return summary === undefined ? [] : [summary];
  });
  const { train, query } = prepareDigits(setting.data);
  const accuracies = networks.map(({ value }) => numberOrNaN(value['queryAccuracy']));
  return {
    setting: setting.name,
    parameters: settingModel(setting).parameterCount,
    train: train.inputs.rows,
    queries: query.inputs.rows,
    measurement: setting.measurement,
    models: networks.length,
    ...size,
    ceiling: ceilingOf(setting, bank).ceiling,
    queryAccuracy: finiteOrNull(average(accuracies)),
    trainingSeconds: finiteOrNull(median(networks.map(({ seconds }) => seconds['train'] ?? Number.NaN))),
    entries: entries.map(({ entry }) => entry),
  };
}

function judgedEntry(of: MethodsCase, variant: Variant, kind: EntryKind, work: StoredWork): JudgedEntry {
  const { setting, size } = of;
  const { method, options } = variant;
  const models = scoredModels(of, variant, work).filter(
    (model) => work.summary(ldsTask(setting, variant, [model], size)) !== undefined,
  );
  const bootstrap = (group: readonly number[]): Bootstrap =>
    decodeJudgement(work.result(ldsTask(setting, variant, group, size)));
  const singles = new Map(models.map((model) => [model, bootstrap([model])]));
  const summaries = (of: readonly number[]) =>
    of
      .map((model) => work.summary(scoresTask(setting, variant, [model])))
      .filter((summary) => summary !== undefined);
  const stored = summaries(firstModels(setting.baseModels));
  const done = summaries(models);
  const groups = scoredEnsembles(of, variant, work).filter(
    (group) => work.summary(ldsTask(setting, variant, group, size)) !== undefined,
  );
  const ensembles = new Map(groups.map((group) => [group.length, bootstrap(group)]));
  const { lo, hi } = estimateOf(singles.size === 0 ? undefined : meanBootstrap([...singles.values()]));
  const failures = stored.map((summary) => failureOf({ ...summary, arrays: {} }));
  const stage = (name: string): number =>
    round(median(done.map(({ seconds }) => seconds[name] ?? Number.NaN)) || 0);
  const [first] = done;
  const undefinedQueries = Math.max(
    0,
    ...models.map((model) =>
      Number(work.summary(ldsTask(setting, variant, [model], size))?.value['undefinedQueries'] ?? 0),
    ),
  );
  const entry: MethodEntry = {
    method,
    kind,
    label: entryLabel(method, kind, options, setting.data.train),
    options: JSON.parse(JSON.stringify(options)) as MethodEntry['options'],
    settings: firstOf(first?.value['settings']),
    notes: (first?.value['notes'] ?? {}) as MethodEntry['notes'],
    models: models.length,
    seconds: { fit: stage('fit'), score: stage('score') },
    ...(undefinedQueries === 0 ? {} : { undefinedQueries }),
    failed: failures.find((failure) => failure !== undefined) ?? null,
    single: { ...spread([...singles.values()].map(({ estimate }) => estimate)), ci: [lo, hi] },
    ensembles: groups.map((group): EnsembleEntry => {
      const { value, lo, hi } = estimateOf(ensembles.get(group.length));
      const seconds = round(groupSeconds(of, variant, group, work));
      return { size: group.length, lds: value, ci: [lo, hi], seconds };
    }),
    grid:
      kind === 'best'
        ? gridChoice(of, method, work).tried.map((each) => ({
            value: gridValue(each.variant, setting.data.train),
            lds: each.lds,
          }))
        : [],
  };
  return { entry, singles, ensembles };
}

/** What the fits and scores of an ensemble took. */
function groupSeconds(of: MethodsCase, variant: Variant, group: readonly number[], work: StoredWork): number {
  const own = work.summary(scoresTask(of.setting, variant, group));
  const parts =
    own === undefined ? group.map((model) => work.summary(scoresTask(of.setting, variant, [model]))) : [own];
  return parts.reduce(
    (total, part) => total + Object.values(part?.seconds ?? {}).reduce((sum, value) => sum + value, 0),
    0,
  );
}

/** Method, and what its options are beside the defaults. */
function entryLabel(method: MethodName, kind: EntryKind, options: MethodOptions, train: number): string {
  const { label } = METHODS[method];
  if (kind === 'default') return label;
  if (kind === 'auto') return `${label}, λ auto`;
  const value = gridValue({ method, kind: 'grid', options }, train);
  return `${label}, λ = ${value.toExponential()} (best of grid)`;
}

/** The first of a list of settings, one per model. */
function firstOf(settings: Json | undefined): Json {
  return Array.isArray(settings) ? (settings[0] ?? null) : (settings ?? null);
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
