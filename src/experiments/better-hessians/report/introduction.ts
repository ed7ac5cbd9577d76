/** @file The sections that a reader new to the subject needs: the ladder, and how the LDS judges. */

import { figureHtml, type Section } from '../../pages/html.ts';
import type { Figure } from '../../pages/render.ts';
import { ladderFigure } from '../figures/ladder-figure.ts';
import { protocolFigure } from '../figures/protocol-figure.ts';
import { JUDGING, LADDER } from './text.ts';
import type { SettingView } from './view.ts';

/** The ladder as a picture. */
export function ladder(): Figure {
  return {
    name: 'ladder',
    caption:
      'The ladder of approximations, each made from the one before. The squares show the structure of each matrix, not data: filled where it may hold something, patterned where it is a Kronecker product.',
    alt: 'Five matrices joined by arrows: Hessian; GGN, for which the network is taken as linear; Block-GGN, layers taken apart; EK-FAC, with Kronecker eigenvectors; K-FAC, with Kronecker eigenvalues too.',
    svg: ladderFigure(),
  };
}

/** What each rung is, and Figure 4 on a query of the first setting that has one. */
export function introductionSections(settings: readonly SettingView[]): Section[] {
  const judged = protocol(settings);
  return [
    { id: 'methods', title: 'What is compared', body: LADDER, figures: [] },
    {
      id: 'judging',
      title: 'How a method is judged',
      body: [...JUDGING, ...judged.map((figure) => figureHtml(figure, 'Figure 4.'))],
      figures: judged,
    },
  ];
}

function protocol(settings: readonly SettingView[]): Figure[] {
  const shown = settings.find((setting) => setting.protocol !== undefined);
  if (shown?.protocol === undefined) return [];
  const { label, rho, method, predicted, seeds } = shown.protocol;
  return [
    {
      name: 'figure-4',
      caption:
        `Expected leave-some-out evaluation (appendix A of the paper) on one query of ${shown.name}, a ${label}: the one whose ρ under the ${method} ` +
        `is closest to the average. ${predicted.length} halves, ${seeds} trainings on each.`,
      alt: `Diagram of the evaluation: draw halves, retrain, predict, compare ranks; a scatter plot of predicted against measured ranks with Spearman correlation ${rho.toFixed(2)}.`,
      svg: protocolFigure(shown.protocol),
    },
  ];
}
