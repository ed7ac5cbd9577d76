/** @file The form of astra.json: every method with its LDS, and the studies of the solver. */
import * as v from 'valibot';
import {
  correlation,
  correlationDifference,
  count,
  finite,
  fraction,
  index,
  intervalOf,
  named,
  nonNegative,
  positive,
  type ReadOnly,
} from '../files/json-schemas.ts';
import { extentEntries, headEntries, settingsFile } from '../judging/results-file.ts';
import type { AstraSetting } from './setting.ts';

export const ASTRA_FILE = 'astra.json';
export const ASTRA_FORMAT = 'eigenfluence astra 1';

/** An LDS, or a paired difference of two, with its 95 % interval: BCa over subsets, or of methods on convolutional networks over networks and subsets. */
const ScoredSchema = v.strictObject({
  mean: v.nullable(correlationDifference),
  ci: intervalOf(correlationDifference),
});
export type Scored = ReadOnly<v.InferOutput<typeof ScoredSchema>>;

const number = v.nullable(finite);

const EntrySchema = v.strictObject({
  name: v.string(),
  label: v.string(),
  method: v.string(),
  damping: v.nullable(nonNegative),
  /** Base models that the method was run at. */
  models: count,
  /** Base models at which its solver diverged, which are left out with all that follow; absent where there is none. */
  diverged: v.exactOptional(count),
  /** Mean over base models of the LDS of one. */
  single: ScoredSchema,
  perModel: v.array(v.nullable(correlation)),
  /** LDS of the mean score; null with one model. */
  ensemble: v.nullable(ScoredSchema),
  /** LDS of the mean score less the mean LDS. */
  ensembling: v.nullable(ScoredSchema),
  /**
   * This less another, at the base models of both: ASTRA-SOURCE less SOURCE; any other method less EKFAC-IF with the same λ, that of
   * Table 3 for methods without. `ensembling`: how much more averaging adds to this, where intervals cover networks.
   */
  against: v.nullable(
    v.strictObject({
      label: v.string(),
      single: ScoredSchema,
      ensemble: v.nullable(ScoredSchema),
      ensembling: v.exactOptional(ScoredSchema),
    }),
  ),
  /** Mean over queries and models, and the largest, of the relative residual of a solve. `unsolved`: models left out, as theirs is not finite; absent where there is none. */
  residual: v.nullable(
    v.strictObject({ mean: nonNegative, largest: nonNegative, unsolved: v.exactOptional(count) }),
  ),
  /** Step size, mean over models. */
  alpha: number,
  /** Wall seconds of one base model in one thread. */
  seconds: nonNegative,
});
export type MethodEntry = ReadOnly<v.InferOutput<typeof EntrySchema>>;

const PointSchema = v.strictObject({
  iteration: index,
  /** (h − h*)/|h*|: mean over queries, and median. */
  distance: number,
  medianDistance: number,
  residual: number,
  lds: ScoredSchema,
  /** LDS here less that of the exact solutions. */
  minusExact: ScoredSchema,
});

const ConvergenceSchema = v.strictObject({
  solver: v.picklist(['astra', 'sni']),
  damping: nonNegative,
  rates: v.array(positive),
  /** Mean distance to the minimum at the end per rate; null: diverged. */
  sweep: v.array(number),
  rate: positive,
  points: v.array(PointSchema),
  /** LDS of the exact solutions. */
  exact: ScoredSchema,
});
export type Convergence = ReadOnly<v.InferOutput<typeof ConvergenceSchema>>;

const AblatedSchema = v.strictObject({
  name: v.string(),
  label: v.string(),
  diverged: v.boolean(),
  /** LDS of the components above each threshold. */
  lds: v.array(ScoredSchema),
  /** LDS here less that of EKFAC-IF cut alike. */
  minusEkfac: v.array(ScoredSchema),
  /** LDS of the whole less that of the components above each threshold. */
  gain: v.array(ScoredSchema),
  /** Relative error of the components in each bin, median over queries; null where the bin is empty. */
  errors: v.array(number),
});
export type AblatedSolver = ReadOnly<v.InferOutput<typeof AblatedSchema>>;

