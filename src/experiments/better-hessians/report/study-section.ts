/** @file The section on conventions, from study.json. */

import { basisSentence, basisSentences } from '../../judging/basis.ts';
import { fixed } from '../../judging/table.ts';
import { figureHtml, folded, htmlTable, paragraph, type Section, table } from '../../pages/html.ts';
import { rendered } from '../../pages/render.ts';
import type { ConventionResult, Study } from '../study/study.ts';
import { studyFigures } from '../study/study-figures.ts';
import {
  ORDER_COLUMNS,
  orderNotes,
  orderRows,
  orderText,
  studyBasis,
  TALLY_CELLS,
  TALLY_COLUMNS,
  tallyRows,
} from '../study/study-table.ts';
import { withoutLds } from '../study/without-lds.ts';

/** What the order of the methods depends on; nothing without a setting. */
export async function studySections(study: Study | undefined): Promise<Section[]> {
  if (study === undefined || study.settings.length === 0) return [];
  const figures = await rendered(studyFigures(study));
  return [
    {
      id: 'conventions',
      title: 'What the order depends on',
      body: [
        paragraph(
          'The paper leaves choices open, and its released code makes some of them differently from its text. Each is varied here, and every method is also ' +
            'given its own best regularisation, chosen on one half of the queries and judged on the other. > and <: the paired 95 % interval excludes zero; ≈: it does not.',
        ),
        htmlTable(ORDER_COLUMNS, orderRows(study.settings), 2),
        paragraph(
          [basisSentences(study.settings.map(studyBasis)), ...orderNotes(study.settings)].join(' '),
          'gap',
        ),
        ...figures.map((figure) => figureHtml(figure)),
        paragraph(
          `How often each relation holds over all conventions, those with one rule for all methods and those where each has its own best. ${TALLY_CELLS}`,
        ),
        htmlTable(TALLY_COLUMNS, tallyRows(study.settings), 2),
        ...study.settings.map((setting) =>
          folded(`every convention at ${setting.setting}`, [
            table(
              ['convention', 'order by LDS'],
              setting.conventions.map((convention) => [convention.label, orderText(convention)]),
            ),
            paragraph(
              [basisSentence(studyBasis(setting)), ...withoutLds(setting.conventions)].join(' '),
              'gap',
            ),
          ]),
        ),
      ],
      figures,
    },
  ];
}

/**
 * What the regularisation does to the answer, in settings that were trained as the paper's are: name, base models, order and highest
 * LDS at the paper's ε, the same with each method at its own best. Nothing without a study.
 */
export function bestRows(study: Study | undefined): string[][] {
  return (study?.settings ?? []).flatMap(({ setting, models, conventions }) => {
    const [paper, best] = ['paper', 'best'].map((id) => conventions.find((c) => c.id === id));
    if (paper === undefined || best === undefined || setting.split('-').length > 3) return [];
    return [
      [
        setting,
        String(models),
        orderText(paper),
        fixed(highest(paper), 3),
        orderText(best),
        fixed(highest(best), 3),
      ],
    ];
  });
}

function highest({ methods }: ConventionResult): number | null {
  const known = Object.values(methods).flatMap(({ lds }) => (lds === null ? [] : [lds]));
  return known.length === 0 ? null : Math.max(...known);
}
