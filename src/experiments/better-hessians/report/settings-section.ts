/** @file Every setting on its own: tables, sentences and figures. */
import { LADDER } from '../../../curvature/index.ts';
import { basisSentence } from '../../judging/basis.ts';
import { counted, fixed } from '../../judging/table.ts';
import { figureHtml, folded, htmlTable, list, paragraph, type Section, table } from '../../pages/html.ts';
import type { Figure } from '../../pages/render.ts';
import type { Columns } from '../../pages/table.ts';
import { parseSettingName } from '../../protocol/setting.ts';
import type { SettingResults } from '../results/results.ts';
import { settingBasis } from '../results/setting-basis.ts';
import {
  COST_COLUMNS,
  fromTo,
  type MethodRow,
  methodLabel,
  methodRows,
  SCORE_COLUMNS,
  undefinedInSetting,
} from '../results/setting-table.ts';
import { answer } from './answer.ts';
import { settingFigures } from './figures.ts';

import type { SettingView } from './view.ts';

/** With several settings each is folded, and only its hardest query is shown; the other pictures are files. */
export async function settingsSection(settings: readonly SettingView[]): Promise<Section> {
  const parts = await Promise.all(
    settings.map(async (view) => ({ view, figures: await settingFigures(view) })),
  );
  const several = settings.length > 1;
  const body = parts.map(({ view, figures }) => {
    const inPage = several ? figures.filter(({ name }) => !/-digits-[1-9]\d*$/.test(name)) : figures;
    const content = settingHtml(view, inPage, several);
    return several ? folded(view.name, content) : content.join('\n');
  });
  return {
    id: 'settings',
    title: several ? 'Setting by setting' : settings[0].name,
    body,
    figures: parts.flatMap(({ figures }) => figures),
  };
}

/** @param summarised - Whether to begin with the answer; a page of one setting has it at its top. */
function settingHtml(
  { name, results }: SettingView,
  figures: readonly Figure[],
  summarised: boolean,
): string[] {
  const { accuracy, parameters, subsets, seeds } = results;
  const { summary, steps } = answer(results);
  return [
    paragraph(
      `${shape(name)}, ${parameters} parameters; training accuracy ${accuracy.train.toFixed(3)}, query accuracy ${accuracy.query.toFixed(3)}. ` +
        `${subsets * seeds} networks were retrained, with ${counted(seeds, 'seed')} on each of ${subsets} random halves of the training set.`,
    ),
    ...(summarised ? [paragraph(summary, 'answer')] : []),
    htmlTable(METHOD_COLUMNS, methodRows(results)),
    paragraph([basisSentence(settingBasis(name, results)), ...undefinedInSetting(results)].join(' '), 'gap'),
    list(steps),
    ...figures.map((figure) => figureHtml(figure)),
    diagnosticsTable(results),
  ];
}

/** What a setting's name abbreviates. */
function shape(name: string): string {
  const { depth, width, epochs } = parseSettingName(name);
  const layers =
    depth === 0
      ? 'without hidden layers'
      : `with ${counted(depth, 'hidden layer')} of ${counted(width, 'unit')}`;
  return `A network ${layers}, trained for ${counted(epochs, 'epoch')}`;
}

const METHOD_COLUMNS: Columns<MethodRow> = {
  ...SCORE_COLUMNS,
  '95 % interval': ({ method, results }) => fromTo(results.lds[method].ci),
  percentile: ({ method, results }) => fromTo(results.lds[method].percentile),
  ...COST_COLUMNS,
};

function diagnosticsTable({ diagnostics, spectrum, splitHalf }: SettingResults): string {
  const rows = [
    ['residual ‖H − G‖ / ‖H‖ (Eq. 14)', fixed(diagnostics.residual, 4)],
    ['mass between layers ‖G − BG‖ / ‖G‖ (Eq. 15)', fixed(diagnostics.crossLayer, 4)],
    [
      'eigenvalue overlap of EK-FAC with block-GGN (Eq. 16, 17)',
      fixed(diagnostics.eigenvalueOverlap.ekfac, 4),
    ],
    ['eigenvalue overlap of K-FAC with block-GGN (Eq. 16, 17)', fixed(diagnostics.eigenvalueOverlap.kfac, 4)],
    ['basis overlap, top 20 % by K-FAC’s eigenvalues (Eq. 18)', fixed(diagnostics.basisOverlap, 4)],
    ['basis overlap, top 20 % by EK-FAC’s eigenvalues', fixed(diagnostics.basisOverlapEkfac, 4)],
    ['one half of the seeds predicts the other (mean ρ)', fixed(splitHalf, 4)],
    ...LADDER.map((kind) => [
      `${methodLabel(kind)}: eigenvalues kept, of them negative`,
      `${spectrum[kind].rank}, ${spectrum[kind].negative}`,
    ]),
  ];
  return `<h3>Why: distances between the matrices</h3>${table(['quantity', 'value'], rows)}`;
}
