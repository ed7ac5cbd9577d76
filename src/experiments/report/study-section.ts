/** @file The section on conventions, from study.json. */
import { renderSvg } from '../figures/render.ts';
import { fixed, methodLabel } from '../results/table.ts';
import type { ConventionResult, SettingStudy, Study } from '../study/study.ts';
import { studyFigures } from '../study/study-figures.ts';
import { orderText } from '../study/study-table.ts';
import { figureHtml, folded, list, paragraph, type Section, table } from './html.ts';

/** Shown first; the others are folded below. */
const FIRST = ['paper', 'code', 'best', 'best-signs'];

/** What the order of the methods depends on; nothing without a setting. */
export async function studySections(study: Study | undefined): Promise<Section[]> {
  if (study === undefined || study.settings.length === 0) return [];
  const figures = await Promise.all(
    studyFigures(study).map(async ({ spec, name, caption }) => ({
      name,
      caption,
      alt: `Chart of the convention study; its numbers are in the tables below and in study.csv.`,
      svg: await renderSvg(spec),
    })),
  );
  return [
    {
      id: 'conventions',
      title: 'What the order depends on',
      body: [
        paragraph(
          'The paper leaves choices open, and its released code makes some of them differently from its text. Each is varied here, and every method is also ' +
            'given its own best regularisation, chosen on one half of the queries and judged on the other. > and <: the paired 95 % interval excludes zero; ≈: it does not.',
        ),
        list(study.settings.flatMap(studySentences)),
        ...figures.map((figure) => figureHtml(figure)),
        ...study.settings.map((setting) =>
          folded(`every convention at ${setting.setting}`, [
            table(
              ['convention', 'order by LDS'],
              setting.conventions.map((convention) => [convention.label, orderText(convention)]),
            ),
          ]),
        ),
      ],
      figures,
    },
  ];
}

/**
 * What the regularisation does to the answer, in settings that were trained as the paper's are: name, order and highest
 * LDS at the paper's ε, the same with each method at its own best. Nothing without a study.
 */
export function bestRows(study: Study | undefined): string[][] {
  return (study?.settings ?? []).flatMap(({ setting, conventions }) => {
    const [paper, best] = ['paper', 'best'].map((id) => conventions.find((c) => c.id === id));
    if (paper === undefined || best === undefined || setting.split('-').length > 3) return [];
    return [[setting, orderText(paper), fixed(highest(paper), 3), orderText(best), fixed(highest(best), 3)]];
  });
}

function highest({ methods }: ConventionResult): number | null {
  const known = Object.values(methods).flatMap(({ lds }) => (lds === null ? [] : [lds]));
  return known.length === 0 ? null : Math.max(...known);
}

/** What a setting says: the order under the main conventions, and how often each relation holds. */
export function studySentences({ setting, conventions }: SettingStudy): string[] {
  const main = conventions
    .filter(({ id }) => FIRST.includes(id))
    .map((convention) => `${convention.label}: ${orderText(convention)}`);
  const relations = conventions[0]?.relations ?? [];
  const counts = relations.map(({ a, b }, k) => {
    const verdicts = conventions.map((convention) => convention.relations[k].verdict);
    const count = (verdict: string): number => verdicts.filter((other) => other === verdict).length;
    return `${methodLabel(a)} over ${methodLabel(b)} in ${count('holds')}, reversed in ${count('reversed')}, undecided in ${count('undecided')}`;
  });
  return [
    `${setting}: ${main.join('; ')}.`,
    `${setting}, over all ${conventions.length} conventions: ${counts.join('; ')}.`,
  ];
}
