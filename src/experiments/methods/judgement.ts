/** @file What scores are worth, as a stored result: the LDS with its replicates, so that methods can be compared in pairs. */
import {
  type Bootstrap,
  linearDatamodellingScore,
  outcomeMeans,
  type RetrainingBank,
} from '../../influence/index.ts';
import type { Matrix } from '../../linalg/index.ts';
import type { SettingConfig } from '../config/setting.ts';
import { finiteOrNull, numberOrNaN } from '../results/json-number.ts';
import type { TaskResult } from '../store/task.ts';

/** Judges a score matrix by the retrainings. */
export function judgeScores(setting: SettingConfig, bank: RetrainingBank, scores: Matrix): TaskResult {
  const { seed, measurement } = setting;
  const result = linearDatamodellingScore({
    scores,
    subsets: bank.subsets,
    outcomes: outcomeMeans(bank, measurement),
    seed,
  });
  const { perQuery, bootstrap, undefinedQueries, mean } = result;
  const array = (data: Float64Array): { shape: number[]; data: Float64Array } => ({
    shape: [data.length],
    data,
  });
  return {
    value: { mean: finiteOrNull(mean), undefinedQueries, seed },
    arrays: {
      perQuery: array(perQuery),
      replicates: array(bootstrap.replicates),
      jackknife: array(bootstrap.jackknife),
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

/** The bootstrap of the mean of several statistics, resample by resample. @throws {Error} none are given. */
export function meanBootstrap(all: readonly Bootstrap[]): Bootstrap {
  const [first] = all;
  if (first === undefined) throw new Error('meanBootstrap: nothing to average.');
  const average = (read: (b: Bootstrap) => Float64Array): Float64Array =>
    read(first).map((_, i) => all.reduce((total, b) => total + read(b)[i], 0) / all.length);
  return {
    estimate: all.reduce((total, { estimate }) => total + estimate, 0) / all.length,
    replicates: average((b) => b.replicates),
    jackknife: average((b) => b.jackknife),
    seed: first.seed,
  };
}
