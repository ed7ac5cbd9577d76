/** @file What the main thread asks of a study worker. */

import type { Folders } from '../../engine/folders.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import type { RunSize } from '../reproduce/compute-setting.ts';
import type { Variant } from './variant.ts';

/** One variant of one setting, to be judged and stored. */
export interface StudyMessage {
  readonly folders: Folders;
  readonly setting: SettingConfig;
  readonly variant: Variant;
  readonly size: RunSize;
}

/** Undefined when the result is stored, else what went wrong. */
export interface StudyReply {
  readonly kind: 'stored';
}
