/** @file The network of a setting. */
import { Mlp } from '../../autodiff/index.ts';
import { type AnySetting, settingShape } from './any-setting.ts';
import { layerSizes } from './setting.ts';

/** The multilayer perceptron of a setting. */
export function settingModel({ model, data }: Pick<AnySetting, 'model' | 'data'>): Mlp {
  return new Mlp(layerSizes(model, ...settingShape({ data })), model.activation);
}
