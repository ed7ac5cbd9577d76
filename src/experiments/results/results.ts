/** @file The form of results.json: one entry per setting, versions and seed at the top, a digest over the numbers. */

import type { CurvatureKind, LadderStep } from '../../curvature/index.ts';
import type { Method } from '../run/plan.ts';
import type { Json } from '../store/digest.ts';
import { digest } from '../store/digest.ts';

/** Stands in every results.json; a file that says something else is not overwritten. */
export const RESULTS_FORMAT = 'eigenfluence results 1';

export type JsonInterval = readonly [lo: number | null, hi: number | null];

/** A linear data-modelling score. `ci` is the BCa interval, which corrects the bootstrap's bias. */
export interface LdsEntry {
  readonly mean: number | null;
  readonly ci: JsonInterval;
  readonly percentile: JsonInterval;
  /** How many queries have constant outcomes or predictions over the subsets. They count as 0 in `mean`, and are null in `perQuery`. */
  readonly undefinedQueries: number;
  readonly perQuery: readonly (number | null)[];
}

/** The LDS of the score average over base models, and of each base model alone. */
export interface MethodLds extends LdsEntry {
  readonly single: Spread;
}

/** A quantity of each base model alone. `sd` divides by n − 1; null for a single model. */
export interface Spread {
  readonly mean: number | null;
  readonly sd: number | null;
  readonly values: readonly (number | null)[];
}

/**
 * LDS(a) − LDS(b), paired: both methods on the same resampled subsets. An interval that contains 0 orders nothing.
 */
export interface DifferenceEntry {
  readonly a: Method;
  readonly b: Method;
  readonly difference: number | null;
  /** 95 % BCa interval. */
  readonly ci: JsonInterval;
  readonly percentile: JsonInterval;
}

/** Appendix C at one base model. */
export interface SingleDiagnostics {
  readonly residual: number | null;
  readonly crossLayer: number | null;
  readonly eigenvalueOverlapKfac: number | null;
  readonly eigenvalueOverlapEkfac: number | null;
  readonly basisOverlapKfac: number | null;
  readonly basisOverlapEkfac: number | null;
}

/** What a step of the ladder does to the LDS; see `ldsChange` in src/influence. */
export interface LdsChangeEntry {
  readonly change: number | null;
  readonly shareOfTotal: number | null;
  readonly relative: number | null;
  readonly relativeToFirst: number | null;
  /** 95 % BCa interval of `change`, both methods on the same resamples. */
  readonly ci: JsonInterval;
}

/** One setting. Fractions, not per cent; null stands for "undefined". */
export interface SettingResults {
  readonly parameters: number;
  readonly subsets: number;
  readonly seeds: number;
  /** Base models: networks trained on everything, whose scores are averaged. */
  readonly models: number;
  readonly accuracy: { readonly train: number; readonly query: number };
  readonly loss: { readonly train: number; readonly query: number };
  readonly lds: Readonly<Record<Method, MethodLds>>;
  /** The LDS that a perfect predictor of the expected outcome would reach with these seeds. */
  readonly ceiling: number | null;
  /** How well one half of the seeds predicts the other half. */
  readonly splitHalf: number | null;
  /** Eq. 9, mean over base models. */
  readonly error: Readonly<Record<CurvatureKind, number | null>>;
  /** Eq. 9 of each base model. */
  readonly errorSingle: Readonly<Record<CurvatureKind, readonly (number | null)[]>>;
  readonly errorShare: Readonly<Record<LadderStep, number | null>>;
  readonly ldsChange: Readonly<Record<LadderStep, LdsChangeEntry>>;
  /** By name: "hessian−ggn" and the other steps, "hessian−kfac", and "hessian−grad-dot" … "kfac−grad-dot". */
  readonly differences: Readonly<Record<string, DifferenceEntry>>;
  /** Means over base models. */
  readonly diagnostics: {
    readonly residual: number | null;
    readonly crossLayer: number | null;
    readonly eigenvalueOverlap: { readonly kfac: number | null; readonly ekfac: number | null };
    readonly basisOverlap: number | null;
    readonly basisOverlapEkfac: number | null;
  };
  /** One entry per base model. */
  readonly diagnosticsSingle: readonly SingleDiagnostics[];
  /** Of the first base model. */
  readonly spectrum: Readonly<Record<CurvatureKind, SpectrumEntry>>;
  /** SHA-256 of parameters, score matrices and retraining outcomes: equal digests, equal bits. */
  readonly digests: { readonly [what: string]: string };
  readonly config: Json;
  /** Seconds of one core per stage, as measured when the stage was computed: the only part that varies between runs. */
  readonly seconds: { readonly [stage: string]: number };
}

/** What the inverse rule saw. */
export interface SpectrumEntry {
  /** Eigenvalues inverted, and those of them below zero. */
  readonly rank: number;
  readonly negative: number;
  readonly trace: number | null;
  readonly frobenius: number | null;
}

/** How far a setting has come that is not as large as the last run asked for. */
export interface Incomplete {
  readonly asked: Extent;
  /** What the numbers in this file rest on; null when there is too little for any, and the setting is left out. */
  readonly used: Extent | null;
  /** What is not stored. The same command, without a time budget, computes it. */
  readonly missing: readonly string[];
}

/** Retrainings, subsets × seeds, and base models. */
export interface Extent {
  readonly subsets: number;
  readonly seeds: number;
  readonly models: number;
}

/** What stands beside the settings. */
export interface ResultsHead {
  readonly format: typeof RESULTS_FORMAT;
  readonly versions: { readonly [name: string]: string };
  /** Processors, memory and platform. */
  readonly machine?: string;
  readonly seed: number;
  readonly kernelTier: string;
  /** Absent when every setting is as large as asked for. */
  readonly incomplete?: { readonly [setting: string]: Incomplete };
}

/** The settings by name. */
export type SettingTable = Readonly<Record<string, SettingResults>>;

/** The whole file: head, `digest`, then each setting under its name. */
export function resultsFile(head: ResultsHead, settings: SettingTable): { [key: string]: Json } {
  return {
    ...(head as unknown as { [key: string]: Json }),
    digest: resultsDigest(head.seed, settings),
    ...(settings as unknown as { [key: string]: Json }),
  };
}

/** SHA-256 over seed and settings without their `seconds`: the same for any number of workers and any kills. */
export function resultsDigest(seed: number, settings: SettingTable): string {
  const numbers = Object.fromEntries(
    Object.entries(settings).map(([name, { seconds: _seconds, ...rest }]) => [name, rest]),
  );
  return digest({ seed, settings: numbers });
}
