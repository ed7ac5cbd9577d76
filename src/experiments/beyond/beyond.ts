/** @file The form of beyond.json: every method under every rule, with quality, cost and paired differences. */
import type { InverseRule } from '../../curvature/index.ts';
import type { JsonInterval } from '../results/results.ts';
import type { Family } from './approach.ts';

/** Stands in every beyond.json. */
export const BEYOND_FORMAT = 'eigenfluence beyond 1';

export interface Beyond {
  readonly format: typeof BEYOND_FORMAT;
  readonly versions: { readonly [name: string]: string };
  /** SHA-256 of the settings without their seconds. */
  readonly digest: string;
  readonly settings: readonly SettingBeyond[];
}

export interface SettingBeyond {
  readonly setting: string;
  readonly parameters: number;
  readonly models: number;
  readonly subsets: number;
  readonly seeds: number;
  readonly ceiling: number | null;
  /** Training gradients that Eq. 9 was averaged over, for every network. */
  readonly sample: number;
  readonly rules: readonly RuleBeyond[];
}

/** All methods under one rule, in the order of the registry. */
export interface RuleBeyond {
  readonly rule: InverseRule;
  readonly label: string;
  readonly entries: readonly BeyondEntry[];
  /** Labels of methods that take such a rule but had no answer: λ does not make their matrix definite. */
  readonly absent: readonly string[];
}

export interface BeyondEntry {
  readonly id: string;
  readonly label: string;
  readonly short: string;
  readonly family: Family;
  readonly lds: number | null;
  /** 95 % over subsets. */
  readonly ci: JsonInterval;
  readonly percentile: JsonInterval;
  /** Eq. 9. */
  readonly error: number | null;
  /** Processor seconds for one network: from θ to Ĥ⁻¹ ∇m of all queries. */
  readonly seconds: number;
  /** Doubles kept for that, besides network and data. */
  readonly stored: number;
  /** Rank, negative eigenvalues inverted, rows stopped; means over networks. */
  readonly details: { readonly [name: string]: number };
  /** This LDS minus the other's, paired over subsets. */
  readonly minus: { readonly [other: string]: BeyondDifference };
}

export interface BeyondDifference {
  readonly difference: number | null;
  readonly ci: JsonInterval;
  readonly percentile: JsonInterval;
}

/** What every method is compared with, where both exist under the rule. */
export const REFERENCES: readonly string[] = ['kfac', 'ekfac', 'block-ggn'];

/** A rule in a few words. */
export function ruleLabel(rule: InverseRule): string {
  switch (rule.kind) {
    case 'truncated':
      return `ε = ${power(rule.eps)}${rule.negative === 'drop' ? ', negatives dropped' : ''}`;
    case 'damped':
      return `λ = ${power(rule.lambda)}`;
    case 'absolute':
      return `|σ| + ${power(rule.lambda)}`;
    case 'unrolled':
      return `t = ${rule.time}`;
  }
}

function power(x: number): string {
  return x.toExponential().replace('+', '');
}
