/** @file The stored tasks of the ladder: the chosen run, predictions for subsets, what they are worth, the response of training. */
import * as v from 'valibot';
import { anyArray, type ResultForm, resultForm, type StoredTask } from '../engine/result-form.ts';
import { task, taskKey } from '../engine/task.ts';
import { count, finite, nonNegative, positive } from '../files/json-schemas.ts';
import { judgedForm, NETWORK_RESAMPLES } from '../judging/judged-predictions.ts';
import { type AnySetting, settingData } from '../protocol/any-setting.ts';
import { CHECKPOINTS } from '../protocol/checkpointed-network.ts';
import { optionDefaults } from '../protocol/option-defaults.ts';
import { retrainingTask } from '../protocol/tasks.ts';
import type { JudgedJob, LadderJob, PredictionsJob, ResponseJob, Source } from './jobs.ts';
import { variantsOf } from './rungs.ts';

/** Versions of the stored tasks. */
export const LADDER_VERSIONS = {
  'ladder-choice': 1,
  'ladder-predictions': 2,
  'ladder-judged': 1,
  'ladder-response': 1,
} as const;

/** Every third query: enough to rank runs by. */
export const RUN_STRIDE = 3;

/** The queries of a source, by their numbers. */
export function queriesOf({ data }: AnySetting, source: Source): Int32Array {
  const stride = source.kind === 'run' ? RUN_STRIDE : 1;
  return Int32Array.from({ length: Math.ceil(data.queries / stride) }, (_, k) => stride * k);
}

const PROBE = v.strictObject({
  epochs: count,
  lr: positive,
  start: v.picklist(['torch', 'xavier']),
  heldOut: v.nullable(nonNegative),
  growth: v.nullable(nonNegative),
});

/** The chosen run with the short trainings that it was chosen by; null stands for ∞. */
const CHOICE = v.strictObject({
  epochs: count,
  learningRate: positive,
  initialisation: v.picklist(['torch', 'xavier']),
  probes: v.array(PROBE),
});

/** What the rule of `trajectory` chose, as it is stored. */
export type Choice = v.InferOutput<typeof CHOICE>;

/** Reads a stored choice. */
export function choiceOf(value: unknown): Choice {
  return v.parse(CHOICE, value);
}

/** The run of `trajectory` on the network and the data of a setting; its training plays no part. */
export function choiceTask({ model, loss, data }: AnySetting): StoredTask {
  const defaults = optionDefaults('trajectory');
  return {
    ...task(
      LADDER_VERSIONS,
      'ladder-choice',
      { model, loss, defaults },
      { data: settingData({ data }).hash },
    ),
    form: resultForm(CHOICE, {}, ['cpu']),
  };
}

/** −Σ_{i∈S_j} score[q, i] of every variant, [variants, K, queries]; NaN where a variant has no finite inverse. */
export function predictionsTask({
  setting,
  source,
  model,
  subsets,
}: Omit<PredictionsJob, 'kind'>): StoredTask {
  const { model: network, loss, training, curvature, measurement, subsetFraction, seed, data } = setting;
  const own = source.kind === 'run' || source.of === 'trajectory';
  const config = {
    source,
    model,
    subsets,
    ...{ network, loss, measurement, subsetFraction, seed },
    ...(own ? {} : { training, curvature, checkpoints: CHECKPOINTS }),
    ...(source.kind === 'run' ? {} : { variants: variantsOf(source.of) }),
    ...(source.kind === 'rung' && (source.of === 'trajectory' || source.of === 'source')
      ? { defaults: optionDefaults(source.of) }
      : {}),
  };
  const inputs = {
    data: settingData({ data }).hash,
    ...(source.kind === 'rung' && source.of === 'trajectory' ? { choice: taskKey(choiceTask(setting)) } : {}),
  };
  return {
    ...task(LADDER_VERSIONS, 'ladder-predictions', config, inputs),
    form: predictionsForm(setting, source, subsets),
  };
}

/** Adjoint growth of a run; null where there is none, or it is not finite. */
const NOTES = v.strictObject({
  amplification: v.nullable(nonNegative),
  median: v.nullable(nonNegative),
  failed: v.nullable(v.string()),
});

function predictionsForm(setting: AnySetting, source: Source, subsets: number): ResultForm {
  const variants = source.kind === 'run' ? 1 : variantsOf(source.of).length;
  const predictions = anyArray(variants, subsets, queriesOf(setting, source).length);
  return resultForm(NOTES, { predictions }, ['cpu']);
}

/** Both readings of an LDS over networks, with all that intervals and differences are made from. */
export function judgedTask({ setting, source, variant, models, size }: Omit<JudgedJob, 'kind'>): StoredTask {
  const { measurement, seed } = setting;
  const { subsets, seeds } = size;
  const inputs = Array.from({ length: models }, (_, model): [string, string] => [
    `predictions ${model}`,
    taskKey(predictionsTask({ setting, source, model, subsets })),
  ]);
  const config = { variant, measurement, seed, subsets, seeds, resamples: NETWORK_RESAMPLES };
  return {
    ...task(LADDER_VERSIONS, 'ladder-judged', config, {
      retrainings: taskKey(retrainingTask(setting)),
      ...Object.fromEntries(inputs),
    }),
    form: judgedForm(models, subsets, seed),
  };
}

/** By how much the weights of a random half are lowered. */
export const RESPONSE_STEPS: readonly number[] = [0.01, 0.1, 0.5];

/** Random halves. */
export const RESPONSE_DRAWS = 3;

const RESPONSES = v.array(
  v.strictObject({ step: positive, smoothness: v.nullable(finite), predicted: v.nullable(finite) }),
);

/** What is stored of {@link responseTask}: of each step the empirical metasmoothness, and the correlation with the derivative. */
export type Response = v.InferOutput<typeof RESPONSES>[number];

/** Reads stored responses. */
export function responsesOf(value: unknown): Response[] {
  return v.parse(RESPONSES, value);
}

/** How smoothly the queries' losses after a run answer to the weights of its examples. */
export function responseTask({ setting, run }: Omit<ResponseJob, 'kind'>): StoredTask {
  const { model, loss, training, seed, data } = setting;
  const config = {
    ...{ model, loss, seed, run, steps: RESPONSE_STEPS, draws: RESPONSE_DRAWS, stride: RUN_STRIDE },
    ...(run === 'whole' ? { training } : {}),
  };
  return {
    ...task(LADDER_VERSIONS, 'ladder-response', config, {
      data: settingData({ data }).hash,
      ...(run === 'chosen' ? { choice: taskKey(choiceTask(setting)) } : {}),
    }),
    form: resultForm(v.strictObject({ responses: RESPONSES, amplification: v.nullable(nonNegative) }), {}, [
      'cpu',
    ]),
  };
}

/** Where a job's result is stored; a retraining ends up in a log. */
export function storedUnder(job: LadderJob): StoredTask | undefined {
  switch (job.kind) {
    case 'choice':
      return choiceTask(job.setting);
    case 'predictions':
      return predictionsTask(job);
    case 'judged':
      return judgedTask(job);
    case 'response':
      return responseTask(job);
    case 'retraining':
      return undefined;
  }
}
