/** @file All that the page knows, as plain values. */
import type { TableTask } from '../../tables/answers.ts';
import type { View } from '../core/address.ts';
import type { Estimate } from '../core/retraining.ts';
import type { Rung } from '../core/rungs.ts';
import type { LadderLds, Opened, ScoresRequest } from '../core/service.ts';
import type { Fitted, QueryScores, Trained } from '../core/session.ts';
import type { Settings } from '../core/settings.ts';

/** How far the fit of a rung is. */
export interface FitState {
  readonly status: 'waiting' | 'fitting' | 'done' | 'failed';
  readonly fitted?: Fitted;
  readonly seconds?: number;
  readonly problem?: string;
}

/** Long work that can be stopped. */
export interface Work {
  readonly what: string;
  readonly done: number;
}

/** Scores with what they were asked for. */
export interface Scored {
  readonly request: ScoresRequest;
  readonly result: QueryScores;
}

/** Examples taken away: what was predicted, what came out. */
export interface WhatIf {
  readonly request: ScoresRequest;
  readonly removed: readonly number[];
  readonly networks: number;
  /** Change of the measurement on the query. */
  readonly predicted: number;
  readonly realised: Estimate;
  /** On every query. */
  readonly all: { readonly predicted: Float64Array; readonly realised: Float64Array; readonly rank: number };
}

/** The whole ladder against a bank of retrainings. */
export interface LadderResult extends LadderLds {
  readonly subsets: number;
  readonly seeds: number;
  readonly retrainings: number;
  readonly seconds: number;
  readonly request: Omit<ScoresRequest, 'query' | 'rung'>;
}

/** The page at one moment. */
export interface LabState {
  readonly view: View;
  readonly opened: Opened | undefined;
  /** Of a table: all its columns, and the one that is predicted. */
  readonly table:
    | { readonly columns: readonly string[]; readonly target: string; readonly task?: TableTask | undefined }
    | undefined;
  readonly work: Work | undefined;
  /** Mean loss by epoch. */
  readonly curve: readonly number[];
  readonly trained: Trained | undefined;
  /** Of the trained network: what stands in the fields may be others by now. */
  readonly trainedWith: Settings;
  readonly fits: Readonly<Partial<Record<Rung, FitState>>>;
  readonly scored: Scored | undefined;
  /** Of the same query by every rung that is fitted. */
  readonly ladder: readonly {
    readonly rung: Rung;
    readonly scores: Float64Array;
    readonly problem?: string;
  }[];
  readonly whatIf: WhatIf | undefined;
  readonly lds: LadderResult | undefined;
  /** Told to screen readers, and shown. */
  readonly message: string;
  readonly error: string | undefined;
}
