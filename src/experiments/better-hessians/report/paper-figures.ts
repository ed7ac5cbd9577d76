/** @file Figures 1 to 3 and 5 to 8 of the paper from the sweeps at hand. */
import { type Figure, rendered } from '../../pages/render.ts';
import { INK } from '../../pages/theme.ts';
import type { Method } from '../../protocol/methods.ts';
import { isFew } from '../claims/reservation.ts';
import { type Axis, type NamedResults, type Sweep, valueName } from '../claims/sweeps.ts';
import {
  type DiagnosticPanel,
  type DiagnosticSeries,
  diagnosticFigure,
} from '../figures/diagnostic-figure.ts';
import { METHOD_LOOKS } from '../figures/method-marks.ts';
import { overviewFigure } from '../figures/overview-figure.ts';
import { stepsFigure } from '../figures/steps-figure.ts';
import { type SweepColumn, sweepFigure } from '../figures/sweep-figure.ts';
import type { SettingResults, SingleDiagnostics } from '../results/results.ts';

const AXIS_TITLES: Readonly<Record<Axis, string>> = {
  epochs: 'training epochs',
  depth: 'hidden layers',
  width: 'units per hidden layer',
};

/** The figures of appendix C. */
export type DiagnosticFigure = 5 | 6 | 7 | 8;

/** The number of a sweep's figure in the paper. */
export const SWEEP_FIGURES: Readonly<Record<Axis, 1 | 2 | 3>> = { epochs: 1, depth: 2, width: 3 };

interface Curve {
  readonly label: string;
  readonly name: keyof SingleDiagnostics;
  readonly method?: Method;
}

interface DiagnosticPlan {
  readonly title: string;
  readonly caption: string;
  readonly curves: readonly Curve[];
}

const DIAGNOSTICS: Readonly<Record<DiagnosticFigure, DiagnosticPlan>> = {
  5: {
    title: 'residual ‖H − G‖ / ‖H‖',
    caption:
      'Residual curvature: the share of the Hessian’s Frobenius norm that the GGN misses (Eq. 14). 0: the GGN is the Hessian.',
    curves: [{ label: 'residual', name: 'residual' }],
  },
  6: {
    title: 'between layers ‖G − BG‖ / ‖G‖',
    caption:
      'Cross-layer curvature: the share of the GGN’s Frobenius norm outside its diagonal blocks (Eq. 15). 0: layers do not interact.',
    curves: [{ label: 'mass between layers', name: 'crossLayer' }],
  },
  7: {
    title: 'overlap of eigenvalues',
    caption:
      'Agreement of sorted eigenvalues with those of Block-GGN, per block, weighted by parameters (Eq. 16 and 17). 1: equal.',
    curves: [
      { label: 'EK-FAC', name: 'eigenvalueOverlapEkfac', method: 'ekfac' },
      { label: 'K-FAC', name: 'eigenvalueOverlapKfac', method: 'kfac' },
    ],
  },
  8: {
    title: 'overlap of eigenvectors',
    caption:
      'Overlap of the leading fifth of the eigenvectors with those of Block-GGN (Eq. 18). 1: the same subspace. EK-FAC and K-FAC have ' +
      'the same eigenvectors; the curves differ only in which fifth their eigenvalues put first.',
    curves: [
      { label: 'EK-FAC', name: 'basisOverlapEkfac', method: 'ekfac' },
      { label: 'K-FAC', name: 'basisOverlapKfac', method: 'kfac' },
    ],
  },
};

