/** @file From stored tasks and retrainings to the results of a setting: a pure function. */
import {
  CURVATURE_KINDS,
  type CurvatureKind,
  errorShares,
  LADDER_STEPS,
  type LadderStep,
} from '../../../curvature/index.ts';
import {
  bcaInterval,
  bootstrapDifference,
  type LdsInput,
  type LdsResult,
  ldsChange,
  linearDatamodellingScore,
  noiseCeiling,
  outcomeMeans,
  type RetrainingBank,
} from '../../../influence/index.ts';
import type { Matrix } from '../../../linalg/index.ts';
import type { RetrainingArchive } from '../../engine/retraining-archive.ts';
import type { TaskResult } from '../../engine/task.ts';
import { digestNumbers, type Json } from '../../files/digest.ts';
import { finiteOrNull, jsonInterval, numberOrNaN } from '../../files/json-number.ts';
import { METHODS, type Method } from '../../protocol/methods.ts';
import { retrainingBank } from '../../protocol/retrainings.ts';
import type { RunSize } from '../../protocol/run-size.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import type { NetworkResults, SettingData } from '../reproduce/compute-setting.ts';
import { attribution, meanScores } from './attribution.ts';
import { ldsDifferences } from './differences.ts';
import type { LdsChangeEntry, LdsEntry, SettingResults, SpectrumEntry } from './results.ts';
import { singleDiagnostics, singleErrors, singleLds } from './single-models.ts';

export { attribution, meanScores };

/** Everything about one setting that results.json holds. */
export function assembleSetting(data: SettingData): SettingResults {
  const { setting, size, networks, archive } = data;
  const bank = retrainingBank(setting, size, archive);
  const scored = byMethod((method) => evaluateScores(setting, bank, meanScores(networks, method)));
  const outcomes = ldsOutcomes(setting, bank);
  const lds = byMethod((method) => ({
    ...ldsEntry(scored[method]),
    single: singleLds(networks, method, outcomes),
  }));
  const errors = byKind((kind) => average(networks, (n) => attribution(n, kind).value['error']));
  const ceiling =
    size.seeds >= 2
      ? noiseCeiling(bank, { measurement: setting.measurement, seed: setting.seed })
      : undefined;
  const base = (name: string): number => average(networks, (n) => n.base.value[name]);
  return {
    parameters: networks[0].base.arrays['theta'].data.length,
    subsets: size.subsets,
    seeds: size.seeds,
    models: networks.length,
    accuracy: { train: base('trainAccuracy'), query: base('queryAccuracy') },
    loss: { train: base('trainLoss'), query: base('queryLoss') },
    lds,
    ceiling: finiteOrNull(ceiling?.perfect.mean ?? Number.NaN),
    splitHalf: finiteOrNull(ceiling?.splitHalf.mean ?? Number.NaN),
    error: byKind((kind) => finiteOrNull(errors[kind])),
    errorSingle: singleErrors(networks),
    errorShare: byStep(errorShares(errors), finiteOrNull),
    ldsChange: ldsChanges(scored),
    differences: ldsDifferences(scored),
    diagnostics: diagnostics(networks),
    diagnosticsSingle: singleDiagnostics(networks),
    spectrum: byKind((kind) => spectrumEntry(attribution(networks[0], kind))),
    digests: digests(networks, bank),
    config: setting,
    seconds: stageSeconds(networks, size, archive),
  };
}

/** The LDS of a score matrix [queries, train] against stored retrainings. @param resamples - Of its bootstrap. */
export function evaluateScores(
  setting: SettingConfig,
  bank: RetrainingBank,
  scores: Matrix,
  resamples?: number,
): LdsResult {
  const more = resamples === undefined ? {} : { resamples };
  return linearDatamodellingScore({ ...ldsOutcomes(setting, bank), scores, ...more });
}

/** What every score matrix of a setting is judged against. */
function ldsOutcomes(setting: SettingConfig, bank: RetrainingBank): Omit<LdsInput, 'scores'> {
  return {
    subsets: bank.subsets,
    outcomes: outcomeMeans(bank, setting.measurement),
    seed: setting.seed,
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

function ldsChanges(scored: Readonly<Record<Method, LdsResult>>): Record<LadderStep, LdsChangeEntry> {
  const steps = ldsChange(CURVATURE_KINDS.map((id) => ({ id, lds: scored[id].mean })));
  const entries = steps.map(({ from, to, change, shareOfTotal, relative, relativeToFirst }) => [
    `${from}→${to}`,
    {
      ci: jsonInterval(
        bcaInterval(bootstrapDifference(scored[to as Method].bootstrap, scored[from as Method].bootstrap)),
      ),
      change: finiteOrNull(change),
      shareOfTotal: finiteOrNull(shareOfTotal),
      relative: finiteOrNull(relative),
      relativeToFirst: finiteOrNull(relativeToFirst),
    },
  ]);
  return Object.fromEntries(entries) as Record<LadderStep, LdsChangeEntry>;
}

function diagnostics(networks: readonly NetworkResults[]): SettingResults['diagnostics'] {
  const of = (name: string): number | null =>
    finiteOrNull(average(networks, (n) => n.diagnostics.value[name]));
  return {
    residual: of('residual'),
    crossLayer: of('crossLayer'),
    eigenvalueOverlap: { kfac: of('eigenvalueOverlapKfac'), ekfac: of('eigenvalueOverlapEkfac') },
    basisOverlap: of('basisOverlapKfac'),
    basisOverlapEkfac: of('basisOverlapEkfac'),
  };
}

function spectrumEntry({ value }: TaskResult): SpectrumEntry {
  const of = (name: string): number => numberOrNaN(value[name]);
  const [trace, frobenius] = [finiteOrNull(of('trace')), finiteOrNull(of('frobenius'))];
  return { rank: of('rank'), negative: of('negative'), trace, frobenius };
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

function average(
  networks: readonly NetworkResults[],
  read: (network: NetworkResults) => Json | undefined,
): number {
  return networks.reduce((sum, network) => sum + numberOrNaN(read(network)), 0) / networks.length;
}

function byMethod<T>(make: (method: Method) => T): Record<Method, T> {
  return Object.fromEntries(METHODS.map((method) => [method, make(method)])) as Record<Method, T>;
}

function byKind<T>(make: (kind: CurvatureKind) => T): Record<CurvatureKind, T> {
  return Object.fromEntries(CURVATURE_KINDS.map((kind) => [kind, make(kind)])) as Record<CurvatureKind, T>;
}

function byStep<T>(values: Record<LadderStep, number>, make: (value: number) => T): Record<LadderStep, T> {
  return Object.fromEntries(LADDER_STEPS.map((step) => [step, make(values[step])])) as Record<LadderStep, T>;
}
