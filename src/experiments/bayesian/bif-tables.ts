/** @file The numbers of the experiment as Markdown and CSV. */

import { type Basis, basisSentence } from '../judging/basis.ts';
import { interval, ranged, signed, UNDEFINED } from '../judging/estimate.ts';
import { BIF_METHOD_NAMES, BIF_METHODS } from './bif-method.ts';
import { samplerLabel } from './bif-profile.ts';
import type { BifResults, GridEntry, SamplingEntry } from './bif-results.ts';

/** Every table, one under the other. */
export function bifMarkdown(results: BifResults): string {
  return `${[
    '# Bayesian influence on Digits: the tables',
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
    row(['method', ...fractions.map((f) => `α = ${f} (${size(f)})`)]),
    row(['---', ...fractions.map(() => '---')]),
    ...BIF_METHOD_NAMES.map((method) =>
      row([
        BIF_METHODS[method],
        ...fractions.map((f) => {
          const point = curves.find((c) => c.method === method && c.fraction === f);
          if (point?.value == null) return '–';
          const error = point.standardError === null ? '' : ` ± ${point.standardError.toFixed(3)}`;
          return `${point.value.toFixed(3)}${error}`;
        }),
      ]),
    ),
    '',
    `${basisSentence(curveBasis(results))} Subsets and retrainings are those of each network and α.${fewerSeeds(
      results.networks.length,
      curves.map((c) => ({ ...c, label: `${BIF_METHODS[c.method]} at α = ${c.fraction}` })),
    )}`,
  ];
}

/** Paired differences. */
export function differenceTable(results: BifResults): string[] {
  const { differences, fractions } = results;
  const names = [...new Set(differences.map(({ a, b }) => `${a} ${b}`))];
  return [
    'Differences of LDS, paired within seeds, with Student’s 95 % intervals over seeds',
    '',
    row(['difference', ...fractions.map((f) => `α = ${f}`)]),
    row(['---', ...fractions.map(() => '---')]),
    ...names.map((name) => {
      const own = differences.filter(({ a, b }) => `${a} ${b}` === name);
      return row([
        `${BIF_METHODS[own[0].a]} − ${BIF_METHODS[own[0].b]}`,
        ...fractions.map((f) => signed(own.find((d) => d.fraction === f) ?? UNDEFINED)),
      ]);
    }),
    '',
    `${basisSentence(curveBasis(results))}${fewerSeeds(
      results.networks.length,
      differences.map((d) => ({
        ...d,
        label: `${BIF_METHODS[d.a]} − ${BIF_METHODS[d.b]} at α = ${d.fraction}`,
      })),
    )}`,
  ];
}

/** Draws of the paper's own scaling comparison, §4.3. */
export const DRAWS_COMPARED = 2000;

/** The chains behind the curves. */
export function samplingTable({ sampling }: BifResults): string[] {
  return [
    'The chains behind the scores',
    '',
    row(['seed', ...SAMPLER_HEAD]),
    row(['---', ...SAMPLER_HEAD.map(() => '---')]),
    ...sampling.map((entry) => row([String(entry.seed), ...samplerCells(entry)])),
  ];
}

/** Every grid point. */
export function gridTable(results: BifResults): string[] {
  const { grid } = results;
  return [
    `LDS over the settings of the sampler (seed 0, α = ${grid.fraction})`,
    '',
    row([...SAMPLER_HEAD, 'LDS', 'less the default’s']),
    row([...SAMPLER_HEAD, '', ''].map(() => '---')),
    ...grid.entries.map((entry) => row([...samplerCells(entry), ...ldsCells(entry)])),
    '',
    basisSentence(gridBasis(results)),
  ];
}

const SAMPLER_HEAD = [
  'sampler',
  'nβ',
  'γ',
  'ε',
  'mean loss, start → chains',
  'effective draws: loss, least watched score',
  'split R-hat',
  'error / score',
];

function samplerCells({ variant, figures, refused }: SamplingEntry): string[] {
  if (refused !== null) return [samplerLabel(variant), '–', '–', '–', 'refused: diverged', '–', '–', '–'];
  const show = (name: string, digits = 3): string => {
    const value = figures[name];
    return value === null || value === undefined ? '–' : String(Number(value.toPrecision(digits)));
  };
  return [
    samplerLabel(variant),
    show('nBeta'),
    show('gamma'),
    show('stepSize'),
    `${show('startLoss')} → ${show('meanLoss')}`,
    `${show('effectiveSampleSize')}, ${show('watchedSize')}`,
    show('splitRhat', 4),
    show('relativeError', 2),
  ];
}

function ldsCells({ lds, lo, hi, difference: [value, ...ci] }: GridEntry): string[] {
  return [ranged(interval(lds, [lo, hi])), signed(interval(value, ci))];
}

/** Times by size. */
export function timeTable({ timing }: BifResults): string[] {
  return [
    'Processor seconds by the size of the network, 1 thread, all pairs',
    '',
    row([
      'hidden units',
      'parameters',
      'BIF, one draw',
      `BIF, ${DRAWS_COMPARED} draws`,
      'EK-FAC, fit',
      'EK-FAC, scores',
    ]),
    row(['---', '---', '---', '---', '---', '---']),
    ...timing.map(({ width, parameters, draw, fit, score }) =>
      row([
        `2 × ${width}`,
        String(parameters),
        ...[draw, DRAWS_COMPARED * draw, fit, score].map((s) => String(Number(s.toPrecision(3)))),
      ]),
    ),
  ];
}

/** One line per seed, α and method. */
export function bifCsv({ cells }: BifResults): string {
  const lines = cells.flatMap(({ seed, fraction, size, subsets, repeats, ceiling, methods }) =>
    methods.map(({ method, lds, lo, hi }) =>
      [seed, fraction, size, subsets, repeats, method, lds ?? '', lo ?? '', hi ?? '', ceiling ?? ''].join(
        ',',
      ),
    ),
  );
  return `${['seed,fraction,size,subsets,repeats,method,lds,lo,hi,ceiling', ...lines].join('\n')}\n`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
