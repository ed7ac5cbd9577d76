/** @file The stored tasks of the experiment on tokens: what each depends on, and nothing else. */
import * as v from 'valibot';
import { finiteArray, resultForm, type StoredTask } from '../engine/result-form.ts';
import { task, taskKey } from '../engine/task.ts';
import { correlation, finite, fraction, index, recordOf } from '../files/json-schemas.ts';
import { dataHash, type NetworkSetting, settingNetwork } from '../protocol/network-setting.ts';
import { NETWORK_VERSIONS, trainingTask } from '../protocol/network-trainings.ts';
import { SAMPLING_RULES, type SamplerVariant, type SamplingLength } from '../protocol/sampler-variant.ts';
import { CURVATURE_IDS } from './curvature-tokens.ts';
import { CONTRASTS } from './relations.ts';

/** Versions of the stored tasks. */
export const TOKENS_VERSIONS = { ...NETWORK_VERSIONS, 'tokens-curvature': 1, 'tokens-sampled': 1 } as const;

/** How the draws of a sampler are read. */
export const NORMALISATIONS = ['covariance', 'correlation'] as const;
export type TokenNormalisation = (typeof NORMALISATIONS)[number];

const IDS = CONTRASTS.map(({ id }) => id);
const ASKED = recordOf(IDS, index);

/** What scores answer: {@link CONTRASTS}, and how those of sequences go with what they have in common. */
const ANSWERED = v.strictObject({
  ...recordOf(IDS, v.nullable(fraction)).entries,
  overlap: correlation,
});
export type Answered = v.InferOutput<typeof ANSWERED>;

const AGREEMENT = v.strictObject({ pearson: correlation, spearman: correlation });

const CURVATURE_VALUE = v.strictObject({ asked: ASKED, methods: recordOf(CURVATURE_IDS, ANSWERED) });
const SAMPLED_VALUE = v.union(
  [
    v.strictObject({
      refused: v.null(),
      figures: v.record(v.string(), finite),
      answers: recordOf(NORMALISATIONS, ANSWERED),
      /** Of two halves of the chains with each other, and of all chains with the methods that do not sample. */
      halves: v.strictObject({ tokens: AGREEMENT, sequences: AGREEMENT }),
      agreement: recordOf(CURVATURE_IDS, v.strictObject({ tokens: AGREEMENT, sequences: AGREEMENT })),
    }),
    v.strictObject({ refused: v.string() }),
  ],
  'what was sampled, or why it was refused',
);
export type SampledValue = v.InferOutput<typeof SAMPLED_VALUE>;

/** Reads what {@link curvatureTask} stores. */
export function storedCurvature(value: unknown): v.InferOutput<typeof CURVATURE_VALUE> {
  return v.parse(CURVATURE_VALUE, value);
}

/** Reads what {@link sampledTask} stores. */
export function storedSampled(value: unknown): SampledValue {
  return v.parse(SAMPLED_VALUE, value);
}

/** Scores of base network `model` without sampling: of sequences, and of all tokens with those of the first query. */
export function curvatureTask(setting: NetworkSetting, model: number): StoredTask {
  return {
    ...task(TOKENS_VERSIONS, 'tokens-curvature', { methods: [...CURVATURE_IDS] }, inputs(setting, model)),
    form: resultForm(
      CURVATURE_VALUE,
      Object.fromEntries(CURVATURE_IDS.flatMap((id) => scoreArrays(setting, `${id}/`))),
      [...CURVATURE_IDS],
    ),
  };
}

/** The same by a sampler. */
export function sampledTask(
  setting: NetworkSetting,
  model: number,
  variant: SamplerVariant,
  length: SamplingLength,
): StoredTask {
  const config = {
    ...variant,
    ...SAMPLING_RULES,
    ...length,
    seed: setting.seed,
    methods: [...CURVATURE_IDS],
  };
  return {
    ...task(TOKENS_VERSIONS, 'tokens-sampled', config, inputs(setting, model)),
    form: resultForm(
      SAMPLED_VALUE,
      ({ refused }) => (refused === null ? Object.fromEntries(scoreArrays(setting, '')) : {}),
      ({ refused }) => (refused === null ? ['chains'] : []),
    ),
  };
}

function scoreArrays(setting: NetworkSetting, prefix: string): [string, ReturnType<typeof finiteArray>][] {
  const { queries, train } = setting.data;
  const { outputPositions: length } = settingNetwork(setting);
  return [
    [`${prefix}scores`, finiteArray(queries, train)],
    [`${prefix}shown`, finiteArray(length, train * length)],
  ];
}

function inputs(setting: NetworkSetting, model: number): { readonly [name: string]: string } {
  return { data: dataHash(setting), network: taskKey(trainingTask(setting, model)) };
}
