/** @file One sentence beside every table: which setting, how many networks, subsets and seeds, which rule, and what an interval covers. */

import type { InverseRule } from '../../curvature/index.ts';
import type { Coverage } from './coverage.ts';
import { counted } from './table.ts';

/** What the numbers of a table rest on. Two numbers of one setting that rest on different things need not agree. */
export interface Basis {
  readonly setting: string;
  /** Base models that are scored; absent for scores of unknown origin. */
  readonly networks?: number;
  /** Of several: their scores averaged and then judged (the default), or each by itself and what is told averaged, or not. */
  readonly together?: 'scores averaged' | 'LDS averaged' | 'values averaged' | 'one a line' | 'seconds added';
  /** What is predicted: "loss". */
  readonly measurement?: string;
  /** Subsets that were retrained, and how often each; absent where nothing is judged by retraining. */
  readonly subsets?: number;
  readonly seeds?: number;
  /** How a curvature is inverted, in words; see {@link ruleText}. */
  readonly rule?: string;
  /** What 95 % intervals cover; absent where there are none. */
  readonly intervals?: Coverage;
}

/** "d1-w16-e100: scores of 3 base networks averaged; judged by the loss after retraining on 100 subsets × 50 seeds; eigenvalues |σ| ≤ 1e-4 left out, no damping; 95 % intervals cover the draw of the subsets, not that of the networks." */
export function basisSentence(basis: Basis): string {
  return `${basis.setting}: ${groundsText(basis)}.`;
}

/** A basis of which a table needs these parts only: one of networks alone says nothing of subsets or intervals. */
export function partOf(basis: Basis, parts: readonly (keyof Basis)[], together: Basis['together']): Basis {
  const kept = Object.fromEntries(Object.entries(basis).filter(([part]) => parts.some((p) => p === part)));
  return { setting: basis.setting, ...kept, ...(together === undefined ? {} : { together }) };
}

/** One sentence for settings that rest on the same, each named; several where they differ. */
export function basisSentences(all: readonly Basis[]): string {
  const groups = new Map<string, string[]>();
  for (const basis of all) {
    const text = groundsText(basis);
    groups.set(text, [...(groups.get(text) ?? []), basis.setting]);
  }
  return [...groups].map(([text, settings]) => `${settings.join(', ')}: ${text}.`).join(' ');
}

function groundsText({ networks, together, measurement, subsets, seeds, rule, intervals }: Basis): string {
  return [
    ...networkText(networks, together),
    ...(subsets === undefined || seeds === undefined
      ? []
      : [
          `judged by ${measurement === undefined ? '' : `the ${measurement.replace('-', ' ')} after `}retraining on ${subsets} subsets × ${counted(seeds, 'seed')}`,
        ]),
    ...(rule === undefined ? [] : [rule]),
    ...(intervals === undefined ? [] : [COVERED[intervals]]),
  ].join('; ');
}

function networkText(networks: number | undefined, together: Basis['together']): string[] {
  if (networks === undefined) return [];
  if (networks === 1) return ['one base network'];
  return [SEVERAL[together ?? 'scores averaged'](networks)];
}

const SEVERAL: Readonly<Record<NonNullable<Basis['together']>, (networks: number) => string>> = {
  'scores averaged': (networks) => `scores of ${networks} base networks averaged`,
  'LDS averaged': (networks) => `${networks} base networks one by one, their LDS averaged`,
  'values averaged': (networks) => `${networks} base networks one by one, their values averaged`,
  'seconds added': (networks) => `${networks} base networks, their seconds added`,
  'one a line': (networks) => `${networks} base networks, each on its own line`,
};

const COVERED: Readonly<Record<Coverage, string>> = {
  subsets: '95 % intervals cover the draw of the subsets, not that of the networks',
  networks: '95 % intervals cover the networks, not the draw of the subsets',
  'networks and subsets': '95 % intervals cover networks and subsets',
};

/** How a rule treats an eigenvalue σ, short. */
export function ruleText(rule: InverseRule): string {
  switch (rule.kind) {
    case 'truncated':
      return `eigenvalues |σ| ≤ ${exponent(rule.eps)} left out${rule.negative === 'drop' ? ', negative ones too' : ''}, no damping`;
    case 'damped':
      return `damping λ = ${exponent(rule.lambda)}`;
    case 'absolute':
      return `damping λ = ${exponent(rule.lambda)} on |σ|`;
    case 'unrolled':
      return `unrolled, t = ${exponent(rule.time)}`;
  }
}

function exponent(value: number): string {
  return value !== 0 && (value <= 0.01 || value >= 1e5) ? value.toExponential() : String(value);
}
