/** @file The jobs of a run, as plain values. */
import type { Method } from '../../protocol/methods.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import type { RetrainingOf } from '../../protocol/shared-jobs.ts';

/** What is stored of one base model, which `model` numbers. */
export type NetworkJob =
  | { readonly kind: 'base-training'; readonly model: number }
  | { readonly kind: 'attribution'; readonly model: number; readonly method: Method }
  | { readonly kind: 'diagnostics'; readonly model: number };

/** A task that ends up in the store, or one retraining that ends up in the worker's log. */
export type ReproduceJob =
  | { readonly kind: 'network'; readonly setting: SettingConfig; readonly job: NetworkJob }
  | RetrainingOf;
