/** @file Cost against quality: what a second, and a stored number, buy. */
import type { TopLevelSpec } from 'vega-lite';
import { fixed } from '../../judging/table.ts';
import { placeLabels } from '../../pages/label-places.ts';
import { INK, MUTED } from '../../pages/theme.ts';
import { FAMILIES, FAMILY_LABELS, type Family } from './approach.ts';
import type { BeyondEntry, RuleBeyond, SettingBeyond } from './beyond.ts';

/** Okabe and Ito's palette. */
const COLOURS: Readonly<Record<Family, string>> = {
  ladder: '#000000',
  nearest: '#D55E00',
  sum: '#E69F00',
  basis: '#CC79A7',
  neighbours: '#009E73',
  'cg-ggn': '#56B4E9',
  'cg-hessian': '#0072B2',
};

const SHAPES: Readonly<Record<Family, string>> = {
  ladder: 'circle',
  nearest: 'triangle-down',
  sum: 'triangle-up',
  basis: 'diamond',
  neighbours: 'square',
  'cg-ggn': 'cross',
  'cg-hessian': 'triangle-right',
};

/** A figure with its file name and what it shows. */
export interface BeyondFigure {
  readonly name: string;
  readonly caption: string;
  readonly spec: TopLevelSpec;
}

/** One figure per rule. File names begin with the setting's. */
export function beyondFigures(result: SettingBeyond): BeyondFigure[] {
  return result.rules.map((rule) => ({
    name: `${result.setting}-beyond-${fileLabel(rule)}`,
    caption: paretoCaption(result, rule),
    spec: paretoFigure(result, rule),
  }));
}

/** What the Pareto figure shows, and how to read it. */
export function paretoCaption(
  { setting, ceiling, subsets, seeds, models, sample }: SettingBeyond,
  { label }: RuleBeyond,
): string {
  return (
    `Cost against quality at ${setting}, ${label}: linear data-modelling score (top; noise ceiling ${fixed(ceiling, 3)}, drawn dashed where something comes near it; ${subsets} subsets × ${seeds} seeds, ${models} base ${models === 1 ? 'model' : 'models'}, 95 % BCa intervals) ` +
    `and Eq. 9 error (bottom; ${sample} training gradients) against processor seconds for all queries (left) and numbers stored besides network and data (right). ` +
    'H Hessian, B block-GGN, EK EK-FAC, K K-FAC, N nearest Kronecker product, Σr sum of r of them, EK·N, EK·mass, EK·det EK-FAC in the basis of the nearest product, of largest mass, of smallest log-determinant, ' +
    'T block-tridiagonal GGN (T·chol by Cholesky), C chain of layer pairs; GGN+4: 4 CG steps on the GGN preconditioned by EK-FAC, GGN+4K by K-FAC, lines join 1, 2, 4, 8 and 16 steps. ' +
    'The grey line is the Pareto front: nothing left of it is better. Points without a name had no room for one; the table has them all.'
  );
}

/** Two rows, LDS and Eq. 9, by two columns, seconds and numbers stored. */
export function paretoFigure({ ceiling }: SettingBeyond, rule: RuleBeyond): TopLevelSpec {
  const seconds = { field: 'seconds', title: 'processor seconds (log scale)' } as const;
  const stored = { field: 'stored', title: 'numbers stored (log scale)' } as const;
  return {
    vconcat: [
      { hconcat: [ldsPanel(rule, seconds, ceiling), ldsPanel(rule, stored, ceiling)] },
      { hconcat: [errorPanel(rule, seconds), errorPanel(rule, stored)] },
    ],
  };
}

interface CostAxis {
  readonly field: 'seconds' | 'stored';
  readonly title: string;
}

/** One of several side by side. */
type Panel = Extract<TopLevelSpec, { hconcat: unknown }>['hconcat'][number];
type Layers = Extract<Panel, { layer: unknown }>['layer'];

interface QualityAxis {
  readonly field: 'lds' | 'error';
  readonly type: 'quantitative';
  readonly scale: { readonly zero: boolean } | { readonly type: 'log' };
  readonly title: string;
}

