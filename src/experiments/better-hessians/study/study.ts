/** @file The form of study.json: per setting every curve, and what each convention makes of the paper's ordering. */

import * as v from 'valibot';
import { LADDER } from '../../../curvature/index.ts';
import { CLASS_MEASUREMENTS } from '../../../influence/index.ts';
import { digest } from '../../files/digest.ts';
import type { DigestedFormat } from '../../files/digested-file.ts';
import type { JsonInterval } from '../../files/json-number.ts';
import {
  consistent,
  correlation,
  correlationDifference,
  count,
  finite,
  fraction,
  intervalOf,
  nonNegative,
  positive,
  type ReadOnly,
  recordOf,
  sha256,
} from '../../files/json-schemas.ts';
import type { Coverage } from '../../judging/coverage.ts';
import { keptEntries } from '../../judging/kept-settings.ts';
import { extentEntries, headEntries, ldsEntries } from '../../judging/results-file.ts';
import { METHODS } from '../../protocol/methods.ts';
import { settingNameSchema } from '../../protocol/setting.ts';
import { FAMILIES, NEGATIVES } from './rule.ts';
import { FISHERS, PARTITIONS } from './variant.ts';

/** Stands in every study.json. */
export const STUDY_FORMAT = 'eigenfluence study 1';

/** Where a study is kept, relative to --out. */
export const STUDY = 'study.json';

/** Every rule of every variant as a table, beside it. */
export const STUDY_TABLE = 'study.csv';

/** {@link StudyEntry}, as it is read. */
export const EntrySchema = v.strictObject({
  method: v.picklist(METHODS),
  fisher: v.picklist(FISHERS),
  partition: v.picklist(PARTITIONS),
  family: v.picklist([...FAMILIES, 'none']),
  /** ε, λ or t. */
  value: v.nullable(nonNegative),
  negative: v.picklist(NEGATIVES),
  factors: v.picklist(['product', 'separate']),
  measurement: v.picklist(CLASS_MEASUREMENTS),
  /** Of the mean score over base models. */
  ...ldsEntries,
  /** Eq. 9, mean over base models. */
  error: v.nullable(nonNegative),
  /** Eigenvalues inverted, those below zero, and the smallest divisor. */
  rank: v.nullable(nonNegative),
  negativeInverted: v.nullable(nonNegative),
  smallestDivisor: v.nullable(nonNegative),
  /** Shares of the variance of the predictions from σ < 0 and from |σ| below `SHARE_BOUNDS`. */
  negativeShare: v.nullable(finite),
  sharesBelow: v.array(v.nullable(finite)),
});

/** One method under one rule. Numbers have six significant digits; null stands for "undefined". */
export type StudyEntry = ReadOnly<v.InferOutput<typeof EntrySchema>>;

/** What a paired interval says of an order. */
const VERDICTS = ['holds', 'reversed', 'undecided', 'undefined'] as const;

/** Whether the first of two methods has the higher LDS: by the paired interval, never by the point value. */
export type Verdict = (typeof VERDICTS)[number];

const RelationSchema = v.pipe(
  v.strictObject({
    a: v.picklist(METHODS),
    b: v.picklist(METHODS),
    difference: v.nullable(correlationDifference),
    ci: intervalOf(correlationDifference),
    verdict: v.picklist(VERDICTS),
  }),
  consistent(({ ci, verdict }) =>
    verdict === verdictOf(ci) ? undefined : `verdict is ${verdict}, but ci says ${verdictOf(ci)}`,
  ),
);

/** LDS(a) − LDS(b) with its paired 95 % interval. */
export type StudyRelation = ReadOnly<v.InferOutput<typeof RelationSchema>>;

/** What an interval of a difference says. */
export function verdictOf([lo, hi]: JsonInterval): Verdict {
  if (lo === null || hi === null) return 'undefined';
  return lo > 0 ? 'holds' : hi < 0 ? 'reversed' : 'undecided';
}

const ConventionMethodSchema = v.strictObject({
  ...ldsEntries,
  /** Eq. 9; the mean over the halves' choices where there are two. */
  error: v.nullable(nonNegative),
  rules: v.array(v.string()),
});

/** One method under one convention. `rules`: what was chosen, one rule, or one per half of the queries. */
export type ConventionMethod = ReadOnly<v.InferOutput<typeof ConventionMethodSchema>>;

const ConventionSchema = v.strictObject({
  id: v.string(),
  group: v.string(),
  label: v.string(),
  measurement: v.picklist(CLASS_MEASUREMENTS),
  /** Whether each method used its own best regularisation. */
  best: v.boolean(),
  methods: recordOf(METHODS, ConventionMethodSchema),
  relations: v.array(RelationSchema),
  /** Curvatures in the order of rising Eq. 9 error. */
  errorOrder: v.pipe(
    v.array(v.picklist(LADDER)),
    v.check((order) => new Set(order).size === order.length, 'every curvature once'),
  ),
  /** Spearman's ρ between error and LDS over the five curvatures; the paper says −1. */
  errorLdsCorrelation: v.nullable(correlation),
});

/** What one convention makes of the ladder. */
export type ConventionResult = ReadOnly<v.InferOutput<typeof ConventionSchema>>;

const SettingSchema = v.strictObject({
  /** Its name, with a word for each training convention that differs: d8-w16-e100-m0. */
  setting: settingNameSchema,
  parameters: count,
  ...extentEntries,
  /** What every `ci` covers. Absent: the draw of subsets alone. */
  covers: v.exactOptional(v.literal('networks and subsets' satisfies Coverage)),
  /** t of the unrolled filter. */
  time: positive,
  queryAccuracy: v.nullable(fraction),
  /** Noise ceiling per measurement; null with a single seed. */
  ceiling: recordOf(CLASS_MEASUREMENTS, v.nullable(correlation)),
  conventions: v.array(ConventionSchema),
  entries: v.array(EntrySchema),
});

/** One setting, or one training variant of it. */
export type SettingStudy = ReadOnly<v.InferOutput<typeof SettingSchema>>;

const StudySchema = v.strictObject({
  ...headEntries(STUDY_FORMAT),
  ...keptEntries,
  /** Of `settings` without their entries, in a file that was cut down to that: see {@link withoutEntries}. */
  conventionsDigest: v.exactOptional(sha256),
  settings: v.pipe(
    v.array(SettingSchema),
    v.check((all) => new Set(all.map(({ setting }) => setting)).size === all.length, 'every setting once'),
  ),
});

/** The whole file. */
export type Study = ReadOnly<v.InferOutput<typeof StudySchema>>;

/**
 * A study without the thousands of entries, which study.csv holds in full; claims need its conventions only. `digest` stays
 * that of the whole, so that the file still tells which study it comes from, and the rest gets a digest of its own.
 */
export function withoutEntries(study: Study): Study {
  const settings = study.settings.map((setting) => ({ ...setting, entries: [] }));
  return { ...study, conventionsDigest: digest(settings), settings };
}

/** How study.json is read, whole or {@link withoutEntries}. */
export const STUDY_FILE: DigestedFormat<typeof StudySchema> = {
  format: STUDY_FORMAT,
  schema: StudySchema,
  digest: ({ digest: whole, conventionsDigest, settings }) => {
    const cut = settings.length > 0 && settings.every(({ entries }) => entries.length === 0);
    return {
      field: cut ? 'conventionsDigest' : 'digest',
      stored: cut ? conventionsDigest : whole,
      computed: digest(settings),
    };
  },
  command: 'study',
};
