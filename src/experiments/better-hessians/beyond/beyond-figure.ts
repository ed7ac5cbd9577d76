/** @file Cost against quality: what a second, and a stored number, buy. */
import { fixed } from '../../judging/table.ts';
import {
  intervals,
  type Layer,
  ldsWithInterval,
  lines,
  looks,
  on,
  type Panel,
  panel,
  points,
  quantity,
  referenceLine,
  type Spec,
} from '../../pages/chart.ts';
import { front, namesWithRoom, type Ruler, ruler } from '../../pages/pareto.ts';
import type { Drawing } from '../../pages/render.ts';
import { PALETTE } from '../../pages/theme.ts';
import { FAMILIES, FAMILY_LABELS, type Family } from './approach.ts';
import type { BeyondEntry, RuleBeyond, SettingBeyond } from './beyond.ts';

const LOOKS: Readonly<Record<Family, { readonly colour: string; readonly shape: string }>> = {
  ladder: { colour: PALETTE.black, shape: 'circle' },
  nearest: { colour: PALETTE.vermilion, shape: 'triangle-down' },
  sum: { colour: PALETTE.orange, shape: 'triangle-up' },
  basis: { colour: PALETTE.purple, shape: 'diamond' },
  neighbours: { colour: PALETTE.green, shape: 'square' },
  'cg-ggn': { colour: PALETTE.sky, shape: 'cross' },
  'cg-hessian': { colour: PALETTE.blue, shape: 'triangle-right' },
};
const { color, shape } = looks(
  'family',
  FAMILIES.map((family) => ({ label: FAMILY_LABELS[family], ...LOOKS[family] })),
  { legend: { orient: 'bottom', columns: 4 } },
);

/** One figure per rule. File names begin with the setting's. */
export function beyondFigures(result: SettingBeyond): Drawing[] {
  return result.rules.map((rule) => ({
    name: `${result.setting}-beyond-${fileLabel(rule)}`,
    caption: paretoCaption(result, rule),
    alt: `Chart: LDS and error of the inverse of many approximations at ${result.setting}, against seconds and numbers stored; the numbers are in the table below.`,
    spec: paretoFigure(result, rule),
  }));
}

/** What the Pareto figure shows, and how to read it. */
function paretoCaption(
  { setting, ceiling, subsets, seeds, models, sample }: SettingBeyond,
  { label }: RuleBeyond,
): string {
  return (
    `Cost against quality at ${setting}, ${label}: linear data-modelling score (top; noise ceiling ${fixed(ceiling, 3)}, drawn dashed where something comes near it; ${subsets} subsets × ${seeds} seeds, ${models} base ${models === 1 ? 'model' : 'models'}, 95 % intervals) ` +
    `and Eq. 9 error (bottom; ${sample} training gradients) against processor seconds for all queries (left) and numbers stored besides network and data (right). ` +
    'H Hessian, B block-GGN, EK EK-FAC, K K-FAC, N nearest Kronecker product, Σr sum of r of them, EK·N, EK·mass, EK·det EK-FAC in the basis of the nearest product, of largest mass, of smallest log-determinant, ' +
    'T block-tridiagonal GGN (T·chol by Cholesky), C chain of layer pairs; GGN+4: 4 CG steps on the GGN preconditioned by EK-FAC, GGN+4K by K-FAC, lines join 1, 2, 4, 8 and 16 steps. ' +
    'The grey line is the Pareto front: nothing left of it is better. Points without a name had no room for one; the table has them all.'
  );
}

/** Two rows, LDS and Eq. 9, by two columns, seconds and numbers stored. */
function paretoFigure({ ceiling }: SettingBeyond, { entries }: RuleBeyond): Spec {
  const judged = entries.filter(({ lds }) => lds !== null).map(point);
  const solved = entries.filter(({ error }) => error !== null && error > 0).map(point);
  return {
    vconcat: [
      { hconcat: COSTS.map((cost) => ldsPanel(judged, cost, ceiling)) },
      { hconcat: COSTS.map((cost) => errorPanel(solved, cost)) },
    ],
  };
}

const COSTS = ['seconds', 'stored'] as const;
type Cost = (typeof COSTS)[number];

/** A ceiling far above the points would press them together: it is drawn when something comes this near. */
const NEAR = 0.8;

