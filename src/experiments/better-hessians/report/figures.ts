/** @file All figures of a setting, in the order in which they are read. */
import { type Figure, rendered } from '../../pages/render.ts';
import { errorShareFigure } from '../figures/error-share-figure.ts';
import { ldsErrorFigure } from '../figures/lds-error-figure.ts';
import { ldsFigure } from '../figures/lds-figure.ts';
import { perQueryFigure } from '../figures/per-query-figure.ts';
import { showcaseFigure } from '../figures/showcase-figure.ts';
import { spectraFigure } from '../figures/spectra-figure.ts';
import { type SettingView, SHOWN } from './view.ts';

/** Renders those that have something to show. File names begin with the setting's. */
export async function settingFigures({
  name,
  results,
  spectra,
  eps,
  showcases,
}: SettingView): Promise<Figure[]> {
  const { subsets, seeds } = results;
  const sample = `${subsets} subsets × ${seeds} seeds`;
  const charts = await rendered([
    {
      name: `${name}-lds`,
      caption: `Linear data-modelling score of each method (${sample}). Bars: 95 % bootstrap intervals over ${results.covers ?? 'subsets'}. Dashed: the noise ceiling.`,
      alt: 'Chart: LDS of the five curvatures and of the gradient dot product in one setting, with intervals; the numbers are in the table above it.',
      spec: ldsFigure(results),
    },
    {
      name: `${name}-lds-error`,
      caption:
        'LDS against the approximation error of the inverse, (1/N) Σ ‖H Ĥ⁻¹ gᵢ − gᵢ‖² / ‖gᵢ‖² over the training gradients gᵢ (Eq. 9). ' +
        'The grey line follows the ladder. Even the Hessian has an error: the share of the gradients in the eigenspace that truncation drops.',
      alt: 'Chart: LDS of the five curvatures against the error of the inverse in one setting.',
      spec: ldsErrorFigure(results),
    },
    {
      name: `${name}-error-share`,
      caption: 'What each approximation adds to the error between the exact Hessian and K-FAC.',
      alt: 'Bar chart: share of the error that each of the four steps adds; the numbers are in the table of methods.',
      spec: errorShareFigure(results),
    },
    {
      name: `${name}-per-query`,
      caption:
        'The score of every single query; boxes show quartiles and median. The LDS is the mean of these points.',
      alt: 'Strip chart: Spearman correlation of each query under each method.',
      spec: perQueryFigure(results),
    },
    {
      name: `${name}-spectra`,
      caption:
        'Magnitudes of the eigenvalues of each curvature matrix, largest first; dotted: negative eigenvalues, which only the Hessian has.',
      alt: 'Chart: eigenvalues of the five curvature matrices by rank on a logarithmic axis.',
      spec: spectraFigure(spectra, eps),
    },
  ]);
  return [
    ...charts,
    ...showcases.map((showcase, k) => ({
      name: `${name}-digits-${k}`,
      caption:
        `A query (${showcase.label}) and the training digits that helped and harmed it most. Below each picture: its label and its score; ` +
        `score / N is the predicted change of the query's loss when that digit is left out. Gradient dot products have another scale.`,
      alt: `Pictures: a query, a ${showcase.label}, and per method the ${SHOWN} training digits that helped and the ${SHOWN} that harmed it most.`,
      svg: showcaseFigure(showcase, SHOWN),
    })),
  ];
}
