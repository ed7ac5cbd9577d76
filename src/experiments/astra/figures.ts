/** @file Figures of a setting: LDS of the methods, convergence, low curvature. */
import { counted } from '../judging/table.ts';
import {
  band,
  type Encoding,
  type Layer,
  ldsWithInterval,
  logarithmic,
  mark,
  names,
  oneOf,
  panel,
  pointsWithIntervals,
  quantity,
  referenceLine,
  sideBySide,
} from '../pages/chart.ts';
import type { Drawing } from '../pages/render.ts';
import { PALETTE } from '../pages/theme.ts';
import type { SettingAstra } from './astra-results.ts';
import { coverageOf } from './setting.ts';
import { thresholdLabel } from './tables.ts';

const SERIES = [PALETTE.orange, PALETTE.vermilion, PALETTE.blue, PALETTE.green, PALETTE.black];

/** Those that there are numbers for. File names begin with the setting's. */
export function astraFigures(setting: SettingAstra): Drawing[] {
  return [ldsFigure(setting), ...convergenceFigure(setting), ...lowCurvatureFigure(setting)];
}

const OF = ['one model', 'ensemble'];

function ldsFigure({ name, config, entries, ceiling, subsets, seeds, models }: SettingAstra): Drawing {
  const intervals =
    coverageOf(config, models) === 'subsets'
      ? 'BCa intervals over masks'
      : 'intervals over base models and masks';
  const rows = entries.flatMap(({ label, single, ensemble }) => [
    { label, of: OF[0], ...ldsWithInterval(single.mean, single.ci) },
    ...(ensemble === null ? [] : [{ label, of: OF[1], ...ldsWithInterval(ensemble.mean, ensemble.ci) }]),
  ]);
  const x = quantity('lds', 'linear data-modelling score');
  const y = names('label', { axis: { grid: false, labelLimit: 600 } });
  const legend = { orient: 'bottom' };
  const shape = oneOf('of', OF, ['circle', 'diamond']);
  const color = oneOf('of', OF, [PALETTE.blue, PALETTE.vermilion], { legend });
  const encoding = { x, y, yOffset: sideBySide('of', OF), color, shape };
  return {
    name: `${name}-astra-lds`,
    caption:
      `LDS of every method (${subsets} masks × ${seeds} retrainings, 95 % ${intervals}): mean over at most ${counted(models, 'base model')}, and of the ensemble of them` +
      `${ceiling.perfect === null ? '.' : '; dashed: what knowing every expected outcome would reach.'}`,
    spec: panel([460, { step: 17 }], rows, [
      ...pointsWithIntervals('x', encoding, { size: 70, width: 2.5, opacity: 0.55 }),
      ...referenceLine('x', ceiling.perfect, { strokeWidth: 1.5 }),
    ]),
  };
}

/** Half the width of a page. */
const HALF = [300, 220] as const;

/** Points joined by lines. */
function joined(encoding: Encoding): Layer {
  return mark('line', encoding, { point: true });
}

function convergenceFigure({ name, convergence }: SettingAstra): Drawing[] {
  if (convergence.length === 0) return [];
  const solverName = ({ solver, rate }: SettingAstra['convergence'][number]): string =>
    `${solver === 'astra' ? 'ASTRA' : 'SNI'}, α = ${rate}`;
  const rows = convergence.flatMap((run) =>
    run.points.map(({ iteration, medianDistance, lds }) => ({
      solver: solverName(run),
      iteration: iteration + 1,
      distance: medianDistance !== null && medianDistance > 0 ? medianDistance : null,
      ...ldsWithInterval(lds.mean, lds.ci),
    })),
  );
  const color = oneOf('solver', convergence.map(solverName), SERIES.slice(1, 1 + convergence.length), {
    legend: { orient: 'bottom' },
  });
  const x = logarithmic('iteration', 'iterations + 1');
  const lds = quantity('lds', 'LDS', { scale: { zero: false } });
  return [
    {
      name: `${name}-astra-convergence`,
      caption:
        'Along the iterations, without momentum, each solver at the best learning rate of a sweep: distance to the minimum (h − h*)/|h*|, median over queries (left), and LDS with its 95 % interval (right; ' +
        'dashed: that of the exact solutions).',
      spec: {
        hconcat: [
          panel(HALF, rows, [joined({ x, color, y: logarithmic('distance', '(h − h*) / |h*|') })]),
          panel(HALF, rows, [
            band({ x, color, y: lds }, 0.15),
            joined({ x, color, y: lds }),
            ...referenceLine('y', convergence[0].exact.mean),
          ]),
        ],
      },
    },
  ];
}

function lowCurvatureFigure({ name, ablation }: SettingAstra): Drawing[] {
  if (ablation === null) return [];
  const { thresholds, solvers, damping } = ablation;
  const shown = solvers.filter(({ diverged }) => !diverged);
  const labels = thresholds.map(thresholdLabel);
  const rows = shown.flatMap(({ label, lds, errors }) =>
    labels.map((threshold, t) => ({
      solver: label,
      threshold,
      error: errors[t],
      ...ldsWithInterval(lds[t].mean, lds[t].ci),
    })),
  );
  const color = oneOf(
    'solver',
    shown.map(({ label }) => label),
    SERIES.slice(0, shown.length),
    {
      legend: { orient: 'bottom', columns: 3 },
    },
  );
  const x = names('threshold', {
    type: 'ordinal',
    sort: labels,
    title: 'eigenvalues of EK-FAC kept',
    axis: { labelAngle: -40 },
  });
  const sides = [
    quantity('lds', 'LDS', { scale: { zero: false } }),
    quantity('error', 'relative error in the bin'),
  ];
  return [
    {
      name: `${name}-astra-low-curvature`,
      caption: `Components of low curvature, λ = ${damping}: LDS of the components of each solution along eigenvectors of EK-FAC above a threshold (left), and the relative error of the components that the threshold adds, median over queries (right).`,
      spec: { hconcat: sides.map((y) => panel(HALF, rows, [joined({ x, color, y })])) },
    },
  ];
}
