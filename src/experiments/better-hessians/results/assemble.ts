/** @file From stored tasks and retrainings to the results of a setting: a pure function. */
import {
  errorShares,
  LADDER,
  LADDER_STEPS,
  type LadderKind,
  type LadderStep,
} from '../../../curvature/index.ts';
import {
  type LdsResult,
  ldsChange,
  networksDifference,
  type RetrainingBank,
} from '../../../influence/index.ts';
import type { RetrainingArchive } from '../../engine/retraining-archive.ts';
import type { TaskResult } from '../../engine/task.ts';
import { digestNumbers } from '../../files/digest.ts';
import {
  finiteOrNull,
  type JsonInterval,
  jsonInterval,
  numberOrNaN,
  numberOrNull,
} from '../../files/json-number.ts';
import { recordBy } from '../../files/record-by.ts';
import { average, ceilingOf, judgeOf, pairedDifference, spread } from '../../judging/judge.ts';
import { METHODS, type Method } from '../../protocol/methods.ts';
import { retrainingBank } from '../../protocol/retrainings.ts';
import type { RunSize } from '../../protocol/run-size.ts';
import type { NetworkResults, SettingData } from '../reproduce/compute-setting.ts';
import { attribution, meanScores } from './attribution.ts';
import { COMPARISONS, comparisonName } from './comparisons.ts';
import { networkDifferenceEntry, networkLdsEntry, overNetworks } from './over-networks.ts';
import {
  DIAGNOSTICS,
  type LdsChangeEntry,
  type LdsEntry,
  type SettingResults,
  type SpectrumEntry,
} from './results.ts';

export { attribution, meanScores };

/** Everything about one setting that results.json holds. */
export function assembleSetting(data: SettingData): SettingResults {
  const { setting, size, networks, archive } = data;
  const bank = retrainingBank(setting, size, archive);
  const judge = judgeOf(setting, bank);
  const scored = recordBy(METHODS, (method) => judge(meanScores(networks, method)));
  const over = networks.length < 2 ? undefined : overNetworks(data, bank);
  const lds = recordBy(METHODS, (method) => {
    const entry = ldsEntry(scored[method]);
    if (over === undefined) return { ...entry, single: spread([scored[method].mean]) };
    return { ...entry, ...networkLdsEntry(over[method], entry) };
  });
  const differences = Object.fromEntries(
    COMPARISONS.map(([a, b]) => {
      const paired = pairedDifference(scored[a], scored[b]);
      const found =
        over === undefined ? paired : networkDifferenceEntry(networksDifference(over[a], over[b]), paired);
      return [comparisonName(a, b), { a, b, ...found }];
    }),
  );
  const error = (network: NetworkResults, kind: LadderKind): number =>
    numberOrNaN(attribution(network, kind).value['error']);
  const errors = recordBy(LADDER, (kind) => average(networks.map((n) => error(n, kind))));
  const shares = errorShares(errors);
  const base = (name: string): number => average(networks.map((n) => numberOrNaN(n.base.value[name])));
  const distance = (name: (typeof DIAGNOSTICS)[number]): number | null =>
    finiteOrNull(average(networks.map((n) => numberOrNaN(n.diagnostics.value[name]))));
  return {
    parameters: networks[0].base.arrays['theta'].data.length,
    subsets: size.subsets,
    seeds: size.seeds,
    models: networks.length,
    ...(over === undefined ? {} : { covers: 'networks and subsets' as const }),
    accuracy: { train: base('trainAccuracy'), query: base('queryAccuracy') },
    loss: { train: base('trainLoss'), query: base('queryLoss') },
    lds,
    ...ceilingOf(setting, bank),
    error: recordBy(LADDER, (kind) => finiteOrNull(errors[kind])),
    errorSingle: recordBy(LADDER, (kind) => networks.map((n) => finiteOrNull(error(n, kind)))),
    errorShare: recordBy(LADDER_STEPS, (step) => finiteOrNull(shares[step])),
    ldsChange: ldsChanges(scored, over === undefined ? undefined : differences),
    differences,
    diagnostics: {
      residual: distance('residual'),
      crossLayer: distance('crossLayer'),
      eigenvalueOverlap: {
        kfac: distance('eigenvalueOverlapKfac'),
        ekfac: distance('eigenvalueOverlapEkfac'),
      },
      basisOverlap: distance('basisOverlapKfac'),
      basisOverlapEkfac: distance('basisOverlapEkfac'),
    },
    diagnosticsSingle: networks.map((n) =>
      recordBy(DIAGNOSTICS, (name) => numberOrNull(n.diagnostics.value[name])),
    ),
    spectrum: recordBy(LADDER, (kind) => spectrumEntry(attribution(networks[0], kind))),
    digests: digests(networks, bank),
    config: setting,
    seconds: stageSeconds(networks, size, archive),
  };
}

