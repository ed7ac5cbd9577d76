/** @file From stored work to tokens.json: a pure function of what is stored. */
import {
  type NetworksLds,
  networkInterval,
  networksDifference,
  outcomeMeans,
  subsetPredictions,
} from '../../influence/index.ts';
import { sortColumns } from '../../influence/judging/lds.ts';
import type { Store } from '../engine/store.ts';
import { matrixOf } from '../engine/stored-array.ts';
import type { StoredArray, TaskResult } from '../engine/task.ts';
import { finiteOrNull, numberOrNaN } from '../files/json-number.ts';
import { boundedInterval } from '../judging/bounded-interval.ts';
import type { JudgedClaim } from '../judging/claim.ts';
import { meanOverModels } from '../judging/estimate.ts';
import { average, ceilingOf } from '../judging/judge.ts';
import { decodeJudged, judgeVariant } from '../judging/judged-predictions.ts';
import { settingsDigest } from '../judging/results-file.ts';
import { machine, making } from '../judging/versions.ts';
import { type NetworkSetting, networkSetup, settingNetwork } from '../protocol/network-setting.ts';
import { networkSeries, trainingTask } from '../protocol/network-trainings.ts';
import { passagesOf } from '../protocol/passages.ts';
import { openSeries, seriesBank } from '../protocol/retraining-series.ts';
import { firstModels } from '../protocol/run-size.ts';
import { type SamplerVariant, samplerName } from '../protocol/sampler-variant.ts';
import { CURVATURE_IDS, CURVATURES, type CurvatureId } from './curvature-tokens.ts';
import {
  type Answered,
  curvatureTask,
  NORMALISATIONS,
  type SampledValue,
  sampledTask,
  storedCurvature,
  storedSampled,
  TOKENS_VERSIONS,
} from './token-tasks.ts';
import { judgeTokensClaims } from './tokens-claims.ts';
import type { TokensProfile } from './tokens-profile.ts';
import {
  type AgreementEntry,
  type MethodEntry,
  type OverNetworks,
  type PassagesEntry,
  type SamplerEntry,
  TOKENS_FORMAT,
  type TokenResults,
  type TokensResults,
} from './tokens-results.ts';

/** What tokens.json holds, and the claims for the page. */
export interface AssembledTokens {
  readonly results: TokensResults;
  readonly claims: readonly JudgedClaim[];
}

/** All results. @param retrainings - Their folder. */
export function assembleTokens(
  profile: TokensProfile,
  setting: NetworkSetting,
  store: Store,
  retrainings: string,
): AssembledTokens {
  const settings = [tokenResults(profile, setting, store, retrainings)];
  const results: TokensResults = {
    format: TOKENS_FORMAT,
    ...making('networks and subsets', TOKENS_VERSIONS),
    machine: machine(),
    digest: settingsDigest(settings),
    settings,
  };
  return { results, claims: judgeTokensClaims(settings[0]) };
}

function tokenResults(
  profile: TokensProfile,
  setting: NetworkSetting,
  store: Store,
  retrainings: string,
): TokenResults {
  const { size, length, samplers } = profile;
  const { name, data, training, measurement, seed, baseModels } = setting;
  const models = firstModels(baseModels);
  const archive = openSeries(networkSeries(setting), retrainings, () => {}, false);
  const bank = seriesBank(networkSeries(setting), size, archive);
  const measured = sortColumns(outcomeMeans(bank, measurement));
  const judge = (scores: readonly StoredArray[]): NetworksLds =>
    decodeJudged(
      judgeVariant(
        measured,
        scores.map((one) => subsetPredictions(matrixOf(one), bank.subsets)),
        seed,
      ),
    );
  const base = models.map((model) => store.get(trainingTask(setting, model)).value);
  const mean = (field: string): number => average(base.map((value) => numberOrNaN(value[field])));
  const curvature = models.map((model) => store.get(curvatureTask(setting, model)));
  const sampled = samplers.map((variant) => ({
    variant,
    found: models.map((model) => store.get(sampledTask(setting, model, variant, length))),
  }));
  const whole = sampled.filter(({ found }) => found.every(isWhole));
  const judged = new Map<string, NetworksLds>([
    ...CURVATURE_IDS.map((id): [string, NetworksLds] => [
      id,
      judge(curvature.map(({ arrays }) => arrays[`${id}/scores`])),
    ]),
    ...whole.map(({ variant, found }): [string, NetworksLds] => [
      samplerName(variant),
      judge(found.map(({ arrays }) => arrays['scores'])),
    ]),
  ]);
  const { train, query } = networkSetup(setting);
  const shown = (method: string, scores: StoredArray): PassagesEntry => ({
    method,
    ...passagesOf(train, query, scores),
  });
  const stored = curvature.map(({ value }) => storedCurvature(value));
  return {
    network: name,
    parameters: settingNetwork(setting).parameterCount,
    train: data.train,
    queries: data.queries,
    length: settingNetwork(setting).outputPositions,
    epochs: training.epochs,
    models: baseModels,
    ...size,
    chains: length.chains,
    draws: length.draws,
    batch: length.batch ?? null,
    ceiling: ceilingOf(setting, bank).ceiling,
    accuracy: { train: mean('trainAccuracy'), query: mean('queryAccuracy') },
    loss: { train: mean('trainLoss'), query: mean('queryLoss') },
    asked: stored[0].asked,
    methods: [
      ...whole.flatMap(({ variant, found }) => sampledMethods(variant, found, judged)),
      ...CURVATURE_IDS.map((id) => ({
        id,
        label: CURVATURES[id],
        kind: 'curvature' as const,
        answers: answersOver(stored.map(({ methods }) => methods[id])),
        lds: ldsOf(judged.get(id)),
        seconds: finiteOrNull(average(curvature.map(({ seconds }) => seconds[id]))),
      })),
    ],
    samplers: sampled.map(({ variant, found }) => samplerEntry(variant, found)),
    differences: [...judged].flatMap(([a, first]) =>
      [...judged].flatMap(([b, second]) => {
        if (isCurvature(a) || !isCurvature(b)) return [];
        const { single } = networksDifference(first, second);
        const ci = boundedInterval(networkInterval(single), 2);
        return [{ a, b, difference: finiteOrNull(single.estimate), ci }];
      }),
    ),
    passages: [
      ...whole.slice(0, 1).map(({ variant, found }) => shown(samplerName(variant), found[0].arrays['shown'])),
      ...(['ekfac', 'damped-if'] as const).map((id) => shown(id, curvature[0].arrays[`${id}/shown`])),
    ],
  };
}

