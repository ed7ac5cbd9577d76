/** @file The comparison as text: CSV of every entry, Markdown for people, lines for the terminal. */

import { type Basis, basisSentence, ruleText } from '../../judging/basis.ts';
import { interval, ranged, signed, signOf } from '../../judging/estimate.ts';
import { fixed, precise } from '../../judging/table.ts';
import { undefinedCounts } from '../../judging/undefined-queries.ts';
import { FAMILY_LABELS } from './approach.ts';
import {
  type Beyond,
  type BeyondDifference,
  type BeyondEntry,
  REFERENCES,
  type RuleBeyond,
  type SettingBeyond,
} from './beyond.ts';

const COLUMNS = [
  'setting',
  'rule',
  'method',
  'family',
  'lds',
  'lds_lo',
  'lds_hi',
  'error',
  'seconds',
  'stored',
  ...REFERENCES.flatMap((id) => [`minus_${id}`, `minus_${id}_lo`, `minus_${id}_hi`]),
];

/** One line per setting, rule and method. */
export function beyondCsv({ settings }: Beyond): string {
  const lines = settings.flatMap(({ setting, rules }) =>
    rules.flatMap(({ label, entries }) =>
      entries.map((e) => {
        const versus = REFERENCES.flatMap((id) => {
          const other: BeyondDifference | undefined = e.minus[id];
          return [other?.difference, other?.ci[0], other?.ci[1]];
        });
        return [
          setting,
          `"${label}"`,
          e.id,
          e.family,
          e.lds,
          ...e.ci,
          e.error,
          e.seconds,
          e.stored,
          ...versus,
        ]
          .map((cell) => cell ?? '')
          .join(',');
      }),
    ),
  );
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}

/** The whole document. */
export function beyondMarkdown({ settings }: Beyond): string {
  return `${[
    '# Beyond the ladder: can the loss of Kronecker factorisation be won back?',
    '',
    'LDS with 95 % BCa intervals over subsets; differences are paired over subsets. Eq. 9 is averaged over a sample of training gradients. ' +
      'Seconds are processor seconds of one core from the parameters to Ĥ⁻¹∇m of all queries; numbers stored are doubles kept for that, besides network and data. ' +
      'A dash: the reference itself. Bold: the interval leaves out 0. ' +
      'The first CG step only scales the preconditioned gradient of each query: it has the LDS of its preconditioner by construction. ' +
      'Sums of Kronecker products are inverted through the eigenvectors of the formed blocks, which is what they store.',
    ...settings.flatMap(settingSection),
  ].join('\n')}\n`;
}

function settingSection(result: SettingBeyond): string[] {
  const { setting, parameters, models, subsets, seeds, ceiling, sample, rules } = result;
  return [
    '',
    `## ${setting}`,
    '',
    `${parameters} parameters, ${models} base ${models === 1 ? 'model' : 'models'}, ${subsets} subsets × ${seeds} seeds, noise ceiling ${fixed(ceiling, 3)}, Eq. 9 over ${sample} gradients.`,
    ...rules.flatMap((rule) => [
      '',
      `### ${rule.label}`,
      '',
      ...ruleTable(rule),
      '',
      basisSentence(beyondBasis(result, rule)),
      ...remarks(rule),
    ]),
  ];
}

/** What the numbers of a rule rest on. */
export function beyondBasis({ setting, models, subsets, seeds }: SettingBeyond, { rule }: RuleBeyond): Basis {
  return { setting, networks: models, subsets, seeds, rule: ruleText(rule), intervals: 'subsets' };
}

function ruleTable({ entries }: RuleBeyond): string[] {
  return [
    '| method | family | LDS | minus K-FAC | minus EK-FAC | minus block-GGN | Eq. 9 | seconds | numbers stored |',
    '|---|---|---|---|---|---|---|---|---|',
    ...entries.map((e) =>
      [
        '',
        e.label,
        FAMILY_LABELS[e.family],
        ranged(interval(e.lds, e.ci)),
        ...REFERENCES.map((id) => differenceText(e, id)),
        precise(e.error),
        e.seconds.toPrecision(2),
        `${Math.round(e.stored)}`,
        '',
      ]
        .join(' | ')
        .trim(),
    ),
  ];
}

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