/** LDS and error along a sweep, then what each step costs. */
export async function sweepFigures(sweep: Sweep): Promise<Figure[]> {
  const number = SWEEP_FIGURES[sweep.axis];
  const all = sweep.members.map(({ results }) => results);
  const columns = sweep.members.map(({ value, results }) => ({
    label: marked(String(value), results, all),
    results,
  }));
  const titled = sweep.members.map(({ value, results }) => ({
    label: marked(valueName(sweep.axis, value), results, all),
    results,
  }));
  const models = all.some((results) => results.models > 1);
  return rendered([
    {
      name: `figure-${number}`,
      caption:
        `Above: LDS with 95 % intervals${models ? '; thin ticks: single base networks, whose averaged scores the points judge' : ''}; dashed: the noise ceiling. ` +
        `Below: error of the inverse (Eq. 9), on a log axis${models ? ', bars from the lowest to the highest base network' : ''}. ${sentence(sweep.fixed)}${sweep.paper ? '' : ', which the paper does not have'}.${reservationNote(all)}`,
      alt: `Chart in two parts: LDS with noise ceiling, and error of the inverse, of each method for ${columns.map(({ label }) => label).join(', ')} ${AXIS_TITLES[sweep.axis]}; the numbers are in the table below.`,
      spec: sweepFigure(columns, AXIS_TITLES[sweep.axis]),
    },
    {
      name: `figure-${number}-steps`,
      caption:
        'Above: what each step adds to the error between Hessian and K-FAC. Below: what it does to the LDS, with paired 95 % intervals; one that reaches zero claims nothing.' +
        reservationNote(all),
      alt: 'Bar charts of the share of the error, and intervals of the change of the LDS, for the four steps of the ladder in each setting; the numbers are in the table below.',
      spec: stepsFigure(titled),
    },
  ]);
}

/** Figure 5, 6, 7 or 8; none without a sweep. */
export async function diagnosticFigures(
  figure: DiagnosticFigure,
  sweeps: readonly Sweep[],
): Promise<Figure[]> {
  const { title, caption, curves } = DIAGNOSTICS[figure];
  const panels = sweeps.map((sweep) => panel(sweep, curves));
  const spread = sweeps.some(({ members }) => members.some(({ results }) => results.models > 1));
  return rendered([
    {
      name: `figure-${figure}`,
      caption: `${caption}${spread ? ' Small points: single base networks; lines: their means.' : ''} ${sweeps.map(({ axis, fixed }) => `${sentence(axis)}: ${fixed}`).join('. ')}.`,
      alt: `Line charts of ${title} along ${sweeps.map(({ axis }) => axis).join(', ')}; the values are in the table of diagnostics.`,
      spec: diagnosticFigure(panels, title),
    },
  ]);
}

/** Every method in every setting. */
export async function overviewFigures(settings: readonly NamedResults[]): Promise<Figure[]> {
  const all = settings.map(({ results }) => results);
  const columns: SweepColumn[] = settings.map(({ name, results }) => ({
    label: marked(name, results, all),
    results,
  }));
  return rendered([
    {
      name: 'overview',
      caption:
        'LDS of every method in every setting, with 95 % intervals; black bars: the noise ceiling, the score of a perfect predictor. Names: d = hidden layers, w = their width, e = epochs.' +
        reservationNote(all),
      alt: 'Chart: LDS of the six methods in each setting, with the noise ceiling; the numbers are in the table below.',
      spec: overviewFigure(columns),
    },
  ]);
}

/** A name with the marks of few retrainings and, beside settings with more base networks, of few of these. */
function marked(name: string, results: SettingResults, all: readonly SettingResults[]): string {
  const marks = `${isFew(results) ? '†' : ''}${results.models < mostModels(all) ? '§' : ''}`;
  return marks === '' ? name : `${name} ${marks}`;
}

/** What the marks mean, for captions. */
function reservationNote(all: readonly SettingResults[]): string {
  const most = mostModels(all);
  const fewer = [...new Set(all.map(({ models }) => models))].filter((models) => models < most);
  return (
    (all.some(isFew) ? ' † fewer retrainings than the paper’s.' : '') +
    (fewer.length === 0
      ? ''
      : ` § scores averaged over ${fewer.join(' or ')} base networks, elsewhere over ${most}: more networks reach a higher LDS, so settings with and without § do not compare.`)
  );
}

function mostModels(all: readonly SettingResults[]): number {
  return Math.max(...all.map(({ models }) => models));
}

function panel({ axis, members }: Sweep, curves: readonly Curve[]): DiagnosticPanel {
  const series: DiagnosticSeries[] = curves.map(({ label, name, method }) => ({
    label,
    ...(method === undefined ? { colour: INK } : METHOD_LOOKS[method]),
    points: members.map(({ value, results }) => ({
      at: value,
      values: results.diagnosticsSingle.map((single) => single[name]),
    })),
  }));
  return { title: AXIS_TITLES[axis], series };
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
