/** @file The numbers of astra.json as lines, Markdown and CSV. */

import { type Basis, basisSentence } from '../judging/basis.ts';
import { type Estimate, interval, ranged, signed, UNDEFINED } from '../judging/estimate.ts';
import { counted, fixed, precise } from '../judging/table.ts';
import { aligned, type Columns, columnsOf, csv, fields, markdown, withInterval } from '../pages/table.ts';
import type { AstraResults, MethodEntry, Scored, SettingAstra } from './astra-results.ts';
import { coverageOf } from './setting.ts';

/** One setting after the other, for a terminal. */
export function astraLines({ settings }: AstraResults): string[] {
  if (settings.length === 0) return ['nothing can be judged yet: two masks and a base model are the least.'];
  return settings.flatMap((setting, k) => [
    ...(k === 0 ? [] : ['']),
    headline(setting),
    `${basisSentence(astraBasis(setting))} ${ENSEMBLE_NOTE}`,
    ...aligned(SHORT_COLUMNS, setting.entries),
  ]);
}

/** What a setting's numbers rest on, in one line. */
export function headline(setting: SettingAstra): string {
  const { name, parameters, config, models, subsets, seeds, ceiling, queries } = setting;
  return (
    `${name}: ${parameters} parameters, ${config.draw.train} training examples, ${queries} queries, ${counted(models, 'base model')}, ` +
    `${subsets} masks × ${seeds} retrainings, noise ceiling ${fixed(ceiling.perfect, 3)}`
  );
}

/** What the numbers of a setting rest on. Its subsets are masks. */
export function astraBasis({ name, models, config, subsets, seeds }: SettingAstra): Basis {
  return {
    setting: name,
    networks: models,
    together: 'LDS averaged',
    measurement: config.measurement,
    subsets,
    seeds,
    rule: `${config.dampings.map((lambda) => `λ = ${precise(lambda)}`).join(' and ')}, as the label says`,
    intervals: coverageOf(config, models),
  };
}

const ENSEMBLE_NOTE =
  'An ensemble averages the scores of the models of its row, then is judged; the column “models” counts them.';

/** What the terminal has room for. */
const SHORT_COLUMNS: Columns<MethodEntry> = {
  method: ({ label }) => label,
  models: ({ models }) => String(models),
  'LDS of one model': ({ single }) => ldsCell(single),
  'LDS of the ensemble': ({ ensemble }) => ldsCell(ensemble),
  'less its reference, one model': ({ against }) => differenceCell(against?.single ?? null),
  'less its reference, ensemble': ({ against }) => differenceCell(against?.ensemble ?? null),
};

const METHOD_COLUMNS: Columns<MethodEntry> = {
  ...SHORT_COLUMNS,
  reference: ({ against }) => against?.label ?? '',
  'relative residual': ({ residual, models, diverged }) =>
    residual === null
      ? ''
      : `${precise(residual.mean)}${residual.unsolved === undefined ? '' : ` (without ${residual.unsolved} of ${models})`}${diverged === undefined ? '' : `; diverged at ${diverged} more`}`,
  α: ({ alpha }) => (alpha === null ? '' : precise(alpha)),
  seconds: ({ seconds }) => seconds.toFixed(1),
};

/** All tables as Markdown. */
export function astraMarkdown({ settings }: AstraResults): string {
  return `${settings.flatMap((setting) => [`## ${setting.name}`, '', ...settingTables(setting)]).join('\n')}\n`;
}

/** The tables of one setting: methods, then the studies that there are. */
export function settingTables(setting: SettingAstra): string[] {
  return [
    headline(setting),
    '',
    ...markdown(METHOD_COLUMNS, setting.entries),
    '',
    `${basisSentence(astraBasis(setting))} ${ENSEMBLE_NOTE}`,
    '',
    ...convergenceTables(setting),
    ...ablationTable(setting),
    ...dampingTable(setting),
  ];
}

function convergenceTables({ convergence }: SettingAstra): string[] {
  return convergence.flatMap(({ solver, damping, rates, sweep, rate, points, exact }) => [
    `**${solver === 'astra' ? 'ASTRA' : 'SNI'} along its iterations**, λ = ${damping}, no momentum. Learning rates tried, with the mean distance to the minimum at the end: ` +
      `${rates.map((r, k) => `${r} (${sweep[k] === null ? 'diverged' : precise(sweep[k])})`).join(', ')}; shown is ${rate}. LDS of the exact solutions: ${ldsCell(exact)}.`,
    '',
    ...markdown(ITERATION_COLUMNS, points),
    '',
  ]);
}

