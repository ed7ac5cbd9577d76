/** @file What scores are worth, as a stored result: the LDS with its replicates, so that methods can be compared in pairs. */

import type { Bootstrap, RetrainingBank } from '../../influence/index.ts';
import type { Matrix } from '../../linalg/index.ts';
import { arrayOf } from '../engine/stored-array.ts';
import type { TaskResult } from '../engine/task.ts';
import { finiteOrNull, numberOrNaN } from '../files/json-number.ts';
import { judgeOf } from '../judging/judge.ts';
import type { SettingConfig } from '../protocol/setting.ts';

/** Judges a score matrix by the retrainings. */
export function judgeScores(setting: SettingConfig, bank: RetrainingBank, scores: Matrix): TaskResult {
  const { perQuery, bootstrap, undefinedQueries, mean } = judgeOf(setting, bank)(scores);
  return {
    value: { mean: finiteOrNull(mean), undefinedQueries, seed: setting.seed },
    arrays: {
      perQuery: arrayOf(perQuery),
      replicates: arrayOf(bootstrap.replicates),
      jackknife: arrayOf(bootstrap.jackknife),
    },
    seconds: {},
  };
}

/** The bootstrap of a stored judgement. */
export function decodeJudgement({ value, arrays }: TaskResult): Bootstrap {
  return {
    estimate: numberOrNaN(value['mean']),
    replicates: arrays['replicates'].data,
    jackknife: arrays['jackknife'].data,
    seed: numberOrNaN(value['seed']),
  };
}
