/** @file The form of astra.json: every method with its LDS, and the studies of the solver. */
import * as v from 'valibot';
import { digest, type Json } from '../files/digest.ts';
import type { DigestedFormat } from '../files/digested-file.ts';
import type { JsonInterval } from '../files/json-number.ts';
import { index, nonNegative, sha256, versionsSchema } from '../files/json-schemas.ts';
import { type Making, makingEntries } from '../judging/versions.ts';
import type { AstraSetting } from './setting.ts';

export const ASTRA_FILE = 'astra.json';
export const ASTRA_FORMAT = 'eigenfluence astra 1';

export interface AstraResults extends Making {
  readonly format: typeof ASTRA_FORMAT;
  readonly seed: number;
  /** SHA-256 of the settings without their seconds. */
  readonly digest: string;
  readonly settings: readonly SettingAstra[];
}

/** An LDS, or a paired difference of two, with its 95 % BCa interval over masks. */
export interface Scored {
  readonly mean: number | null;
  readonly ci: JsonInterval;
}

export interface SettingAstra {
  readonly name: string;
  readonly config: AstraSetting;
  readonly parameters: number;
  /** Examples of the data files that are in neither set. */
  readonly leftOut: number;
  /** K masks × R seeds that everything is judged by, and how many were wanted. */
  readonly subsets: number;
  readonly seeds: number;
  readonly wanted: { readonly subsets: number; readonly seeds: number; readonly models: number };
  /** Queries scored, of those in the draw. */
  readonly queries: number;
  /** Base models. */
  readonly models: number;
  /** LDS that knowing every expected outcome would reach; and the correlation of two halves of the seeds. */
  readonly ceiling: { readonly perfect: number | null; readonly splitHalf: number | null };
  /** Means over base models: losses, and accuracies for classes. */
  readonly fit: { readonly [what: string]: number | null };
  readonly entries: readonly MethodEntry[];
  readonly convergence: readonly Convergence[];
  readonly ablation: Ablation | null;
  readonly damping: ImplicitDamping | null;
  /** Mean seconds of one retraining and one base training on one core. */
  readonly seconds: { readonly retraining: number | null; readonly network: number | null };
}

export interface MethodEntry {
  readonly name: string;
  readonly label: string;
  readonly method: string;
  readonly damping: number | null;
  /** Base models that the method was run at. */
  readonly models: number;
  /** Mean over base models of the LDS of one. */
  readonly single: Scored;
  readonly perModel: readonly (number | null)[];
  /** LDS of the mean score; null with one model. */
  readonly ensemble: Scored | null;
  /** LDS of the mean score less the mean LDS. */
  readonly ensembling: Scored | null;
  /**
   * This less another, at the base models of both: ASTRA-SOURCE less SOURCE; any other method less EKFAC-IF with the same λ, that of
   * Table 3 for methods without.
   */
  readonly against: {
    readonly label: string;
    readonly single: Scored;
    readonly ensemble: Scored | null;
  } | null;
  /** Mean over queries and models, and the largest, of the relative residual of a solve. `unsolved`: models left out, as theirs is not finite; absent where there is none. */
  readonly residual: { readonly mean: number; readonly largest: number; readonly unsolved?: number } | null;
  /** Step size, mean over models. */
  readonly alpha: number | null;
  /** Wall seconds of one base model in one thread. */
  readonly seconds: number;
}

export interface Convergence {
  readonly solver: 'astra' | 'sni';
  readonly damping: number;
  readonly rates: readonly number[];
  /** Mean distance to the minimum at the end per rate; null: diverged. */
  readonly sweep: readonly (number | null)[];
  readonly rate: number;
  readonly points: readonly ConvergencePoint[];
  /** LDS of the exact solutions. */
  readonly exact: Scored;
}

export interface ConvergencePoint {
  readonly iteration: number;
  /** (h − h*)/|h*|: mean over queries, and median. */
  readonly distance: number | null;
  readonly medianDistance: number | null;
  readonly residual: number | null;
  readonly lds: Scored;
  /** LDS here less that of the exact solutions. */
  readonly minusExact: Scored;
}

export interface Ablation {
  readonly damping: number;
  readonly thresholds: readonly number[];
  /** Eigenvalues of EK-FAC above each threshold. */
  readonly counts: readonly number[];
  readonly solvers: readonly AblatedSolver[];
}

export interface AblatedSolver {
  readonly name: string;
  readonly label: string;
  readonly diverged: boolean;
  /** LDS of the components above each threshold. */
  readonly lds: readonly Scored[];
  /** LDS here less that of EKFAC-IF cut alike. */
  readonly minusEkfac: readonly Scored[];
  /** LDS of the whole less that of the components above each threshold. */
  readonly gain: readonly Scored[];
  /** Relative error of the components in each bin, median over queries; null where the bin is empty. */
  readonly errors: readonly (number | null)[];
}

export interface ImplicitDamping {
  readonly damping: number;
  readonly rows: readonly {
    readonly alpha: number;
    readonly steps: number;
    readonly extra: number;
    /** The series left its bounds: neither distances nor an LDS of it, nor a difference. */
    readonly diverged: boolean;
    /** Mean relative distance of the truncated series from the exact solutions with λ + 1/(αJ), and with λ. */
    readonly toDamped: number | null;
    readonly toExact: number | null;
    readonly ldsTruncated: Scored;
    readonly ldsDamped: Scored;
    readonly difference: Scored;
  }[];
}

const AstraSchema = v.strictObject({
  format: v.literal(ASTRA_FORMAT),
  versions: versionsSchema,
  ...makingEntries,
  seed: index,
  digest: sha256,
  settings: v.array(
    v.looseObject({
      name: v.string(),
      seconds: v.record(v.string(), nonNegative),
      entries: v.array(v.looseObject({ name: v.string(), label: v.string() })),
    }),
  ),
});

/** SHA-256 of the settings without their seconds. */
export function astraDigest(settings: readonly object[]): string {
  return digest((settings as readonly SettingAstra[]).map(withoutSeconds) as unknown as Json);
}

function withoutSeconds({ entries, seconds: _all, ...rest }: SettingAstra): object {
  return { ...rest, entries: entries.map(({ seconds: _one, ...entry }) => entry) };
}

/** astra.json, as it is read back. */
export const ASTRA_RESULTS: DigestedFormat<typeof AstraSchema> = {
  format: ASTRA_FORMAT,
  schema: AstraSchema,
  digest: ({ digest: stored, settings }) => ({ field: 'digest', stored, computed: astraDigest(settings) }),
  command: 'astra',
};
