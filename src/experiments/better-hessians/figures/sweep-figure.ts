/** @file LDS and error of the inverse of every method along a sweep: Figures 1 to 3. */
import type { TopLevelSpec } from 'vega-lite';
import { CURVATURE_KINDS } from '../../../curvature/index.ts';
import { LEGEND, MUTED } from '../../pages/theme.ts';
import { METHODS, type Method } from '../../protocol/tasks.ts';
import type { SettingResults } from '../results/results.ts';
import { methodLabel } from '../results/setting-table.ts';
import { methodScale, methodShapes } from './method-marks.ts';

/** One setting of a figure over several: what stands below it, and its results. */
export interface SweepColumn {
  readonly label: string;
  readonly results: SettingResults;
}

const WIDTH = 600;

/**
 * Above, the LDS with 95 % intervals, each single base network as a thin tick when there are several, and the noise
 * ceiling; below, the Eq. 9 error on a log axis with its range over base networks.
 *
 * @param columns - At least one. @param title - Of the horizontal axis.
 */
export function sweepFigure(columns: readonly SweepColumn[], title: string): TopLevelSpec {
  const x = {
    field: 'column',
    type: 'ordinal',
    sort: null,
    title,
    scale: { paddingInner: 0.22, paddingOuter: 0.1 },
    axis: { labelAngle: 0, labelFontSize: 13, grid: false },
  } as const;
  const xOffset = { field: 'method', type: 'nominal', sort: METHODS.map(methodLabel) } as const;
  const look = {
    x,
    xOffset,
    color: { field: 'method', type: 'nominal', scale: methodScale(), title: null },
    shape: { field: 'method', type: 'nominal', scale: methodShapes(), title: null },
  } as const;
  const { color } = look;
  const y = {
    field: 'lds',
    type: 'quantitative',
    title: 'LDS (mean Spearman ρ over queries)',
    scale: { zero: true },
    axis: { tickCount: 7 },
  } as const;
  const powers = decades(columns);
  const domain: number[] = [powers[0], powers[powers.length - 1]];
  const yError = {
    field: 'error',
    type: 'quantitative',
    scale: { type: 'log', domain },
    title: 'error of the inverse (log scale)',
    axis: { format: '~g', values: powers },
  } as const;
  const rule = { type: 'rule', strokeWidth: 3, opacity: 0.5 } as const;
  const point = { type: 'point', filled: true, size: 85, opacity: 1 } as const;
  return {
    vconcat: [
      {
        width: WIDTH,
        height: 340,
        layer: [
          {
            data: { values: columns.flatMap(ceilingRow) },
            mark: { type: 'rule', strokeDash: [5, 3], color: MUTED, strokeWidth: 1.5 },
            encoding: {
              x: { ...x, bandPosition: 0 },
              x2: { field: 'column', bandPosition: 1 },
              y: { ...y, field: 'ceiling' },
            },
          },
          {
            data: { values: columns.flatMap(ceilingRow) },
            mark: { type: 'text', dy: -9, color: MUTED },
            encoding: {
              x: { ...x, bandPosition: 0.5 },
              y: { ...y, field: 'ceiling' },
              text: { field: 'text' },
            },
          },
          {
            data: { values: columns.flatMap(ldsRows) },
            mark: rule,
            encoding: { x, xOffset, color, y: { ...y, field: 'lo' }, y2: { field: 'hi' } },
          },
          {
            data: { values: columns.flatMap(singleRows) },
            mark: { type: 'tick', orient: 'horizontal', size: 11, thickness: 1.2, opacity: 0.75 },
            encoding: { x, xOffset, color, y },
          },
          { data: { values: columns.flatMap(ldsRows) }, mark: point, encoding: { ...look, y } },
        ],
      },
      {
        width: WIDTH,
        height: 200,
        layer: [
          {
            data: { values: columns.flatMap(errorRows) },
            mark: rule,
            encoding: { x, xOffset, color, y: { ...yError, field: 'lo' }, y2: { field: 'hi' } },
          },
          { data: { values: columns.flatMap(errorRows) }, mark: point, encoding: { ...look, y: yError } },
        ],
      },
    ],
    config: { legend: LEGEND },
  };
}

interface Row {
  readonly column: string;
  readonly method?: string;
  readonly [field: string]: number | string | null | undefined;
}

function ceilingRow({ label, results: { ceiling } }: SweepColumn): Row[] {
  return ceiling === null ? [] : [{ column: label, ceiling, text: `ceiling ${ceiling.toFixed(2)}` }];
}

function ldsRows({ label, results }: SweepColumn): Row[] {
  return METHODS.flatMap((method) => {
    const { mean, ci } = results.lds[method];
    return mean === null ? [] : [{ ...cell(label, method), lds: mean, lo: ci[0], hi: ci[1] }];
  });
}

function singleRows({ label, results }: SweepColumn): Row[] {
  return METHODS.flatMap((method) => {
    const { values } = results.lds[method].single;
    return values.length < 2 ? [] : values.map((lds) => ({ ...cell(label, method), lds }));
  });
}

function errorRows({ label, results }: SweepColumn): Row[] {
  return CURVATURE_KINDS.flatMap((kind) => {
    const error = results.error[kind];
    const single = results.errorSingle[kind].filter((value) => value !== null && value > 0) as number[];
    if (error === null || error <= 0) return [];
    return [{ ...cell(label, kind), error, lo: Math.min(error, ...single), hi: Math.max(error, ...single) }];
  });
}

function cell(column: string, method: Method): Row {
  return { column, method: methodLabel(method) };
}

/** Powers of ten over the errors, or of a hundred when there are many. */
function decades(columns: readonly SweepColumn[]): number[] {
  const errors = columns.flatMap(errorRows).flatMap(({ lo, hi }) => [Number(lo), Number(hi)]);
  if (errors.length === 0) return [0.1, 10];
  const [low, high] = [
    Math.floor(Math.log10(Math.min(...errors))),
    Math.ceil(Math.log10(Math.max(...errors))),
  ];
  const step = high - low > 8 ? 2 : 1;
  return Array.from({ length: Math.ceil((high - low) / step) + 1 }, (_, k) => 10 ** (low + k * step));
}
