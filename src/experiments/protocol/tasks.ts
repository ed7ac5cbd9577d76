/** @file The tasks of a setting: what each depends on, and nothing else. */
import { CURVATURE_KINDS, type CurvatureKind, type InverseRule } from '../../curvature/index.ts';
import type { StoredTask } from '../engine/result-form.ts';
import { type Task, task, taskKey } from '../engine/task.ts';
import { prepareDigits } from './data/prepare-digits.ts';
import { attributionForm, baseTrainingForm, DIAGNOSTICS_FORM } from './result-forms.ts';
import type { SettingConfig } from './setting.ts';

/** The baseline without a curvature. */
export const GRADIENT_DOT = 'grad-dot';

/** A way to score training examples. */
export type Method = CurvatureKind | typeof GRADIENT_DOT;

/** Every method, in the order of the ladder, then the baseline. */
export const METHODS: readonly Method[] = [...CURVATURE_KINDS, GRADIENT_DOT];

/** Training of base model `index` on all training examples. */
export function baseTrainingTask(setting: SettingConfig, index: number): StoredTask {
  const { model, loss, training, seed } = setting;
  const config = { model, loss, training, seed, index };
  return {
    ...task('base-training', config, { data: dataHash(setting) }),
    form: baseTrainingForm(setting),
  };
}

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
    ...task('attribution', config, {
      data: dataHash(setting),
      network: taskKey(baseTrainingTask(setting, index)),
    }),
    form: attributionForm(setting, method !== GRADIENT_DOT),
  };
}

/** The inverse rule as a method sees it: only K-FAC has factors to invert one by one. */
export function methodRule({ rule }: SettingConfig, method: CurvatureKind): InverseRule {
  if (!('factors' in rule) || method === 'kfac') return rule;
  const { factors: _kfacOnly, ...rest } = rule;
  return rest;
}

/** Distances between the curvatures at base model `index`. */
export function diagnosticsTask(setting: SettingConfig, index: number): StoredTask {
  return {
    ...task('diagnostics', setting.curvature, {
      data: dataHash(setting),
      network: taskKey(baseTrainingTask(setting, index)),
    }),
    form: DIAGNOSTICS_FORM,
  };
}

/** All retrainings of a setting share one task; (subset, seed) numbers them. Neither K nor R is part of it. */
export function retrainingTask(setting: SettingConfig): Task {
  const { model, loss, training, subsetFraction, seed } = setting;
  return task('retraining', { model, loss, training, subsetFraction, seed }, { data: dataHash(setting) });
}

function dataHash({ data }: SettingConfig): string {
  return prepareDigits(data).hash;
}

/** Only what the method reads: the Hessian has no Fisher type, the GGN no partition. */
function curvatureConventions(
  method: CurvatureKind,
  { fisher, partition }: SettingConfig['curvature'],
): Partial<SettingConfig['curvature']> {
  if (method === 'hessian') return {};
  return method === 'ggn' ? { fisher } : { fisher, partition };
}
