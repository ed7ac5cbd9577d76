/** @file What the main thread asks of a worker, as plain values. */

import type { Folders } from '../../engine/folders.ts';
import type { RetrainingRecord } from '../../engine/retraining-log.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import type { Method } from '../../protocol/tasks.ts';

/** A stored task, computed by one worker. `model` numbers the base model. */
export type Job =
  | { readonly kind: 'base-training'; readonly model: number }
  | { readonly kind: 'attribution'; readonly model: number; readonly method: Method }
  | { readonly kind: 'diagnostics'; readonly model: number };

/** A task that ends up in the store, or one retraining that ends up in the worker's log. */
export type Message =
  | { readonly kind: 'job'; readonly folders: Folders; readonly setting: SettingConfig; readonly job: Job }
  | {
      readonly kind: 'retraining';
      readonly folders: Folders;
      readonly setting: SettingConfig;
      readonly subset: number;
      readonly seed: number;
    };

/**
 * A retraining's record comes back; a job's result is read from the store. A failure comes as its line of text, because
 * errors lose their class between threads.
 */
export type Reply =
  | { readonly kind: 'job' }
  | { readonly kind: 'retraining'; readonly record: RetrainingRecord };