const LDS_AXIS: QualityAxis = { field: 'lds', type: 'quantitative', scale: { zero: false }, title: 'LDS' };
const ERROR_AXIS: QualityAxis = {
  field: 'error',
  type: 'quantitative',
  scale: { type: 'log' },
  title: 'Eq. 9 error (log scale)',
};

const FAMILY_COLOUR = {
  field: 'family',
  type: 'nominal',
  title: null,
  scale: { domain: FAMILIES.map((f) => FAMILY_LABELS[f]), range: FAMILIES.map((f) => COLOURS[f]) },
  legend: { orient: 'bottom', columns: 4 },
} as const;

const FAMILY_SHAPE = {
  field: 'family',
  type: 'nominal',
  title: null,
  scale: { domain: FAMILIES.map((f) => FAMILY_LABELS[f]), range: FAMILIES.map((f) => SHAPES[f]) },
} as const;

/** A ceiling far above the points would press them together: it is drawn when something comes this near. */
const NEAR = 0.8;

function ldsPanel({ entries }: RuleBeyond, cost: CostAxis, ceiling: number | null): Panel {
  const values = entries.filter(({ lds }) => lds !== null).map(point);
  const near = ceiling !== null && values.some(({ hi }) => hi !== null && hi > NEAR * ceiling);
  const below: Layers = [
    {
      mark: { type: 'rule', strokeWidth: 1.5, opacity: 0.35 },
      encoding: {
        x: { field: cost.field, type: 'quantitative', title: cost.title },
        y: { field: 'lo', type: 'quantitative', title: LDS_AXIS.title },
        y2: { field: 'hi' },
        color: FAMILY_COLOUR,
      },
    },
    ...(near ? [ceilingLine(ceiling)] : []),
  ];
  const best = front(values, cost.field, (v) => v.lds ?? Number.NaN, 1);
  return panel(values, cost, LDS_AXIS, best, below);
}

function ceilingLine(ceiling: number): Layers[number] {
  return {
    data: { values: [{ ceiling }] },
    mark: { type: 'rule', strokeDash: [6, 4], color: MUTED },
    encoding: { y: { field: 'ceiling', type: 'quantitative', title: LDS_AXIS.title } },
  };
}

function errorPanel({ entries }: RuleBeyond, cost: CostAxis): Panel {
  const values = entries.filter(({ error }) => error !== null && error > 0).map(point);
  const best = front(values, cost.field, (v) => v.error ?? Number.NaN, -1);
  return panel(values, cost, ERROR_AXIS, best, []);
}

const WIDTH = 450;
const HEIGHT = 360;

function panel(
  values: readonly Point[],
  cost: CostAxis,
  quality: QualityAxis,
  best: readonly Point[],
  below: Layers,
): Panel {
  const horizontal = span(
    values.map((v) => v[cost.field]),
    true,
  );
  const vertical = span(
    values.flatMap((v) => (quality.field === 'lds' ? [v.lds, v.lo, v.hi] : [v.error])),
    quality.field === 'error',
  );
  const x = costAxis(cost, horizontal);
  const y = { ...quality, scale: { ...quality.scale, domain: [...vertical.domain], nice: false } };
  const names = named(values, best, cost, quality, horizontal, vertical);
  return {
    width: WIDTH,
    height: HEIGHT,
    data: { values: [...values] },
    layer: [
      {
        data: { values: [...best] },
        mark: { type: 'line', interpolate: 'step-after', color: '#B5B5B5', strokeWidth: 1.2 },
        encoding: { x, y },
      },
      {
        data: { values: values.filter(({ series }) => series !== null) },
        mark: { type: 'line', strokeWidth: 1, opacity: 0.5 },
        encoding: {
          x,
          y,
          order: { field: 'steps', type: 'quantitative' },
          detail: { field: 'series', type: 'nominal' },
          color: FAMILY_COLOUR,
        },
      },
      ...below,
      {
        mark: { type: 'point', filled: true, size: 50, opacity: 1 },
        encoding: { x, y, color: FAMILY_COLOUR, shape: FAMILY_SHAPE },
      },
      ...(['left', 'right'] as const).map((align) => ({
        data: { values: names.filter((name) => name['align'] === align) },
        mark: { type: 'text' as const, align, baseline: 'middle' as const, fontSize: 10, color: INK },
        encoding: { x, y, text: { field: 'short' } },
      })),
    ],
  };
}

