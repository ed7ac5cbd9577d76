/** @file LDS of every method with its interval, and the noise ceiling. */
import type { TopLevelSpec } from 'vega-lite';
import { fixed } from '../../judging/table.ts';
import { INK, MUTED } from '../../pages/theme.ts';
import { METHODS } from '../../protocol/tasks.ts';
import type { SettingResults } from '../results/results.ts';
import { methodLabel } from '../results/setting-table.ts';
import { methodScale } from './method-marks.ts';

/** Points with 95 % intervals over subsets; a dashed line at the ceiling. Undefined when there is nothing to draw. */
export function ldsFigure({ lds, ceiling }: SettingResults): TopLevelSpec | undefined {
  const values = METHODS.filter((method) => lds[method].mean !== null).map((method) => ({
    method: methodLabel(method),
    lds: lds[method].mean,
    lo: lds[method].ci[0],
    hi: lds[method].ci[1],
    text: fixed(lds[method].mean, 3),
  }));
  if (values.length === 0) return undefined;
  const y = {
    field: 'method',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { grid: false, labelFontSize: 13 },
  } as const;
  const color = { field: 'method', type: 'nominal', scale: methodScale(), legend: null } as const;
  const marks: TopLevelSpec = {
    width: 520,
    height: 220,
    data: { values },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 3, opacity: 0.55 },
        encoding: {
          y,
          color,
          x: {
            field: 'lo',
            type: 'quantitative',
            title: 'linear data-modelling score (Spearman ρ, mean over queries)',
            axis: { tickCount: 8 },
          },
          x2: { field: 'hi' },
        },
      },
      {
        mark: { type: 'point', filled: true, size: 110, opacity: 1 },
        encoding: { y, color, x: { field: 'lds', type: 'quantitative' } },
      },
      {
        mark: { type: 'text', dy: -13, color: INK },
        encoding: { y, x: { field: 'lds', type: 'quantitative' }, text: { field: 'text' } },
      },
      ...(ceiling === null
        ? []
        : [
            {
              data: { values: [{ ceiling, label: `noise ceiling ${ceiling.toFixed(3)}` }] },
              layer: [
                {
                  mark: { type: 'rule' as const, strokeDash: [6, 4], color: MUTED, strokeWidth: 1.5 },
                  encoding: { x: { field: 'ceiling', type: 'quantitative' as const } },
                },
                {
                  mark: { type: 'text' as const, color: MUTED, y: -8 },
                  encoding: {
                    x: { field: 'ceiling', type: 'quantitative' as const },
                    text: { field: 'label' },
                  },
                },
              ],
            },
          ]),
    ],
  };
  return marks;
}
