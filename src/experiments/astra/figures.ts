/** @file Figures of a setting: LDS of the methods, convergence, low curvature. */
import type { TopLevelSpec } from 'vega-lite';
import { MUTED } from '../pages/theme.ts';
import type { Scored, SettingAstra } from './astra-results.ts';
import { thresholdLabel } from './tables.ts';

/** A figure with its file name and what it shows. */
export interface AstraFigure {
  readonly name: string;
  readonly caption: string;
  readonly spec: TopLevelSpec;
}

/** Okabe and Ito's palette. */
const SERIES = ['#E69F00', '#D55E00', '#0072B2', '#009E73', '#000000'];

/** Those that there are numbers for. File names begin with the setting's. */
export function astraFigures(setting: SettingAstra): AstraFigure[] {
  return [ldsFigure(setting), ...convergenceFigure(setting), ...lowCurvatureFigure(setting)];
}

function point(value: Scored): { lds: number | null; lo: number | null; hi: number | null } {
  return { lds: value.mean, lo: value.ci[0], hi: value.ci[1] };
}

function ldsFigure({ name, entries, ceiling, subsets, seeds, models }: SettingAstra): AstraFigure {
  const values = entries.flatMap(({ label, single, ensemble }) => [
    { label, of: 'one model', ...point(single) },
    ...(ensemble === null ? [] : [{ label, of: 'ensemble', ...point(ensemble) }]),
  ]);
  const y = {
    field: 'label',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { grid: false, labelLimit: 600 },
  } as const;
  const yOffset = { field: 'of', type: 'nominal', sort: ['one model', 'ensemble'] } as const;
  const scale = { domain: ['one model', 'ensemble'] };
  const color = {
    field: 'of',
    type: 'nominal',
    title: null,
    scale: { ...scale, range: ['#0072B2', '#D55E00'] },
    legend: { orient: 'bottom' },
  } as const;
  const title = 'linear data-modelling score';
  return {
    name: `${name}-astra-lds`,
    caption:
      `LDS of every method (${subsets} masks × ${seeds} retrainings, 95 % BCa intervals over masks): mean over at most ${models} base ${models === 1 ? 'model' : 'models'}, and of the ensemble of them` +
      `${ceiling.perfect === null ? '.' : '; dashed: what knowing every expected outcome would reach.'}`,
    spec: {
      width: 460,
      height: { step: 17 },
      data: { values },
      layer: [
        {
          mark: { type: 'rule', strokeWidth: 2.5, opacity: 0.55 },
          encoding: {
            y,
            yOffset,
            color,
            x: { field: 'lo', type: 'quantitative', title },
            x2: { field: 'hi' },
          },
        },
        {
          mark: { type: 'point', filled: true, size: 70, opacity: 1 },
          encoding: {
            y,
            yOffset,
            color,
            x: { field: 'lds', type: 'quantitative' },
            shape: {
              field: 'of',
              type: 'nominal',
              title: null,
              scale: { ...scale, range: ['circle', 'diamond'] },
            },
          },
        },
        ...(ceiling.perfect === null
          ? []
          : [
              {
                data: { values: [{ ceiling: ceiling.perfect }] },
                mark: { type: 'rule' as const, strokeDash: [6, 4], color: MUTED, strokeWidth: 1.5 },
                encoding: { x: { field: 'ceiling', type: 'quantitative' as const } },
              },
            ]),
      ],
    },
  };
}

function convergenceFigure({ name, convergence }: SettingAstra): AstraFigure[] {
  if (convergence.length === 0) return [];
  const solverName = (solver: string, rate: number): string =>
    `${solver === 'astra' ? 'ASTRA' : 'SNI'}, α = ${rate}`;
  const values = convergence.flatMap(({ solver, rate, points }) =>
    points.map(({ iteration, medianDistance, lds }) => ({
      solver: solverName(solver, rate),
      iteration: iteration + 1,
      distance: medianDistance !== null && medianDistance > 0 ? medianDistance : null,
      ...point(lds),
    })),
  );
  const exact = convergence.map(({ exact: { mean } }) => ({ exact: mean }));
  const domain = convergence.map(({ solver, rate }) => solverName(solver, rate));
  const color = {
    field: 'solver',
    type: 'nominal',
    title: null,
    scale: { domain, range: SERIES.slice(1, 1 + domain.length) },
    legend: { orient: 'bottom' },
  } as const;
  const x = {
    field: 'iteration',
    type: 'quantitative',
    scale: { type: 'log' },
    title: 'iterations + 1 (log scale)',
  } as const;
  const size = { width: 300, height: 220 };
  return [
    {
      name: `${name}-astra-convergence`,
      caption:
        'Along the iterations, without momentum, each solver at the best learning rate of a sweep: distance to the minimum (h − h*)/|h*|, median over queries (left), and LDS with its 95 % interval (right; ' +
        'dashed: that of the exact solutions).',
      spec: {
        data: { values },
        hconcat: [
          {
            ...size,
            mark: { type: 'line', point: true },
            encoding: {
              x,
              color,
              y: {
                field: 'distance',
                type: 'quantitative',
                scale: { type: 'log' },
                title: '(h − h*) / |h*| (log scale)',
              },
            },
          },
          {
            ...size,
            layer: [
              {
                mark: { type: 'area', opacity: 0.15 },
                encoding: {
                  x,
                  color,
                  y: { field: 'lo', type: 'quantitative', scale: { zero: false }, title: 'LDS' },
                  y2: { field: 'hi' },
                },
              },
              {
                mark: { type: 'line', point: true },
                encoding: { x, color, y: { field: 'lds', type: 'quantitative' } },
              },
              {
                data: { values: exact.slice(0, 1) },
                mark: { type: 'rule', strokeDash: [6, 4], color: MUTED },
                encoding: { y: { field: 'exact', type: 'quantitative' } },
              },
            ],
          },
        ],
      },
    },
  ];
}

function lowCurvatureFigure({ name, ablation }: SettingAstra): AstraFigure[] {
  if (ablation === null) return [];
  const { thresholds, solvers, damping } = ablation;
  const shown = solvers.filter(({ diverged }) => !diverged);
  const labels = thresholds.map(thresholdLabel);
  const values = shown.flatMap(({ label, lds, errors }) =>
    labels.map((threshold, t) => ({ solver: label, threshold, error: errors[t], ...point(lds[t]) })),
  );
  const color = {
    field: 'solver',
    type: 'nominal',
    title: null,
    scale: { domain: shown.map(({ label }) => label), range: SERIES.slice(0, shown.length) },
    legend: { orient: 'bottom', columns: 3 },
  } as const;
  const x = {
    field: 'threshold',
    type: 'ordinal',
    sort: labels,
    title: 'eigenvalues of EK-FAC kept',
    axis: { labelAngle: -40 },
  } as const;
  const size = { width: 300, height: 220 };
  return [
    {
      name: `${name}-astra-low-curvature`,
      caption: `Components of low curvature, λ = ${damping}: LDS of the components of each solution along eigenvectors of EK-FAC above a threshold (left), and the relative error of the components that the threshold adds, median over queries (right).`,
      spec: {
        data: { values },
        hconcat: [
          {
            ...size,
            mark: { type: 'line', point: true },
            encoding: {
              x,
              color,
              y: { field: 'lds', type: 'quantitative', scale: { zero: false }, title: 'LDS' },
            },
          },
          {
            ...size,
            mark: { type: 'line', point: true },
            encoding: {
              x,
              color,
              y: { field: 'error', type: 'quantitative', title: 'relative error in the bin' },
            },
          },
        ],
      },
    },
  ];
}