function ldsPanel(rows: readonly Point[], cost: Cost, ceiling: number | null): Panel {
  const near = ceiling !== null && rows.some(({ hi }) => hi !== null && hi > NEAR * ceiling);
  const ends = withMargin(rows.flatMap(({ lds, lo, hi }) => [lds, lo, hi]));
  const y = ruler('lds', 'LDS', 'linear', ends);
  const best = front(rows, cost, ({ lds }) => lds ?? Number.NaN);
  const x = costAxis(cost, rows);
  return paretoPanel(rows, x, y, best, [
    intervals('y', { x: x.channel, y: y.channel, color }, 1.5, 0.35),
    ...referenceLine('y', near ? ceiling : null),
  ]);
}

function errorPanel(rows: readonly Point[], cost: Cost): Panel {
  const y = ruler('error', 'Eq. 9 error (log scale)', 'log', logarithms(rows.map(({ error }) => error)));
  const best = front(rows, cost, ({ error }) => error ?? Number.NaN, -1);
  return paretoPanel(rows, costAxis(cost, rows), y, best, []);
}

const TITLES: Readonly<Record<Cost, string>> = {
  seconds: 'processor seconds (log scale)',
  stored: 'numbers stored (log scale)',
};

function costAxis(cost: Cost, rows: readonly Point[]): Ruler {
  const axis = { tickCount: 5, format: cost === 'stored' ? '~s' : '~g', grid: false };
  return ruler(cost, TITLES[cost], 'log', logarithms(rows.map((row) => row[cost])), { axis });
}

const SIZE = [450, 360] as const;

/** Below the points: the front, what joins the steps of a method, and `below`. */
function paretoPanel(
  rows: readonly Point[],
  x: Ruler,
  y: Ruler,
  best: readonly Point[],
  below: readonly Layer[],
): Panel {
  const encoding = { x: x.channel, y: y.channel };
  const series = { order: quantity('steps', null), detail: { field: 'series', type: 'nominal' }, color };
  const rank = (p: Point): number =>
    (p.family === FAMILY_LABELS.ladder ? 4 : 0) + (best.includes(p) ? 3 : 0) + (p.series === null ? 2 : 0);
  const byImportance = [...rows].sort((a, b) => rank(b) - rank(a) || b.steps - a.steps);
  return panel(SIZE, rows, [
    on(best, lines(encoding, 1.2, { interpolate: 'step-after', color: '#B5B5B5' })),
    on(
      rows.filter(({ series }) => series !== null),
      lines({ ...encoding, ...series }, 1, { opacity: 0.5 }),
    ),
    ...below,
    points({ ...encoding, color, shape }, 50),
    ...namesWithRoom(byImportance, 'short', x, y, SIZE),
  ]);
}

const MARGIN = 0.06;

/** From the least to the greatest, with a margin. */
function withMargin(values: readonly (number | null)[]): readonly [number, number] {
  const known = values.filter((value) => value !== null);
  const [lo, hi] = [Math.min(...known), Math.max(...known)];
  const width = hi - lo || 1;
  return [lo - MARGIN * width, hi + 2 * MARGIN * width];
}

/** {@link withMargin} on a logarithmic axis. */
function logarithms(values: readonly (number | null)[]): readonly [number, number] {
  const [lo, hi] = withMargin(values.map((value) => (value === null ? null : Math.log(value))));
  return [Math.exp(lo), Math.exp(hi)];
}

interface Point extends Pick<BeyondEntry, 'short' | 'lds' | 'error' | 'seconds' | 'stored'> {
  readonly [field: string]: unknown;
  readonly family: string;
  readonly lo: number | null;
  readonly hi: number | null;
  /** What a number of conjugate-gradient steps belongs to, and the number. */
  readonly series: string | null;
  readonly steps: number;
}

function point({ id, short, family, lds, ci, error, seconds, stored }: BeyondEntry): Point {
  const [, series = null, steps = '0'] = /^(.+-cg-.+)-(\d+)$/.exec(id) ?? [];
  return {
    ...{ short, family: FAMILY_LABELS[family], ...ldsWithInterval(lds, ci), error, seconds, stored },
    series,
    steps: Number(steps),
  };
}

/** `eps-1e-4`, `lambda-1e-3`. */
function fileLabel({ rule }: RuleBeyond): string {
  switch (rule.kind) {
    case 'truncated':
      return `eps-${rule.eps.toExponential()}${rule.negative === 'drop' ? '-drop' : ''}`;
    case 'damped':
      return `lambda-${rule.lambda.toExponential()}`;
    case 'absolute':
      return `absolute-${rule.lambda.toExponential()}`;
    case 'unrolled':
      return 'unrolled';
  }
}
