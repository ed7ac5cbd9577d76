/** @file The comparison as text: CSV of every entry, Markdown for people, lines for the terminal. */

import { type Basis, basisSentence, ruleText } from '../../judging/basis.ts';
import { interval, ranged, signed, signOf } from '../../judging/estimate.ts';
import { keptLines } from '../../judging/kept-settings.ts';
import { counted, fixed, precise } from '../../judging/table.ts';
import { undefinedCounts } from '../../judging/undefined-queries.ts';
import { type Columns, csv, fields, markdown, withInterval } from '../../pages/table.ts';
import { FAMILY_LABELS } from './approach.ts';
import {
  type Beyond,
  type BeyondDifference,
  type BeyondEntry,
  REFERENCES,
  type RuleBeyond,
  type SettingBeyond,
} from './beyond.ts';

type Line = BeyondEntry & { readonly setting: string; readonly rule: string };

const FILE_COLUMNS: Columns<Line> = {
  ...fields('setting'),
  rule: ({ rule }) => ({ quoted: rule }),
  method: ({ id }) => id,
  ...fields('family'),
  ...withInterval('lds', ({ lds, ci }: Line) => [lds, ...ci]),
  ...fields('error', 'seconds', 'stored'),
  ...Object.assign({}, ...REFERENCES.map(minus)),
};

function minus(id: string): Columns<Line> {
  return withInterval(`minus_${id}`, ({ minus }: Line) => {
    const other: BeyondDifference | undefined = minus[id];
    return other === undefined ? [] : [other.difference, ...other.ci];
  });
}

/** One line per setting, rule and method. */
export function beyondCsv({ settings }: Beyond): string {
  const lines = settings.flatMap(({ setting, rules }) =>
    rules.flatMap(({ label, entries }) => entries.map((entry) => ({ ...entry, setting, rule: label }))),
  );
  return csv(FILE_COLUMNS, lines);
}

/** The whole document. */
export function beyondMarkdown(beyond: Beyond): string {
  return `${[
    '# Beyond the ladder: can the loss of Kronecker factorisation be won back?',
    '',
    'LDS with 95 % intervals over base networks and subsets, over subsets alone (BCa) where one network was trained; differences are paired. Eq. 9 is averaged over a sample of training gradients. ' +
      'Seconds are processor seconds of one core from the parameters to Ĥ⁻¹∇m of all queries; numbers stored are doubles kept for that, besides network and data. ' +
      'A dash: the reference itself. Bold: the interval leaves out 0. ' +
      'The first CG step only scales the preconditioned gradient of each query: it has the LDS of its preconditioner by construction. ' +
      'Sums of Kronecker products are inverted through the eigenvectors of the formed blocks, which is what they store.',
    ...keptLines(beyond).flatMap((line) => ['', line]),
    ...beyond.settings.flatMap(settingSection),
  ].join('\n')}\n`;
}

function settingSection(result: SettingBeyond): string[] {
  const { setting, parameters, models, subsets, seeds, ceiling, sample, rules } = result;
  return [
    '',
    `## ${setting}`,
    '',
    `${parameters} parameters, ${counted(models, 'base model')}, ${subsets} subsets × ${seeds} seeds, noise ceiling ${fixed(ceiling, 3)}, Eq. 9 over ${sample} gradients.`,
    ...rules.flatMap((rule) => [
      '',
      `### ${rule.label}`,
      '',
      ...markdown(PAGE_COLUMNS, rule.entries),
      '',
      basisSentence(beyondBasis(result, rule)),
      ...remarks(rule),
    ]),
  ];
}

/** What the numbers of a rule rest on. */
export function beyondBasis(
  { setting, models, subsets, seeds, covers }: SettingBeyond,
  { rule }: RuleBeyond,
): Basis {
  return { setting, networks: models, subsets, seeds, rule: ruleText(rule), intervals: covers ?? 'subsets' };
}

const PAGE_COLUMNS: Columns<BeyondEntry> = {
  method: ({ label }) => label,
  family: ({ family }) => FAMILY_LABELS[family],
  LDS: ({ lds, ci }) => ranged(interval(lds, ci)),
  'minus K-FAC': (entry) => differenceText(entry, 'kfac'),
  'minus EK-FAC': (entry) => differenceText(entry, 'ekfac'),
  'minus block-GGN': (entry) => differenceText(entry, 'block-ggn'),
  'Eq. 9': ({ error }) => precise(error),
  seconds: ({ seconds }) => seconds.toPrecision(2),
  'numbers stored': ({ stored }) => String(Math.round(stored)),
};

/** What the table does not say: refused methods, and solves that met negative curvature. */
function remarks({ entries, absent }: RuleBeyond): string[] {
  const silent = undefinedCounts(
    entries.map(({ label, undefinedQueries = 0 }) => ({ label, undefinedQueries })),
  );
  const stopped = entries.filter(({ details }) => (details['stopped'] ?? 0) > 0);
  return [
    ...(silent.length === 0 ? [] : ['', silent.join(' ')]),
    ...(absent.length === 0 ? [] : ['', `Not positive definite, so without a result: ${absent.join('; ')}.`]),
    ...(stopped.length === 0
      ? []
      : [
          '',
          `Queries whose solve met negative curvature and stopped there: ${stopped.map(({ label, details }) => `${label}: ${details['stopped']}`).join('; ')}.`,
        ]),
  ];
}

/** A difference with its interval; bold where the interval leaves out 0. */
function differenceText({ minus }: BeyondEntry, id: string): string {
  const entry: BeyondDifference | undefined = minus[id];
  if (entry === undefined) return '–';
  const found = interval(entry.difference, entry.ci);
  const sign = signOf(found);
  return sign === 'positive' || sign === 'negative' ? `**${signed(found)}**` : signed(found);
}

/** One setting for the terminal. */
export function beyondLines({ settings }: Beyond): string[] {
  return settings.flatMap((result) =>
    result.rules.flatMap((rule) => [
      '',
      `${result.setting}, ${rule.label}, noise ceiling ${fixed(result.ceiling, 3)}`,
      basisSentence(beyondBasis(result, rule)),
      ...rule.entries.map((e) =>
        [
          e.label.padEnd(42),
          fixed(e.lds, 3),
          `[${fixed(e.ci[0], 3)}, ${fixed(e.ci[1], 3)}]`,
          precise(e.error).padStart(9),
          `${e.seconds.toPrecision(2)} s`.padStart(9),
          String(Math.round(e.stored)).padStart(10),
        ].join('  '),
      ),
    ]),
  );
}