/** A name at values of both axes. */
type Name = { readonly [field: string]: number | string };

/** Names that there is room for, the most important first. */
function named(
  values: readonly Point[],
  best: readonly Point[],
  { field }: CostAxis,
  quality: QualityAxis,
  horizontal: Span,
  vertical: Span,
): Name[] {
  const rank = (p: Point): number =>
    (p.family === FAMILY_LABELS.ladder ? 4 : 0) + (best.includes(p) ? 3 : 0) + (p.series === null ? 2 : 0);
  const ordered = [...values].sort((a, b) => rank(b) - rank(a) || b.steps - a.steps);
  const points = ordered.map((p) => ({
    x: WIDTH * horizontal.place(p[field]),
    y: HEIGHT * (1 - vertical.place(p[quality.field] ?? Number.NaN)),
    text: p.short,
  }));
  return placeLabels(points, WIDTH, HEIGHT).map(({ index, x, y, align }) => ({
    [field]: horizontal.value(x / WIDTH),
    [quality.field]: vertical.value(1 - y / HEIGHT),
    short: ordered[index].short,
    align,
  }));
}

/** An axis: its ends with a margin, and the way between values and their places in 0..1. */
interface Span {
  readonly domain: readonly [number, number];
  readonly place: (value: number) => number;
  readonly value: (place: number) => number;
}

const MARGIN = 0.06;

function span(values: readonly (number | null)[], logarithmic: boolean): Span {
  const to = logarithmic ? Math.log : (x: number): number => x;
  const from = logarithmic ? Math.exp : (x: number): number => x;
  const finite = values.filter((v) => v !== null).map(to);
  const [lo, hi] = [Math.min(...finite), Math.max(...finite)];
  const width = hi - lo || 1;
  const [start, end] = [lo - MARGIN * width, hi + 2 * MARGIN * width];
  return {
    domain: [from(start), from(end)],
    place: (value) => (to(value) - start) / (end - start),
    value: (place) => from(start + place * (end - start)),
  };
}

function costAxis({ field, title }: CostAxis, { domain: [lo, hi] }: Span) {
  const axis = { tickCount: 5, format: field === 'stored' ? '~s' : '~g', grid: false };
  const scale = { type: 'log' as const, domain: [lo, hi], nice: false };
  return { field, type: 'quantitative' as const, scale, title, axis };
}

interface Point extends Pick<BeyondEntry, 'short' | 'label' | 'lds' | 'error' | 'seconds' | 'stored'> {
  readonly family: string;
  readonly lo: number | null;
  readonly hi: number | null;
  /** What a number of conjugate-gradient steps belongs to, and the number. */
  readonly series: string | null;
  readonly steps: number;
}

function point({ id, short, label, family, lds, ci, error, seconds, stored }: BeyondEntry): Point {
  const [, series = null, steps = '0'] = /^(.+-cg-.+)-(\d+)$/.exec(id) ?? [];
  return {
    ...{ short, label, family: FAMILY_LABELS[family], lds, lo: ci[0], hi: ci[1], error, seconds, stored },
    series,
    steps: Number(steps),
  };
}

/** The points that nothing cheaper equals, by ascending cost; `sign` 1 where more is better, −1 where less is. */
export function front<T extends { readonly seconds: number; readonly stored: number }>(
  values: readonly T[],
  cost: 'seconds' | 'stored',
  quality: (value: T) => number,
  sign: 1 | -1,
): T[] {
  const byCost = [...values].sort((a, b) => a[cost] - b[cost] || sign * (quality(b) - quality(a)));
  let best = Number.NEGATIVE_INFINITY;
  return byCost.filter((value) => {
    const here = sign * quality(value);
    if (!(here > best)) return false;
    best = here;
    return true;
  });
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
