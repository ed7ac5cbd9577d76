/** @file The first section: the answer in words, one picture, one table. */
import { fixed, methodLabel } from '../results/table.ts';
import { METHODS } from '../run/plan.ts';
import { answer } from './answer.ts';
import { figureHtml, list, paragraph, type Section, table } from './html.ts';
import { overallAnswer } from './overall-answer.ts';
import { overviewFigures } from './paper-figures.ts';
import type { NamedResults } from './sweeps.ts';

/** One setting: what it says. Several: what they say together, and the LDS of each. */
export async function answerSection(settings: readonly NamedResults[]): Promise<Section> {
  const { headline, points } = overallAnswer(settings);
  const several = settings.length > 1;
  const figures = several ? await overviewFigures(settings) : [];
  return {
    id: 'answer',
    title: 'The answer',
    body: [
      `<div class="answer">${paragraph(headline, 'headline')}${several ? list(points) : paragraph(answer(settings[0].results).summary)}</div>`,
      ...figures.map((figure) => figureHtml(figure)),
      ...(several ? [overview(settings)] : []),
    ],
    figures,
  };
}

function overview(settings: readonly NamedResults[]): string {
  const head = ['LDS', 'parameters', ...METHODS.map(methodLabel), 'ceiling'];
  const rows = settings.map(({ name, results }) => [
    name,
    String(results.parameters),
    ...METHODS.map((method) => fixed(results.lds[method].mean, 3)),
    fixed(results.ceiling, 3),
  ]);
  return table(head, rows);
}
