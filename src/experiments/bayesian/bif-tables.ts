/** @file The numbers of the experiment as Markdown and CSV. */

import { type Basis, basisSentence } from '../judging/basis.ts';
import { interval, ranged, signed, UNDEFINED } from '../judging/estimate.ts';
import { type Columns, columnsOf, csv, fields, markdown } from '../pages/table.ts';
import { samplerLabel } from '../protocol/sampler-variant.ts';
import { BIF_METHOD_NAMES, BIF_METHODS, type BifMethod } from './bif-method.ts';
import type { BifResults, GridEntry, SamplingEntry } from './bif-results.ts';
import { subjectOf } from './bif-subject.ts';

/** Every table, one under the other. */
export function bifMarkdown(results: BifResults): string {
  return `${[
    `# Bayesian influence on ${subjectOf(results).data}: the tables`,
    '',
    ...curveTable(results),
    '',
    ...differenceTable(results),
    '',
    ...samplingTable(results),
    '',
    ...gridTable(results),
    '',
    ...timeTable(results),
  ].join('\n')}\n`;
}

/** What the curves and their differences rest on: every seed has a network and subsets of its own. */
function curveBasis({ setting, networks, subsets, repeats }: BifResults): Basis {
  return {
    setting,
    networks: networks.length,
    together: 'LDS averaged',
    measurement: 'loss',
    subsets,
    seeds: repeats,
    rule: 'each method as its label says',
    intervals: 'networks and subsets',
  };
}

/** Means over fewer networks than there are, because the others have no LDS (a chain diverged, or is not computed yet). */
function fewerSeeds(
  networks: number,
  means: readonly { readonly label: string; readonly perSeed: readonly number[] }[],
): string {
  const fewer = means.filter(({ perSeed }) => perSeed.length < networks);
  return fewer.length === 0
    ? ''
    : ` On fewer networks, the others having no LDS: ${fewer.map(({ label, perSeed }) => `${label} (${perSeed.length} of ${networks})`).join(', ')}.`;
}

/** What the grid of samplers rests on: one network. */
function gridBasis(results: BifResults): Basis {
  return { ...curveBasis(results), networks: 1, rule: 'each row names its sampler', intervals: 'subsets' };
}

/** Mean LDS per method and α. */
export function curveTable(results: BifResults): string[] {
  const { curves, fractions, cells } = results;
  const size = (f: number): string => String(cells.find((cell) => cell.fraction === f)?.size ?? '–');
  return [
    'LDS by the size of the retraining subset: mean over seeds ± its standard error',
    '',
    ...table<BifMethod>(
      {
        method: (method) => BIF_METHODS[method],
        ...columnsOf(
          fractions,
          (f) => `α = ${f} (${size(f)})`,
          (method: BifMethod, f) => {
            const point = curves.find((c) => c.method === method && c.fraction === f);
            if (point?.value == null) return null;
            const error = point.standardError === null ? '' : ` ± ${point.standardError.toFixed(3)}`;
            return `${point.value.toFixed(3)}${error}`;
          },
        ),
      },
      BIF_METHOD_NAMES,
    ),
    '',
    `${basisSentence(curveBasis(results))} Subsets and retrainings are those of each network and α.${fewerSeeds(
      results.networks.length,
      curves.map((c) => ({ ...c, label: `${BIF_METHODS[c.method]} at α = ${c.fraction}` })),
    )}`,
  ];
}

type Difference = BifResults['differences'][number];

/** Paired differences. */
export function differenceTable(results: BifResults): string[] {
  const { differences, fractions } = results;
  const pair = ({ a, b }: Difference): string => `${BIF_METHODS[a]} − ${BIF_METHODS[b]}`;
  const pairs = [...new Set(differences.map(pair))];
  const columns: Columns<string> = {
    difference: (name) => name,
    ...columnsOf(
      fractions,
      (f) => `α = ${f}`,
      (name: string, f) => signed(differences.find((d) => pair(d) === name && d.fraction === f) ?? UNDEFINED),
    ),
  };
  return [
    'Differences of LDS, paired within seeds, with Student’s 95 % intervals over seeds',
    '',
    ...table(columns, pairs),
    '',
    `${basisSentence(curveBasis(results))}${fewerSeeds(
      results.networks.length,
      differences.map((d) => ({ ...d, label: `${pair(d)} at α = ${d.fraction}` })),
    )}`,
  ];
}

/** Draws of the paper's own scaling comparison, §4.3. */
export const DRAWS_COMPARED = 2000;

/** The chains behind the curves. */
export function samplingTable({ sampling }: BifResults): string[] {
  return ['The chains behind the scores', '', ...table({ ...fields('seed'), ...SAMPLER_COLUMNS }, sampling)];
}

/** Every grid point. */
export function gridTable(results: BifResults): string[] {
  const { grid } = results;
  return [
    `LDS over the settings of the sampler (seed 0, α = ${grid.fraction})`,
    '',
    ...table(GRID_COLUMNS, grid.entries),
    '',
    basisSentence(gridBasis(results)),
  ];
}

const SAMPLER_COLUMNS: Columns<SamplingEntry> = {
  sampler: ({ variant }) => samplerLabel(variant),
  nβ: (entry) => shown(entry, 'nBeta'),
  γ: (entry) => shown(entry, 'gamma'),
  ε: (entry) => shown(entry, 'stepSize'),
  'mean loss, start → chains': (entry) =>
    entry.refused === null
      ? `${shown(entry, 'startLoss')} → ${shown(entry, 'meanLoss')}`
      : 'refused: diverged',
  'effective draws: loss, least watched score': (entry) =>
    entry.refused === null ? `${shown(entry, 'effectiveSampleSize')}, ${shown(entry, 'watchedSize')}` : null,
  'split R-hat': (entry) => shown(entry, 'splitRhat', 4),
  'error / score': (entry) => shown(entry, 'relativeError', 2),
};

/** A number about the chains; a dash where the sampler was refused. */
function shown({ figures, refused }: SamplingEntry, name: string, digits = 3): string {
  const value = refused === null ? figures[name] : null;
  return value === null || value === undefined ? '–' : rounded(value, digits);
}

function rounded(value: number, digits = 3): string {
  return String(Number(value.toPrecision(digits)));
}

const GRID_COLUMNS: Columns<GridEntry> = {
  ...SAMPLER_COLUMNS,
  LDS: ({ lds, lo, hi }) => ranged(interval(lds, [lo, hi])),
  'less the default’s': ({ difference: [value, ...ci] }) => signed(interval(value, ci)),
};

const TIME_COLUMNS: Columns<BifResults['timing'][number]> = {
  ...fields('parameters'),
  'BIF, one draw': ({ draw }) => rounded(draw),
  [`BIF, ${DRAWS_COMPARED} draws`]: ({ draw }) => rounded(DRAWS_COMPARED * draw),
  'EK-FAC, fit': ({ fit }) => rounded(fit),
  'EK-FAC, scores': ({ score }) => rounded(score),
};

/** Times by size. */
export function timeTable(results: BifResults): string[] {
  const { width: heading, widthOf } = subjectOf(results);
  return [
    'Processor seconds by the size of the network, 1 thread, all pairs',
    '',
    ...table({ [heading]: ({ width }) => widthOf(width), ...TIME_COLUMNS }, results.timing),
  ];
}

/** One line per seed, α and method. */
export function bifCsv({ cells }: BifResults): string {
  return csv(
    fields('seed', 'fraction', 'size', 'subsets', 'repeats', 'method', 'lds', 'lo', 'hi', 'ceiling'),
    cells.flatMap(({ methods, ...cell }) => methods.map((method) => ({ ...cell, ...method }))),
  );
}

function table<Row>(columns: Columns<Row>, rows: readonly Row[]): string[] {
  return markdown(columns, rows, { spaced: true });
}