/** An LDS as JSON. */
export function ldsEntry({ mean, bca, percentile, undefinedQueries, perQuery }: LdsResult): LdsEntry {
  return {
    mean: finiteOrNull(mean),
    ci: jsonInterval(bca),
    percentile: jsonInterval(percentile),
    undefinedQueries,
    perQuery: Array.from(perQuery, finiteOrNull),
  };
}

/** @param differences - Over networks and subsets; undefined: the intervals cover subsets, each resampled in its own direction. */
function ldsChanges(
  scored: Readonly<Record<Method, LdsResult>>,
  differences: SettingResults['differences'] | undefined,
): Record<LadderStep, LdsChangeEntry> {
  const steps = ldsChange(LADDER.map((id) => ({ id, lds: scored[id].mean })));
  return recordBy(LADDER_STEPS, (step) => {
    const { from, to, change, shareOfTotal, relative, relativeToFirst } = steps[LADDER_STEPS.indexOf(step)];
    return {
      ci:
        differences === undefined
          ? pairedDifference(scored[to as Method], scored[from as Method]).ci
          : reversed(differences[comparisonName(from as Method, to as Method)].ci),
      change: finiteOrNull(change),
      shareOfTotal: finiteOrNull(shareOfTotal),
      relative: finiteOrNull(relative),
      relativeToFirst: finiteOrNull(relativeToFirst),
    };
  });
}

/** The interval of −x. */
function reversed([lo, hi]: JsonInterval): JsonInterval {
  return [hi === null ? null : -hi, lo === null ? null : -lo];
}

function spectrumEntry({ value }: TaskResult): SpectrumEntry {
  return {
    rank: numberOrNaN(value['rank']),
    negative: numberOrNaN(value['negative']),
    trace: numberOrNull(value['trace']),
    frobenius: numberOrNull(value['frobenius']),
  };
}

function digests(networks: readonly NetworkResults[], bank: RetrainingBank): { [what: string]: string } {
  return {
    parameters: digestNumbers(networks[0].base.arrays['theta'].data),
    ...Object.fromEntries(METHODS.map((m) => [`scores/${m}`, digestNumbers(meanScores(networks, m).data)])),
    losses: digestNumbers(bank.losses),
    ...(bank.margins === undefined ? {} : { margins: digestNumbers(bank.margins) }),
  };
}

/** Flat stage names: base-training, retraining, diagnostics, hessian/matrix, hessian/eigen, … */
function stageSeconds(
  networks: readonly NetworkResults[],
  { subsets, seeds }: RunSize,
  archive: RetrainingArchive,
): { [stage: string]: number } {
  const total = new Map<string, number>();
  const add = (stage: string, seconds: number): void =>
    void total.set(stage, (total.get(stage) ?? 0) + seconds);
  for (const { base, diagnostics: distances, attributions } of networks) {
    for (const seconds of Object.values(base.seconds)) add('base-training', seconds);
    for (const [method, { seconds }] of attributions)
      for (const [stage, value] of Object.entries(seconds)) add(`${method}/${stage}`, value);
    for (const seconds of Object.values(distances.seconds)) add('diagnostics', seconds);
  }
  for (let subset = 0; subset < subsets; subset++)
    for (let seed = 0; seed < seeds; seed++) add('retraining', archive.get(subset, seed)?.seconds ?? 0);
  return Object.fromEntries([...total].map(([stage, value]) => [stage, Math.round(value * 1e4) / 1e4]));
}