const ITERATION_COLUMNS: Columns<SettingAstra['convergence'][number]['points'][number]> = {
  iterations: ({ iteration }) => iteration,
  '(h − h*)/|h*|, mean': ({ distance }) => precise(distance),
  median: ({ medianDistance }) => precise(medianDistance),
  'relative residual': ({ residual }) => precise(residual),
  LDS: ({ lds }) => ldsCell(lds),
  'less exact': ({ minusExact }) => differenceCell(minusExact),
};

function ablationTable({ ablation }: SettingAstra): string[] {
  if (ablation === null) return [];
  const { thresholds, counts, solvers, damping } = ablation;
  const columns: Columns<{ readonly what: string; readonly at: readonly string[] }> = {
    solver: ({ what }) => what,
    ...columnsOf(
      thresholds,
      (threshold, k) => `${thresholdLabel(threshold)} (${counts[k]} directions)`,
      ({ at }: { readonly at: readonly string[] }, _, k) => at[k],
    ),
  };
  const rows = solvers.flatMap(({ label, diverged, lds, errors }) =>
    diverged
      ? [{ what: label, at: thresholds.map(() => 'diverged') }]
      : [
          { what: `${label}: LDS`, at: lds.map(ldsCell) },
          { what: `${label}: error in the bin`, at: errors.map(precise) },
        ],
  );
  return [
    `**Components above a threshold**, λ = ${damping}: LDS from the components of each solution along eigenvectors of EK-FAC with eigenvalue σ above the threshold; ` +
      'and the relative error of the components between a threshold and the one before it, median over queries.',
    '',
    ...markdown(columns, rows),
    '',
  ];
}

function dampingTable({ damping }: SettingAstra): string[] {
  if (damping === null) return [];
  return [
    `**Stopping early as damping**, λ = ${damping.damping}, whole training set at every step: J steps of Neumann beside the exact solution with λ + 1/(αJ).`,
    '',
    ...markdown(DAMPING_COLUMNS, damping.rows),
    '',
  ];
}

const DAMPING_COLUMNS: Columns<NonNullable<SettingAstra['damping']>['rows'][number]> = {
  α: ({ alpha }) => String(alpha),
  J: ({ steps }) => steps,
  '1/(αJ)': ({ extra }) => precise(extra),
  'distance from x(λ + 1/(αJ))': ({ diverged, toDamped }) => (diverged ? 'diverged' : precise(toDamped)),
  'from x(λ)': ({ diverged, toExact }) => (diverged ? 'diverged' : precise(toExact)),
  'LDS after J steps': ({ diverged, ldsTruncated }) => (diverged ? 'diverged' : ldsCell(ldsTruncated)),
  'LDS of x(λ + 1/(αJ))': ({ ldsDamped }) => ldsCell(ldsDamped),
  difference: ({ diverged, difference }) => (diverged ? '' : differenceCell(difference)),
};

/** "σ > 0.01", or "all". */
export function thresholdLabel(threshold: number): string {
  return threshold < 0 ? 'all' : `σ > ${threshold}`;
}

type Line = Omit<MethodEntry, 'residual'> &
  Pick<SettingAstra, 'subsets' | 'seeds'> & { readonly setting: string; readonly residual: number | null };

const FILE_COLUMNS: Columns<Line> = {
  ...fields('setting', 'method'),
  lambda: ({ damping }) => damping,
  ...fields('models', 'subsets', 'seeds'),
  ...withInterval('lds', ({ single }: Line) => numbers(single)),
  ...withInterval('ensemble', ({ ensemble }: Line) => numbers(ensemble)),
  minus_reference: ({ against }) => against?.single?.mean,
  minus_lo: ({ against }) => against?.single?.ci[0],
  minus_hi: ({ against }) => against?.single?.ci[1],
  ...withInterval('ensemble_minus', ({ against }: Line) => numbers(against?.ensemble ?? null)),
  ...fields('residual', 'seconds'),
};

/** One line per setting and method. */
export function astraCsv({ settings }: AstraResults): string {
  const lines = settings.flatMap(({ name, subsets, seeds, entries }) =>
    entries.map(({ residual, ...entry }) => ({
      ...entry,
      setting: name,
      subsets,
      seeds,
      residual: residual?.mean ?? null,
    })),
  );
  return csv(FILE_COLUMNS, lines);
}

function numbers(value: Scored | null): readonly (number | null)[] {
  return value === null ? [] : [value.mean, ...value.ci];
}

/** A number of the results with its interval; undefined where there is none. */
export function estimateOf(value: Scored | null | undefined): Estimate {
  return value === null || value === undefined ? UNDEFINED : interval(value.mean, value.ci);
}

/** "0.412 [0.380, 0.441]"; empty where nothing was to be computed. */
function ldsCell(value: Scored | null): string {
  return value === null ? '' : ranged(estimateOf(value));
}

/** "+0.012 [0.002, 0.021]". */
function differenceCell(value: Scored | null): string {
  return value === null ? '' : signed(estimateOf(value));
}
