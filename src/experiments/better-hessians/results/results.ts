/** @file The form of results.json: one entry per setting, versions and seed at the top, a digest over the numbers. */

import * as v from 'valibot';
import { LADDER, LADDER_STEPS } from '../../../curvature/index.ts';
import { digest, type Json } from '../../files/digest.ts';
import type { DigestedFormat } from '../../files/digested-file.ts';
import {
  consistent,
  correlation,
  correlationDifference,
  count,
  finite,
  fraction,
  index,
  intervalOf,
  named,
  nonNegative,
  type ReadOnly,
  recordOf,
  secondsSchema,
  sha256,
  wrongLength,
} from '../../files/json-schemas.ts';
import type { Coverage } from '../../judging/coverage.ts';
import { differenceEntries, extentEntries, SpreadSchema, withoutTimes } from '../../judging/results-file.ts';
import { makingEntries } from '../../judging/versions.ts';
import { METHODS } from '../../protocol/methods.ts';
import { ownName, SettingSchema } from '../../protocol/setting.ts';
import { COMPARISONS, comparisonName } from './comparisons.ts';

/** Stands in every results.json; a file that says something else is not overwritten. */
export const RESULTS_FORMAT = 'eigenfluence results 1';

const ldsEntries = {
  mean: v.nullable(correlation),
  ci: intervalOf(correlation),
  percentile: intervalOf(correlation),
  /** How many queries have constant outcomes or predictions over the subsets. They count as 0 in `mean`, and are null in `perQuery`. */
  undefinedQueries: index,
  perQuery: v.array(v.nullable(correlation)),
};
const LdsSchema = v.strictObject(ldsEntries);

/** A linear data-modelling score. `ci` is the interval that decides: BCa over subsets, studentised over networks and subsets. */
export type LdsEntry = ReadOnly<v.InferOutput<typeof LdsSchema>>;

/** Variances of one network's value: between networks, of the draw of subsets, of a network's own answer to it. */
const VarianceSchema = v.strictObject({ networks: nonNegative, subsets: nonNegative, residual: nonNegative });

/** What stands only where several networks were resampled: see `covers` of the setting. */
const overNetworks = {
  /** 95 % BCa interval over the draw of subsets alone, these networks taken as given. */
  subsetsCi: v.exactOptional(intervalOf(correlationDifference)),
  variance: v.exactOptional(VarianceSchema),
};

const MethodLdsSchema = v.strictObject({
  ...ldsEntries,
  ...overNetworks,
  /** The LDS of each base model's own scores; `ci` is of their mean, over networks and subsets. */
  single: v.strictObject({
    ...SpreadSchema.entries,
    ci: v.exactOptional(intervalOf(correlation)),
    percentile: v.exactOptional(intervalOf(correlation)),
  }),
});

/** LDS(a) − LDS(b), paired: both methods at the same networks and on the same resampled subsets. An interval that contains 0 orders nothing. */
const DifferenceSchema = v.strictObject({
  a: v.picklist(METHODS),
  b: v.picklist(METHODS),
  ...differenceEntries,
  ...overNetworks,
  /** The same of single networks: the mean of `values`, one a network. */
  single: v.exactOptional(
    v.strictObject({ ...differenceEntries, values: v.array(v.nullable(correlationDifference)) }),
  ),
});

const COMPARISON_NAMES: readonly string[] = COMPARISONS.map(([a, b]) => comparisonName(a, b));

const distance = v.nullable(nonNegative);
const overlap = v.nullable(fraction);

const SingleDiagnosticsSchema = v.strictObject({
  residual: distance,
  crossLayer: distance,
  eigenvalueOverlapKfac: overlap,
  eigenvalueOverlapEkfac: overlap,
  basisOverlapKfac: overlap,
  basisOverlapEkfac: overlap,
});

/** The names of these figures, as a diagnostics task has them too. */
export const DIAGNOSTICS = Object.keys(SingleDiagnosticsSchema.entries) as (keyof SingleDiagnostics)[];

/** Appendix C at one base model. */
export type SingleDiagnostics = ReadOnly<v.InferOutput<typeof SingleDiagnosticsSchema>>;

