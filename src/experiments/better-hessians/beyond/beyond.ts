/** @file The form of beyond.json: every method under every rule, with quality, cost and paired differences. */
import * as v from 'valibot';
import type { InverseRule } from '../../../curvature/index.ts';
import {
  correlation,
  count,
  finite,
  index,
  intervalOf,
  named,
  nonNegative,
  type ReadOnly,
} from '../../files/json-schemas.ts';
import type { Coverage } from '../../judging/coverage.ts';
import { keptEntries } from '../../judging/kept-settings.ts';
import {
  differenceEntries,
  extentEntries,
  headEntries,
  ldsEntries,
  settingsFile,
} from '../../judging/results-file.ts';
import { RuleSchema, settingNameSchema } from '../../protocol/setting.ts';
import { exponential } from '../study/rule.ts';
import { FAMILIES } from './approach.ts';

export { settingsDigest as beyondDigest } from '../../judging/results-file.ts';

/** Stands in every beyond.json. */
export const BEYOND_FORMAT = 'eigenfluence beyond 1';

/** Where it is kept, relative to --out. */
export const BEYOND = 'beyond.json';

const EntrySchema = v.strictObject({
  id: v.string(),
  label: v.string(),
  short: v.string(),
  family: v.picklist(FAMILIES),
  ...ldsEntries,
  /** Queries without a rank correlation, which count as 0. Absent where there is none. */
  undefinedQueries: v.exactOptional(count),
  percentile: intervalOf(correlation),
  /** Eq. 9. */
  error: v.nullable(nonNegative),
  /** Processor seconds for one network: from θ to Ĥ⁻¹ ∇m of all queries. */
  seconds: nonNegative,
  /** Doubles kept for that, besides network and data. */
  stored: nonNegative,
  /** Rank, negative eigenvalues inverted, rows stopped; means over networks. */
  details: named(finite),
  /** This LDS minus the other's, paired draw by draw. */
  minus: named(v.strictObject(differenceEntries)),
});
export type BeyondEntry = ReadOnly<v.InferOutput<typeof EntrySchema>>;
export type BeyondDifference = BeyondEntry['minus'][string];

const RuleEntriesSchema = v.strictObject({
  rule: RuleSchema,
  label: v.string(),
  entries: v.array(EntrySchema),
  /** Labels of methods that take such a rule but had no answer: λ does not make their matrix definite. */
  absent: v.array(v.string()),
});

/** All methods under one rule, in the order of the registry. */
export type RuleBeyond = ReadOnly<v.InferOutput<typeof RuleEntriesSchema>>;

const SettingSchema = v.strictObject({
  setting: settingNameSchema,
  parameters: count,
  ...extentEntries,
  /** What every `ci` and `percentile` covers. Absent: the draw of subsets alone. */
  covers: v.exactOptional(v.literal('networks and subsets' satisfies Coverage)),
  ceiling: v.nullable(correlation),
  /** Training gradients that Eq. 9 was averaged over, for every network. */
  sample: index,
  rules: v.array(RuleEntriesSchema),
});
export type SettingBeyond = ReadOnly<v.InferOutput<typeof SettingSchema>>;

const BeyondSchema = v.strictObject({
  ...headEntries(BEYOND_FORMAT),
  ...keptEntries,
  settings: v.array(SettingSchema),
});
export type Beyond = ReadOnly<v.InferOutput<typeof BeyondSchema>>;

/** How beyond.json is read. */
export const BEYOND_FILE = settingsFile(BEYOND_FORMAT, BeyondSchema, 'beyond');

/** What every method is compared with, where both exist under the rule. */
export const REFERENCES: readonly string[] = ['kfac', 'ekfac', 'block-ggn'];

/** A rule in a few words. */
export function ruleLabel(rule: InverseRule): string {
  switch (rule.kind) {
    case 'truncated':
      return `ε = ${exponential(rule.eps)}${rule.negative === 'drop' ? ', negatives dropped' : ''}`;
    case 'damped':
      return `λ = ${exponential(rule.lambda)}`;
    case 'absolute':
      return `|σ| + ${exponential(rule.lambda)}`;
    case 'unrolled':
      return `t = ${rule.time}`;
  }
}
