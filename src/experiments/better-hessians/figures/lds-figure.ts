/** @file LDS of every method with its interval, and the noise ceiling. */
import { fixed } from '../../judging/table.ts';
import {
  labels,
  ldsWithInterval,
  namedLine,
  names,
  panel,
  pointsWithIntervals,
  quantity,
  type Spec,
} from '../../pages/chart.ts';
import { INK } from '../../pages/theme.ts';
import { METHODS } from '../../protocol/methods.ts';
import type { SettingResults } from '../results/results.ts';
import { methodLabel } from '../results/setting-table.ts';
import { methodLooks } from './method-marks.ts';

/** Points with 95 % intervals over subsets; a dashed line at the ceiling. Undefined when there is nothing to draw. */
export function ldsFigure({ lds, ceiling }: SettingResults): Spec | undefined {
  const rows = METHODS.filter((method) => lds[method].mean !== null).map((method) => ({
    method: methodLabel(method),
    ...ldsWithInterval(lds[method].mean, lds[method].ci),
    text: fixed(lds[method].mean, 3),
  }));
  if (rows.length === 0) return undefined;
  const x = quantity('lds', 'linear data-modelling score (Spearman ρ, mean over queries)', {
    axis: { tickCount: 8 },
  });
  const y = names('method', { axis: { grid: false, labelFontSize: 13 } });
  const { color } = methodLooks(METHODS, { legend: null });
  return panel([520, 220], rows, [
    ...pointsWithIntervals('x', { x, y, color }, { size: 110, width: 3, opacity: 0.55 }),
    labels({ x, y }, 'text', { dy: -13, color: INK }),
    ...namedLine('x', ceiling, `noise ceiling ${fixed(ceiling, 3)}`, { y: -8 }),
  ]);
}
