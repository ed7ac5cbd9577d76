/** @file The numbers of astra.json as lines, Markdown and CSV. */

import { type Basis, basisSentence } from '../judging/basis.ts';
import { type Estimate, interval, ranged, signed, UNDEFINED } from '../judging/estimate.ts';
import { align, fixed, precise } from '../judging/table.ts';
import type { AstraResults, MethodEntry, Scored, SettingAstra } from './astra-results.ts';

/** One setting after the other, for a terminal. */
export function astraLines({ settings }: AstraResults): string[] {
  if (settings.length === 0) return ['nothing can be judged yet: two masks and a base model are the least.'];
  return settings.flatMap((setting, k) => [
    ...(k === 0 ? [] : ['']),
    headline(setting),
    `${basisSentence(astraBasis(setting))} ${ENSEMBLE_NOTE}`,
    ...align([METHOD_HEADER.slice(0, 6), ...setting.entries.map((entry) => methodRow(entry).slice(0, 6))]),
  ]);
}

/** What a setting's numbers rest on, in one line. */
export function headline(setting: SettingAstra): string {
  const { name, parameters, config, models, subsets, seeds, ceiling, queries } = setting;
  return (
    `${name}: ${parameters} parameters, ${config.draw.train} training examples, ${queries} queries, ${models} base ${models === 1 ? 'model' : 'models'}, ` +
    `${subsets} masks × ${seeds} retrainings, noise ceiling ${fixed(ceiling.perfect, 3)}`
  );
}

/** What the numbers of a setting rest on. Its subsets are masks. */
function astraBasis({ name, models, config, subsets, seeds }: SettingAstra): Basis {
  return {
    setting: name,
    networks: models,
    together: 'LDS averaged',
    measurement: config.measurement,
    subsets,
    seeds,
    rule: `${config.dampings.map((lambda) => `λ = ${precise(lambda)}`).join(' and ')}, as the label says`,
    intervals: 'subsets',
  };
}

const ENSEMBLE_NOTE =
  'An ensemble averages the scores of the models of its row, then is judged; the column “models” counts them.';

const METHOD_HEADER = [
  'method',
  'models',
  'LDS of one model',
  'LDS of the ensemble',
  'less its reference, one model',
  'less its reference, ensemble',
  'reference',
  'relative residual',
  'α',
  'seconds',
];

function methodRow(entry: MethodEntry): string[] {
  const { label, models, single, ensemble, against, residual, alpha, seconds } = entry;
  return [
    label,
    String(models),
    ldsCell(single),
    ldsCell(ensemble),
    differenceCell(against?.single ?? null),
    differenceCell(against?.ensemble ?? null),
    against?.label ?? '',
    residual === null
      ? ''
      : `${precise(residual.mean)}${residual.unsolved === undefined ? '' : ` (without ${residual.unsolved} of ${models})`}`,
    alpha === null ? '' : precise(alpha),
    seconds.toFixed(1),
  ];
}

/** All tables as Markdown. */
export function astraMarkdown({ settings }: AstraResults): string {
  return `${settings.flatMap((setting) => [`## ${setting.name}`, '', ...settingTables(setting)]).join('\n')}\n`;
}

/** The tables of one setting: methods, then the studies that there are. */
export function settingTables(setting: SettingAstra): string[] {
  return [
    headline(setting),
    '',
    ...markdown([METHOD_HEADER, ...setting.entries.map(methodRow)]),
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
    ...markdown([
      ['iterations', '(h − h*)/|h*|, mean', 'median', 'relative residual', 'LDS', 'less exact'],
      ...points.map(({ iteration, distance, medianDistance, residual, lds, minusExact }) => [
        String(iteration),
        precise(distance),
        precise(medianDistance),
        precise(residual),
        ldsCell(lds),
        differenceCell(minusExact),
      ]),
    ]),
  ]);
}

function ablationTable({ ablation }: SettingAstra): string[] {
  if (ablation === null) return [];
  const { thresholds, counts, solvers, damping } = ablation;
  const header = ['solver', ...thresholds.map((t, k) => `${thresholdLabel(t)} (${counts[k]} directions)`)];
  const rows = solvers.flatMap(({ label, diverged, lds, errors }) =>
    diverged
      ? [[label, ...thresholds.map(() => 'diverged')]]
      : [
          [`${label}: LDS`, ...lds.map(ldsCell)],
          [`${label}: error in the bin`, ...errors.map(precise)],
        ],
  );
  return [
    `**Components above a threshold**, λ = ${damping}: LDS from the components of each solution along eigenvectors of EK-FAC with eigenvalue σ above the threshold; ` +
      'and the relative error of the components between a threshold and the one before it, median over queries.',
    '',
    ...markdown([header, ...rows]),
  ];
}

function dampingTable({ damping }: SettingAstra): string[] {
  if (damping === null) return [];
  return [
    `**Stopping early as damping**, λ = ${damping.damping}, whole training set at every step: J steps of Neumann beside the exact solution with λ + 1/(αJ).`,
    '',
    ...markdown([
      [
        'α',
        'J',
        '1/(αJ)',
        'distance from x(λ + 1/(αJ))',
        'from x(λ)',
        'LDS after J steps',
        'LDS of x(λ + 1/(αJ))',
        'difference',
      ],
      ...damping.rows.map((row) => [
        String(row.alpha),
        String(row.steps),
        precise(row.extra),
        ...(row.diverged
          ? ['diverged', 'diverged', 'diverged', ldsCell(row.ldsDamped), '']
          : [
              precise(row.toDamped),
              precise(row.toExact),
              ldsCell(row.ldsTruncated),
              ldsCell(row.ldsDamped),
              differenceCell(row.difference),
            ]),
      ]),
    ]),
  ];
}

/** "σ > 0.01", or "all". */
export function thresholdLabel(threshold: number): string {
  return threshold < 0 ? 'all' : `σ > ${threshold}`;
}

/** One line per setting and method. */
export function astraCsv({ settings }: AstraResults): string {
  const header =
    'setting,method,lambda,models,subsets,seeds,lds,lds_lo,lds_hi,ensemble,ensemble_lo,ensemble_hi,minus_reference,minus_lo,minus_hi,ensemble_minus,ensemble_minus_lo,ensemble_minus_hi,residual,seconds';
  const rows = settings.flatMap(({ name, subsets, seeds, entries }) =>
    entries.map((entry) =>
      [
        name,
        entry.method,
        entry.damping,
        entry.models,
        subsets,
        seeds,
        ...numbers(entry.single),
        ...numbers(entry.ensemble),
        ...numbers(entry.against?.single ?? null),
        ...numbers(entry.against?.ensemble ?? null),
        entry.residual?.mean ?? null,
        entry.seconds,
      ]
        .map((value) => value ?? '')
        .join(','),
    ),
  );
  return `${[header, ...rows].join('\n')}\n`;
}

function numbers(value: Scored | null): (number | null)[] {
  return value === null ? [null, null, null] : [value.mean, ...value.ci];
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

function markdown(rows: readonly (readonly string[])[]): string[] {
  const [header, ...rest] = rows;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rest.map(line), ''];
}
