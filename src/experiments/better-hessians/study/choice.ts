/** @file What a method does under a convention: its one rule, or its best, chosen and judged on different queries. */

import { CLASS_MEASUREMENTS } from '../../../influence/index.ts';
import type { NetworkBootstrap } from '../../../influence/judging/network-bootstrap.ts';
import { meanNetworkBootstrap } from '../../judging/judge.ts';
import type { Method } from '../../protocol/methods.ts';
import type { Convention } from './convention.ts';
import type { JudgedRule } from './judge.ts';
import type { Group } from './resamples.ts';
import { ruleLabel, type StudyRule } from './rule.ts';
import { appliesTo, type Variant, variantName, variantOf } from './variant.ts';

/** A variant with its rules and their results, position by position. */
export interface JudgedVariant {
  readonly variant: Variant;
  readonly rules: readonly StudyRule[];
  readonly judged: readonly (JudgedRule | undefined)[];
}

export type VariantTable = ReadonlyMap<string, JudgedVariant>;

/** One case that a method may take. */
interface Candidate {
  readonly label: string;
  readonly judged: JudgedRule;
}

/** What a method reached. */
export interface Chosen {
  readonly lds: NetworkBootstrap;
  readonly error: number;
  /** One label, or one per half. */
  readonly rules: readonly string[];
}

/**
 * The LDS of a method under a convention. With one case it is judged on all queries. With several, the case with the
 * highest LDS on the first half is judged on the second, and the reverse; the result is the mean of both, so that no
 * query takes part in choosing the rule that it judges. The halves share the retrained models, though.
 *
 * @returns undefined when the study has no such case, or none has a finite inverse.
 */
export function choose(table: VariantTable, method: Method, convention: Convention): Chosen | undefined {
  const m = CLASS_MEASUREMENTS.indexOf(convention.measurement);
  const candidates = candidatesOf(table, method, convention);
  if (candidates.length === 0) return undefined;
  if (candidates.length === 1) {
    const [{ label, judged }] = candidates;
    return { lds: judged.lds[m].all, error: judged.error, rules: [label] };
  }
  const bestOn = (group: Group): Candidate =>
    candidates.reduce((best, next) => (score(next, m, group) > score(best, m, group) ? next : best));
  const first = bestOn('first');
  const second = bestOn('second');
  return {
    lds: meanNetworkBootstrap([first.judged.lds[m].second, second.judged.lds[m].first]),
    error: (first.judged.error + second.judged.error) / 2,
    rules: [first.label, second.label],
  };
}

/** Undefined scores lose against every other. */
function score({ judged }: Candidate, measurement: number, group: Group): number {
  const { estimate } = judged.lds[measurement][group];
  return Number.isNaN(estimate) ? Number.NEGATIVE_INFINITY : estimate;
}

/** Where a choice does not apply to a method, the method has its default. */
function candidatesOf(table: VariantTable, method: Method, convention: Convention): Candidate[] {
  const { fisher, partition } = appliesTo(method);
  const fishers = fisher ? convention.fishers : convention.fishers.slice(0, 1);
  const partitions = partition ? convention.partitions : convention.partitions.slice(0, 1);
  return fishers.flatMap((f) =>
    partitions.flatMap((p) => {
      const entry = table.get(variantName(variantOf(method, f, p)));
      if (entry === undefined) return [];
      const many = fishers.length > 1 || partitions.length > 1;
      const suffix = many ? ` (${[...(fisher ? [f] : []), ...(partition ? [p] : [])].join(', ')})` : '';
      return entry.rules.flatMap((rule, r) => {
        const judged = entry.judged[r];
        if (judged === undefined || !allows(method, convention, rule)) return [];
        return [{ label: method === 'grad-dot' ? 'none' : `${ruleLabel(rule)}${suffix}`, judged }];
      });
    }),
  );
}

function allows(method: Method, { strengths, negatives, factors }: Convention, rule: StudyRule): boolean {
  if (method === 'grad-dot') return true;
  const { family, value } = rule;
  const strong = strengths.some((s) => s.family === family && (s.value === undefined || s.value === value));
  const sign = method !== 'hessian' || negatives.includes(rule.negative);
  // the filter of training has no form factor by factor
  const mode = method !== 'kfac' || factors.includes(rule.factors) || family === 'unrolled';
  return strong && sign && mode;
}
