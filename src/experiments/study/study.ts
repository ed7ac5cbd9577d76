/** @file The form of study.json: per setting every curve, and what each convention makes of the paper's ordering. */
import type { CurvatureKind, FactorMode, PartitionKind } from '../../curvature/index.ts';
import type { ClassMeasurement } from '../../influence/index.ts';
import type { JsonInterval } from '../results/results.ts';
import type { Method } from '../run/plan.ts';
import type { Family, Negative } from './rule.ts';
import type { FisherName } from './variant.ts';

/** Stands in every study.json. */
export const STUDY_FORMAT = 'eigenfluence study 1';

/** Where a study is kept, relative to --out. */
export const STUDY = 'study.json';

/** One method under one rule. Numbers have six significant digits; null stands for "undefined". */
export interface StudyEntry {
  readonly method: Method;
  readonly fisher: FisherName;
  readonly partition: PartitionKind;
  readonly family: Family | 'none';
  /** ε, λ or t. */
  readonly value: number | null;
  readonly negative: Negative;
  readonly factors: FactorMode;
  readonly measurement: ClassMeasurement;
  /** LDS of the mean score over base models, with its 95 % BCa interval over subsets. */
  readonly lds: number | null;
  readonly ci: JsonInterval;
  /** Eq. 9, mean over base models. */
  readonly error: number | null;
  /** Eigenvalues inverted, those below zero, and the smallest divisor. */
  readonly rank: number | null;
  readonly negativeInverted: number | null;
  readonly smallestDivisor: number | null;
  /** Shares of the variance of the predictions from σ < 0 and from |σ| below `SHARE_BOUNDS`. */
  readonly negativeShare: number | null;
  readonly sharesBelow: readonly (number | null)[];
}

/** Whether the first of two methods has the higher LDS: by the paired interval, never by the point value. */
export type Verdict = 'holds' | 'reversed' | 'undecided' | 'undefined';

/** LDS(a) − LDS(b) with its paired 95 % BCa interval. */
export interface StudyRelation {
  readonly a: Method;
  readonly b: Method;
  readonly difference: number | null;
  readonly ci: JsonInterval;
  readonly verdict: Verdict;
}

/** One method under one convention. `rules`: what was chosen, one rule, or one per half of the queries. */
export interface ConventionMethod {
  readonly lds: number | null;
  readonly ci: JsonInterval;
  /** Eq. 9; the mean over the halves' choices where there are two. */
  readonly error: number | null;
  readonly rules: readonly string[];
}

/** What one convention makes of the ladder. */
export interface ConventionResult {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  readonly measurement: ClassMeasurement;
  /** Whether each method used its own best regularisation. */
  readonly best: boolean;
  readonly methods: Readonly<Record<Method, ConventionMethod>>;
  readonly relations: readonly StudyRelation[];
  /** Curvatures in the order of rising Eq. 9 error. */
  readonly errorOrder: readonly CurvatureKind[];
  /** Spearman's ρ between error and LDS over the five curvatures; the paper says −1. */
  readonly errorLdsCorrelation: number | null;
}

/** One setting, or one training variant of it. */
export interface SettingStudy {
  /** Its name, with a word for each training convention that differs: d8-w16-e100-m0. */
  readonly setting: string;
  readonly parameters: number;
  readonly models: number;
  readonly subsets: number;
  readonly seeds: number;
  /** t of the unrolled filter. */
  readonly time: number;
  readonly queryAccuracy: number | null;
  /** Noise ceiling per measurement; null with a single seed. */
  readonly ceiling: Readonly<Record<ClassMeasurement, number | null>>;
  readonly conventions: readonly ConventionResult[];
  readonly entries: readonly StudyEntry[];
}

/** The whole file. `digest` covers `settings`. */
export interface Study {
  readonly format: typeof STUDY_FORMAT;
  readonly versions: { readonly [name: string]: string };
  readonly digest: string;
  readonly settings: readonly SettingStudy[];
}
