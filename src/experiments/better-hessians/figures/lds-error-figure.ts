/** @file LDS against the error of the inverse: does a better Hessian give better influence? */
import type { TopLevelSpec } from 'vega-lite';
import { CURVATURE_KINDS } from '../../../curvature/index.ts';
import type { SettingResults } from '../results/results.ts';
import { methodLabel } from '../results/setting-table.ts';
import { methodScale } from './method-marks.ts';

/** One point per curvature, joined in the order of the ladder. Undefined when there is nothing to draw. */
export function ldsErrorFigure({ lds, error }: SettingResults): TopLevelSpec | undefined {
  const values = CURVATURE_KINDS.map((kind, order) => ({
    order,
    method: methodLabel(kind),
    error: error[kind],
    lds: lds[kind].mean,
    lo: lds[kind].ci[0],
    hi: lds[kind].ci[1],
  })).filter((point) => point.error !== null && point.error > 0 && point.lds !== null);
  if (values.length === 0) return undefined;
  const x = {
    field: 'error',
    type: 'quantitative',
    scale: { type: 'log', nice: true },
    title: 'approximation error of the inverse (Eq. 9, over training gradients, log scale)',
  } as const;
  const y = { field: 'lds', type: 'quantitative', scale: { zero: false }, title: 'LDS' } as const;
  const color = {
    field: 'method',
    type: 'nominal',
    scale: methodScale(CURVATURE_KINDS),
    title: null,
    legend: { symbolOpacity: 1 },
  } as const;
  return {
    width: 520,
    height: 300,
    data: { values },
    layer: [
      {
        mark: { type: 'line', color: '#B5B5B5', strokeWidth: 1.2 },
        encoding: { x, y, order: { field: 'order', type: 'quantitative' } },
      },
      {
        mark: { type: 'rule', strokeWidth: 2.5, opacity: 0.5 },
        encoding: { x, y: { field: 'lo', type: 'quantitative', title: 'LDS' }, y2: { field: 'hi' }, color },
      },
      { mark: { type: 'point', filled: true, size: 110, opacity: 1 }, encoding: { x, y, color } },
    ],
  };
}
