/** @file Which approximation along the ladder costs how much of the error. */
import { LADDER, LADDER_STEPS } from '../../../curvature/index.ts';
import { percent } from '../../judging/table.ts';
import { labels, mark, names, panel, quantity, type Spec } from '../../pages/chart.ts';
import type { SettingResults } from '../results/results.ts';
import { methodLabel } from '../results/setting-table.ts';
import { methodLooks } from './method-marks.ts';

/** One bar per step: its share of err(K-FAC) − err(Hessian), in per cent; negative when the step lowers the error. Undefined when there is nothing to draw. */
export function errorShareFigure({ errorShare }: SettingResults): Spec | undefined {
  const rows = LADDER_STEPS.flatMap((step, k) => {
    const fraction = errorShare[step];
    return fraction === null ? [] : [{ ...ladderStep(k), ...shareBar(fraction) }];
  });
  if (rows.length === 0) return undefined;
  const x = quantity('share', 'share of the error between Hessian and K-FAC (per cent)', {
    axis: { tickCount: 8 },
  });
  const y = names('step', { axis: { grid: false, labelFontSize: 13 } });
  return panel([520, 150], rows, [
    mark('bar', { x, y, color: stepColour() }, { height: 20 }),
    labels({ x: { ...x, field: 'end' }, y }, 'text', { align: 'left', dx: 5 }),
  ]);
}

/** The k-th step of the ladder as a row: its name, and the curvature it leads to, which gives the colour. */
export function ladderStep(k: number): { readonly step: string; readonly to: string } {
  const [from, to] = LADDER.slice(k, k + 2).map(methodLabel);
  return { step: `${from} → ${to}`, to };
}

/** A fraction as a bar with its label, in per cent; the label of a negative bar stands right of zero, clear of the axis. */
export function shareBar(fraction: number): {
  readonly share: number;
  readonly end: number;
  readonly text: string;
} {
  const share = 100 * fraction;
  return { share, end: Math.max(0, share), text: percent(fraction) };
}

/** A step has the colour of the curvature that it leads to. */
export function stepColour(): ReturnType<typeof methodLooks>['color'] {
  return methodLooks(LADDER, { legend: null }, 'to').color;
}
