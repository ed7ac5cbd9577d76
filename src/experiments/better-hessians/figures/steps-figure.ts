/** @file What each step of the ladder costs along a sweep: share of the error above, change of the LDS below. */
import { LADDER_STEPS } from '../../../curvature/index.ts';
import {
  type Channel,
  labels,
  mark,
  names,
  panel,
  pointsWithIntervals,
  quantity,
  type Spec,
} from '../../pages/chart.ts';
import { MUTED } from '../../pages/theme.ts';
import { ladderStep, shareBar, stepColour } from './error-share-figure.ts';
import type { SweepColumn } from './sweep-figure.ts';

const WIDTH = 500;
const HEIGHT = 92;
/** Room for the label of the longest bar. */
const LABEL_ROOM = 1.65;
/** Room around the longest interval. */
const MARGIN = 1.06;

/** A column of panels per setting, all with the same axes. Undefined when there is nothing to draw. */
export function stepsFigure(columns: readonly SweepColumn[]): Spec | undefined {
  const panels = columns.map((column) => ({ title: column.label, rows: stepRows(column) }));
  const all = panels.flatMap(({ rows }) => rows);
  if (all.length === 0) return undefined;
  const shares = all.flatMap(({ share }) => (share === null ? [] : [share]));
  const changes = all.flatMap(({ lo, hi }) => [lo ?? 0, hi ?? 0]);
  const size = [Math.floor(WIDTH / columns.length), HEIGHT] as const;
  const color = stepColour();
  const zero = mark('rule', { x: { datum: 0 } }, { color: MUTED });
  const share = quantity('share', 'share of the error (%)', {
    scale: domain(Math.min(0, ...shares), LABEL_ROOM * Math.max(0, ...shares)),
    axis: { tickCount: 3, titleFontSize: 11 },
  });
  const change = quantity('change', 'change of the LDS', {
    scale: domain(MARGIN * Math.min(0, ...changes), MARGIN * Math.max(0, ...changes)),
    axis: { tickCount: 3, format: '.2~f', titleFontSize: 11 },
  });
  const y = (k: number): Channel =>
    names('step', { axis: { grid: false, labels: k === 0, ticks: k === 0, labelFontSize: 12 } });
  return {
    bounds: 'flush',
    spacing: { row: 52, column: 24 },
    columns: panels.length,
    concat: [
      ...panels.map(({ title, rows }, k) => {
        const layers = [
          mark('bar', { y: y(k), x: share, color }, { height: 13 }),
          zero,
          labels({ y: y(k), x: { ...share, field: 'end' } }, 'text', { align: 'left', dx: 4 }),
        ];
        return panel(size, rows, layers, { title: { text: title, anchor: 'middle', fontSize: 12 } });
      }),
      ...panels.map(({ rows }, k) => {
        const marks = pointsWithIntervals('x', { y: y(k), color, x: change }, { size: 70, width: 3 });
        return panel(size, rows, [zero, ...marks]);
      }),
    ],
  };
}

function domain(lo: number, hi: number): { domain: number[]; nice: false } {
  return { domain: [lo, hi], nice: false };
}

function stepRows({ results }: SweepColumn) {
  return LADDER_STEPS.flatMap((step, k) => {
    const fraction = results.errorShare[step];
    const { change, ci } = results.ldsChange[step];
    if (fraction === null && change === null) return [];
    const bar = fraction === null ? { share: null, end: null, text: '' } : shareBar(fraction);
    return [{ ...ladderStep(k), ...bar, change, lo: ci[0], hi: ci[1] }];
  });
}
