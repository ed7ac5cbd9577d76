/** @file The vocabulary of figures: what places and colours stand for, and the marks that our charts are made of. */
import type { TopLevelSpec } from 'vega-lite';
import { MUTED } from './theme.ts';

export type Spec = TopLevelSpec;
/** One of several pictures side by side or below each other. */
export type Panel = Extract<Spec, { hconcat: unknown }>['hconcat'][number];
/** One of several marks on the same axes. */
export type Layer = Extract<Spec, { layer: unknown }>['layer'][number];

/** Further properties of a channel, a mark or a picture, as Vega-Lite has them. */
export type Properties = Readonly<Record<string, unknown>>;
/** What a place, a colour or a shape of a mark stands for. */
export type Channel = Properties;
/** The channels of a mark by name: x, y, color, … */
export type Encoding = Readonly<Record<string, Channel>>;
export type Axis = 'x' | 'y';
/** What a mark is drawn from; fields are named by the channels. */
export type Row = Readonly<Record<string, unknown>>;

/** A number on an axis. */
export function quantity(field: string, title: string | null, more: Properties = {}): Channel {
  return { field, type: 'quantitative', title, ...more };
}

/** A number on a logarithmic axis, which the title tells; `scale` adds to the scale. */
export function logarithmic(
  field: string,
  title: string,
  more: Properties = {},
  scale: Properties = {},
): Channel {
  return quantity(field, `${title} (log scale)`, { ...more, scale: { type: 'log', ...scale } });
}

/** Names along an axis, in the order of the data. */
export function names(field: string, more: Properties = {}): Channel {
  return { field, type: 'nominal', sort: null, title: null, ...more };
}

/** Shifts marks of one name apart, in a given order. */
export function sideBySide(field: string, order: readonly string[], more: Properties = {}): Channel {
  return { field, type: 'nominal', sort: order, ...more };
}

/** One of a few by colour, shape or dash: `range` holds what stands for the names of `domain`. */
export function oneOf(
  field: string,
  domain: readonly string[],
  range: readonly unknown[],
  more: Properties = {},
): Channel {
  return { field, type: 'nominal', title: null, scale: { domain, range }, ...more };
}

/** A member of a group as figures show it: its name, its colour, and a shape, so that they can be read without colours. */
export interface Look {
  readonly label: string;
  readonly colour: string;
  readonly shape?: string;
}

/** Colour and shape of the members of a group, with one legend for both. `more`: the legend. */
export function looks(
  field: string,
  members: readonly Look[],
  more: Properties = {},
): { color: Channel; shape: Channel } {
  const labels = members.map(({ label }) => label);
  return {
    color: oneOf(
      field,
      labels,
      members.map(({ colour }) => colour),
      more,
    ),
    shape: oneOf(
      field,
      labels,
      members.map(({ shape = 'circle' }) => shape),
      more,
    ),
  };
}

/** A number and its interval as the fields `lds`, `lo` and `hi` of a row. */
export function ldsWithInterval(
  mean: number | null,
  [lo, hi]: readonly [number | null, number | null],
): { lds: number | null; lo: number | null; hi: number | null } {
  return { lds: mean, lo, hi };
}

/** A mark that none of the functions below makes. */
export function mark(type: string, encoding: Encoding, style: Properties = {}): Layer {
  return { mark: { type, ...style }, encoding } as Layer;
}

/** A mark, or several, drawn from rows of their own. */
export function on(rows: readonly Row[], layer: Layer): Layer {
  return { data: { values: [...rows] }, ...layer } as Layer;
}

/** Filled points of `size` square pixels. */
export function points(encoding: Encoding, size: number, style: Properties = {}): Layer {
  return mark('point', encoding, { filled: true, size, opacity: 1, ...style });
}

export function lines(encoding: Encoding, strokeWidth: number, style: Properties = {}): Layer {
  return mark('line', encoding, { strokeWidth, ...style });
}

/** Text that begins at a place, or stands over it. */
export function labels(encoding: Encoding, field: string, style: Properties = {}): Layer {
  return mark('text', { ...encoding, text: { field } }, style);
}

/** Bars from the fields `lo` to `hi` along one axis. */
export function intervals(along: Axis, encoding: Encoding, strokeWidth: number, opacity: number): Layer {
  return mark('rule', fromLoToHi(along, encoding), { strokeWidth, opacity });
}

/** The area from `lo` to `hi`, upwards. */
export function band(encoding: Encoding, opacity: number): Layer {
  return mark('area', fromLoToHi('y', encoding), { opacity });
}

function fromLoToHi(along: Axis, { shape: _, ...encoding }: Encoding): Encoding {
  return { ...encoding, [along]: { ...encoding[along], field: 'lo' }, [`${along}2`]: { field: 'hi' } };
}

/** Bars for the intervals, then the points: the usual picture of numbers that are known to an interval. */
export function pointsWithIntervals(
  along: Axis,
  encoding: Encoding,
  {
    size,
    width,
    opacity = 0.5,
  }: { readonly size: number; readonly width: number; readonly opacity?: number },
): Layer[] {
  return [intervals(along, encoding, width, opacity), points(encoding, size)];
}

/** A line across the picture at one value of an axis, dashed unless `style` says otherwise; none where there is no value. */
export function referenceLine(axis: Axis, value: number | null | undefined, style: Properties = {}): Layer[] {
  if (value === null || value === undefined) return [];
  const line = mark('rule', { [axis]: { field: 'at', type: 'quantitative' } }, { ...DASHED, ...style });
  return [on([{ at: value }], line)];
}

const DASHED = { strokeDash: [6, 4], color: MUTED };

/** {@link referenceLine} with its name, which `style` places. */
export function namedLine(
  axis: Axis,
  value: number | null | undefined,
  name: string,
  style: Properties,
  lineStyle: Properties = { strokeWidth: 1.5 },
): Layer[] {
  const at = { [axis]: { field: 'at', type: 'quantitative' } };
  return referenceLine(axis, value, lineStyle).flatMap((line) => [
    line,
    on([{ at: value, name }], labels(at, 'name', { color: MUTED, ...style })),
  ]);
}

/** Marks on the same axes, drawn from the same rows. `more`: title, config. */
export function panel(
  [width, height]: readonly [width: number | Properties, height: number | Properties],
  rows: readonly Row[],
  layer: readonly Layer[],
  more: Properties = {},
): Panel & Spec {
  return { width, height, data: { values: [...rows] }, layer: [...layer], ...more } as Panel & Spec;
}

/** The same picture for each value of a field, in the order of the rows, `columns` beside each other. */
export function facets(
  field: string,
  columns: number,
  rows: readonly Row[],
  [width, height]: readonly [number, number],
  layer: readonly Layer[],
): Spec {
  return {
    data: { values: [...rows] },
    // named one by one: with sort null the grid is in the alphabet's order
    facet: { field, type: 'nominal', title: null, sort: [...new Set(rows.map((row) => row[field]))] },
    columns,
    spec: { width, height, layer: [...layer] },
  } as Spec;
}
