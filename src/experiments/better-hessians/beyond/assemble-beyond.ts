/** @file From stored answers and retrainings to the results of one setting: a pure function. */
import type { InverseRule } from '../../../curvature/index.ts';
import type { LdsResult, RetrainingBank } from '../../../influence/index.ts';
import { mean } from '../../../linalg/index.ts';
import { matrixOf } from '../../engine/stored-array.ts';
import type { TaskResult } from '../../engine/task.ts';
import { finiteOrNull, jsonInterval, numberOrNaN } from '../../files/json-number.ts';
import { average, ceilingOf, type Judge, judgeOf, pairedDifference } from '../../judging/judge.ts';
import { meanMatrix } from '../../judging/stored-scores.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { settingModel } from '../../protocol/setting-model.ts';
import { type AnswerName, type Approach, accepts } from './approach.ts';
import { type BeyondEntry, REFERENCES, type RuleBeyond, ruleLabel, type SettingBeyond } from './beyond.ts';

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
  const judge = judgeOf(setting, bank);
  return {
    setting: setting.name,
    parameters: settingModel(setting).parameterCount,
    models: setting.baseModels,
    subsets: bank.subsets.length,
    seeds: bank.seeds,
    ceiling: ceilingOf(setting, bank).ceiling,
    sample,
    rules: rules.map((rule) => assembleRule(judge, approaches, rule, read)),
  };
}

function assembleRule(
  judge: Judge,
  approaches: readonly Approach[],
  rule: InverseRule,
  read: ReadResults,
): RuleBeyond {
  const accepting = approaches.filter((approach) => accepts(approach, rule));
  const judged = accepting.flatMap((approach) => {
    const results = read(approach, rule);
    return approach.answers
      .filter(({ id }) => results.every(({ value }) => value[id] !== undefined))
      .map((name) => ({
        approach,
        name,
        results,
        lds: judge(meanMatrix(results.map(({ arrays }) => matrixOf(arrays[`scores/${name.id}`])))),
      }));
  });
  const found = new Set(judged.map(({ name }) => name.id));
  const absent = accepting.flatMap(({ answers }) =>
    answers.filter(({ id }) => !found.has(id)).map(({ label }) => label),
  );
  const references = REFERENCES.flatMap((id) => judged.filter(({ name }) => name.id === id));
  return {
    rule,
    label: ruleLabel(rule),
    absent,
    entries: judged.map(({ approach, name, results, lds }) => ({
      ...name,
      family: approach.family,
      ...quality(results, name, lds),
      minus: Object.fromEntries(
        references
          .filter((other) => other.name.id !== name.id)
          .map((other) => [other.name.id, pairedDifference(lds, other.lds)]),
      ),
    })),
  };
}

function quality(
  results: readonly TaskResult[],
  { id }: AnswerName,
  lds: LdsResult,
): Omit<BeyondEntry, 'id' | 'label' | 'short' | 'family' | 'minus'> {
  const numbers = results.map(({ value }) => value[id] as { readonly [name: string]: number });
  const { stored, ...details } = Object.fromEntries(
    Object.keys(numbers[0]).map((key) => [key, average(numbers.map((n) => numberOrNaN(n[key])))]),
  );
  return {
    lds: finiteOrNull(lds.mean),
    ...(lds.undefinedQueries === 0 ? {} : { undefinedQueries: lds.undefinedQueries }),
    ci: jsonInterval(lds.bca),
    percentile: jsonInterval(lds.percentile),
    error: finiteOrNull(average(results.map(({ arrays }) => mean(arrays[`errors/${id}`].data)))),
    seconds: average(results.map(({ seconds }) => seconds[id])),
    stored,
    details,
  };
}
