/** @file From stored scores and retrainings to results.json. */

import { bootstrapDifference, type LdsResult, type RetrainingBank } from '../../influence/index.ts';
import type { Folders } from '../engine/folders.ts';
import type { Store } from '../engine/store.ts';
import type { TaskResult } from '../engine/task.ts';
import { digest } from '../files/digest.ts';
import { finiteOrNull, numberOrNaN, numberOrNull } from '../files/json-number.ts';
import { ceilingOf, estimateOf, judgeOf } from '../judging/judge.ts';
import { machine, making } from '../judging/versions.ts';
import { DEFAULT_SAMPLER, type SamplerVariant } from '../protocol/sampler-variant.ts';
import { BIF_METHOD_NAMES, type BifMethod } from './bif-method.ts';
import {
  arrayOf,
  gridFraction,
  gridLength,
  mainLength,
  methodScores,
  seedSetting,
  type Tuned,
  timedLength,
} from './bif-plan.ts';
import { type BifProfile, bifSetting } from './bif-profile.ts';
import {
  type AgreementEntry,
  BIF_FORMAT,
  type BifResults,
  bifDigest,
  type Cell,
  type CurveDifference,
  type GridEntry,
  type SamplingEntry,
  type TimingEntry,
} from './bif-results.ts';
import { bifArchive, bifBank, bifSetup, networkTask } from './bif-setting.ts';
import { BIF_VERSIONS, samplingTask, timingTask } from './bif-task.ts';
import { agreement, thinned } from './judge-bif.ts';
import { kinResults } from './kin.ts';
import { overSeeds } from './over-seeds.ts';

/** What is judged, and where it lies. */
export interface BifContext {
  readonly name: string;
  readonly profile: BifProfile;
  readonly folders: Folders;
  readonly store: Store;
}

/** split R-hat up to which a trace counts as converged; Gelman et al. 2013. */
export const RHAT_LIMIT = 1.1;

/** Pairs whose difference is reported. */
const PAIRS: readonly (readonly [BifMethod, BifMethod])[] = [
  ['bif', 'ekfac'],
  ['bif-tuned', 'ekfac-tuned'],
  ['bif', 'damped-if'],
  ['bif', 'bif-correlation'],
  ['trak', 'bif'],
  ['trak', 'ekfac'],
  ['grad-dot', 'bif'],
];

/** Points of a loss trace that are kept. */
const TRACE_POINTS = 100;

/** The largest complete part of a seed's retrainings at α; undefined below two subsets. */
export function storedBank(
  { profile, folders }: Pick<BifContext, 'profile' | 'folders'>,
  seed: number,
  fraction: number,
): RetrainingBank | undefined {
  const setting = bifSetting(profile, seed, fraction);
  const archive = bifArchive(setting, folders.retrainings);
  const { subsets, repeats: seeds } = profile;
  const size = archive.isComplete({ subsets, seeds })
    ? { subsets, seeds }
    : archive.largestRectangle({ subsets, seeds });
  return size.subsets < 2 || size.seeds < 1 ? undefined : bifBank(setting, size, archive);
}

