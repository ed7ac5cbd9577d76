/** @file The form of methods.json: every method with its cost, alone and in ensembles, and what papers say of it. */
import * as v from 'valibot';
import { MEASUREMENTS, METHOD_NAMES, type MethodName } from '../../influence/index.ts';
import type { Spread } from '../better-hessians/results/results.ts';
import { digest, type Json } from '../files/digest.ts';
import type { DigestedFormat } from '../files/digested-file.ts';
import type { JsonInterval } from '../files/json-number.ts';
import {
  correlation,
  count,
  fraction,
  intervalOf,
  nonNegative,
  sha256,
  versionsSchema,
} from '../files/json-schemas.ts';
import type { PaperOutcome } from '../judging/paper-claim.ts';
import { type ClaimVerdict, type OUTCOME_WORDS, VERDICTS } from '../judging/verdict.ts';
import type { Making } from '../judging/versions.ts';
import { makingEntries } from '../judging/versions.ts';

/** Stands in every methods.json. */
export const METHODS_FORMAT = 'eigenfluence methods 1';

/** The file that the comparison ends with. */
export const METHODS_FILE = 'methods.json';

export interface MethodsResults extends Making {
  readonly format: typeof METHODS_FORMAT;
  readonly machine: string;
  /** SHA-256 of the settings without their seconds. */
  readonly digest: string;
  readonly settings: readonly SettingMethods[];
  readonly claims: readonly MethodsClaim[];
}

export interface SettingMethods {
  readonly setting: string;
  readonly parameters: number;
  readonly train: number;
  readonly queries: number;
  readonly measurement: string;
  readonly models: number;
  readonly subsets: number;
  readonly seeds: number;
  /** What a perfect predictor would reach with so many seeds; null with one seed. */
  readonly ceiling: number | null;
  readonly queryAccuracy: number | null;
  /** Processor seconds of one base training, the median. */
  readonly trainingSeconds: number | null;
  readonly entries: readonly MethodEntry[];
}

/** Where an entry's options come from: see `VariantKind`; `best` is the best of the grid. */
export type EntryKind = 'default' | 'auto' | 'best';

export interface MethodEntry {
  readonly method: MethodName;
  readonly kind: EntryKind;
  /** For tables and figures. */
  readonly label: string;
  readonly options: { readonly [name: string]: Json };
  /** Options of the first base model, defaults resolved. */
  readonly settings: Json;
  /** Residuals, errors and the like of the first base model. */
  readonly notes: { readonly [name: string]: Json };
  /** Base models that it was computed for. */
  readonly models: number;
  /** Processor seconds of one core for one base model, medians over them. */
  readonly seconds: { readonly fit: number; readonly score: number };
  /** Queries without a rank correlation at the base model with the most; they count as 0. Absent where there is none. */
  readonly undefinedQueries?: number;
  /** The message of the first base model that it failed at. */
  readonly failed: string | null;
  /** One base model: LDS over all, with a 95 % BCa interval of their mean over subsets. */
  readonly single: Spread & { readonly ci: JsonInterval };
  readonly ensembles: readonly EnsembleEntry[];
  /** What the grid gave at the first base model; empty unless `kind` is best. */
  readonly grid: readonly { readonly value: number; readonly lds: number }[];
}

/** The first `size` base models, their scores averaged (TRAK: by its own rule). */
export interface EnsembleEntry {
  readonly size: number;
  readonly lds: number | null;
  readonly ci: JsonInterval;
  /** Of all its models together. */
  readonly seconds: number;
}

/** What a paper says, in our words, and what was found. */
export interface MethodsClaim {
  readonly id: string;
  readonly paper: string;
  readonly claim: string;
  readonly verdict: ClaimVerdict;
  /** Why nothing here can test it; or what the comparison is. */
  readonly remark: string;
  readonly findings: readonly ClaimFinding[];
}

export interface ClaimFinding {
  readonly setting: string;
  readonly label: string;
  readonly value: number | null;
  readonly ci: JsonInterval;
  /** By its interval, never by its middle. */
  readonly outcome: (typeof OUTCOME_WORDS)[PaperOutcome];
}

const interval = intervalOf(correlation);

/** What is read of an entry. Other fields are for people; the digest covers them too. */
const EntrySchema = v.looseObject({
  method: v.picklist(METHOD_NAMES),
  kind: v.picklist(['default', 'auto', 'best']),
  label: v.string(),
  models: v.pipe(v.number(), v.integer('a whole number')),
  seconds: v.strictObject({ fit: nonNegative, score: nonNegative }),
  failed: v.nullable(v.string()),
  single: v.looseObject({ mean: v.nullable(correlation), ci: interval }),
  ensembles: v.array(
    v.strictObject({ size: count, lds: v.nullable(correlation), ci: interval, seconds: nonNegative }),
  ),
});

const SettingSchema = v.looseObject({
  setting: v.string(),
  parameters: count,
  train: count,
  queries: count,
  measurement: v.picklist(MEASUREMENTS),
  models: count,
  subsets: count,
  seeds: count,
  ceiling: v.nullable(correlation),
  queryAccuracy: v.nullable(fraction),
  trainingSeconds: v.nullable(nonNegative),
  entries: v.array(EntrySchema),
});

const MethodsSchema = v.strictObject({
  format: v.literal(METHODS_FORMAT),
  versions: versionsSchema,
  ...makingEntries,
  machine: v.string(),
  digest: sha256,
  settings: v.array(SettingSchema),
  claims: v.array(v.looseObject({ id: v.string(), verdict: v.picklist(VERDICTS) })),
});

/** SHA-256 of the settings without what varies between runs. */
export function methodsDigest(settings: readonly object[]): string {
  return digest((settings as readonly SettingMethods[]).map(withoutSeconds) as unknown as Json);
}

function withoutSeconds({ trainingSeconds: _training, entries, ...rest }: SettingMethods): object {
  return {
    ...rest,
    entries: entries.map(({ seconds: _seconds, ensembles, ...entry }) => ({
      ...entry,
      ensembles: ensembles.map(({ seconds: _together, ...ensemble }) => ensemble),
    })),
  };
}

/** methods.json, as it is read back. */
export const METHODS_RESULTS: DigestedFormat<typeof MethodsSchema> = {
  format: METHODS_FORMAT,
  schema: MethodsSchema,
  digest: ({ digest: stored, settings }) => ({ field: 'digest', stored, computed: methodsDigest(settings) }),
  command: 'methods',
};
