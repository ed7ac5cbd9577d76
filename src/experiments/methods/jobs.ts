/** @file The jobs of the comparison, as plain values. */
import type { RunSize } from '../protocol/run-size.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import type { RetrainingOf } from '../protocol/shared-jobs.ts';
import type { Variant } from './variant.ts';

/** Something to compute and to store. */
export type MethodsJob =
  | RetrainingOf
  | { readonly kind: 'network'; readonly setting: SettingConfig; readonly model: number }
  | {
      readonly kind: 'scores';
      readonly setting: SettingConfig;
      readonly variant: Variant;
      readonly models: readonly number[];
    }
  | {
      readonly kind: 'lds';
      readonly setting: SettingConfig;
      readonly variant: Variant;
      readonly models: readonly number[];
      readonly size: RunSize;
    };
