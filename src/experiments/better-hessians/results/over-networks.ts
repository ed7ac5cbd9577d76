/** @file The LDS of a setting over its base networks, as results.json holds it: intervals over networks and subsets. */
import {
  ldsOverNetworks,
  type NetworksLds,
  networkComponents,
  outcomeMeans,
  type RetrainingBank,
} from '../../../influence/index.ts';
import { matrixOf } from '../../engine/stored-array.ts';
import { finiteOrNull } from '../../files/json-number.ts';
import { recordBy } from '../../files/record-by.ts';
import { networkIntervals, spread } from '../../judging/judge.ts';
import type { PairedDifference } from '../../judging/results-file.ts';
import { METHODS, type Method } from '../../protocol/methods.ts';
import type { SettingData } from '../reproduce/compute-setting.ts';
import { attribution } from './attribution.ts';
import type { LdsEntry, SettingResults } from './results.ts';

/** Every method at every network, all on the same draws. */
export function overNetworks(
  { setting, networks }: SettingData,
  bank: RetrainingBank,
): Readonly<Record<Method, NetworksLds>> {
  const all = ldsOverNetworks({
    scores: METHODS.map((method) =>
      networks.map((network) => matrixOf(attribution(network, method).arrays['scores'])),
    ),
    subsets: bank.subsets,
    outcomes: outcomeMeans(bank, setting.measurement),
    seed: setting.seed,
  });
  return recordBy(METHODS, (method) => all[METHODS.indexOf(method)]);
}

/** What an LDS says beside its value and its queries. @param over - Its entry over subsets alone. */
export function networkLdsEntry(
  judged: NetworksLds,
  { ci }: LdsEntry,
): Pick<SettingResults['lds'][Method], 'ci' | 'percentile' | 'subsetsCi' | 'variance' | 'single'> {
  return {
    ...networkIntervals(judged.ensemble, 1),
    subsetsCi: ci,
    variance: variance(judged),
    single: { ...spread(Array.from(judged.perNetwork)), ...networkIntervals(judged.single, 1) },
  };
}

/** A difference in both readings. @param paired - The same over subsets alone. */
export function networkDifferenceEntry(
  judged: NetworksLds,
  { difference, ci }: PairedDifference,
): Omit<SettingResults['differences'][string], 'a' | 'b'> {
  return {
    difference,
    ...networkIntervals(judged.ensemble, 2),
    subsetsCi: ci,
    variance: variance(judged),
    single: {
      difference: finiteOrNull(judged.single.estimate),
      ...networkIntervals(judged.single, 2),
      values: Array.from(judged.perNetwork, finiteOrNull),
    },
  };
}

function variance({ perNetwork, perNetworkReplicates, single }: NetworksLds): {
  readonly networks: number;
  readonly subsets: number;
  readonly residual: number;
} {
  return networkComponents(perNetwork, perNetworkReplicates, single.jackknife.length);
}
