/** @file What the main thread asks of a worker of the experiment, as plain values. */
import type { ChainSample, SamplerSettings } from '../../influence/index.ts';
import type { Folders } from '../engine/folders.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import type { Baseline } from './bif-method.ts';
import type { SamplerVariant } from './bif-profile.ts';
import type { SamplingLength } from './bif-task.ts';

/** One chain of a sampler, or scores without sampling. The base network of the setting is in the store. */
export type BifMessage =
  | {
      readonly kind: 'chain';
      readonly folders: Folders;
      readonly setting: SettingConfig;
      readonly variant: SamplerVariant;
      readonly length: SamplingLength;
      readonly chain: number;
    }
  | {
      readonly kind: 'baseline';
      readonly folders: Folders;
      readonly setting: SettingConfig;
      readonly baseline: Baseline;
    };

/** A chain comes back as its sample, or with the reason why it was refused; scores are stored by the worker. */
export type BifReply =
  | {
      readonly kind: 'sample';
      readonly sample: ChainSample;
      readonly settings: SamplerSettings;
      readonly seconds: number;
    }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'stored' };
