/** @file The jobs of the experiment, as plain values. */

import type { NetworkSetting } from '../protocol/network-setting.ts';
import type { RunSize } from '../protocol/run-size.ts';

/** Base network number `model`. */
interface TrainingJob {
  readonly kind: 'training';
  readonly setting: NetworkSetting;
  readonly model: number;
}

/** One retraining, to be appended to the worker's log. */
interface RetrainingJob {
  readonly kind: 'retraining';
  readonly setting: NetworkSetting;
  readonly subset: number;
  readonly seed: number;
}

/** Every curvature of base network `model`, with its predictions for the first subsets. */
export interface CurvaturesJob {
  readonly kind: 'curvatures';
  readonly setting: NetworkSetting;
  readonly model: number;
  readonly subsets: number;
}

/** The LDS of a rung under one inverse, over the first `models` networks. */
export interface JudgedJob {
  readonly kind: 'judged';
  readonly setting: NetworkSetting;
  readonly rung: string;
  readonly variant: string;
  readonly models: number;
  readonly size: RunSize;
}

/** The scores of the first query of a text at the first base network, character by character. */
export interface PassagesJob {
  readonly kind: 'passages';
  readonly setting: NetworkSetting;
  readonly variant: string;
}

export type NetworksJob = TrainingJob | RetrainingJob | CurvaturesJob | JudgedJob | PassagesJob;
