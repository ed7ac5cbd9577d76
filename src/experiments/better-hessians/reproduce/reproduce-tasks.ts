/** @file The tasks of one network: what each depends on, and nothing else; and what their results look like in the store. */
import * as v from 'valibot';
import type { InverseRule, LadderKind } from '../../../curvature/index.ts';
import {
  anyArray,
  finiteArray,
  type ResultForm,
  resultForm,
  type StoredTask,
} from '../../engine/result-form.ts';
import { type Task, task, taskKey } from '../../engine/task.ts';
import { finite, index, nonNegative, recordOf } from '../../files/json-schemas.ts';
import { prepareDigits } from '../../protocol/data/prepare-digits.ts';
import { GRADIENT_DOT, type Method } from '../../protocol/methods.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { settingModel } from '../../protocol/setting-model.ts';
import { baseTrainingTask, PROTOCOL_VERSIONS } from '../../protocol/tasks.ts';

/** Versions of the stored tasks. */
export const REPRODUCE_VERSIONS = { ...PROTOCOL_VERSIONS, attribution: 4, diagnostics: 2 } as const;

/** Scores, spectrum and inverse error of one method at base model `index`. */
export function attributionTask(setting: SettingConfig, index: number, method: Method): StoredTask {
  const { measurement, curvature } = setting;
  const config =
    method === GRADIENT_DOT
      ? { method, measurement }
      : {
          method,
          measurement,
          rule: methodRule(setting, method),
          ...curvatureConventions(method, curvature),
        };
  return {
    ...task(REPRODUCE_VERSIONS, 'attribution', config, networkInputs(setting, index)),
    form: attributionForm(setting, method !== GRADIENT_DOT),
  };
}

/** What every task at base model `index` reads. */
function networkInputs(setting: SettingConfig, index: number): Task['inputs'] {
  return { data: prepareDigits(setting.data).hash, network: taskKey(baseTrainingTask(setting, index)) };
}

/** The inverse rule as a method sees it: only K-FAC has factors to invert one by one. */
export function methodRule({ rule }: SettingConfig, method: LadderKind): InverseRule {
  if (!('factors' in rule) || method === 'kfac') return rule;
  const { factors: _kfacOnly, ...rest } = rule;
  return rest;
}

/** Distances between the curvatures at base model `index`. */
export function diagnosticsTask(setting: SettingConfig, index: number): StoredTask {
  return {
    ...task(REPRODUCE_VERSIONS, 'diagnostics', setting.curvature, networkInputs(setting, index)),
    form: DIAGNOSTICS_FORM,
  };
}

/** Only what the method reads: the Hessian has no Fisher type, the GGN no partition. */
function curvatureConventions(
  method: LadderKind,
  { fisher, partition }: SettingConfig['curvature'],
): Partial<SettingConfig['curvature']> {
  if (method === 'hessian') return {};
  return method === 'ggn' ? { fisher } : { fisher, partition };
}

/** @param inverts - Whether the method has a curvature, and so a spectrum and Eq. 9 errors. */
function attributionForm(setting: SettingConfig, inverts: boolean): ResultForm {
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
const DIAGNOSTICS_FORM: ResultForm = resultForm(
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
