/** @file What networks with checkpoints, scores and judgements look like in the store. */
import * as v from 'valibot';
import { BOOTSTRAP_RESAMPLES } from '../../influence/index.ts';
import { anyArray, finiteArray, type ResultForm, resultForm } from '../engine/result-form.ts';
import {
  consistent,
  correlation,
  count,
  fraction,
  index,
  jsonValue,
  named,
  nonNegative,
  wrongLength,
} from '../files/json-schemas.ts';
import { CHECKPOINTS } from '../protocol/checkpointed-network.ts';
import type { SettingConfig } from '../protocol/setting.ts';
import { settingModel } from '../protocol/setting-model.ts';

/** The figures of a base model, and the run as far as it is not in the setting. */
export function networkForm(setting: SettingConfig): ResultForm {
  const { momentum, weightDecay, batch, epochs } = setting.training;
  const size = settingModel(setting).parameterCount;
  const value = v.pipe(
    v.strictObject({
      trainLoss: nonNegative,
      queryLoss: nonNegative,
      trainAccuracy: fraction,
      queryAccuracy: fraction,
      steps: count,
      stepsPerEpoch: count,
      momentum: v.literal(momentum),
      weightDecay: v.literal(weightDecay),
      batch: v.literal(batch),
      checkpoints: v.array(index),
    }),
    consistent(({ steps, stepsPerEpoch, checkpoints }) => {
      if (steps !== epochs * stepsPerEpoch)
        return `steps is ${steps}, expected ${epochs} epochs × ${stepsPerEpoch}`;
      const ascending = checkpoints.every((step, c) => c === 0 || step > checkpoints[c - 1]);
      if (!ascending || checkpoints[checkpoints.length - 1] !== steps)
        return 'checkpoints do not ascend to the last step';
      return wrongLength([['checkpoints', checkpoints]], CHECKPOINTS, 'checkpoints of a training');
    }),
  );
  return resultForm(
    value,
    {
      theta: finiteArray(size),
      checkpoints: finiteArray(CHECKPOINTS, size),
      learningRates: finiteArray(epochs),
    },
    ['train'],
  );
}

const SCORE_VALUES = v.union(
  [v.strictObject({ failed: v.string() }), v.strictObject({ settings: jsonValue, notes: named(jsonValue) })],
  'settings and notes, or why the method failed',
);

/** Scores, or why there are none. */
export function scoresForm({ data: { queries, train } }: SettingConfig): ResultForm {
  return resultForm(
    SCORE_VALUES,
    (value) => ('failed' in value ? {} : { scores: finiteArray(queries, train) }),
    (value) => ('failed' in value ? ['fit'] : ['fit', 'score']),
  );
}

/** An LDS with what its intervals are made from. */
export function ldsForm({ data: { queries }, seed }: SettingConfig, subsets: number): ResultForm {
  const value = v.strictObject({
    mean: v.nullable(correlation),
    undefinedQueries: index,
    seed: v.literal(seed),
  });
  return resultForm(value, {
    perQuery: anyArray(queries),
    replicates: anyArray(BOOTSTRAP_RESAMPLES),
    jackknife: anyArray(subsets),
  });
}
