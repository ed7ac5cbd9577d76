/** @file How the score is spread over the queries. */
import type { TopLevelSpec } from 'vega-lite';
import type { SettingResults } from '../results/results.ts';
import { methodLabel } from '../results/table.ts';
import { METHODS } from '../run/plan.ts';
import { INK, methodScale } from './theme.ts';

/** A strip of points per method, one per query, with the quartiles and median as a box. Undefined when there is nothing to draw. */
export function perQueryFigure({ lds }: SettingResults): TopLevelSpec | undefined {
  const values = METHODS.flatMap((method) =>
    lds[method].perQuery.flatMap((rho, query) =>
      rho === null
        ? []
        : [{ method: methodLabel(method), rho, jitter: (((query * 61) % 97) / 97 - 0.5) * 16 }],
    ),
  );
  if (values.length === 0) return undefined;
  const y = {
    field: 'method',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { grid: false, labelFontSize: 13 },
  } as const;
  const x = {
    field: 'rho',
    type: 'quantitative',
    title: 'Spearman ρ of one query, over subsets',
    axis: { tickCount: 8 },
  } as const;
  const color = { field: 'method', type: 'nominal', scale: methodScale(), legend: null } as const;
  return {
    width: 520,
    height: 280,
    data: { values },
    layer: [
      {
        mark: { type: 'point', filled: true, size: 12, opacity: 0.45 },
        encoding: {
          x,
          y,
          color,
          yOffset: { field: 'jitter', type: 'quantitative', scale: { domain: [-12, 12] } },
        },
      },
      {
        mark: {
          type: 'boxplot',
          extent: 0,
          size: 24,
          outliers: false,
          box: { fill: null, stroke: INK, strokeWidth: 1.1 },
          median: { stroke: INK, strokeWidth: 2.2 },
          rule: { opacity: 0 },
          ticks: false,
        },
        encoding: { x, y },
      },
    ],
  };
}
