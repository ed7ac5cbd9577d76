/** @file The stored tasks of a setting: what each depends on, and nothing else. */

import type { ResultForm, StoredTask } from '../engine/result-form.ts';
import { type Task, type TaskName, task, taskKey } from '../engine/task.ts';
import type { Json } from '../files/digest.ts';
import type { Variant } from './method.ts';
import type { AblationPlan, ConvergencePlan, DampingPlan } from './plans.ts';
import { ablationForm, convergenceForm, dampingForm, networkForm, scoresForm } from './result-forms.ts';
import { type AstraSetting, CHECKPOINTS, SEGMENTS } from './setting.ts';

/** A setting with the hash of its data. */
export interface HashedSetting {
  readonly setting: AstraSetting;
  readonly data: string;
}

/** Training of base model `model` on all training examples, with its checkpoints. */
export function networkTask({ setting, data }: HashedSetting, model: number): StoredTask {
  const { sizes, loss, training, seed } = setting;
  const config = { sizes, loss, training, seed, model, checkpoints: CHECKPOINTS };
  return storedTask('astra-network', config, { data }, networkForm(setting));
}

/** All retrainings share one task; (subset, seed) numbers them. Neither count is part of it. */
export function retrainingTask({ setting, data }: HashedSetting): Task {
  const { sizes, loss, training, measurement, subsetFraction, seed } = setting;
  return plainTask(
    'astra-retraining',
    { sizes, loss, training, measurement, subsetFraction, seed },
    { data },
  );
}

/** Scores of queries start..end−1 by one method at base model `model`. */
export function scoresTask(
  hashed: HashedSetting,
  model: number,
  { method, damping }: Variant,
  start: number,
  end: number,
): StoredTask {
  const { measurement, fisher, solver, seed, trakDimension } = hashed.setting;
  const common = { method, damping, measurement, fisher, solver, seed, segments: SEGMENTS, start, end };
  const config = method === 'trak' ? { ...common, trakDimension } : common;
  return storedTask(
    'astra-scores',
    config,
    onNetwork(hashed, model),
    scoresForm(hashed.setting, end - start),
  );
}

/** Loss, residual and group sums of one solver along its iterations. */
export function convergenceTask(hashed: HashedSetting, model: number, plan: ConvergencePlan): StoredTask {
  const { measurement, fisher, seed } = hashed.setting;
  const config = { ...plan, measurement, fisher, seed };
  return storedTask(
    'astra-convergence',
    config,
    onMasks(hashed, model),
    convergenceForm(hashed.setting, plan),
  );
}

/** Solutions cut at eigenvalues of EK-FAC. */
export function ablationTask(hashed: HashedSetting, model: number, plan: AblationPlan): StoredTask {
  const { measurement, fisher, seed } = hashed.setting;
  const config = { ...plan, measurement, fisher, seed };
  return storedTask('astra-ablation', config, onMasks(hashed, model), ablationForm(hashed.setting, plan));
}

/** Truncated Neumann series beside exact solutions of larger damping. */
export function dampingTask(hashed: HashedSetting, model: number, plan: DampingPlan): StoredTask {
  const { measurement, fisher, seed } = hashed.setting;
  const config = { ...plan, measurement, fisher, seed };
  return storedTask('astra-damping', config, onMasks(hashed, model), dampingForm(hashed.setting, plan));
}

function onNetwork(hashed: HashedSetting, model: number): { [name: string]: string } {
  return { data: hashed.data, network: taskKey(networkTask(hashed, model)) };
}

/** Group sums depend on the masks, which share and seed name. */
function onMasks(hashed: HashedSetting, model: number): { [name: string]: string } {
  return { ...onNetwork(hashed, model), masks: taskKey(retrainingTask(hashed)) };
}

function storedTask(
  name: TaskName,
  config: object,
  inputs: { readonly [name: string]: string },
  form: ResultForm,
): StoredTask {
  return { ...plainTask(name, config, inputs), form };
}

/** Settings and plans are plain values, though interfaces do not say so; the digest would refuse anything else. */
function plainTask(name: TaskName, config: object, inputs: { readonly [name: string]: string }): Task {
  return task(name, config as unknown as Json, inputs);
}
