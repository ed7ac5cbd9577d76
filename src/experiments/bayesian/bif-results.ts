/** @file What the experiment's results.json holds: plain data, no NaN. */

import * as v from 'valibot';
import { SAMPLING_METHODS } from '../../influence/index.ts';
import { digest } from '../files/digest.ts';
import type { DigestedFormat } from '../files/digested-file.ts';
import {
  correlation,
  correlationDifference,
  count,
  finite,
  fraction,
  index,
  named,
  nonNegative,
  positive,
  type ReadOnly,
} from '../files/json-schemas.ts';
import { headEntries, withoutTimes } from '../judging/results-file.ts';
import { BIF_METHOD_NAMES } from './bif-method.ts';

export const BIF_FORMAT = 'eigenfluence-bif-1';
export const BIF_RESULTS = 'results.json';

const method = v.picklist(BIF_METHOD_NAMES);
const score = v.nullable(correlation);
const loss = v.nullable(nonNegative);

/** LDS of one method in one cell, with its 95 % BCa interval over subsets. */
const cellLds = { lds: score, lo: score, hi: score };

/** One seed at one α. */
const CellSchema = v.strictObject({
  seed: index,
  fraction,
  /** Examples that each retraining kept. */
  size: count,
  subsets: count,
  repeats: count,
  /** √reliability of the outcomes; null with one repeat. */
  ceiling: score,
  methods: v.array(v.strictObject({ method, ...cellLds })),
});
export type Cell = ReadOnly<v.InferOutput<typeof CellSchema>>;

/** A mean over seeds; see `SeedMean`. */
const meanEntries = {
  fraction,
  value: v.nullable(correlationDifference),
  lo: v.nullable(finite),
  hi: v.nullable(finite),
  standardError: v.nullable(nonNegative),
  perSeed: v.array(correlationDifference),
};

/** A method at one α over the seeds. */
const CurveSchema = v.strictObject({ method, ...meanEntries });

/** a − b at one α, paired within seeds. */
const CurveDifferenceSchema = v.strictObject({ a: method, b: method, ...meanEntries });
export type CurveDifference = ReadOnly<v.InferOutput<typeof CurveDifferenceSchema>>;

/** A sampler; see `SamplerVariant`. */
const SamplerSchema = v.strictObject({
  method: v.picklist(SAMPLING_METHODS),
  nBeta: positive,
  damping: positive,
  step: positive,
});

const samplingEntries = {
  seed: index,
  variant: SamplerSchema,
  refused: v.nullable(v.string()),
  figures: named(v.nullable(finite)),
  /** Both halves of all loss traces agree (split R-hat ≤ 1.1). */
  converged: v.boolean(),
  /** Processor seconds of all chains. */
  seconds: v.nullable(nonNegative),
};
const SamplingSchema = v.strictObject(samplingEntries);

/** A sampling run, with its diagnostics; of a refused one only the reason. */
export type SamplingEntry = ReadOnly<v.InferOutput<typeof SamplingSchema>>;

const gap = v.nullable(correlationDifference);
/** A difference of LDS, paired over subsets: value, lo, hi. */
const GapSchema = v.strictTuple([gap, gap, gap]);

const GridSchema = v.strictObject({
  ...samplingEntries,
  ...cellLds,
  /** LDS less that of the grid's default sampler. */
  difference: GapSchema,
  /** The same less the SGLD of equal nβ, γ and step; null for SGLD itself, and where one was refused. */
  counterpart: v.nullable(GapSchema),
  /** Mean training loss of the chains, every so many draws, averaged over chains. */
  trace: v.array(finite),
});

/** A grid point at seed 0 and the grid's α. */
export type GridEntry = ReadOnly<v.InferOutput<typeof GridSchema>>;

/** Times on one network: processor seconds of one draw of BIF, of the fit of EK-FAC, and of its scores. */
const TimingSchema = v.strictObject({
  width: count,
  parameters: count,
  draw: positive,
  fit: nonNegative,
  score: nonNegative,
});
export type TimingEntry = ReadOnly<v.InferOutput<typeof TimingSchema>>;

/** Agreement of BIF with another method's scores, per seed: mean over queries of Pearson's correlation over training examples. */
const AgreementSchema = v.strictObject({ seed: index, method, correlation: score });
export type AgreementEntry = ReadOnly<v.InferOutput<typeof AgreementSchema>>;

/** Whether the strongest training drawings of a query are its kin: shares by the scores of BIF and EK-FAC at each seed, and by chance. */
const KinSchema = v.strictObject({
  among: count,
  /** Queries with their own drawing in other skin tones among the training examples. */
  toned: index,
  chance: v.strictObject({ category: fraction, tones: v.nullable(fraction) }),
  entries: v.array(v.strictObject({ seed: index, method, category: fraction, tones: v.nullable(fraction) })),
});
export type KinResults = ReadOnly<v.InferOutput<typeof KinSchema>>;

/** What the digest covers, without the seconds in it. */
const numbers = {
  profile: v.string(),
  setting: v.string(),
  parameters: count,
  examples: count,
  queries: count,
  seeds: count,
  /** Retrainings asked for, per seed and α. */
  subsets: count,
  repeats: count,
  fractions: v.array(fraction),
  chains: count,
  draws: count,
  /** Draws per chain of a grid point. */
  gridDraws: count,
  resamples: count,
  complete: v.boolean(),
  /** The base models. */
  networks: v.array(
    v.strictObject({ seed: index, trainLoss: loss, queryLoss: loss, queryAccuracy: v.nullable(fraction) }),
  ),
  cells: v.array(CellSchema),
  curves: v.array(CurveSchema),
  differences: v.array(CurveDifferenceSchema),
  sampling: v.array(SamplingSchema),
  grid: v.strictObject({ fraction, entries: v.array(GridSchema) }),
  /** What was chosen on seed 0 at the grid's α. */
  tuned: v.strictObject({ sampler: SamplerSchema, lambda: nonNegative }),
  agreement: v.array(AgreementSchema),
  /** Of drawings. */
  kin: v.exactOptional(KinSchema),
};

const BifSchema = v.strictObject({
  ...headEntries(BIF_FORMAT),
  machine: v.string(),
  ...numbers,
  timing: v.array(TimingSchema),
});
export type BifResults = ReadOnly<v.InferOutput<typeof BifSchema>>;

/** SHA-256 of what follows from the settings: everything but how it was made and how long it took. */
export function bifDigest(results: object): string {
  return digest(
    withoutTimes(Object.fromEntries(Object.entries(results).filter(([field]) => field in numbers))),
  );
}

/** results.json of `bif`, as it is read back. */
export const BIF_RESULTS_FORMAT: DigestedFormat<typeof BifSchema> = {
  format: BIF_FORMAT,
  schema: BifSchema,
  digest: (value) => ({ field: 'digest', stored: value.digest, computed: bifDigest(value) }),
  command: 'bif',
};
