/** @file LDS against the error of the inverse: does a better Hessian give better influence? */
import { LADDER } from '../../../curvature/index.ts';
import {
  ldsWithInterval,
  lines,
  panel,
  pointsWithIntervals,
  quantity,
  type Spec,
} from '../../pages/chart.ts';
import type { SettingResults } from '../results/results.ts';
import { methodLabel } from '../results/setting-table.ts';
import { methodLooks } from './method-marks.ts';

/** One point per curvature, joined in the order of the ladder. Undefined when there is nothing to draw. */
export function ldsErrorFigure({ lds, error }: SettingResults): Spec | undefined {
  const rows = LADDER.map((kind, order) => ({
    order,
    method: methodLabel(kind),
    error: error[kind],
    ...ldsWithInterval(lds[kind].mean, lds[kind].ci),
  })).filter((point) => point.error !== null && point.error > 0 && point.lds !== null);
  if (rows.length === 0) return undefined;
  const x = quantity(
    'error',
    'approximation error of the inverse (Eq. 9, over training gradients, log scale)',
    {
      scale: { type: 'log', nice: true },
    },
  );
  const y = quantity('lds', 'LDS', { scale: { zero: false } });
  const { color } = methodLooks(LADDER, { legend: { symbolOpacity: 1 } });
  return panel([520, 300], rows, [
    lines({ x, y, order: quantity('order', null) }, 1.2, { color: '#B5B5B5' }),
    ...pointsWithIntervals('y', { x, y, color }, { size: 110, width: 2.5 }),
  ]);
}
