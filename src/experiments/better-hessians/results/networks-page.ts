/** @file networks.md: what other base networks would say, in a page: LDS in two readings, stable differences, networks needed. */
import { LADDER } from '../../../curvature/index.ts';
import { networksNeeded } from '../../../influence/index.ts';
import { basisSentences } from '../../judging/basis.ts';
import { type Estimate, interval, ranged, signed, signOf } from '../../judging/estimate.ts';
import { fixed } from '../../judging/table.ts';
import { type Columns, markdown } from '../../pages/table.ts';
import { METHODS, type Method } from '../../protocol/methods.ts';
import { COMPARISONS, comparisonName } from './comparisons.ts';
import type { SettingResults, SettingTable } from './results.ts';
import { settingBasis } from './setting-basis.ts';
import { methodLabel } from './setting-table.ts';

/** Half widths that a reader may want. */
const HALF_WIDTHS = [0.05, 0.02] as const;

/** The comparisons of neighbours on the ladder, and of its ends. */
const SHOWN = COMPARISONS.slice(0, LADDER.length);

interface Row {
  readonly setting: string;
  readonly results: SettingResults;
}

interface MethodLine extends Row {
  readonly method: Method;
}

interface Pair extends Row {
  readonly a: Method;
  readonly b: Method;
}

/** The page; undefined where no setting was resampled over networks. */
export function networksPage(settings: SettingTable): string | undefined {
  const rows = Object.entries(settings).map(([setting, results]): Row => ({ setting, results }));
  const known = rows.filter(({ results }) => results.covers !== undefined);
  if (known.length === 0) return undefined;
  const others = rows.filter(({ results }) => results.covers === undefined);
  const methods = known.flatMap((row) => METHODS.map((method): MethodLine => ({ ...row, method })));
  const pairs = known.flatMap((row) => SHOWN.map(([a, b]): Pair => ({ ...row, a, b })));
  return `${[
    '# What other networks would say',
    '',
    'A base network is one draw of its training seed, and its LDS is another with another seed. Two questions are kept apart: what the scores of *one* network reach (the mean LDS of single networks), and what scores *averaged* over the networks reach. ' +
      'Intervals are 95 % and cover the draw of the networks and that of the subsets: a hierarchical bootstrap, studentised, the methods paired on the same draws. Generated with results.json; do not edit.',
    '',
    '## LDS in both readings',
    '',
    'sd: between single networks, on the same subsets. Subsets alone: how wide the interval of the averaged scores is when the networks are taken as given, which is what earlier pages printed.',
    '',
    ...markdown(LDS_COLUMNS, methods, { spaced: true }),
    '',
    basisSentences(known.map(({ setting, results }) => settingBasis(setting, results))),
    ...(others.length === 0
      ? []
      : [
          '',
          `Not resampled over networks: ${basisSentences(others.map(({ setting, results }) => settingBasis(setting, results)))}`,
        ]),
    '',
    '## Which differences are stable',
    '',
    summary(pairs),
    '',
    'An order is claimed (>, <) where the interval excludes zero; ≈: not told apart. Last columns: in how many of the networks the first is ahead; what the interval over subsets alone claimed.',
    '',
    ...markdown(DIFFERENCE_COLUMNS, pairs, { spaced: true }),
    '',
    '## How many networks are needed',
    '',
    `The standard deviation of one network's value has three parts: between networks; of the draw of ${subsetsOf(known)} subsets, which more networks do not make smaller; and the residual, a network's own answer to that draw. ` +
      `Last columns: so many networks make the 95 % interval of the mean over single networks ± ${HALF_WIDTHS.join(' and ± ')}; ∞: no number does, more subsets are needed.`,
    '',
    ...markdown(PART_COLUMNS, [...methods.map(ldsParts), ...pairs.map(differenceParts)], { spaced: true }),
  ].join('\n')}\n`;
}

const LDS_COLUMNS: Columns<MethodLine> = {
  setting: ({ setting }) => setting,
  method: ({ method }) => methodLabel(method),
  'one network': ({ results, method }) => {
    const { mean, ci = [null, null] } = results.lds[method].single;
    return ranged(interval(mean, ci));
  },
  sd: ({ results, method }) => fixed(results.lds[method].single.sd, 3),
  'least … greatest': ({ results, method }) => {
    const values = results.lds[method].single.values.filter((value) => value !== null);
    return `${fixed(Math.min(...values), 2)} … ${fixed(Math.max(...values), 2)}`;
  },
  averaged: ({ results, method }) => ranged(interval(results.lds[method].mean, results.lds[method].ci)),
  'subsets alone': ({ results, method }) => ends(results.lds[method].subsetsCi),
};

