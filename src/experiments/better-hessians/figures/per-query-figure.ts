/** @file How the score is spread over the queries. */
import { lines, mark, names, on, panel, quantity, type Spec } from '../../pages/chart.ts';
import { INK } from '../../pages/theme.ts';
import { METHODS } from '../../protocol/methods.ts';
import type { SettingResults } from '../results/results.ts';
import { methodLabel } from '../results/setting-table.ts';
import { methodLooks } from './method-marks.ts';

/** A strip of points per method, one per query, with the quartiles and median as a box. Undefined when there is nothing to draw. */
export function perQueryFigure({ lds }: SettingResults): Spec | undefined {
  const rows = METHODS.flatMap((method) =>
    lds[method].perQuery.flatMap((rho, query) =>
      rho === null
        ? []
        : [{ method: methodLabel(method), rho, jitter: (((query * 61) % 97) / 97 - 0.5) * 16 }],
    ),
  );
  if (rows.length === 0) return undefined;
  const x = quantity('rho', 'Spearman ρ of one query, over subsets', { axis: { tickCount: 8 } });
  const y = names('method', { axis: { grid: false, labelFontSize: 13 } });
  const yOffset = quantity('jitter', null, { scale: { domain: [-12, 12] } });
  const { color } = methodLooks(METHODS, { legend: null });
  // one path per method, each point of it alone between two gaps: a tenth of the size of as many marks
  const gapped = rows.flatMap((row, order) => [
    { ...row, order },
    { ...row, rho: null, order },
  ]);
  const dots = { strokeCap: 'round', opacity: 0.45, invalid: 'break-paths-show-domains' };
  return panel([520, 280], rows, [
    on(gapped, lines({ x, y, color, yOffset, order: quantity('order', null) }, 4, dots)),
    mark(
      'boxplot',
      { x, y },
      {
        extent: 0,
        size: 24,
        outliers: false,
        box: { fill: null, stroke: INK, strokeWidth: 1.1 },
        median: { stroke: INK, strokeWidth: 2.2 },
        rule: { opacity: 0 },
        ticks: false,
      },
    ),
  ]);
}
