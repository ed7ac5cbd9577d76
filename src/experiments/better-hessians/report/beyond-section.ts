/** @file The section beyond the paper, from beyond.json: can Kronecker factorisation be made good at a like cost? */

import { basisSentence } from '../../judging/basis.ts';
import { interval, ranged, type Sign, signed, signOf } from '../../judging/estimate.ts';
import { counted, fixed, precise } from '../../judging/table.ts';
import { escapeXml } from '../../pages/escape.ts';
import { figureHtml, folded, htmlTable, list, paragraph, type Section } from '../../pages/html.ts';
import { rendered } from '../../pages/render.ts';
import type { Columns } from '../../pages/table.ts';
import type { Beyond, BeyondEntry, RuleBeyond, SettingBeyond } from '../beyond/beyond.ts';
import { beyondFigures } from '../beyond/beyond-figure.ts';
import { beyondBasis } from '../beyond/beyond-table.ts';

/** Whom every method is compared with, and how they are called. */
const RIVALS: readonly (readonly [id: string, name: string])[] = [
  ['kfac', 'K-FAC'],
  ['ekfac', 'EK-FAC'],
  ['block-ggn', 'Block-GGN'],
];

/** Figures, sentences and tables of every setting; nothing without one. */
export async function beyondSections(beyond: Beyond | undefined): Promise<Section[]> {
  if (beyond === undefined || beyond.settings.length === 0) return [];
  const parts = await Promise.all(
    beyond.settings.map(async (setting) => ({
      setting,
      figures: await rendered(beyondFigures(setting)),
    })),
  );
  return [
    {
      id: 'beyond',
      title: 'Beyond the paper: better approximations of the same cost?',
      body: [
        paragraph(
          'Other approximations than those of the ladder, with what they cost: better Kronecker products for each block, sums of several, other bases, blocks of neighbouring layers, and a few steps of conjugate gradients preconditioned by K-FAC or EK-FAC.',
        ),
        ...parts.flatMap(({ setting, figures }) => [
          `<h3>${escapeXml(setting.setting)}</h3>`,
          list(setting.rules.flatMap((rule) => beyondSentences(setting, rule))),
          ...figures.map((figure) => figureHtml(figure)),
          ...setting.rules.map((rule) =>
            folded(`every method at ${setting.setting}, ${rule.label}`, [
              htmlTable(ENTRY_COLUMNS, rule.entries),
              paragraph(basisSentence(beyondBasis(setting, rule)), 'gap'),
            ]),
          ),
        ]),
      ],
      figures: parts.flatMap(({ figures }) => figures),
    },
  ];
}

/** What a rule says: who is best, and how many of the new methods are above and below those of the ladder. */
export function beyondSentences(
  { setting, ceiling }: SettingBeyond,
  { label, entries, absent }: RuleBeyond,
): string[] {
  const known = entries.filter(({ lds }) => lds !== null);
  if (known.length === 0) return [];
  const best = known.reduce((a, b) => ((b.lds ?? 0) > (a.lds ?? 0) ? b : a));
  const fresh = known.filter(({ family }) => family !== 'ladder');
  const against = RIVALS.flatMap(([id, name]) => {
    const signs = fresh.flatMap(({ minus }) => (minus[id] === undefined ? [] : [differenceSign(minus[id])]));
    const count = (sign: Sign): number => signs.filter((other) => other === sign).length;
    return signs.length === 0
      ? []
      : [`${name}: ${count('positive')} above, ${count('negative')} below, ${count('undecided')} undecided`];
  });
  const possible = ceiling === null ? '' : ` of a possible ${fixed(ceiling, 3)}`;
  return [
    `${setting}, ${label}: the highest LDS is ${fixed(best.lds, 3)}${possible}, by ${best.label}, with ${precise(best.seconds)} s and ${best.stored} numbers stored.` +
      (against.length === 0
        ? ''
        : ` LDS of the ${counted(fresh.length, 'method')} that are not on the ladder, by paired intervals, against ${against.join('; ')}.`) +
      (absent.length === 0 ? '' : ` Without an answer under this rule: ${absent.join(', ')}.`),
  ];
}

function differenceSign({ difference, ci }: BeyondEntry['minus'][string]): Sign {
  return signOf(interval(difference, ci));
}

const ENTRY_COLUMNS: Columns<BeyondEntry> = {
  method: ({ label }) => label,
  'LDS [95 %]': ({ lds, ci }) => ranged(interval(lds, ci)),
  'Eq. 9 error': ({ error }) => precise(error),
  seconds: ({ seconds }) => precise(seconds),
  'numbers stored': ({ stored }) => String(stored),
  'LDS over EK-FAC': ({ minus: { ekfac } }) =>
    ekfac === undefined ? '' : signed(interval(ekfac.difference, ekfac.ci)),
};
