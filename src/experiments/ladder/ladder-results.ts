/** @file The form of ladder.json: what each rung is worth in each setting, with what it loses to the rung above. */
import * as v from 'valibot';
import { MEASUREMENTS } from '../../influence/index.ts';
import {
  correlation,
  correlationDifference,
  count,
  finite,
  intervalOf,
  nonNegative,
  positive,
  type ReadOnly,
} from '../files/json-schemas.ts';
import { keptEntries } from '../judging/kept-settings.ts';
import { extentEntries, headEntries, settingsFile } from '../judging/results-file.ts';

/** Stands in every ladder.json. */
export const LADDER_FORMAT = 'eigenfluence ladder 1';

/** The file that the experiment ends with. */
export const LADDER_FILE = 'ladder.json';

/** A difference with its interval over networks and subsets, paired. */
const DifferenceSchema = v.strictObject({
  difference: v.nullable(correlationDifference),
  ci: intervalOf(correlationDifference),
});
export type LadderDifference = ReadOnly<v.InferOutput<typeof DifferenceSchema>>;

/** An LDS in one reading. */
const ReadingSchema = v.strictObject({
  lds: v.nullable(correlation),
  ci: intervalOf(correlation),
  /** Which variant: the rule, the part, or the best damping. */
  variant: v.string(),
  /** The rung above less this one, by the networks that both have; absent where there is none, or where no rung. */
  lost: v.exactOptional(DifferenceSchema),
  /** `trajectory` less this, by the networks that both have. */
  behind: v.exactOptional(DifferenceSchema),
});
export type Reading = ReadOnly<v.InferOutput<typeof ReadingSchema>>;

const RungSchema = v.strictObject({
  id: v.string(),
  label: v.string(),
  group: v.picklist(['rung', 'published', 'part', 'control']),
  models: count,
  /** LDS of each network. */
  values: v.array(v.nullable(correlation)),
  sd: v.nullable(nonNegative),
  /** Processor seconds of the whole computation that it is read off, the median over networks. */
  seconds: v.nullable(nonNegative),
  /** How far the adjoint grows: the median over queries, the geometric mean over networks. */
  amplification: v.nullable(nonNegative),
  single: ReadingSchema,
  ensemble: ReadingSchema,
});
export type RungEntry = ReadOnly<v.InferOutput<typeof RungSchema>>;

const START = v.picklist(['torch', 'xavier']);

/** A run that `trajectory` might have followed. */
const RunSchema = v.strictObject({
  epochs: count,
  learningRate: positive,
  momentum: nonNegative,
  initialisation: START,
  adjoint: v.picklist(['hessian', 'ggn', 'mean']),
  /** τ = Σ η/(1 − μ). */
  duration: positive,
  models: count,
  amplification: v.nullable(nonNegative),
  single: v.strictObject({ lds: v.nullable(correlation), ci: intervalOf(correlation) }),
  ensemble: v.strictObject({ lds: v.nullable(correlation), ci: intervalOf(correlation) }),
  /** The correlation of two networks' predictions over the subsets, averaged over pairs and queries. */
  alike: v.nullable(correlation),
  failed: v.nullable(v.string()),
});
export type RunEntry = ReadOnly<v.InferOutput<typeof RunSchema>>;

const SettingSchema = v.strictObject({
  setting: v.string(),
  /** What it is learnt from and by; absent: Digits, by the cross-entropy. */
  data: v.exactOptional(v.picklist(['concrete', 'fashion-mnist'])),
  loss: v.exactOptional(v.picklist(['cross-entropy', 'squared-error'])),
  parameters: count,
  train: count,
  queries: count,
  measurement: v.picklist(MEASUREMENTS),
  ...extentEntries,
  /** What knowing every expected outcome would reach: realised retraining. */
  ceiling: v.nullable(correlation),
  /** What the rule of `trajectory` chose, and what it looked at. */
  choice: v.strictObject({
    epochs: count,
    learningRate: positive,
    initialisation: START,
    probes: v.array(
      v.strictObject({
        epochs: count,
        lr: positive,
        start: START,
        heldOut: v.nullable(nonNegative),
        growth: v.nullable(nonNegative),
      }),
    ),
  }),
  rungs: v.array(RungSchema),
  /** Why a computation has no scores. */
  failures: v.array(v.strictObject({ of: v.string(), reason: v.string() })),
  /** How alike two rungs predict: the correlation over subsets of the averaged predictions, mean over queries; by the order of `of`. */
  alike: v.strictObject({ of: v.array(v.string()), values: v.array(v.array(v.nullable(correlation))) }),
  runs: v.array(RunSchema),
  responses: v.array(
    v.strictObject({
      run: v.picklist(['chosen', 'whole']),
      amplification: v.nullable(nonNegative),
      step: positive,
      smoothness: v.nullable(finite),
      predicted: v.nullable(finite),
    }),
  ),
});
export type LadderSetting = ReadOnly<v.InferOutput<typeof SettingSchema>>;

const LadderSchema = v.strictObject({
  ...headEntries(LADDER_FORMAT),
  ...keptEntries,
  machine: v.string(),
  settings: v.array(SettingSchema),
});
export type LadderResults = ReadOnly<v.InferOutput<typeof LadderSchema>>;

/** ladder.json, as it is read back. */
export const LADDER_RESULTS = settingsFile(LADDER_FORMAT, LadderSchema, 'ladder');
