/** @file The LDS of predictions over networks as a stored result, and the choice of a damping. */

import type { NetworkBootstrap, NetworksLds, RetrainingBank } from '../../influence/index.ts';
import { outcomeMeans } from '../../influence/index.ts';
import { sortColumns } from '../../influence/judging/lds.ts';
import { meanCorrelation } from '../../influence/judging/mean-correlation.ts';
import { drawBoth, judgeNetworks } from '../../influence/judging/network-resamples.ts';
import { resampledSpearman, type SortedRows } from '../../influence/judging/resampled-spearman.ts';
import { Matrix, type Vec } from '../../linalg/index.ts';
import { arrayOf, matrixOf } from '../engine/stored-array.ts';
import type { StoredArray, TaskResult } from '../engine/task.ts';
import { finiteOrNull, numberOrNaN } from '../files/json-number.ts';
import { average } from '../judging/judge.ts';
import { meanMatrix } from '../judging/stored-scores.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import type { Source } from './jobs.ts';
import { LADDER_RESAMPLES, queriesOf } from './ladder-task.ts';

/** Variant `k` of stored predictions, [K, queries]; undefined where it has no finite inverse. */
export function variantOf({ shape, data }: StoredArray, k: number): Matrix | undefined {
  const [, rows, cols] = shape;
  const own = data.slice(k * rows * cols, (k + 1) * rows * cols);
  return own.every(Number.isFinite) ? matrixOf({ shape: [rows, cols], data: own }) : undefined;
}

/** The measured outcomes of a source's queries, ranked. */
export function measuredFor(setting: SettingConfig, source: Source, bank: RetrainingBank): SortedRows {
  const all = outcomeMeans(bank, setting.measurement);
  const queries = queriesOf(setting, source);
  const some = new Matrix(all.rows, queries.length);
  for (let j = 0; j < all.rows; j++) some.row(j).set(Float64Array.from(queries, (q) => all.at(j, q)));
  return sortColumns(some);
}

/** LDS of predictions without an interval: of each network, averaged; and of the mean of all. */
export function plainLds(
  measured: SortedRows,
  networks: readonly Matrix[],
): { readonly single: number; readonly ensemble: number } {
  const weights = new Int32Array(networks[0].rows).fill(1);
  const lds = (one: Matrix): number => {
    const rho = new Float64Array(one.cols);
    resampledSpearman(measured, sortColumns(one), weights, rho);
    return meanCorrelation(rho);
  };
  return { single: average(networks.map(lds)), ensemble: lds(meanMatrix(networks)) };
}

/** Judges one variant at several networks. @param networks - Predictions, [K, queries] each. */
export function judgeVariant(measured: SortedRows, networks: readonly Matrix[], seed: number): TaskResult {
  const draws = drawBoth(networks.length, networks[0].rows, LADDER_RESAMPLES, seed);
  const [judged] = judgeNetworks(measured, [networks], draws, seed);
  const reading = (name: string, of: NetworkBootstrap): [string, StoredArray][] => [
    [`${name}.replicates`, arrayOf(of.replicates)],
    [`${name}.subsetReplicates`, arrayOf(of.subsetReplicates)],
    [`${name}.jackknife`, arrayOf(of.jackknife)],
    [`${name}.withoutNetwork`, arrayOf(of.withoutNetwork)],
    [`${name}.withoutBoth`, { shape: [of.withoutBoth.rows, networks[0].rows], data: of.withoutBoth.data }],
  ];
  const { single, ensemble } = judged;
  return {
    value: { single: finiteOrNull(single.estimate), ensemble: finiteOrNull(ensemble.estimate), seed },
    arrays: {
      perNetwork: arrayOf(judged.perNetwork),
      perNetworkReplicates: arrayOf(judged.perNetworkReplicates),
      ...Object.fromEntries([...reading('single', single), ...reading('ensemble', ensemble)]),
    },
    seconds: {},
  };
}

/** The reverse of {@link judgeVariant}. */
export function decodeJudged({ value, arrays }: TaskResult): NetworksLds {
  const reading = (name: 'single' | 'ensemble'): NetworkBootstrap => {
    const list = (field: string): Vec => arrays[`${name}.${field}`].data;
    return {
      estimate: numberOrNaN(value[name]),
      replicates: list('replicates'),
      subsetReplicates: list('subsetReplicates'),
      jackknife: list('jackknife'),
      withoutNetwork: list('withoutNetwork'),
      withoutBoth: matrixOf(arrays[`${name}.withoutBoth`]),
      seed: numberOrNaN(value['seed']),
    };
  };
  return {
    perNetwork: arrays['perNetwork'].data,
    perNetworkReplicates: matrixOf(arrays['perNetworkReplicates']),
    single: reading('single'),
    ensemble: reading('ensemble'),
  };
}
