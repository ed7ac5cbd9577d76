/** @file The comparison as text: CSV of every entry, Markdown tables, lines for the terminal. */

import { type Basis, basisSentence } from '../judging/basis.ts';
import { interval, ranged } from '../judging/estimate.ts';
import { fixed } from '../judging/table.ts';
import { undefinedCounts } from '../judging/undefined-queries.ts';
import { aligned, type Columns, columnsOf, csv, fields, markdown, withInterval } from '../pages/table.ts';
import type { MethodEntry, MethodsResults, SettingMethods } from './methods.ts';
import { ENSEMBLES } from './methods-profile.ts';

/** One base model or an ensemble of an entry. */
interface Line extends Pick<MethodEntry, 'method' | 'kind' | 'options' | 'models' | 'failed'> {
  readonly setting: string;
  readonly size: number;
  readonly lds: number | null;
  readonly ci: readonly [number | null, number | null];
  readonly sd: number | null;
  readonly seconds: number;
}

const FILE_COLUMNS: Columns<Line> = {
  ...fields('setting', 'method', 'kind'),
  options: ({ options }) => ({ quoted: JSON.stringify(options) }),
  ...fields('models', 'size'),
  ...withInterval('lds', ({ lds, ci }: Line) => [lds, ...ci]),
  sd_models: ({ sd }) => sd,
  ...fields('seconds'),
  failed: ({ failed }) => (failed === null ? null : { quoted: failed }),
};

/** One line per setting, entry and size of ensemble. Seconds are processor seconds of all its models together. */
export function methodsCsv({ settings }: MethodsResults): string {
  const lines = settings.flatMap(({ setting, entries }) =>
    entries.flatMap((entry): Line[] => {
      const { single, seconds, ensembles } = entry;
      const one = {
        size: 1,
        lds: single.mean,
        ci: single.ci,
        sd: single.sd,
        seconds: seconds.fit + seconds.score,
      };
      return [one, ...ensembles.map((each) => ({ ...each, sd: null }))].map((each) => ({
        ...entry,
        setting,
        ...each,
      }));
    }),
  );
  return csv(FILE_COLUMNS, lines);
}

/** Entries with a result, the best single base model first. */
export function ranked(entries: readonly MethodEntry[]): MethodEntry[] {
  const of = ({ single }: MethodEntry): number => single.mean ?? Number.NEGATIVE_INFINITY;
  return entries.filter(({ models }) => models > 0).sort((a, b) => of(b) - of(a));
}

/** What the numbers of a setting rest on. */
export function methodsBasis({
  setting,
  models,
  measurement,
  subsets,
  seeds,
}: Pick<SettingMethods, 'setting' | 'models' | 'measurement' | 'subsets' | 'seeds'>): Basis {
  return {
    setting,
    networks: models,
    together: 'LDS averaged',
    measurement,
    subsets,
    seeds,
    rule: 'each method by its own default rule, or as its label says',
    intervals: 'subsets',
  };
}

/** What ensembles are, beside {@link methodsBasis}. */
export const ENSEMBLE_NOTE = 'Ensembles: the scores of that many networks averaged, then judged.';

function undefinedIn({ entries, queries }: SettingMethods): string[] {
  return undefinedCounts(
    entries.map(({ label, undefinedQueries = 0 }) => ({ label, undefinedQueries, queries })),
  );
}

const PAGE_COLUMNS: Columns<MethodEntry> = {
  method: ({ label }) => label,
  'LDS, one base model': ({ single }) => ranged(interval(single.mean, single.ci)),
  'sd over models': ({ single }) => fixed(single.sd, 3),
  ...columnsOf(ENSEMBLES, (size) => `ensemble of ${size}`, ensembleText),
  'seconds, fit + score': ({ seconds }) => `${seconds.fit.toFixed(2)} + ${seconds.score.toFixed(2)}`,
  'base models': ({ models }) => models,
};

/** A setting as a Markdown table, and what it rests on. */
export function settingTable(result: SettingMethods): string[] {
  return [
    ...markdown(PAGE_COLUMNS, ranked(result.entries)),
    '',
    [`${basisSentence(methodsBasis(result))} ${ENSEMBLE_NOTE}`, ...undefinedIn(result)].join(' '),
  ];
}

function ensembleText({ ensembles }: MethodEntry, size: number): string {
  const found = ensembles.find((e) => e.size === size);
  return found === undefined ? '–' : ranged(interval(found.lds, found.ci));
}

/** A setting for the terminal. */
export function methodsLines({ settings }: MethodsResults): string[] {
  return settings.flatMap((result) => {
    const { setting, ceiling, entries, subsets, seeds, models } = result;
    const sizes = ENSEMBLES.filter((size) => entries.some((e) => e.ensembles.some((x) => x.size === size)));
    const columns: Columns<MethodEntry> = {
      method: ({ label }) => label,
      LDS: ({ single }) => fixed(single.mean, 3),
      '95 % interval': ({ single: { ci } }) => `[${fixed(ci[0], 3)}, ${fixed(ci[1], 3)}]`,
      ...columnsOf(
        sizes,
        (size) => `×${size}`,
        ({ ensembles }: MethodEntry, size) => fixed(ensembles.find((e) => e.size === size)?.lds ?? null, 3),
      ),
      seconds: ({ seconds }) => (seconds.fit + seconds.score).toFixed(2),
      models: ({ models: used }) => used,
    };
    const failed = entries.filter((entry) => entry.failed !== null);
    return [
      '',
      `${setting}: ${subsets} subsets × ${seeds} seeds, ${models} base models, noise ceiling ${fixed(ceiling, 3)}`,
      `${basisSentence(methodsBasis(result))} ${ENSEMBLE_NOTE}`,
      ...aligned(columns, ranked(entries)),
      ...undefinedIn(result),
      ...failed.map(({ label, failed: reason }) => `${label}: ${reason}`),
    ];
  });
}
