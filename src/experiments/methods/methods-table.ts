/** @file The comparison as text: CSV of every entry, Markdown tables, lines for the terminal. */

import { type Basis, basisSentence } from '../judging/basis.ts';
import { interval, ranged } from '../judging/estimate.ts';
import { align, fixed } from '../judging/table.ts';
import { undefinedCounts } from '../judging/undefined-queries.ts';
import type { MethodEntry, MethodsResults, SettingMethods } from './methods.ts';
import { ENSEMBLES } from './methods-profile.ts';

const COLUMNS = [
  'setting',
  'method',
  'kind',
  'options',
  'models',
  'size',
  'lds',
  'lds_lo',
  'lds_hi',
  'sd_models',
  'seconds',
  'failed',
];

/** One line per setting, entry and size of ensemble. Seconds are processor seconds of all its models together. */
export function methodsCsv({ settings }: MethodsResults): string {
  const lines = settings.flatMap(({ setting, entries }) =>
    entries.flatMap(({ method, kind, options, models, single, ensembles, seconds, failed }) => {
      const begin = [setting, method, kind, quoted(JSON.stringify(options)), models];
      const end = quoted(failed ?? '');
      return [
        [...begin, 1, single.mean, ...single.ci, single.sd, seconds.fit + seconds.score, end],
        ...ensembles.map((e) => [...begin, e.size, e.lds, ...e.ci, null, e.seconds, end]),
      ].map((cells) => cells.map((cell) => cell ?? '').join(','));
    }),
  );
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}

function quoted(text: string): string {
  return text === '' ? '' : `"${text.replaceAll('"', '""')}"`;
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

/** A setting as a Markdown table, and what it rests on. */
export function settingTable(result: SettingMethods): string[] {
  const { entries } = result;
  return [
    `| method | LDS, one base model | sd over models | ${ENSEMBLES.map((size) => `ensemble of ${size}`).join(' | ')} | seconds, fit + score | base models |`,
    `|---|---|---|${ENSEMBLES.map(() => '---|').join('')}---|---|`,
    ...ranked(entries).map((entry) => {
      const { label, single, seconds, models } = entry;
      return [
        '',
        label,
        ranged(interval(single.mean, single.ci)),
        fixed(single.sd, 3),
        ...ENSEMBLES.map((size) => ensembleText(entry, size)),
        `${seconds.fit.toFixed(2)} + ${seconds.score.toFixed(2)}`,
        `${models}`,
        '',
      ]
        .join(' | ')
        .trim();
    }),
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
    const head = ['method', 'LDS', '95 % interval', ...sizes.map((size) => `×${size}`), 'seconds', 'models'];
    const rows = ranked(entries).map(({ label, single, ensembles, seconds, models: used }) => [
      label,
      fixed(single.mean, 3),
      `[${fixed(single.ci[0], 3)}, ${fixed(single.ci[1], 3)}]`,
      ...sizes.map((size) => fixed(ensembles.find((e) => e.size === size)?.lds ?? null, 3)),
      (seconds.fit + seconds.score).toFixed(2),
      String(used),
    ]);
    const failed = entries.filter((entry) => entry.failed !== null);
    return [
      '',
      `${setting}: ${subsets} subsets × ${seeds} seeds, ${models} base models, noise ceiling ${fixed(ceiling, 3)}`,
      `${basisSentence(methodsBasis(result))} ${ENSEMBLE_NOTE}`,
      ...align([head, ...rows]),
      ...undefinedIn(result),
      ...failed.map(({ label, failed: reason }) => `${label}: ${reason}`),
    ];
  });
}
