/** @file The tasks of one network: what each depends on, and nothing else. */
import type { InverseRule, LadderKind } from '../../../curvature/index.ts';
import type { StoredTask } from '../../engine/result-form.ts';
import { task, taskKey } from '../../engine/task.ts';
import { prepareDigits } from '../../protocol/data/prepare-digits.ts';
import { GRADIENT_DOT, type Method } from '../../protocol/methods.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { baseTrainingTask, PROTOCOL_VERSIONS } from '../../protocol/tasks.ts';
import { attributionForm, DIAGNOSTICS_FORM } from './result-forms.ts';

/** Versions of the stored tasks. */
export const REPRODUCE_VERSIONS = { ...PROTOCOL_VERSIONS, attribution: 3, diagnostics: 2 } as const;

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
    ...task(REPRODUCE_VERSIONS, 'attribution', config, {
      data: prepareDigits(setting.data).hash,
      network: taskKey(baseTrainingTask(setting, index)),
    }),
    form: attributionForm(setting, method !== GRADIENT_DOT),
  };
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
    ...task(REPRODUCE_VERSIONS, 'diagnostics', setting.curvature, {
      data: prepareDigits(setting.data).hash,
      network: taskKey(baseTrainingTask(setting, index)),
    }),
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
