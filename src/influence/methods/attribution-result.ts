/** @file The one result of every attribution method. */
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import type { Discarded } from '../attributors/discarded.ts';
import type { Measurement } from '../measurement.ts';
import type { Diagnostics, Setting } from './method.ts';
import type { MethodName } from './method-name.ts';

/** What a result says of how it came about. */
export interface AttributionRecord {
  readonly method: MethodName;
  /** A score > 0: leaving the example out is predicted to raise the query's measurement. */
  readonly sign: 'positive raises on removal';
  /** Whether score/N is a change of the measurement, in its units; see `MethodDescription`. */
  readonly scaled: boolean;
  readonly measurement: Measurement;
  /** C and λ are those of the mean loss (1/N) Σ L(z_i). */
  readonly reduction: 'mean';
  /** λ of every model, shape [models]; undefined for a method without damping. */
  readonly damping: readonly number[] | undefined;
  /** How many of the parameters the method looked at. */
  readonly coverage: { readonly parameters: number; readonly of: number };
  readonly seed: number | undefined;
  /** Base models whose scores are averaged. */
  readonly models: number;
  /** Options with their defaults resolved: one entry per model, or one for a method with an ensemble rule of its own. */
  readonly settings: readonly { readonly [option: string]: Setting }[];
  /** Seconds by the clock that was given; undefined without one. */
  readonly seconds: { readonly fit: number; readonly score: number } | undefined;
  /**
   * Shares of the squared norm of the gradients that the method does not look at, e.g. because its rule cuts their directions off:
   * the mean over the base models, null with a reason where undefined. Above a tenth there is a warning.
   */
  readonly discarded: Discarded;
  /** What a reader must know before trusting the result: one sentence each, none where all is well. */
  readonly warnings: readonly string[];
}

/** Scores of training examples for queries. */
export interface AttributionResult extends AttributionRecord {
  /** Shape [nQuery, N]; sign, scale and orientation as on `Attributor`. The mean over the base models. */
  readonly scores: Matrix;
  /** As `settings`: one entry per model, or one. */
  readonly diagnostics: readonly Diagnostics[];
  /** |score − exact mean over the models| is at most this: the mean of the models' bounds. Undefined unless all have one. */
  readonly bounds: Matrix | undefined;
  /** At most the mean of the models' Monte-Carlo errors, however correlated: they share a seed. Undefined unless all have one. */
  readonly standardErrors: Matrix | undefined;
  /** √(Σ_m (score_m − mean)² / (M(M − 1))): how far the mean would move with other base models. Undefined for fewer than two. */
  readonly modelErrors: Matrix | undefined;
  /** Shape [nQuery · P, N · P], position t of query q in row q·P + t: the parts of the scores. The mean over the base models; undefined unless asked for. */
  readonly tokenScores: Matrix | undefined;
  /**
   * One [nQuery, N] per block of θ, `model.blocks`, input side first, tied layers as one: the shares of the layers in the scores, which are their sum. The
   * mean over the base models; undefined unless asked for.
   */
  readonly moduleScores: readonly Matrix[] | undefined;
  /** Shape [N], the mean over the base models; undefined unless it was asked for. */
  readonly selfInfluence: Vec | undefined;
}

/** Each training example as its own query. */
export interface SelfInfluenceResult extends AttributionRecord {
  /** Shape [N], the mean over the base models. */
  readonly values: Vec;
}