const AblationSchema = v.strictObject({
  damping: nonNegative,
  thresholds: v.array(finite),
  /** Eigenvalues of EK-FAC above each threshold. */
  counts: v.array(index),
  solvers: v.array(AblatedSchema),
});
export type Ablation = ReadOnly<v.InferOutput<typeof AblationSchema>>;

const DampingSchema = v.strictObject({
  damping: nonNegative,
  rows: v.array(
    v.strictObject({
      alpha: positive,
      steps: count,
      extra: positive,
      /** The series left its bounds: neither distances nor an LDS of it, nor a difference. */
      diverged: v.boolean(),
      /** Mean relative distance of the truncated series from the exact solutions with λ + 1/(αJ), and with λ. */
      toDamped: number,
      toExact: number,
      ldsTruncated: ScoredSchema,
      ldsDamped: ScoredSchema,
      difference: ScoredSchema,
    }),
  ),
});
export type ImplicitDamping = ReadOnly<v.InferOutput<typeof DampingSchema>>;

const ShownSchema = v.strictObject({
  /** Position in the data, and what is drawn there. */
  position: index,
  name: v.string(),
  label: index,
  /** Score averaged over base models; negative: it raised the margin. */
  score: finite,
});
export type ShownExample = ReadOnly<v.InferOutput<typeof ShownSchema>>;

const KinSchema = v.strictObject({
  /** Among the training examples that helped a query most: the share in its category, mean over queries. */
  category: fraction,
  /** The share of its own drawings in other skin tones that are among them, mean over queries that have such; null where none has. */
  tones: v.nullable(fraction),
});

const StrongestSchema = v.strictObject({
  /** How many of the training examples that helped count. */
  among: count,
  /** Queries with their own drawing in another skin tone among the training examples. */
  toned: index,
  /** What chance would give: shares of the training set. */
  chance: KinSchema,
  methods: v.array(v.strictObject({ name: v.string(), label: v.string(), models: count, kin: KinSchema })),
  /** The first query of each category. */
  queries: v.array(
    v.strictObject({
      query: v.strictObject({ position: index, name: v.string(), label: index }),
      /** By method, in the order of `methods`. */
      shown: v.array(v.strictObject({ helped: v.array(ShownSchema), harmed: v.array(ShownSchema) })),
    }),
  ),
});
export type Strongest = ReadOnly<v.InferOutput<typeof StrongestSchema>>;

const SettingSchema = v.strictObject({
  name: v.string(),
  config: v.custom<AstraSetting>((value) => v.is(v.looseObject({}), value), 'an object'),
  parameters: count,
  /** Examples of the data files that are in neither set. */
  leftOut: index,
  /** Base models, and the K subsets × R seeds that everything is judged by; and how many were wanted. */
  ...extentEntries,
  wanted: v.strictObject(extentEntries),
  /** Queries scored, of those in the draw. */
  queries: count,
  /** LDS that knowing every expected outcome would reach; and the correlation of two halves of the seeds. */
  ceiling: v.strictObject({ perfect: v.nullable(correlation), splitHalf: v.nullable(correlation) }),
  /** Means over base models: losses, and accuracies for classes. */
  fit: named(number),
  entries: v.array(EntrySchema),
  /** Of pictures: what helped and harmed most. */
  strongest: v.exactOptional(StrongestSchema),
  convergence: v.array(ConvergenceSchema),
  ablation: v.nullable(AblationSchema),
  damping: v.nullable(DampingSchema),
  /** Mean seconds of one retraining and one base training on one core. */
  seconds: v.strictObject({ retraining: v.nullable(nonNegative), network: v.nullable(nonNegative) }),
});
export type SettingAstra = ReadOnly<v.InferOutput<typeof SettingSchema>>;

const AstraSchema = v.strictObject({
  ...headEntries(ASTRA_FORMAT),
  seed: index,
  settings: v.array(SettingSchema),
});
export type AstraResults = ReadOnly<v.InferOutput<typeof AstraSchema>>;

/** astra.json, as it is read back. */
export const ASTRA_RESULTS = settingsFile(ASTRA_FORMAT, AstraSchema, 'astra');
