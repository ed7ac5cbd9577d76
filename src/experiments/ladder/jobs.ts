/** @file The jobs of the experiment, as plain values. */

import type { AnySetting } from '../protocol/any-setting.ts';
import type { RunSize } from '../protocol/run-size.ts';
import type { RetrainingOf } from '../protocol/shared-jobs.ts';
import type { RunVariant } from './run-variants.ts';
import type { Computation } from './rungs.ts';

/** What predictions are computed from: a computation of the ladder, or a run that `trajectory` might follow. */
export type Source =
  | { readonly kind: 'rung'; readonly of: Computation }
  | { readonly kind: 'run'; readonly run: RunVariant };

/** The run that the rule of `trajectory` chooses. */
export interface ChoiceJob {
  readonly kind: 'choice';
  readonly setting: AnySetting;
}

/** What a source predicts for every subset, by network `model`. */
export interface PredictionsJob {
  readonly kind: 'predictions';
  readonly setting: AnySetting;
  readonly source: Source;
  readonly model: number;
  readonly subsets: number;
}

/** The LDS of one variant of a source over several networks. */
export interface JudgedJob {
  readonly kind: 'judged';
  readonly setting: AnySetting;
  readonly source: Source;
  readonly variant: string;
  readonly models: number;
  readonly size: RunSize;
}

/** A run whose examples are given less weight: that of the rule of `trajectory`, or the training of the setting itself. */
export type ResponseRun = 'chosen' | 'whole';

/** How training answers to less weight on half of its examples. */
export interface ResponseJob {
  readonly kind: 'response';
  readonly setting: AnySetting;
  readonly run: ResponseRun;
}

export type LadderJob = RetrainingOf<AnySetting> | ChoiceJob | PredictionsJob | JudgedJob | ResponseJob;
