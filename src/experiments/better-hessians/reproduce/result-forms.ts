/** @file What scores and distances look like in the store. */
import * as v from 'valibot';
import { anyArray, finiteArray, type ResultForm, resultForm } from '../../engine/result-form.ts';
import { finite, index, nonNegative, recordOf } from '../../files/json-schemas.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { settingModel } from '../../protocol/setting-model.ts';

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