function isCurvature(id: string): id is CurvatureId {
  return Object.hasOwn(CURVATURES, id);
}

function isWhole({ value }: TaskResult): boolean {
  return storedSampled(value).refused === null;
}

/** What was sampled, of a result that was not refused. */
function wholeOf({ value }: TaskResult): Extract<SampledValue, { refused: null }> {
  const read = storedSampled(value);
  if (read.refused !== null) throw new Error(`a refused sampler: ${read.refused}`);
  return read;
}

/** Correlations or, with `least` 0, probabilities of the base networks, with their mean. */
function over(values: readonly (number | null)[], least?: number): OverNetworks {
  const { value, lo, hi } = meanOverModels(values);
  const [from, to] = boundedInterval([numberOrNaN(lo), numberOrNaN(hi)], 1, least);
  return { mean: value, ci: [from, to], values: [...values] };
}

function answersOver(all: readonly Answered[]): MethodEntry['answers'] {
  const [first] = all;
  return Object.fromEntries(
    (Object.keys(first) as (keyof Answered)[]).map((id) => [
      id,
      over(
        all.map((one) => one[id]),
        id === 'overlap' ? -1 : 0,
      ),
    ]),
  );
}

function ldsOf(judged: NetworksLds | undefined): {
  value: number | null;
  ci: [number | null, number | null];
} {
  if (judged === undefined) return { value: null, ci: [null, null] };
  const [lo, hi] = boundedInterval(networkInterval(judged.single), 1);
  return { value: finiteOrNull(judged.single.estimate), ci: [lo, hi] };
}

function sampledMethods(
  variant: SamplerVariant,
  found: readonly TaskResult[],
  judged: ReadonlyMap<string, NetworksLds>,
): MethodEntry[] {
  const name = samplerName(variant);
  return NORMALISATIONS.map((normalisation): MethodEntry => {
    const answers = answersOver(found.map((one) => wholeOf(one).answers[normalisation]));
    if (normalisation === 'correlation')
      return { id: `${name} correlation`, label: `${name}, correlation`, kind: 'sampler', answers };
    const seconds = finiteOrNull(average(found.map((one) => one.seconds['chains'])));
    return { id: name, label: name, kind: 'sampler', answers, lds: ldsOf(judged.get(name)), seconds };
  });
}

function samplerEntry(variant: SamplerVariant, found: readonly TaskResult[]): SamplerEntry {
  const whole = found.filter(isWhole).map(wholeOf);
  type Levels = (typeof whole)[number]['halves'];
  const entry = (of: (one: (typeof whole)[number]) => Levels[keyof Levels]): AgreementEntry => ({
    pearson: over(whole.map((one) => of(one).pearson)),
    spearman: over(whole.map((one) => of(one).spearman)),
  });
  const names = Object.keys(whole[0]?.figures ?? {});
  return {
    id: samplerName(variant),
    label: samplerName(variant),
    ...variant,
    refused: found.length - whole.length,
    figures: Object.fromEntries(
      names.map((name) => [name, finiteOrNull(average(whole.map(({ figures }) => figures[name])))]),
    ),
    halves: {
      tokens: entry(({ halves }) => halves.tokens),
      sequences: entry(({ halves }) => halves.sequences),
    },
    agreement: CURVATURE_IDS.map((id) => ({
      with: id,
      tokens: entry(({ agreement }) => agreement[id].tokens),
      sequences: entry(({ agreement }) => agreement[id].sequences),
    })),
  };
}
