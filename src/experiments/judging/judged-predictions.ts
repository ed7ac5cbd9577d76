/** @file The LDS of predictions over networks as a stored result. */
import * as v from 'valibot';
import type { NetworkBootstrap, NetworksLds } from '../../influence/index.ts';
import { sortColumns } from '../../influence/judging/lds.ts';
import { meanCorrelation } from '../../influence/judging/mean-correlation.ts';
import { drawBoth, judgeNetworks } from '../../influence/judging/network-resamples.ts';
import { resampledSpearman, type SortedRows } from '../../influence/judging/resampled-spearman.ts';
import type { Matrix, Vec } from '../../linalg/index.ts';
import { anyArray, type ResultForm, resultForm } from '../engine/result-form.ts';
import { arrayOf, matrixOf } from '../engine/stored-array.ts';
import type { StoredArray, TaskResult } from '../engine/task.ts';
import { finiteOrNull, numberOrNaN } from '../files/json-number.ts';
import { finite } from '../files/json-schemas.ts';
import { average } from './judge.ts';
import { meanMatrix } from './stored-scores.ts';

/** Intervals are made of variances, for which these are enough. */
export const NETWORK_RESAMPLES = 200;

/** Variant `k` of stored predictions, [K, queries]; undefined where it has no finite inverse. */
export function variantOf({ shape, data }: StoredArray, k: number): Matrix | undefined {
  const [, rows, cols] = shape;
  const own = data.slice(k * rows * cols, (k + 1) * rows * cols);
  return own.every(Number.isFinite) ? matrixOf({ shape: [rows, cols], data: own }) : undefined;
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
  const draws = drawBoth(networks.length, networks[0].rows, NETWORK_RESAMPLES, seed);
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

/** What {@link judgeVariant} yields. */
export function judgedForm(models: number, subsets: number, seed: number): ResultForm {
  const networks = models < 2 ? 0 : models;
  const reading = (name: string) => ({
    [`${name}.replicates`]: anyArray(NETWORK_RESAMPLES),
    [`${name}.subsetReplicates`]: anyArray(NETWORK_RESAMPLES),
    [`${name}.jackknife`]: anyArray(subsets),
    [`${name}.withoutNetwork`]: anyArray(networks),
    [`${name}.withoutBoth`]: anyArray(networks, subsets),
  });
  return resultForm(
    v.strictObject({ single: v.nullable(finite), ensemble: v.nullable(finite), seed: v.literal(seed) }),
    {
      perNetwork: anyArray(models),
      perNetworkReplicates: anyArray(models, NETWORK_RESAMPLES),
      ...reading('single'),
      ...reading('ensemble'),
    },
  );
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
