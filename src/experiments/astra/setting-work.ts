/** @file The stored work of one setting, as results are made from it. */

import type { RetrainingArchive } from '../engine/retraining-archive.ts';
import type { Store } from '../engine/store.ts';
import type { AstraSize } from './setting.ts';
import type { HashedSetting } from './tasks.ts';

/** What a setting's results are made from. */
export interface SettingWork {
  readonly hashed: HashedSetting;
  readonly size: AstraSize;
  readonly leftOut: number;
  readonly store: Store;
  readonly archive: RetrainingArchive;
}
