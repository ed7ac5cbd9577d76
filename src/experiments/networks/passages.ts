/** @file Scores of the characters that a network's page shows. */
import { selectExamples } from '../../autodiff/index.ts';
import { blockGgn } from '../../curvature/index.ts';
import { tokenScores } from '../../influence/index.ts';
import { inversesOf } from '../better-hessians/study/inverses.ts';
import { inverseRule, type StudyRule } from '../better-hessians/study/rule.ts';
import { arrayOf } from '../engine/stored-array.ts';
import type { TaskResult } from '../engine/task.ts';
import { threadMilliseconds } from '../engine/thread-time.ts';
import { type NetworkSetting, networkSetup, settingNetwork } from '../protocol/network-setting.ts';
import { SHOWN_QUERY } from '../protocol/passages.ts';

/** The curvature whose scores are shown. */
export const SHOWN_RUNG = 'block-ggn';

/** Scores of every pair of characters of the query and the training sequences, [length, N · length]. @param variant - Name of the inverse. */
export function passageScores(setting: NetworkSetting, theta: Float64Array, variant: string): TaskResult {
  const start = threadMilliseconds();
  const { loss, train, query } = networkSetup(setting);
  const model = settingNetwork(setting);
  const curvature = blockGgn({ model, loss, theta, data: train });
  const rule = inverseRule(ruleOf(variant));
  const scores = tokenScores(
    { model, loss, theta },
    train,
    selectExamples(query, [SHOWN_QUERY]),
    (gradients) => curvature.applyInverse(gradients, rule),
  );
  const seconds = (threadMilliseconds() - start) / 1000;
  return { value: {}, arrays: { scores: arrayOf(scores) }, seconds: { passages: seconds } };
}

function ruleOf(variant: string): StudyRule {
  const found = inversesOf(SHOWN_RUNG, 1).find(({ name }) => name === variant);
  if (found === undefined) throw new Error(`no inverse ${variant}`);
  return found.rule;
}
