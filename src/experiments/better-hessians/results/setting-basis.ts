/** @file What an entry of results.json rests on. */
import { type Basis, ruleText } from '../../judging/basis.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import type { SettingResults } from './results.ts';

/** What of an entry of results.json its basis is read from. */
interface JudgedSize extends Pick<SettingResults, 'models' | 'subsets' | 'seeds' | 'covers'> {
  readonly config: Partial<Pick<SettingConfig, 'rule' | 'measurement'>>;
}

/** What an entry of results.json rests on; its `config` says the rule. */
export function settingBasis(
  setting: string,
  { models, subsets, seeds, covers, config: { rule, measurement } }: JudgedSize,
): Basis {
  return {
    setting,
    networks: models,
    ...(measurement === undefined ? {} : { measurement }),
    subsets,
    seeds,
    ...(rule === undefined ? {} : { rule: ruleText(rule) }),
    intervals: covers ?? 'subsets',
  };
}
