/** @file The audit beside cleanlab as a picture: precision among the first k on each table, a row for each model whose predictions were used. */
import type { Estimate } from '../src/experiments/judging/estimate.ts';
import {
  looks,
  names,
  panel,
  pointsWithIntervals,
  quantity,
  referenceLine,
  type Spec,
  sideBySide,
} from '../src/experiments/pages/chart.ts';
import type { Drawing } from '../src/experiments/pages/render.ts';
import { PALETTE } from '../src/experiments/pages/theme.ts';

/** One way on one table. */
export interface Shown {
  readonly table: string;
  readonly way: string;
  /** Whose predictions were used. */
  readonly model: string;
  readonly precision: Estimate;
}

/** Ways by colour and shape. */
const WAYS = [
  { label: 'audit', colour: PALETTE.vermilion, shape: 'diamond' },
  { label: 'Confident Learning', colour: PALETTE.blue, shape: 'circle' },
  { label: 'Datalab', colour: PALETTE.green, shape: 'square' },
  { label: 'CleanLearning', colour: PALETTE.purple, shape: 'triangle-up' },
] as const;
/** Height of a model's row; and of the axis, which a phone of 390 px shows whole with the names beside it. */
const ROW = 44;
const WIDTH = 190;

/** The figure of the page. @param shown - In the order of the tables. */
export function auditFigure(shown: readonly Shown[]): Drawing {
  const tables = [...new Set(shown.map(({ table }) => table))];
  return {
    name: 'audit-precision',
    caption:
      'Precision among the first k rows, k being the number of wrong answers, with 95 % intervals over the draws. Dashed: the audit. Each row is a model whose predictions were used.',
    alt: `Points with intervals for ${tables.join(', ')}: the precision of the audit and of cleanlab's ways; the tables below have the numbers.`,
    spec: {
      // one legend, below the last panel: beside them it would not fit a phone
      vconcat: tables.map((table, k) =>
        tablePanel(
          table,
          shown.filter((one) => one.table === table),
          k === tables.length - 1,
        ),
      ),
      resolve: { scale: { y: 'independent', color: 'independent', shape: 'independent' } },
    } as Spec,
  };
}

function tablePanel(table: string, shown: readonly Shown[], legend: boolean): Spec {
  const rows = shown.map(({ way, model, precision: { value, lo, hi } }) => ({
    way,
    model: model === 'neighbours in the features' ? 'neighbours' : model,
    precision: value,
    lo: lo === null ? null : Math.max(0, lo),
    hi: hi === null ? null : Math.min(1, hi),
  }));
  const models = [...new Set(rows.map(({ model }) => model))];
  const labels = WAYS.map(({ label }) => label);
  const encoding = {
    x: quantity('precision', 'precision at k', {
      scale: { domain: [0, 1] },
      axis: { values: [0, 0.5, 1] },
    }),
    y: names('model', { axis: { domain: false, ticks: false, labelFontSize: 11 } }),
    yOffset: sideBySide('way', labels),
    ...looks('way', WAYS, {
      legend: legend ? { orient: 'bottom', columns: 1, offset: 8, labelFontSize: 11 } : null,
    }),
  };
  const ours = rows.find(({ way }) => way === WAYS[0].label)?.precision;
  return panel(
    [WIDTH, ROW * models.length],
    rows,
    [...referenceLine('x', ours), ...pointsWithIntervals('x', encoding, { size: 60, width: 2.5 })],
    { title: { text: table, anchor: 'start', fontSize: 13 } },
  );
}
