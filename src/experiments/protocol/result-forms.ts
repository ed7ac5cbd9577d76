/** @file What base networks, scores and distances look like in the store. */
import * as v from 'valibot';
import { anyArray, finiteArray, type ResultForm, resultForm } from '../engine/result-form.ts';
import { finite, fraction, index, nonNegative, recordOf } from '../files/json-schemas.ts';
import { settingModel } from './base-network.ts';
import type { SettingConfig } from './setting.ts';

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

/** @param inverts - Whether the method has a curvature, and so a spectrum and Eq. 9 errors. */
export function attributionForm(setting: SettingConfig, inverts: boolean): ResultForm {
  const { queries, train } = setting.data;
  const scores = finiteArray(queries, train);
  if (!inverts) return resultForm(v.strictObject({}), { scores });
  return resultForm(CURVATURE_VALUES, {
    scores,
    spectrum: finiteArray({ atMost: settingModel(setting).parameterCount }),
    errors: anyArray({ atMost: train }), // of gradients that are not zero
  });
}

const CURVATURE_VALUES = v.strictObject({
  error: v.nullable(nonNegative),
  rank: index,
  negative: index,
  trace: v.nullable(finite),
  frobenius: v.nullable(nonNegative),
});

/** Figures of one network; null where 0/0. */
export const DIAGNOSTICS_FORM: ResultForm = resultForm(
  recordOf(
    [
      'residual',
      'crossLayer',
      'eigenvalueOverlapKfac',
      'eigenvalueOverlapEkfac',
      'basisOverlapKfac',
      'basisOverlapEkfac',
    ],
    v.nullable(nonNegative),
  ),
);
