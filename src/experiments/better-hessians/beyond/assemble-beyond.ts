/** @file From stored answers and retrainings to the results of one setting: a pure function. */
import type { InverseRule } from '../../../curvature/index.ts';
import {
  ldsOverNetworks,
  type NetworkBootstrap,
  networkDifference,
  outcomeMeans,
  type RetrainingBank,
} from '../../../influence/index.ts';
import { mean } from '../../../linalg/index.ts';
import { matrixOf } from '../../engine/stored-array.ts';
import type { TaskResult } from '../../engine/task.ts';
import { finiteOrNull, numberOrNaN } from '../../files/json-number.ts';
import { average, ceilingOf, judgeOf, networkIntervals } from '../../judging/judge.ts';
import { meanMatrix } from '../../judging/stored-scores.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { settingModel } from '../../protocol/setting-model.ts';
import { type AnswerName, type Approach, accepts } from './approach.ts';
import {
  type BeyondDifference,
  type BeyondEntry,
  REFERENCES,
  type RuleBeyond,
  ruleLabel,
  type SettingBeyond,
} from './beyond.ts';

/** Stored results of an approach under a rule, one per base model. */
export type ReadResults = (approach: Approach, rule: InverseRule) => readonly TaskResult[];

/** Everything about one setting. Scores are means over base models, and so is Eq. 9. */
export function assembleBeyond(
  setting: SettingConfig,
  bank: RetrainingBank,
  approaches: readonly Approach[],
  rules: readonly InverseRule[],
  sample: number,
  read: ReadResults,
): SettingBeyond {
  return {
    setting: setting.name,
    parameters: settingModel(setting).parameterCount,
    models: setting.baseModels,
    ...(setting.baseModels < 2 ? {} : { covers: 'networks and subsets' as const }),
    subsets: bank.subsets.length,
    seeds: bank.seeds,
    ceiling: ceilingOf(setting, bank).ceiling,
    sample,
    rules: rules.map((rule) => assembleRule(setting, bank, approaches, rule, read)),
  };
}

/** A method's answer under a rule: what was stored of each network, and the LDS of the mean score. */
interface JudgedAnswer {
  readonly approach: Approach;
  readonly name: AnswerName;
  readonly results: readonly TaskResult[];
  readonly lds: NetworkBootstrap;
  readonly undefinedQueries: number;
}

function assembleRule(
  setting: SettingConfig,
  bank: RetrainingBank,
  approaches: readonly Approach[],
  rule: InverseRule,
  read: ReadResults,
): RuleBeyond {
  const accepting = approaches.filter((approach) => accepts(approach, rule));
  const judged = judgeAnswers(
    setting,
    bank,
    accepting.flatMap((approach) => {
      const results = read(approach, rule);
      return approach.answers
        .filter(({ id }) => results.every(({ value }) => value[id] !== undefined))
        .map((name) => ({ approach, name, results }));
    }),
  );
  const found = new Set(judged.map(({ name }) => name.id));
  const absent = accepting.flatMap(({ answers }) =>
    answers.filter(({ id }) => !found.has(id)).map(({ label }) => label),
  );
  const references = REFERENCES.flatMap((id) => judged.filter(({ name }) => name.id === id));
  return {
    rule,
    label: ruleLabel(rule),
    absent,
    entries: judged.map((answer) => ({
      ...answer.name,
      family: answer.approach.family,
      ...quality(answer),
      minus: Object.fromEntries(
        references
          .filter((other) => other.name.id !== answer.name.id)
          .map((other) => [other.name.id, difference(answer.lds, other.lds)]),
      ),
    })),
  };
}

/** All answers on the same draws of networks and subsets. */
function judgeAnswers(
  setting: SettingConfig,
  bank: RetrainingBank,
  answers: readonly Pick<JudgedAnswer, 'approach' | 'name' | 'results'>[],
): readonly JudgedAnswer[] {
  if (answers.length === 0) return [];
  const scores = answers.map(({ name, results }) =>
    results.map(({ arrays }) => matrixOf(arrays[`scores/${name.id}`])),
  );
  const outcomes = outcomeMeans(bank, setting.measurement);
  const judged = ldsOverNetworks({ scores, subsets: bank.subsets, outcomes, seed: setting.seed });
  const judge = judgeOf(setting, bank);
  return answers.map((answer, k) => ({
    ...answer,
    lds: judged[k].ensemble,
    undefinedQueries: judge(meanMatrix(scores[k]), 1).undefinedQueries,
  }));
}

function difference(a: NetworkBootstrap, b: NetworkBootstrap): BeyondDifference {
  const drawn = networkDifference(a, b);
  return { difference: finiteOrNull(drawn.estimate), ...networkIntervals(drawn, 2) };
}

function quality({
  name: { id },
  results,
  lds,
  undefinedQueries,
}: JudgedAnswer): Omit<BeyondEntry, 'id' | 'label' | 'short' | 'family' | 'minus'> {
  const numbers = results.map(({ value }) => value[id] as { readonly [name: string]: number });
  const { stored, ...details } = Object.fromEntries(
    Object.keys(numbers[0]).map((key) => [key, average(numbers.map((n) => numberOrNaN(n[key])))]),
  );
  return {
    lds: finiteOrNull(lds.estimate),
    ...(undefinedQueries === 0 ? {} : { undefinedQueries }),
    ...networkIntervals(lds, 1),
    error: finiteOrNull(average(results.map(({ arrays }) => mean(arrays[`errors/${id}`].data)))),
    seconds: average(results.map(({ seconds }) => seconds[id])),
    stored,
    details,
  };
}