/** Judges everything that is stored. */
export function assembleBif(context: BifContext, tuned: Tuned, advance: () => void = () => {}): BifResults {
  const { name, profile, store } = context;
  const seeds = Array.from({ length: profile.seeds }, (_, seed) => seed);
  const cells: Cell[] = [];
  const agreements: AgreementEntry[] = [];
  for (const seed of seeds) {
    const scores = BIF_METHOD_NAMES.map((method) => methodScores(profile, tuned, method, seed, store));
    const bif = scores[BIF_METHOD_NAMES.indexOf('bif')];
    for (const [m, method] of BIF_METHOD_NAMES.entries()) {
      const own = scores[m];
      if (method === 'bif' || bif === undefined || own === undefined) continue;
      agreements.push({ seed, method, correlation: finiteOrNull(agreement(bif, own)) });
    }
    for (const fraction of profile.fractions) {
      const bank = storedBank(context, seed, fraction);
      if (bank !== undefined) cells.push(judgeCell(profile, seed, fraction, bank, scores));
      advance();
    }
  }
  const setting = seedSetting(profile, 0);
  const kin = kinResults(setting, seeds, (method, seed) => methodScores(profile, tuned, method, seed, store));
  const results = {
    profile: name,
    setting: setting.name,
    parameters: bifSetup(setting).model.parameterCount,
    examples: setting.data.train,
    queries: setting.data.queries,
    seeds: profile.seeds,
    subsets: profile.subsets,
    repeats: profile.repeats,
    fractions: profile.fractions,
    chains: profile.chains,
    draws: profile.draws,
    gridDraws: profile.gridDraws,
    resamples: profile.resamples,
    complete:
      cells.length === profile.seeds * profile.fractions.length &&
      cells.every((cell) => cell.subsets === profile.subsets && cell.repeats === profile.repeats),
    networks: seeds.map((seed) => {
      const value = store.read(networkTask(seedSetting(profile, seed)))?.value;
      return {
        seed,
        trainLoss: numberOrNull(value?.['trainLoss']),
        queryLoss: numberOrNull(value?.['queryLoss']),
        queryAccuracy: numberOrNull(value?.['queryAccuracy']),
      };
    }),
    cells,
    curves: BIF_METHOD_NAMES.flatMap((method) =>
      profile.fractions.map((fraction) => ({
        method,
        fraction,
        ...overSeeds(values(cells, method, fraction)),
      })),
    ),
    differences: PAIRS.flatMap(([a, b]) =>
      profile.fractions.map((fraction) => difference(cells, a, b, fraction)),
    ),
    sampling: seeds.flatMap((seed) =>
      distinct([DEFAULT_SAMPLER, tuned.sampler]).map((variant) =>
        samplingEntry(seed, variant, read(store, profile, seed, variant, 'main')),
      ),
    ),
    grid: { fraction: gridFraction(profile), entries: gridEntries(context) },
    tuned,
    agreement: agreements,
    ...(kin === undefined ? {} : { kin }),
  };
  return {
    format: BIF_FORMAT,
    ...making('networks and subsets', BIF_VERSIONS),
    machine: machine(),
    digest: bifDigest(results),
    ...results,
    timing: timingEntries(context),
  };
}

function judgeCell(
  profile: BifProfile,
  seed: number,
  fraction: number,
  bank: RetrainingBank,
  scores: readonly ReturnType<typeof methodScores>[],
): Cell {
  const setting = bifSetting(profile, seed, fraction);
  const judge = judgeOf(setting, bank);
  const methods = BIF_METHOD_NAMES.map((method, m) => {
    const own = scores[m];
    const { value, lo, hi } = estimateOf(own && judge(own, profile.resamples).bootstrap);
    return { method, lds: value, lo, hi };
  });
  return {
    seed,
    fraction,
    size: bank.subsets[0].length,
    subsets: bank.subsets.length,
    repeats: bank.seeds,
    ceiling: ceilingOf(setting, bank).ceiling,
    methods,
  };
}

/** LDS of a method at α, one per seed; NaN where there is none. */
export function values(cells: readonly Cell[], method: BifMethod, fraction: number): number[] {
  return cells
    .filter((cell) => cell.fraction === fraction)
    .map((cell) => cell.methods.find((m) => m.method === method)?.lds ?? Number.NaN);
}

function difference(cells: readonly Cell[], a: BifMethod, b: BifMethod, fraction: number): CurveDifference {
  const other = values(cells, b, fraction);
  return { a, b, fraction, ...overSeeds(values(cells, a, fraction).map((v, i) => v - other[i])) };
}

