/** @file The LDS of every method in every setting, with the noise ceiling: the answer in one picture. */
import {
  labels,
  ldsWithInterval,
  mark,
  names,
  on,
  pointsWithIntervals,
  quantity,
  type Spec,
  sideBySide,
} from '../../pages/chart.ts';
import { INK, LEGEND } from '../../pages/theme.ts';
import { METHODS } from '../../protocol/methods.ts';
import { methodLabel } from '../results/setting-table.ts';
import { methodLooks } from './method-marks.ts';
import type { SweepColumn } from './sweep-figure.ts';

/** A row per setting. Undefined when there is nothing to draw. */
export function overviewFigure(settings: readonly SweepColumn[]): Spec | undefined {
  const rows = settings.flatMap(({ label, results: { lds } }) =>
    METHODS.filter((method) => lds[method].mean !== null).map((method) => ({
      setting: label,
      method: methodLabel(method),
      ...ldsWithInterval(lds[method].mean, lds[method].ci),
    })),
  );
  if (rows.length === 0) return undefined;
  const ceilings = settings.flatMap(({ label, results: { ceiling } }) =>
    ceiling === null ? [] : [{ setting: label, ceiling, text: ceiling.toFixed(2) }],
  );
  const x = quantity('lds', 'LDS (Spearman ρ, mean over queries); black bar: noise ceiling', {
    axis: { tickCount: 8 },
  });
  const y = names('setting', { axis: { grid: true, labelFontSize: 12 } });
  const yOffset = sideBySide('method', METHODS.map(methodLabel), { scale: { paddingOuter: 0.8 } });
  const middle = { x: { ...x, field: 'ceiling' }, y: { ...y, bandPosition: 0.5 } };
  const marks = pointsWithIntervals('x', { y, yOffset, ...methodLooks(), x }, { size: 60, width: 2 });
  return {
    width: 520,
    height: { step: 58, for: 'position' },
    layer: [
      ...marks.map((layer) => on(rows, layer)),
      on(
        ceilings,
        mark('tick', middle, { orient: 'vertical', size: 40, thickness: 2.5, color: INK, opacity: 1 }),
      ),
      on(ceilings, labels(middle, 'text', { align: 'left', dx: 6 })),
    ],
    config: { legend: LEGEND },
  };
}