const LdsChangeSchema = v.strictObject({
  /** 95 % BCa interval of `change`, both methods on the same resamples. */
  ci: intervalOf(correlationDifference),
  change: v.nullable(correlationDifference),
  shareOfTotal: v.nullable(finite),
  relative: v.nullable(finite),
  relativeToFirst: v.nullable(finite),
});

/** What a step of the ladder does to the LDS; see `ldsChange` in src/influence. */
export type LdsChangeEntry = ReadOnly<v.InferOutput<typeof LdsChangeSchema>>;

/** What the inverse rule saw: eigenvalues inverted, and those of them below zero. */
const SpectrumSchema = v.pipe(
  v.strictObject({
    rank: index,
    negative: index,
    trace: v.nullable(finite),
    frobenius: v.nullable(nonNegative),
  }),
  consistent(({ rank, negative }) =>
    negative > rank ? `negative is ${negative}, more than rank, ${rank}` : undefined,
  ),
);
export type SpectrumEntry = ReadOnly<v.InferOutput<typeof SpectrumSchema>>;

const sample = v.strictObject({ train: nonNegative, query: nonNegative });

const SettingFields = v.strictObject({
  parameters: count,
  /** `models` are networks trained on everything, whose scores are averaged. */
  ...extentEntries,
  /** What every `ci` and `percentile` of an LDS covers. Absent: the draw of subsets alone. */
  covers: v.exactOptional(v.literal('networks and subsets' satisfies Coverage)),
  accuracy: v.strictObject({ train: fraction, query: fraction }),
  loss: sample,
  lds: recordOf(METHODS, MethodLdsSchema),
  /** The LDS that a perfect predictor of the expected outcome would reach with these seeds. */
  ceiling: v.nullable(correlation),
  /** How well one half of the seeds predicts the other half. */
  splitHalf: v.nullable(correlation),
  /** Eq. 9, mean over base models. */
  error: recordOf(LADDER, v.nullable(nonNegative)),
  /** Eq. 9 of each base model. */
  errorSingle: recordOf(LADDER, v.array(v.nullable(nonNegative))),
  errorShare: recordOf(LADDER_STEPS, v.nullable(finite)),
  ldsChange: recordOf(LADDER_STEPS, LdsChangeSchema),
  /** By name: "hessian−ggn" and the other steps, "hessian−kfac", and "hessian−grad-dot" … "kfac−grad-dot". */
  differences: recordOf(COMPARISON_NAMES, DifferenceSchema),
  /** Means over base models. */
  diagnostics: v.strictObject({
    residual: distance,
    crossLayer: distance,
    eigenvalueOverlap: v.strictObject({ kfac: overlap, ekfac: overlap }),
    basisOverlap: overlap,
    basisOverlapEkfac: overlap,
  }),
  /** One entry per base model. */
  diagnosticsSingle: v.array(SingleDiagnosticsSchema),
  /** Of the first base model. */
  spectrum: recordOf(LADDER, SpectrumSchema),
  /** SHA-256 of parameters, score matrices and retraining outcomes: equal digests, equal bits. */
  digests: named(sha256),
  config: SettingSchema,
  /** Seconds of one core per stage, as measured when the stage was computed: the only part that varies between runs. */
  seconds: secondsSchema,
});

/** One setting. Fractions, not per cent; null stands for "undefined". */
export type SettingResults = ReadOnly<v.InferOutput<typeof SettingFields>>;

const SettingResultsSchema = v.pipe(
  SettingFields,
  consistent((setting) => contradiction(setting)),
);

/** Lists that belong together, and names that say twice what they are. */
function contradiction({
  models,
  lds,
  errorSingle,
  diagnosticsSingle,
  differences,
  config,
}: SettingResults): string | undefined {
  const { queries } = config.data;
  const perQuery = METHODS.map((m) => [`lds.${m}.perQuery`, lds[m].perQuery] as const);
  const ofModels = [
    ...METHODS.map((m) => [`lds.${m}.single.values`, lds[m].single.values] as const),
    ...LADDER.map((kind) => [`errorSingle.${kind}`, errorSingle[kind]] as const),
    ['diagnosticsSingle', diagnosticsSingle] as const,
    ...Object.entries(differences).flatMap(([name, { single }]) =>
      single === undefined ? [] : [[`differences.${name}.single.values`, single.values] as const],
    ),
  ];
  const crowded = METHODS.find((m) => lds[m].undefinedQueries > queries);
  const named = ownName(config);
  const misnamed = Object.entries(differences).find(([name, { a, b }]) => name !== comparisonName(a, b));
  return (
    wrongLength(perQuery, queries, 'config.data.queries') ??
    wrongLength(ofModels, models, 'models') ??
    (crowded && `lds.${crowded}.undefinedQueries is more than config.data.queries, ${queries}`) ??
    (named === config.name ? undefined : `config is that of ${named}, its name ${config.name}`) ??
    (misnamed && `differences.${misnamed[0]} is that of ${comparisonName(misnamed[1].a, misnamed[1].b)}`)
  );
}

