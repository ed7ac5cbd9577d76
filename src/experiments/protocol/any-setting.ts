/** @file Settings of any data set that perceptrons are trained and retrained on: Digits as ever, Concrete and Fashion-MNIST beside it. */
import type { Dataset, LossName } from '../../autodiff/index.ts';
import { CONCRETE_COLUMNS } from './data/concrete.ts';
import { CLASSES, PIXELS } from './data/digits.ts';
import { IMAGE_CLASSES, IMAGE_PIXELS } from './data/fashion-mnist.ts';
import { prepareDigits } from './data/prepare-digits.ts';
import { type Draw, prepareSets } from './data/prepare-sets.ts';
import { type DataConfig, type SettingConfig, trainingName } from './setting.ts';

/** Examples of another data set. */
export interface OtherData extends Draw {
  readonly dataset: 'concrete' | 'fashion-mnist';
  /** Of the IDX files of Fashion-MNIST. No key of a stored result holds it: the numbers of the files do. */
  readonly folder?: string;
}

/** What {@link SettingConfig} is for Digits, for any data set and its loss. */
export interface AnySetting extends Omit<SettingConfig, 'data' | 'loss'> {
  readonly data: DataConfig | OtherData;
  readonly loss: LossName;
}

/** Both sets as the model sees them, and the digest of every number of them. */
export interface SettingData {
  readonly train: Dataset;
  readonly query: Dataset;
  readonly hash: string;
}

/** The sets of a setting; a thread makes them once. */
export function settingData({ data }: Pick<AnySetting, 'data'>): SettingData {
  return data.dataset === 'digits' ? prepareDigits(data) : prepareSets(data, data.folder);
}

/** Numbers of an example, and outputs for it. */
export function settingShape({ data }: Pick<AnySetting, 'data'>): readonly [inputs: number, outputs: number] {
  switch (data.dataset) {
    case 'digits':
      return [PIXELS, CLASSES];
    case 'concrete':
      return [CONCRETE_COLUMNS.length - 1, 1];
    case 'fashion-mnist':
      return [IMAGE_PIXELS / (data.pooled ?? 1) ** 2, IMAGE_CLASSES];
  }
}

/** Whether a setting is one on Digits. */
export function isOnDigits(setting: AnySetting): setting is SettingConfig {
  return setting.data.dataset === 'digits';
}

/** What the networks of a setting go by, in front of the key of their retrainings. */
export function retrainedName(setting: AnySetting): string {
  return isOnDigits(setting) ? trainingName(setting) : setting.name;
}
