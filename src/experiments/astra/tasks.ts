/** @file The stored tasks of a setting: what each depends on, and nothing else. */

import { usesLabels } from '../../autodiff/index.ts';
import type { ResultForm, StoredTask } from '../engine/result-form.ts';
import type { RetrainingArchive } from '../engine/retraining-archive.ts';
import type { Store } from '../engine/store.ts';
import { type Task, task, taskKey } from '../engine/task.ts';
import { CHECKPOINTS } from '../protocol/checkpointed-network.ts';
import type { PreparedSets } from '../protocol/data/prepare-sets.ts';
import { resnet9 } from '../protocol/resnet9.ts';
import type { RetrainingSeries } from '../protocol/retraining-series.ts';
import type { Variant } from './method.ts';
import { ablationForm, convergenceForm, dampingForm, networkForm, scoresForm } from './result-forms.ts';
import { type AstraSetting, type AstraSize, CIFAR_TIMES_DAMPING, SEGMENTS } from './setting.ts';
import type { AblationPlan, ConvergencePlan, DampingPlan } from './study-plans.ts';

/** Versions of the stored tasks. */
export const ASTRA_VERSIONS = {
  'astra-network': 1,
  'astra-retraining': 1,
  'astra-scores': 1,
  'astra-convergence': 1,
  'astra-ablation': 1,
  'astra-damping': 1,
} as const;

/** A setting with the hash of its data. */
export interface HashedSetting {
  readonly setting: AstraSetting;
  readonly data: string;
}

/** The stored work of one setting: what its results are made from. */
export interface SettingWork {
  readonly hashed: HashedSetting;
  readonly size: AstraSize;
  readonly sets: PreparedSets;
  /** Folder of the data, where it is not the repository's. */
  readonly folder: string | undefined;
  readonly store: Store;
  readonly archive: RetrainingArchive;
}

/** What names a network: its sizes, or the description by which networks are told apart whose words are alike. */
function networkConfig(setting: AstraSetting) {
  if (setting.resnet === undefined) return { sizes: setting.sizes };
  const { description, parameters } = resnet9(setting.resnet);
  return { network: { description, shapes: parameters.map(({ name, shape }) => [name, shape]) } };
}

/** Training of base model `model` on all training examples, with its checkpoints. */
export function networkTask({ setting, data }: HashedSetting, model: number): StoredTask {
  const { loss, training, seed } = setting;
  const config = { ...networkConfig(setting), loss, training, seed, model, checkpoints: CHECKPOINTS };
  return storedTask('astra-network', config, { data }, networkForm(setting));
}

/** All retrainings share one task; (subset, seed) numbers them. Neither count is part of it. */
export function retrainingTask({ setting, data }: HashedSetting): Task {
  const { loss, training, measurement, subsetFraction, seed } = setting;
  return task(
    ASTRA_VERSIONS,
    'astra-retraining',
    { ...networkConfig(setting), loss, training, measurement, subsetFraction, seed },
    { data },
  );
}

/** The retrainings of a setting. */
export function astraSeries(hashed: HashedSetting): RetrainingSeries {
  const { name, draw, subsetFraction, seed, loss } = hashed.setting;
  return {
    name,
    task: retrainingTask(hashed),
    examples: draw.train,
    subsetFraction,
    seed,
    queries: draw.queries,
    measurements: usesLabels(loss) ? ['loss', 'margin'] : ['loss', 'absolute-error'],
  };
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
  const config = { ...common, ...ownConfig(method, trakDimension) };
  return storedTask(
    'astra-scores',
    config,
    onNetwork(hashed, model),
    scoresForm(hashed.setting, end - start),
  );
}

function ownConfig(method: Variant['method'], trakDimension: number): object {
  if (method === 'trak') return { trakDimension };
  return method === 'astra-cifar' ? { timesDamping: CIFAR_TIMES_DAMPING } : {};
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
  name: keyof typeof ASTRA_VERSIONS,
  config: object,
  inputs: { readonly [name: string]: string },
  form: ResultForm,
): StoredTask {
  return { ...task(ASTRA_VERSIONS, name, config, inputs), form };
}
