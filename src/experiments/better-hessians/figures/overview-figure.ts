/** @file The LDS of every method in every setting, with the noise ceiling: the answer in one picture. */
import type { TopLevelSpec } from 'vega-lite';
import { INK, LEGEND } from '../../pages/theme.ts';
import { METHODS } from '../../protocol/tasks.ts';
import { methodLabel } from '../results/setting-table.ts';
import { methodScale, methodShapes } from './method-marks.ts';
import type { SweepColumn } from './sweep-figure.ts';

/** A row per setting. Undefined when there is nothing to draw. */
export function overviewFigure(settings: readonly SweepColumn[]): TopLevelSpec | undefined {
  const points = settings.flatMap(({ label, results }) =>
    METHODS.flatMap((method) => {
      const { mean, ci } = results.lds[method];
      return mean === null
        ? []
        : [{ setting: label, method: methodLabel(method), lds: mean, lo: ci[0], hi: ci[1] }];
    }),
  );
  if (points.length === 0) return undefined;
  const ceilings = settings.flatMap(({ label, results: { ceiling } }) =>
    ceiling === null ? [] : [{ setting: label, ceiling, text: ceiling.toFixed(2) }],
  );
  const y = {
    field: 'setting',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { grid: true, labelFontSize: 12 },
  } as const;
  const yOffset = {
    field: 'method',
    type: 'nominal',
    sort: METHODS.map(methodLabel),
    scale: { paddingOuter: 0.8 },
  } as const;
  const color = { field: 'method', type: 'nominal', scale: methodScale(), title: null } as const;
  const shape = { field: 'method', type: 'nominal', scale: methodShapes(), title: null } as const;
  const x = (field: string) =>
    ({
      field,
      type: 'quantitative',
      title: 'LDS (Spearman ρ, mean over queries); black bar: noise ceiling',
      axis: { tickCount: 8 },
    }) as const;
  return {
    width: 520,
    height: { step: 58, for: 'position' },
    layer: [
      {
        data: { values: points },
        mark: { type: 'rule', strokeWidth: 2, opacity: 0.5 },
        encoding: { y, yOffset, color, x: x('lo'), x2: { field: 'hi' } },
      },
      {
        data: { values: points },
        mark: { type: 'point', filled: true, size: 60, opacity: 1 },
        encoding: { y, yOffset, color, shape, x: x('lds') },
      },
      {
        data: { values: ceilings },
        mark: { type: 'tick', orient: 'vertical', size: 40, thickness: 2.5, color: INK, opacity: 1 },
        encoding: { y: { ...y, bandPosition: 0.5 }, x: x('ceiling') },
      },
      {
        data: { values: ceilings },
        mark: { type: 'text', align: 'left', dx: 6 },
        encoding: { y: { ...y, bandPosition: 0.5 }, x: x('ceiling'), text: { field: 'text' } },
      },
    ],
    config: { legend: LEGEND },
  };
}
