/** @file What the experiment's results.json holds: plain data, no NaN. */

import * as v from 'valibot';
import { digest, type Json } from '../files/digest.ts';
import type { DigestedFormat } from '../files/digested-file.ts';
import {
  correlation,
  count,
  fraction,
  index,
  nonNegative,
  positive,
  sha256,
  versionsSchema,
} from '../files/json-schemas.ts';
import { type Making, makingEntries } from '../judging/versions.ts';
import type { BifMethod } from './bif-method.ts';
import type { SamplerVariant } from './bif-profile.ts';
import type { SeedMean } from './over-seeds.ts';

export const BIF_FORMAT = 'eigenfluence-bif-1';
export const BIF_RESULTS = 'results.json';

/** LDS of one method in one cell, with its 95 % BCa interval over subsets. */
export interface CellLds {
  readonly method: BifMethod;
  readonly lds: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
}

/** One seed at one α. */
export interface Cell {
  readonly seed: number;
  readonly fraction: number;
  /** Examples that each retraining kept. */
  readonly size: number;
  readonly subsets: number;
  readonly repeats: number;
  /** √reliability of the outcomes; null with one repeat. */
  readonly ceiling: number | null;
  readonly methods: readonly CellLds[];
}

/** A method at one α over the seeds. */
export interface CurvePoint extends SeedMean {
  readonly method: BifMethod;
  readonly fraction: number;
}

/** a − b at one α, paired within seeds. */
export interface CurveDifference extends SeedMean {
  readonly a: BifMethod;
  readonly b: BifMethod;
  readonly fraction: number;
}

/** A base network. */
export interface NetworkEntry {
  readonly seed: number;
  readonly trainLoss: number | null;
  readonly queryLoss: number | null;
  readonly queryAccuracy: number | null;
}

/** A sampling run, with its diagnostics; of a refused one only the reason. */
export interface SamplingEntry {
  readonly seed: number;
  readonly variant: SamplerVariant;
  readonly refused: string | null;
  readonly figures: { readonly [name: string]: number | null };
  /** Both halves of all loss traces agree (split R-hat ≤ 1.1). */
  readonly converged: boolean;
  /** Processor seconds of all chains. */
  readonly seconds: number | null;
}

/** A grid point at seed 0 and the grid's α. */
export interface GridEntry extends SamplingEntry {
  readonly lds: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
  /** LDS less that of the grid's default sampler, paired over subsets. */
  readonly difference: readonly [value: number | null, lo: number | null, hi: number | null];
  /** The same less the SGLD of equal nβ, γ and step; null for SGLD itself, and where one was refused. */
  readonly counterpart: readonly [value: number | null, lo: number | null, hi: number | null] | null;
  /** Mean training loss of the chains, every so many draws, averaged over chains. */
  readonly trace: readonly number[];
}

/** Times on one network. */
export interface TimingEntry {
  readonly width: number;
  readonly parameters: number;
  /** Processor seconds of one draw of BIF, of the fit of EK-FAC, and of its scores. */
  readonly draw: number;
  readonly fit: number;
  readonly score: number;
}

/** Agreement of BIF with another method's scores, per seed: mean over queries of Pearson's correlation over training examples. */
export interface AgreementEntry {
  readonly seed: number;
  readonly method: BifMethod;
  readonly correlation: number | null;
}

export interface BifResults extends Making {
  readonly format: typeof BIF_FORMAT;
  readonly machine: string;
  /** Of everything but versions, machine and times. */
  readonly digest: string;
  readonly profile: string;
  readonly setting: string;
  readonly parameters: number;
  readonly examples: number;
  readonly queries: number;
  readonly seeds: number;
  /** Retrainings asked for, per seed and α. */
  readonly subsets: number;
  readonly repeats: number;
  readonly fractions: readonly number[];
  readonly chains: number;
  readonly draws: number;
  /** Draws per chain of a grid point. */
  readonly gridDraws: number;
  readonly resamples: number;
  readonly complete: boolean;
  readonly networks: readonly NetworkEntry[];
  readonly cells: readonly Cell[];
  readonly curves: readonly CurvePoint[];
  readonly differences: readonly CurveDifference[];
  readonly sampling: readonly SamplingEntry[];
  readonly grid: { readonly fraction: number; readonly entries: readonly GridEntry[] };
  /** What was chosen on seed 0 at the grid's α. */
  readonly tuned: { readonly sampler: SamplerVariant; readonly lambda: number };
  readonly agreement: readonly AgreementEntry[];
  readonly timing: readonly TimingEntry[];
}

const cell = v.looseObject({
  seed: index,
  fraction,
  subsets: count,
  repeats: count,
  ceiling: v.nullable(correlation),
  methods: v.array(
    v.strictObject({
      method: v.string(),
      lds: v.nullable(correlation),
      lo: v.nullable(correlation),
      hi: v.nullable(correlation),
    }),
  ),
});

const BifSchema = v.looseObject({
  format: v.literal(BIF_FORMAT),
  versions: versionsSchema,
  ...makingEntries,
  machine: v.string(),
  digest: sha256,
  profile: v.string(),
  setting: v.string(),
  parameters: count,
  examples: count,
  queries: count,
  seeds: count,
  complete: v.boolean(),
  cells: v.array(cell),
  timing: v.array(
    v.strictObject({ width: count, parameters: count, draw: positive, fit: nonNegative, score: nonNegative }),
  ),
});

/** SHA-256 of what follows from the settings: everything but how it was made and how long it took. */
export function bifDigest(results: object): string {
  const {
    format: _f,
    versions: _v,
    kernelTier: _k,
    intervals: _i,
    machine: _m,
    digest: _d,
    timing: _t,
    ...rest
  } = results as Partial<BifResults>;
  return digest(withoutTimes(rest) as Json);
}

/** Everything but seconds, which differ from run to run. */
function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (key === 'seconds' ? [] : [[key, withoutTimes(item)]])),
  );
}

/** results.json of `bif`, as it is read back. */
export const BIF_RESULTS_FORMAT: DigestedFormat<typeof BifSchema> = {
  format: BIF_FORMAT,
  schema: BifSchema,
  digest: (value) => ({ field: 'digest', stored: value.digest, computed: bifDigest(value) }),
  command: 'bif',
};
