/** @file The form of methods.json: every method with its cost, alone and in ensembles, and what papers say of it. */
import * as v from 'valibot';
import { MEASUREMENTS, METHOD_NAMES } from '../../influence/index.ts';
import {
  correlation,
  count,
  finite,
  fraction,
  index,
  intervalOf,
  jsonValue,
  named,
  nonNegative,
  type ReadOnly,
} from '../files/json-schemas.ts';
import {
  extentEntries,
  headEntries,
  ldsEntries,
  SpreadSchema,
  settingsFile,
} from '../judging/results-file.ts';
import { OUTCOME_WORDS, VERDICTS } from '../judging/verdict.ts';

/** Stands in every methods.json. */
export const METHODS_FORMAT = 'eigenfluence methods 1';

/** The file that the comparison ends with. */
export const METHODS_FILE = 'methods.json';

/** The first `size` base models, their scores averaged (TRAK: by its own rule). */
const EnsembleSchema = v.strictObject({
  size: count,
  ...ldsEntries,
  /** Of all its models together. */
  seconds: nonNegative,
});
export type EnsembleEntry = ReadOnly<v.InferOutput<typeof EnsembleSchema>>;

const EntrySchema = v.strictObject({
  method: v.picklist(METHOD_NAMES),
  /** Where the options come from: see `VariantKind`; `best` is the best of the grid. */
  kind: v.picklist(['default', 'auto', 'best']),
  /** For tables and figures. */
  label: v.string(),
  options: named(jsonValue),
  /** Options of the first base model, defaults resolved. */
  settings: jsonValue,
  /** Residuals, errors and the like of the first base model. */
  notes: named(jsonValue),
  /** Base models that it was computed for. */
  models: index,
  /** Processor seconds of one core for one base model, medians over them. */
  seconds: v.strictObject({ fit: nonNegative, score: nonNegative }),
  /** Queries without a rank correlation at the base model with the most; they count as 0. Absent where there is none. */
  undefinedQueries: v.exactOptional(count),
  /** The message of the first base model that it failed at. */
  failed: v.nullable(v.string()),
  /** One base model: LDS over all, with a 95 % BCa interval of their mean over subsets. */
  single: v.strictObject({ ...SpreadSchema.entries, ci: intervalOf(correlation) }),
  ensembles: v.array(EnsembleSchema),
  /** What the grid gave at the first base model; empty unless `kind` is best. */
  grid: v.array(v.strictObject({ value: finite, lds: correlation })),
});
export type MethodEntry = ReadOnly<v.InferOutput<typeof EntrySchema>>;
export type EntryKind = MethodEntry['kind'];

const SettingSchema = v.strictObject({
  setting: v.string(),
  parameters: count,
  train: count,
  queries: count,
  measurement: v.picklist(MEASUREMENTS),
  ...extentEntries,
  /** What a perfect predictor would reach with so many seeds; null with one seed. */
  ceiling: v.nullable(correlation),
  queryAccuracy: v.nullable(fraction),
  /** Processor seconds of one base training, the median. */
  trainingSeconds: v.nullable(nonNegative),
  entries: v.array(EntrySchema),
});
export type SettingMethods = ReadOnly<v.InferOutput<typeof SettingSchema>>;

/** What a paper says, in our words, and what was found. */
const ClaimSchema = v.strictObject({
  id: v.string(),
  paper: v.string(),
  claim: v.string(),
  /** Why nothing here can test it; or what the comparison is. */
  remark: v.string(),
  verdict: v.picklist(VERDICTS),
  findings: v.array(
    v.strictObject({
      setting: v.string(),
      label: v.string(),
      value: v.nullable(finite),
      ci: intervalOf(finite),
      /** By its interval, never by its middle. */
      outcome: v.picklist(Object.values(OUTCOME_WORDS)),
    }),
  ),
});
export type MethodsClaim = ReadOnly<v.InferOutput<typeof ClaimSchema>>;

const MethodsSchema = v.strictObject({
  ...headEntries(METHODS_FORMAT),
  machine: v.string(),
  settings: v.array(SettingSchema),
  claims: v.array(ClaimSchema),
});
export type MethodsResults = ReadOnly<v.InferOutput<typeof MethodsSchema>>;

/** methods.json, as it is read back. */
export const METHODS_RESULTS = settingsFile(METHODS_FORMAT, MethodsSchema, 'methods');
