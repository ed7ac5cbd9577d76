/** @file What the main thread asks of a worker of the comparison. */

import type { RunSize } from '../better-hessians/reproduce/compute-setting.ts';
import type { Folders } from '../engine/folders.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import type { Variant } from './variant.ts';

/** Where work is kept, and of which setting it is. */
interface Place {
  /** `retrainings` is read, and written only by messages of that kind. */
  readonly folders: Folders;
  readonly setting: SettingConfig;
}

/** Something to compute and to store. */
export type MethodsMessage = Place &
  (
    | { readonly kind: 'retraining'; readonly subset: number; readonly seed: number }
    | { readonly kind: 'network'; readonly model: number }
    | { readonly kind: 'scores'; readonly variant: Variant; readonly models: readonly number[] }
    | {
        readonly kind: 'lds';
        readonly variant: Variant;
        readonly models: readonly number[];
        readonly size: RunSize;
      }
  );

/** Undefined when the result is stored, else what went wrong. */
export interface MethodsReply {
  readonly kind: 'stored';
}
