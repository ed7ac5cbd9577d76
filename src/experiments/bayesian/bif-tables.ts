/** @file The numbers of the experiment as Markdown and CSV. */
import { interval, ranged, signed, UNDEFINED } from '../claims/estimate.ts';
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

/** Mean LDS per method and α. */
export function curveTable({ curves, fractions, cells }: BifResults): string[] {
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
  ];
}

/** Paired differences. */
export function differenceTable({ differences, fractions }: BifResults): string[] {
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
export function gridTable({ grid }: BifResults): string[] {
  return [
    `LDS over the settings of the sampler (seed 0, α = ${grid.fraction})`,
    '',
    row([...SAMPLER_HEAD, 'LDS', 'less the default’s']),
    row([...SAMPLER_HEAD, '', ''].map(() => '---')),
    ...grid.entries.map((entry) => row([...samplerCells(entry), ...ldsCells(entry)])),
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