/** Retrainings, subsets × seeds, and base models. */
const ExtentSchema = v.strictObject(extentEntries);
export type Extent = ReadOnly<v.InferOutput<typeof ExtentSchema>>;

const IncompleteSchema = v.strictObject({
  asked: ExtentSchema,
  /** What the numbers in this file rest on; null when there is too little for any, and the setting is left out. */
  used: v.nullable(ExtentSchema),
  /** What is not stored. The same command, without a time budget, computes it. */
  missing: v.array(v.string()),
});

/** How far a setting has come that is not as large as the last run asked for. */
export type Incomplete = ReadOnly<v.InferOutput<typeof IncompleteSchema>>;

const headEntries = {
  format: v.literal(RESULTS_FORMAT),
  ...makingEntries,
  kernelTier: v.string(),
  /** Processors, memory and platform. */
  machine: v.exactOptional(v.string()),
  seed: index,
  /** Absent when every setting is as large as asked for. */
  incomplete: v.exactOptional(named(IncompleteSchema)),
  /** Settings that stand as in an earlier file, each with the digest of that file; absent where every setting was made from stored work. */
  kept: v.exactOptional(named(sha256)),
};
const HeadSchema = v.strictObject(headEntries);

/** Fields of the file that are not settings. */
export const HEAD_FIELDS: ReadonlySet<string> = new Set([...Object.keys(headEntries), 'digest']);

/** What stands beside the settings. */
export type ResultsHead = ReadOnly<v.InferOutput<typeof HeadSchema>>;

/** The settings by name. */
export type SettingTable = Readonly<Record<string, SettingResults>>;

/** The file: every field that is not of the head is a setting. */
const ResultsSchema = v.pipe(
  v.objectWithRest({ ...headEntries, digest: sha256 }, SettingResultsSchema),
  v.transform(
    ({
      format,
      versions,
      machine,
      seed,
      kernelTier,
      intervals,
      incomplete,
      kept,
      digest: stored,
      ...settings
    }) => ({
      head: {
        format,
        versions,
        ...(machine === undefined ? {} : { machine }),
        seed,
        kernelTier,
        ...(intervals === undefined ? {} : { intervals }),
        ...(incomplete === undefined ? {} : { incomplete }),
        ...(kept === undefined ? {} : { kept }),
      } satisfies ResultsHead,
      digest: stored,
      settings,
    }),
  ),
  consistent(({ head, settings }) => {
    for (const [name, { config }] of Object.entries(settings)) {
      if (config.name !== name) return `${name} has the config of ${config.name}`;
      if (config.seed !== head.seed) return `${name}.config.seed is ${config.seed}, but seed is ${head.seed}`;
    }
    return undefined;
  }),
);

/** A results.json, read: head, settings, and their digest, which holds. */
export type Results = ReadOnly<v.InferOutput<typeof ResultsSchema>>;

/** How results.json is read. */
export const RESULTS_FILE: DigestedFormat<typeof ResultsSchema> = {
  format: RESULTS_FORMAT,
  schema: ResultsSchema,
  digest: ({ head, digest: stored, settings }) => ({
    field: 'digest',
    stored,
    computed: resultsDigest(head.seed, settings),
  }),
  command: 'reproduce',
};

/** The whole file: head, `digest`, then each setting under its name. */
export function resultsFile(head: ResultsHead, settings: SettingTable): { [key: string]: Json } {
  return {
    ...head,
    digest: resultsDigest(head.seed, settings),
    ...settings,
  };
}

/** SHA-256 over seed and settings without their `seconds`: the same for any number of workers and any kills. */
export function resultsDigest(seed: number, settings: SettingTable): string {
  return digest({ seed, settings: withoutTimes(settings) });
}
