/** @file Which approximation along the ladder costs how much of the error. */
import type { TopLevelSpec } from 'vega-lite';
import { CURVATURE_KINDS, LADDER_STEPS } from '../../../curvature/index.ts';
import { percent } from '../../judging/table.ts';
import type { SettingResults } from '../results/results.ts';
import { methodLabel } from '../results/setting-table.ts';
import { methodScale } from './method-marks.ts';

/** One bar per step: its share of err(K-FAC) − err(Hessian), in per cent; negative when the step lowers the error. Undefined when there is nothing to draw. */
export function errorShareFigure({ errorShare }: SettingResults): TopLevelSpec | undefined {
  const values = LADDER_STEPS.flatMap((step, i) => {
    const share = errorShare[step];
    if (share === null) return [];
    const label = `${methodLabel(CURVATURE_KINDS[i])} → ${methodLabel(CURVATURE_KINDS[i + 1])}`;
    return [
      {
        label,
        to: methodLabel(CURVATURE_KINDS[i + 1]),
        share: 100 * share,
        end: Math.max(0, 100 * share), // the label of a negative bar stands right of zero, clear of the axis

        text: percent(share),
      },
    ];
  });
  if (values.length === 0) return undefined;
  const y = {
    field: 'label',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { grid: false, labelFontSize: 13 },
  } as const;
  const x = {
    field: 'share',
    type: 'quantitative',
    title: 'share of the error between Hessian and K-FAC (per cent)',
    axis: { tickCount: 8 },
  } as const;
  const color = { field: 'to', type: 'nominal', scale: methodScale(CURVATURE_KINDS), legend: null } as const;
  return {
    width: 520,
    height: 150,
    data: { values },
    layer: [
      { mark: { type: 'bar', height: 20 }, encoding: { x, y, color } },
      {
        mark: { type: 'text', align: 'left', dx: 5 },
        encoding: { x: { field: 'end', type: 'quantitative' }, y, text: { field: 'text' } },
      },
    ],
  };
}
