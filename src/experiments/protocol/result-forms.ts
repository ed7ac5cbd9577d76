/** @file What base networks look like in the store. */
import * as v from 'valibot';
import { finiteArray, type ResultForm, resultForm } from '../engine/result-form.ts';
import { fraction, nonNegative } from '../files/json-schemas.ts';
import type { SettingConfig } from './setting.ts';
import { settingModel } from './setting-model.ts';

/** Training that diverges is an error, so that losses and parameters of a base network are numbers. */
export function baseTrainingForm(setting: SettingConfig): ResultForm {
  return resultForm(BASE_VALUES, { theta: finiteArray(settingModel(setting).parameterCount) }, ['train']);
}

const BASE_VALUES = v.strictObject({
  trainLoss: nonNegative,
  queryLoss: nonNegative,
  trainAccuracy: fraction,
  queryAccuracy: fraction,
});
