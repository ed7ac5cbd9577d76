/** @file Characters of training sequences that helped a query, and that harmed it: the scores of a pair, character by character. */
import { type Dataset, selectExamples } from '../../autodiff/index.ts';
import { blockGgn } from '../../curvature/index.ts';
import { tokenScores } from '../../influence/index.ts';
import { Matrix } from '../../linalg/index.ts';
import { inversesOf } from '../better-hessians/study/inverses.ts';
import { inverseRule, type StudyRule } from '../better-hessians/study/rule.ts';
import { arrayOf } from '../engine/stored-array.ts';
import type { StoredArray, TaskResult } from '../engine/task.ts';
import { threadMilliseconds } from '../engine/thread-time.ts';
import { textOf } from '../protocol/data/moby-dick.ts';
import { type NetworkSetting, networkSetup, settingNetwork } from '../protocol/network-setting.ts';
import type { Passage, Passages } from './networks-results.ts';

/** The curvature whose scores are shown, and the query: the first one. */
export const SHOWN_RUNG = 'block-ggn';
const QUERY = 0;
/** How many sequences are shown on each side. */
const SHOWN = 3;

/** Scores of every pair of characters of the query and the training sequences, [length, N · length]. @param variant - Name of the inverse. */
export function passageScores(setting: NetworkSetting, theta: Float64Array, variant: string): TaskResult {
  const start = threadMilliseconds();
  const { loss, train, query } = networkSetup(setting);
  const model = settingNetwork(setting);
  const curvature = blockGgn({ model, loss, theta, data: train });
  const rule = inverseRule(ruleOf(variant));
  const scores = tokenScores({ model, loss, theta }, train, selectExamples(query, [QUERY]), (gradients) =>
    curvature.applyInverse(gradients, rule),
  );
  const seconds = (threadMilliseconds() - start) / 1000;
  return { value: {}, arrays: { scores: arrayOf(scores) }, seconds: { passages: seconds } };
}

function ruleOf(variant: string): StudyRule {
  const found = inversesOf(SHOWN_RUNG, 1).find(({ name }) => name === variant);
  if (found === undefined) throw new Error(`no inverse ${variant}`);
  return found.rule;
}

/** The sequences with the highest and the lowest scores, with the share of each character; and the query with its shares in the first pair. */
export function passagesOf(setting: NetworkSetting, variant: string, stored: StoredArray): Passages {
  const { train, query } = networkSetup(setting);
  const [length, columns] = stored.shape;
  const scores = new Matrix(length, columns, Float64Array.from(stored.data));
  const count = columns / length;
  const shares = Array.from({ length: count }, (_, i) =>
    Array.from({ length }, (_s, s) => sum(length, (t) => scores.at(t, i * length + s))),
  );
  const totals = shares.map((own) => own.reduce((a, b) => a + b, 0));
  const order = totals.map((_, i) => i).sort((a, b) => totals[b] - totals[a] || a - b);
  const passage = (i: number): Passage => ({
    text: textAt(train, i, length),
    score: totals[i],
    shares: shares[i],
  });
  const [best] = order;
  const own = Array.from({ length }, (_, t) => sum(length, (s) => scores.at(t, best * length + s)));
  return {
    variant,
    query: { text: textAt(query, QUERY, length), score: totals[best], shares: own },
    helpful: order.slice(0, SHOWN).map(passage),
    harmful: order.slice(-SHOWN).reverse().map(passage),
  };
}

/** A sequence with the character behind it. */
function textAt(data: Dataset, i: number, length: number): string {
  const { inputs } = data;
  const labels = 'labels' in data ? data.labels : new Int32Array();
  return textOf([...inputs.row(i), labels[(i + 1) * length - 1]]);
}

function sum(count: number, of: (k: number) => number): number {
  let total = 0;
  for (let k = 0; k < count; k++) total += of(k);
  return total;
}
