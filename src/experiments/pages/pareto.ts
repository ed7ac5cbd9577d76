/** @file Cost against quality: the front that nothing cheaper passes, and the names that there is room for. */
import { type Channel, type Layer, labels, mark, on, type Properties, quantity, type Row } from './chart.ts';
import { placeLabels } from './label-places.ts';
import { INK, MUTED } from './theme.ts';

/** An axis with ends of our own, so that the place of every value is known before anything is drawn. */
export interface Ruler {
  readonly field: string;
  readonly channel: Channel;
  /** Where a value stands, in 0..1. */
  readonly place: (value: number) => number;
  /** The value at a place. */
  readonly value: (place: number) => number;
}

/** A linear axis, or a logarithmic one, from end to end. */
export function ruler(
  field: string,
  title: string,
  kind: 'linear' | 'log',
  [lo, hi]: readonly [number, number],
  more: Properties = {},
): Ruler {
  const [to, from] = kind === 'log' ? [Math.log, Math.exp] : [(x: number) => x, (x: number) => x];
  const [start, end] = [to(lo), to(hi)];
  return {
    field,
    channel: quantity(field, title, { ...more, scale: { type: kind, domain: [lo, hi], nice: false } }),
    place: (value) => (to(value) - start) / (end - start),
    value: (place) => from(start + place * (end - start)),
  };
}

/** The points that nothing cheaper equals, by ascending cost; `sign` 1 where more is better, −1 where less is. */
export function front<C extends string, T extends { readonly [cost in C]: number }>(
  values: readonly T[],
  cost: C,
  quality: (value: T) => number,
  sign: 1 | -1 = 1,
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

/** The field `text` of the rows beside their points, in that order of importance, in `size` pixels; to names that stand apart leads a line. */
export function namesWithRoom(
  rows: readonly Row[],
  text: string,
  x: Ruler,
  y: Ruler,
  [width, height]: readonly [number, number],
): Layer[] {
  const points = rows.map((row) => ({
    x: width * x.place(Number(row[x.field])),
    y: height * (1 - y.place(Number(row[y.field]))),
    text: String(row[text]),
  }));
  const places = placeLabels(points, width, height);
  const names = places.map(({ index, align, ...at }) => ({
    [x.field]: x.value(at.x / width),
    [y.field]: y.value(1 - at.y / height),
    [text]: points[index].text,
    align,
  }));
  const leads = places.flatMap(({ index, far, ...at }) => {
    const { x: px, y: py } = points[index];
    return far
      ? [
          {
            [x.field]: x.value(px / width),
            [y.field]: y.value(1 - py / height),
            toX: x.value(at.x / width),
            toY: y.value(1 - at.y / height),
          },
        ]
      : [];
  });
  const leading = on(
    leads,
    mark(
      'rule',
      { x: x.channel, y: y.channel, x2: { field: 'toX' }, y2: { field: 'toY' } },
      { stroke: MUTED, strokeWidth: 0.5 },
    ),
  );
  const written = ['left', 'right'].map((align) =>
    on(
      names.filter((name) => name['align'] === align),
      labels({ x: x.channel, y: y.channel }, text, { align, baseline: 'middle', fontSize: 10, color: INK }),
    ),
  );
  return leads.length === 0 ? written : [leading, ...written];
}
