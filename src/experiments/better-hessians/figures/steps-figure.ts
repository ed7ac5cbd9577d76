/** @file What each step of the ladder costs along a sweep: share of the error above, change of the LDS below. */
import type { TopLevelSpec } from 'vega-lite';
import { CURVATURE_KINDS, LADDER_STEPS } from '../../../curvature/index.ts';
import { percent } from '../../judging/table.ts';
import { MUTED } from '../../pages/theme.ts';
import { methodLabel } from '../results/setting-table.ts';
import { methodScale } from './method-marks.ts';
import type { SweepColumn } from './sweep-figure.ts';

const WIDTH = 500;
const HEIGHT = 92;
/** Room for the label of the longest bar. */
const LABEL_ROOM = 1.65;
/** Room around the longest interval. */
const MARGIN = 1.06;

/** A column of panels per setting, all with the same axes. Undefined when there is nothing to draw. */
export function stepsFigure(columns: readonly SweepColumn[]): TopLevelSpec | undefined {
  const panels = columns.map((column) => ({ title: column.label, values: rows(column) }));
  const all = panels.flatMap(({ values }) => values);
  if (all.length === 0) return undefined;
  const shares = all.flatMap(({ share }) => (share === null ? [] : [share]));
  const changes = all.flatMap(({ lo, hi }) => [lo ?? 0, hi ?? 0]);
  const width = Math.floor(WIDTH / columns.length);
  const color = { field: 'to', type: 'nominal', scale: methodScale(CURVATURE_KINDS), legend: null } as const;
  const zero = { mark: { type: 'rule', color: MUTED }, encoding: { x: { datum: 0 } } } as const;
  const share = {
    field: 'share',
    type: 'quantitative',
    title: 'share of the error (%)',
    scale: domain(Math.min(0, ...shares), LABEL_ROOM * Math.max(0, ...shares)),
    axis: { tickCount: 3, titleFontSize: 11 },
  } as const;
  const change = {
    field: 'change',
    type: 'quantitative',
    title: 'change of the LDS',
    scale: domain(MARGIN * Math.min(0, ...changes), MARGIN * Math.max(0, ...changes)),
    axis: { tickCount: 3, format: '.2~f', titleFontSize: 11 },
  } as const;
  const y = (k: number) =>
    ({
      field: 'step',
      type: 'nominal',
      sort: null,
      title: null,
      axis: { grid: false, labels: k === 0, ticks: k === 0, labelFontSize: 12 },
    }) as const;
  const size = { width, height: HEIGHT };
  return {
    bounds: 'flush',
    spacing: { row: 52, column: 24 },
    columns: panels.length,
    concat: [
      ...panels.map(({ title, values }, k) => ({
        ...size,
        title: { text: title, anchor: 'middle' as const, fontSize: 12 },
        data: { values },
        layer: [
          { mark: { type: 'bar' as const, height: 13 }, encoding: { y: y(k), x: share, color } },
          zero,
          {
            mark: { type: 'text' as const, align: 'left' as const, dx: 4 },
            encoding: { y: y(k), x: { ...share, field: 'end' }, text: { field: 'text' } },
          },
        ],
      })),
      ...panels.map(({ values }, k) => ({
        ...size,
        data: { values },
        layer: [
          zero,
          {
            mark: { type: 'rule' as const, strokeWidth: 3, opacity: 0.5 },
            encoding: { y: y(k), color, x: { ...change, field: 'lo' }, x2: { field: 'hi' } },
          },
          {
            mark: { type: 'point' as const, filled: true, size: 70, opacity: 1 },
            encoding: { y: y(k), color, x: change },
          },
        ],
      })),
    ],
  };
}

function domain(lo: number, hi: number): { domain: number[]; nice: false } {
  return { domain: [lo, hi], nice: false };
}

function rows({ results }: SweepColumn): {
  readonly step: string;
  readonly to: string;
  readonly share: number | null;
  readonly end: number | null;
  readonly text: string;
  readonly change: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
}[] {
  return LADDER_STEPS.flatMap((step, k) => {
    const fraction = results.errorShare[step];
    const { change, ci } = results.ldsChange[step];
    if (fraction === null && change === null) return [];
    const [from, to] = CURVATURE_KINDS.slice(k, k + 2).map(methodLabel);
    const share = fraction === null ? null : 100 * fraction;
    return [
      {
        step: `${from} → ${to}`,
        to,
        share,
        end: share === null ? null : Math.max(0, share), // a negative bar's label stands right of zero
        text: fraction === null ? '' : percent(fraction),
        change,
        lo: ci[0],
        hi: ci[1],
      },
    ];
  });
}
