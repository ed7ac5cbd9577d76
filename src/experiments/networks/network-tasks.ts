/** @file The stored tasks of the experiment: curvatures of networks, and judgements. */
import * as v from 'valibot';
import {
  anyArray,
  finiteArray,
  type ResultForm,
  resultForm,
  type StoredTask,
} from '../engine/result-form.ts';
import { task, taskKey } from '../engine/task.ts';
import { count, finite, index, nonNegative } from '../files/json-schemas.ts';
import { judgedForm, NETWORK_RESAMPLES } from '../judging/judged-predictions.ts';
import { dataHash, type NetworkSetting, settingNetwork } from '../protocol/network-setting.ts';
import { NETWORK_VERSIONS, networkSeries, trainingTask } from '../protocol/network-trainings.ts';
import type { CurvaturesJob, JudgedJob, NetworksJob, PassagesJob } from './jobs.ts';
import { SHOWN_RUNG } from './passages.ts';
import { curvaturesOf, rungsOf, variantsOf } from './rungs.ts';

/** Versions of the stored tasks. */
export const NETWORKS_VERSIONS = {
  ...NETWORK_VERSIONS,
  'network-curvatures': 2,
  'network-judged': 1,
  'network-passages': 1,
} as const;

/** All curvatures of base network `model`, with their predictions for the first `subsets` subsets. */
export function curvaturesTask({ setting, model, subsets }: Omit<CurvaturesJob, 'kind'>): StoredTask {
  const { subsetFraction, seed, measurement } = setting;
  const variants = rungsOf(setting).map((rung) => [rung.id, variantsOf(rung)]);
  return {
    ...task(
      NETWORKS_VERSIONS,
      'network-curvatures',
      { subsets, subsetFraction, seed, measurement, variants },
      { data: dataHash(setting), network: taskKey(trainingTask(setting, model)) },
    ),
    form: curvaturesForm(setting, subsets),
  };
}

const overlap = v.nullable(finite);

const STEP = v.strictObject({
  form: v.picklist(['one', 'expand', 'reduce']),
  eigenvalueOverlapEkfac: overlap,
  eigenvalueOverlapKfac: overlap,
  basisOverlapEkfac: overlap,
  basisOverlapKfac: overlap,
  layers: v.array(
    v.strictObject({
      layer: v.string(),
      op: v.string(),
      parameters: count,
      positions: count,
      norm: nonNegative,
      ekfac: nonNegative,
      kfac: nonNegative,
    }),
  ),
});

const CURVATURES_VALUE = v.strictObject({
  rungs: v.record(
    v.string(),
    v.strictObject({
      error: v.nullable(nonNegative),
      rank: index,
      negative: index,
      trace: finite,
      frobenius: nonNegative,
    }),
  ),
  distances: v.strictObject({ residual: nonNegative, crossLayer: nonNegative, hollow: nonNegative }),
  steps: v.array(STEP),
});

/** What is stored of the curvatures of a network. */
export type StoredCurvatures = v.InferOutput<typeof CURVATURES_VALUE>;

/** Reads it. */
export function storedCurvatures(value: unknown): StoredCurvatures {
  return v.parse(CURVATURES_VALUE, value);
}

function curvaturesForm(setting: NetworkSetting, subsets: number): ResultForm {
  const { train, queries } = setting.data;
  const { parameterCount } = settingNetwork(setting);
  const arrays = rungsOf(setting).flatMap((rung) => [
    [`${rung.id}/predictions`, anyArray(variantsOf(rung).length, subsets, queries)],
    [`${rung.id}/scores`, finiteArray(queries, train)],
  ]);
  const spectra = curvaturesOf(setting).map(({ id }) => [`${id}/spectrum`, finiteArray(parameterCount)]);
  const stages = curvaturesOf(setting).map(({ id }) => `${id}/operator`);
  return resultForm(CURVATURES_VALUE, Object.fromEntries([...arrays, ...spectra]), stages);
}

/** Both readings of an LDS over networks, with all that intervals and differences are made from. */
export function judgedTask({ setting, rung, variant, models, size }: Omit<JudgedJob, 'kind'>): StoredTask {
  const { measurement, seed } = setting;
  const { subsets, seeds } = size;
  const inputs = Array.from({ length: models }, (_, model): [string, string] => [
    `curvatures ${model}`,
    taskKey(curvaturesTask({ setting, model, subsets })),
  ]);
  return {
    ...task(
      NETWORKS_VERSIONS,
      'network-judged',
      { rung, variant, measurement, seed, subsets, seeds, resamples: NETWORK_RESAMPLES },
      { retrainings: taskKey(networkSeries(setting).task), ...Object.fromEntries(inputs) },
    ),
    form: judgedForm(models, subsets, seed),
  };
}

/** Scores of characters. */
export function passagesTask({ setting, variant }: Omit<PassagesJob, 'kind'>): StoredTask {
  const length = settingNetwork(setting).outputPositions;
  return {
    ...task(
      NETWORKS_VERSIONS,
      'network-passages',
      { rung: SHOWN_RUNG, variant },
      { data: dataHash(setting), network: taskKey(trainingTask(setting, 0)) },
    ),
    form: resultForm(v.strictObject({}), { scores: finiteArray(length, setting.data.train * length) }, [
      'passages',
    ]),
  };
}

/** Where a job's result is stored; a retraining ends up in a log. */
export function storedUnder(job: NetworksJob): StoredTask | undefined {
  switch (job.kind) {
    case 'training':
      return trainingTask(job.setting, job.model);
    case 'curvatures':
      return curvaturesTask(job);
    case 'judged':
      return judgedTask(job);
    case 'passages':
      return passagesTask(job);
    case 'retraining':
      return undefined;
  }
}
