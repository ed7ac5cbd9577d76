/** @file How the score is spread over the queries. */
import type { TopLevelSpec } from 'vega-lite';
import { INK } from '../../pages/theme.ts';
import { METHODS } from '../../protocol/tasks.ts';
import type { SettingResults } from '../results/results.ts';
import { methodLabel } from '../results/setting-table.ts';
import { methodScale } from './method-marks.ts';

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
        // one path per method, each point of it alone between two gaps: a tenth of the size of as many marks
        data: {
          values: values.flatMap((value, order) => [
            { ...value, order },
            { ...value, rho: null, order },
          ]),
        },
        mark: {
          type: 'line',
          strokeCap: 'round',
          strokeWidth: 4,
          opacity: 0.45,
          invalid: 'break-paths-show-domains',
        },
        encoding: {
          x,
          y,
          color,
          yOffset: { field: 'jitter', type: 'quantitative', scale: { domain: [-12, 12] } },
          order: { field: 'order', type: 'quantitative' },
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