const DIFFERENCE_COLUMNS: Columns<Pair> = {
  setting: ({ setting }) => setting,
  comparison: ({ a, b }) => `${methodLabel(a)} − ${methodLabel(b)}`,
  'one network': (pair) => signed(difference(pair, 'single')),
  'order, one': (pair) => sign(difference(pair, 'single')),
  averaged: (pair) => signed(difference(pair, 'ensemble')),
  'order, averaged': (pair) => sign(difference(pair, 'ensemble')),
  'networks with a ahead': (pair) => {
    const values = entry(pair).single?.values ?? [];
    return `${values.filter((value) => value !== null && value > 0).length} of ${values.length}`;
  },
  'subsets alone': (pair) => sign(subsetsAlone(pair)),
};

/** Where the variance of a value comes from. */
interface Parts {
  readonly setting: string;
  readonly what: string;
  readonly variance: NonNullable<SettingResults['lds'][Method]['variance']>;
}

const PART_COLUMNS: Columns<Parts> = {
  setting: ({ setting }) => setting,
  'value of one network': ({ what }) => what,
  'sd, networks': ({ variance }) => fixed(Math.sqrt(variance.networks), 3),
  'sd, subsets': ({ variance }) => fixed(Math.sqrt(variance.subsets), 3),
  'sd, residual': ({ variance }) => fixed(Math.sqrt(variance.residual), 3),
  [`± ${HALF_WIDTHS[0]}`]: ({ variance }) => needed(variance, HALF_WIDTHS[0]),
  [`± ${HALF_WIDTHS[1]}`]: ({ variance }) => needed(variance, HALF_WIDTHS[1]),
};

const NO_VARIANCE = { networks: 0, subsets: 0, residual: 0 };

function ldsParts({ setting, results, method }: MethodLine): Parts {
  return { setting, what: methodLabel(method), variance: results.lds[method].variance ?? NO_VARIANCE };
}

function differenceParts(pair: Pair): Parts {
  const what = `${methodLabel(pair.a)} − ${methodLabel(pair.b)}`;
  return { setting: pair.setting, what, variance: entry(pair).variance ?? NO_VARIANCE };
}

function needed(variance: Parts['variance'], halfWidth: number): string {
  const count = networksNeeded(variance, halfWidth);
  return Number.isFinite(count) ? String(count) : '∞';
}

function entry({ results, a, b }: Pair): SettingResults['differences'][string] {
  return results.differences[comparisonName(a, b)];
}

function difference(pair: Pair, reading: 'single' | 'ensemble'): Estimate {
  const found = entry(pair);
  const { difference: value, ci } = reading === 'single' ? (found.single ?? found) : found;
  return interval(value, ci);
}

function subsetsAlone(pair: Pair): Estimate {
  const { difference: value, subsetsCi = [null, null] } = entry(pair);
  return interval(value, subsetsCi);
}

/** How many orders each kind of interval claims, and what the wider ones take back. */
function summary(pairs: readonly Pair[]): string {
  const claimed = (of: (pair: Pair) => Estimate): Pair[] =>
    pairs.filter((pair) => ['positive', 'negative'].includes(signOf(of(pair))));
  const alone = claimed(subsetsAlone);
  const averaged = claimed((pair) => difference(pair, 'ensemble'));
  const single = claimed((pair) => difference(pair, 'single'));
  const lost = alone.filter((pair) => !averaged.includes(pair));
  const names = lost.map(({ setting, a, b }) => `${methodLabel(a)} against ${methodLabel(b)} in ${setting}`);
  return (
    `Of ${pairs.length} comparisons ${alone.length} have an order when these networks are taken as given, ${averaged.length} when other networks may have been drawn (scores averaged), ${single.length} by single networks.` +
    (names.length === 0 ? '' : ` No longer claimed of averaged scores: ${names.join('; ')}.`)
  );
}

function subsetsOf(rows: readonly Row[]): string {
  return [...new Set(rows.map(({ results }) => results.subsets))].join(' or ');
}

function sign(estimate: Estimate): string {
  return { positive: '>', negative: '<', undecided: '≈', undefined: '?' }[signOf(estimate)];
}

function ends(ci: readonly [number | null, number | null] | undefined): string {
  return ci === undefined ? '' : `[${fixed(ci[0], 3)}, ${fixed(ci[1], 3)}]`;
}
