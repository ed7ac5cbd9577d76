/** @file The network of a setting. */
import { Mlp } from '../../autodiff/index.ts';
import { CLASSES, PIXELS } from './data/digits.ts';
import { layerSizes, type SettingConfig } from './setting.ts';

/** The multilayer perceptron of a setting on Digits. */
export function settingModel({ model }: SettingConfig): Mlp {
  return new Mlp(layerSizes(model, PIXELS, CLASSES), model.activation);
}