/** The grid at seed 0, its default first; variants without a stored result are left out. */
function gridEntries(context: BifContext): GridEntry[] {
  const { profile, store } = context;
  const bank = storedBank(context, 0, gridFraction(profile));
  if (bank === undefined) return [];
  const judge = judgeOf(seedSetting(profile, 0), bank);
  const judged = new Map<string, LdsResult>();
  return distinct([DEFAULT_SAMPLER, ...profile.grid]).flatMap((variant): GridEntry[] => {
    const result = read(store, profile, 0, variant, 'grid');
    if (result === undefined) return [];
    const entry = samplingEntry(0, variant, result);
    const scores = arrayOf(result, 'covariance');
    if (scores === undefined)
      return [{ ...entry, lds: null, lo: null, hi: null, difference: UNKNOWN, counterpart: null, trace: [] }];
    const own = judge(scores, profile.resamples);
    const { value, lo, hi } = estimateOf(own.bootstrap);
    judged.set(variantKey(variant), own);
    const sgld = judged.get(variantKey({ ...variant, method: 'sgld' }));
    return [
      {
        ...entry,
        lds: value,
        lo,
        hi,
        difference: lessThan(own, judged.get(variantKey(DEFAULT_SAMPLER))),
        counterpart: variant.method === 'sgld' || sgld === undefined ? null : lessThan(own, sgld),
        trace: meanTrace(result),
      },
    ];
  });
}

type Triple = GridEntry['difference'];
const UNKNOWN: Triple = [null, null, null];

/** LDS a − b with its paired 95 % BCa interval over subsets. */
function lessThan(a: LdsResult, b: LdsResult | undefined): Triple {
  if (b === undefined) return UNKNOWN;
  const { value, lo, hi } = estimateOf(bootstrapDifference(a.bootstrap, b.bootstrap));
  return [value, lo, hi];
}

function samplingEntry(seed: number, variant: SamplerVariant, result: TaskResult | undefined): SamplingEntry {
  const { refused = null, ...figures } = result?.value ?? {};
  const numbers = Object.fromEntries(
    Object.entries(figures).map(([key, value]) => [key, numberOrNull(value)]),
  );
  return {
    seed,
    variant,
    refused: typeof refused === 'string' ? refused : null,
    figures: numbers,
    converged: numberOrNaN(numbers['splitRhat']) <= RHAT_LIMIT,
    seconds: numberOrNull(result?.seconds['cpu']),
  };
}

/** The loss trace, averaged over chains. */
function meanTrace(result: TaskResult): number[] {
  const traces = arrayOf(result, 'lossTraces');
  if (traces === undefined) return [];
  const mean = new Float64Array(traces.cols);
  for (let c = 0; c < traces.rows; c++)
    for (let t = 0; t < traces.cols; t++) mean[t] += traces.at(c, t) / traces.rows;
  return thinned(mean, TRACE_POINTS);
}

function timingEntries({ profile, store }: BifContext): TimingEntry[] {
  const setting = seedSetting(profile, 0);
  return profile.widths.flatMap((width): TimingEntry[] => {
    const result = store.read(timingTask(setting, width, timedLength(profile)));
    if (result === undefined) return [];
    const { draw, fit, score } = result.seconds;
    return [{ width, parameters: numberOrNaN(result.value['parameters']), draw, fit, score }];
  });
}

function read(
  store: Store,
  profile: BifProfile,
  seed: number,
  variant: SamplerVariant,
  which: 'main' | 'grid',
): TaskResult | undefined {
  const length = which === 'main' ? mainLength(profile) : gridLength(profile);
  return store.read(samplingTask(seedSetting(profile, seed), variant, length));
}

/** Each sampler once, the first place counts. */
export function distinct(variants: readonly SamplerVariant[]): SamplerVariant[] {
  const seen = new Set<string>();
  return variants.filter((variant) => {
    const key = variantKey(variant);
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
}

function variantKey(variant: SamplerVariant): string {
  return digest({ ...variant });
}
