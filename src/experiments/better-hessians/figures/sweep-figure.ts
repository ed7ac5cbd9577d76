/** @file LDS and error of the inverse of every method along a sweep: Figures 1 to 3. */
import { LADDER } from '../../../curvature/index.ts';
import {
  labels,
  ldsWithInterval,
  logarithmic,
  mark,
  names,
  on,
  panel,
  pointsWithIntervals,
  quantity,
  type Row,
  type Spec,
  sideBySide,
} from '../../pages/chart.ts';
import { LEGEND, MUTED } from '../../pages/theme.ts';
import { METHODS, type Method } from '../../protocol/methods.ts';
import type { SettingResults } from '../results/results.ts';
import { methodLabel } from '../results/setting-table.ts';
import { methodLooks } from './method-marks.ts';

/** One setting of a figure over several: what stands below it, and its results. */
export interface SweepColumn {
  readonly label: string;
  readonly results: SettingResults;
}

const WIDTH = 600;

/**
 * Above, the LDS with 95 % intervals, each single base model as a thin tick when there are several, and the noise
 * ceiling; below, the Eq. 9 error on a log axis with its range over base models.
 *
 * @param columns - At least one. @param title - Of the horizontal axis.
 */
export function sweepFigure(columns: readonly SweepColumn[], title: string): Spec {
  const x = names('column', {
    type: 'ordinal',
    title,
    scale: { paddingInner: 0.22, paddingOuter: 0.1 },
    axis: { labelAngle: 0, labelFontSize: 13, grid: false },
  });
  const y = quantity('lds', 'LDS (mean Spearman ρ over queries)', {
    scale: { zero: true },
    axis: { tickCount: 7 },
  });
  const powers = decades(columns);
  const yError = logarithmic(
    'error',
    'error of the inverse',
    { axis: { format: '~g', values: powers } },
    { domain: [powers[0], powers[powers.length - 1]] },
  );
  const look = { x, xOffset: sideBySide('method', METHODS.map(methodLabel)), ...methodLooks() };
  const { shape: _, ...single } = look;
  const ceiling = { ...y, field: 'ceiling' };
  const wide = { x: { ...x, bandPosition: 0 }, x2: { field: 'column', bandPosition: 1 }, y: ceiling };
  const style = { size: 85, width: 3 };
  const [bar, point] = pointsWithIntervals('y', { ...look, y }, style);
  return {
    vconcat: [
      panel(
        [WIDTH, 340],
        [],
        [
          on(
            columns.flatMap(ceilingRow),
            mark('rule', wide, { strokeDash: [5, 3], color: MUTED, strokeWidth: 1.5 }),
          ),
          on(
            columns.flatMap(ceilingRow),
            labels({ x: { ...x, bandPosition: 0.5 }, y: ceiling }, 'text', { dy: -9, color: MUTED }),
          ),
          on(columns.flatMap(ldsRows), bar),
          on(
            columns.flatMap(singleRows),
            mark('tick', { ...single, y }, { orient: 'horizontal', size: 11, thickness: 1.2, opacity: 0.75 }),
          ),
          on(columns.flatMap(ldsRows), point),
        ],
      ),
      panel(
        [WIDTH, 200],
        columns.flatMap(errorRows),
        pointsWithIntervals('y', { ...look, y: yError }, style),
      ),
    ],
    config: { legend: LEGEND },
  };
}

function ceilingRow({ label, results: { ceiling } }: SweepColumn): Row[] {
  return ceiling === null ? [] : [{ column: label, ceiling, text: `ceiling ${ceiling.toFixed(2)}` }];
}

function ldsRows({ label, results: { lds } }: SweepColumn): Row[] {
  return METHODS.filter((method) => lds[method].mean !== null).map((method) => ({
    ...cell(label, method),
    ...ldsWithInterval(lds[method].mean, lds[method].ci),
  }));
}

function singleRows({ label, results }: SweepColumn): Row[] {
  return METHODS.flatMap((method) => {
    const { values } = results.lds[method].single;
    return values.length < 2 ? [] : values.map((lds) => ({ ...cell(label, method), lds }));
  });
}

function errorRows({ label, results }: SweepColumn) {
  return LADDER.flatMap((kind) => {
    const error = results.error[kind];
    const single = results.errorSingle[kind].filter((value) => value !== null && value > 0) as number[];
    if (error === null || error <= 0) return [];
    return [{ ...cell(label, kind), error, lo: Math.min(error, ...single), hi: Math.max(error, ...single) }];
  });
}

function cell(column: string, method: Method): { readonly column: string; readonly method: string } {
  return { column, method: methodLabel(method) };
}

/** Powers of ten over the errors, or of a hundred when there are many. */
function decades(columns: readonly SweepColumn[]): number[] {
  const errors = columns.flatMap(errorRows).flatMap(({ lo, hi }) => [lo, hi]);
  if (errors.length === 0) return [0.1, 10];
  const [low, high] = [
    Math.floor(Math.log10(Math.min(...errors))),
    Math.ceil(Math.log10(Math.max(...errors))),
  ];
  const step = high - low > 8 ? 2 : 1;
  return Array.from({ length: Math.ceil((high - low) / step) + 1 }, (_, k) => 10 ** (low + k * step));
}
