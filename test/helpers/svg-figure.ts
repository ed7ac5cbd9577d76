/** @file Reads a chart back from its SVG: panels, their axes, and where the marks stand. It knows nothing of what was drawn. */

/** An element with its place on the whole picture. */
export interface Element {
  readonly tag: string;
  readonly x: number;
  readonly y: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Element[];
}

/** Two places, left to right or top to bottom as drawn. */
export interface Segment {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** A place on the picture. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Labels of an axis with the pixels of their ticks. */
export class Axis {
  private readonly ticks: readonly { readonly label: string; readonly at: number }[];

  constructor(ticks: Axis['ticks']) {
    this.ticks = ticks;
  }

  /** Where a value stands, by the first and the last number on the axis. */
  place(value: number, scale: 'linear' | 'log' = 'linear'): number {
    const numbers = this.ticks
      .map(({ label, at }) => ({ value: labelNumber(label), at }))
      .filter((tick) => !Number.isNaN(tick.value));
    const [first, last] = [numbers[0], numbers[numbers.length - 1]];
    if (first === undefined || first === last) throw new Error('an axis with fewer than two numbers');
    const on = scale === 'log' ? Math.log : (x: number): number => x;
    const share = (on(value) - on(first.value)) / (on(last.value) - on(first.value));
    return first.at + share * (last.at - first.at);
  }

  /** Where a name stands. */
  name(label: string): number {
    const found = this.ticks.find((tick) => tick.label === label);
    if (found === undefined)
      throw new Error(`no ${label} among ${this.ticks.map((t) => t.label).join(', ')}`);
    return found.at;
  }
}

/** "0.1", "−0.5", "1e-4", "20k", "1,000", "10m". */
function labelNumber(label: string): number {
  const [, digits, unit = ''] = /^([-−\d.,e+]+)([kMGmµ]?)$/.exec(label) ?? [];
  if (digits === undefined) return Number.NaN;
  const units: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, m: 1e-3, µ: 1e-6 };
  return Number(digits.replaceAll('−', '-').replaceAll(',', '')) * units[unit];
}

/** A rectangle of the picture with axes and marks. */
export class Panel {
  readonly x: Axis;
  readonly y: Axis;
  private readonly marks: readonly Element[];

  constructor(box: Box, all: readonly Element[], axes: readonly FoundAxis[]) {
    this.marks = all.filter((e) => inside(box, e) && e.tag !== 'g');
    const nearest = (along: 'x' | 'y'): Axis => {
      const span = along === 'x' ? [box.x, box.x + box.width] : [box.y, box.y + box.height];
      const own = axes
        .filter((axis) => axis.along === along)
        .filter(({ ticks }) => ticks.every(({ at }) => at > span[0] - 2 && at < span[1] + 2))
        .map((axis) => ({ axis, far: distance(box, axis) }))
        .sort((a, b) => a.far - b.far);
      return new Axis(own[0]?.axis.ticks ?? []);
    };
    this.x = nearest('x');
    this.y = nearest('y');
  }

  /** Symbols of a colour, in the order in which they are drawn. */
  points(colour: string): Place[] {
    return this.marks.filter(
      ({ tag, attributes: a }) => tag === 'path' && a['fill'] === colour && a['transform'] !== undefined,
    );
  }

  /** Straight lines of a colour. */
  rules(colour: string): Segment[] {
    return this.marks
      .filter(({ tag, attributes }) => tag === 'line' && attributes['stroke'] === colour)
      .map(({ x, y, attributes: a }) => ({
        x1: x,
        y1: y,
        x2: x + Number(a['x2'] ?? 0),
        y2: y + Number(a['y2'] ?? 0),
      }));
  }

  /** Rectangles of a colour. */
  boxes(colour: string): Box[] {
    return this.marks
      .filter(({ tag, attributes: a }) => tag === 'path' && a['fill'] === colour && isBox(a['d']))
      .map(({ x, y, attributes: a }) => {
        const [left, top, width, height] = numbersIn(a['d']);
        return {
          x: x + Math.min(left, left + width),
          y: y + Math.min(top, top + height),
          width: Math.abs(width),
          height: Math.abs(height),
        };
      });
  }

  /** The corners of lines of a colour, line by line. */
  lines(colour: string): Place[][] {
    return this.marks
      .filter(({ tag, attributes: a }) => tag === 'path' && a['stroke'] === colour && a['fill'] === undefined)
      .map(({ x, y, attributes: a }) =>
        [...a['d'].matchAll(/[ML](-?[\d.]+(?:e-?\d+)?),(-?[\d.]+(?:e-?\d+)?)/g)].map(([, dx, dy]) => ({
          x: x + Number(dx),
          y: y + Number(dy),
        })),
      );
  }

  /** Texts with their places. */
  texts(): Element[] {
    return this.marks.filter(({ tag }) => tag === 'text');
  }
}

export interface Box extends Place {
  readonly width: number;
  readonly height: number;
}

interface FoundAxis {
  readonly along: 'x' | 'y';
  /** Where the axis stands across its direction. */
  readonly at: number;
  readonly ticks: readonly { readonly label: string; readonly at: number }[];
}

const TICK = '#9A9A9A';
/** Boxes as low as this belong to legends. */
const LEGEND_ROW = 60;

/** The panels of a chart, in the order in which they are drawn. */
export function readPanels(svg: string): Panel[] {
  const all = flat(readSvg(svg));
  const axes = all.flatMap(axisOf);
  const boxes = all
    .filter(
      ({ tag, attributes: a }) => tag === 'path' && a['fill'] === undefined && a['stroke'] === undefined,
    )
    .filter(({ attributes: a }) => isBox(a['d']))
    .map(({ x, y, attributes: a }) => {
      const [, , width, height] = numbersIn(a['d']);
      return { x, y, width, height };
    })
    .filter(({ width, height }) => width > 0 && height > LEGEND_ROW);
  const unique = boxes.filter((box, k) => boxes.findIndex((other) => same(box, other)) === k);
  // every layer has the box of its panel again
  return unique.map((box) => new Panel(box, all, axes));
}

/** An axis is a group of ticks beside a group of their labels. */
function axisOf({ tag, children }: Element): FoundAxis[] {
  if (tag !== 'g') return [];
  const ticks = children.find(({ children: lines }) => lines.length > 0 && lines.every(isTick));
  const labels = children.find(
    ({ children: texts }) => texts.length > 0 && texts.every(({ tag: t }) => t === 'text'),
  );
  if (ticks === undefined || labels === undefined) return [];
  const along = ticks.children[0].attributes['y2'] === '0' ? 'y' : 'x';
  const places = ticks.children.map((tick) => tick[along]);
  return [
    {
      along,
      at: ticks.children[0][along === 'x' ? 'y' : 'x'],
      ticks: labels.children
        .filter(({ attributes }) => attributes['opacity'] !== '0')
        .map((label) => ({
          label: label.text,
          at: nearestTo(middleOf(label, along), places),
        })),
    },
  ];
}

/** A name on the vertical axis stands with its base line a third of its size below its tick. */
function middleOf(label: Element, along: 'x' | 'y'): number {
  return along === 'x' ? label.x : label.y - Number.parseFloat(label.attributes['font-size']) / 3;
}

function nearestTo(place: number, places: readonly number[]): number {
  return places.reduce((a, b) => (Math.abs(b - place) < Math.abs(a - place) ? b : a));
}

function isTick({ tag, attributes: a }: Element): boolean {
  return (
    tag === 'line' && a['stroke'] === TICK && Math.abs(Number(a['x2'])) + Math.abs(Number(a['y2'])) === 5
  );
}

function distance(box: Box, { along, at }: FoundAxis): number {
  const [from, to] = along === 'x' ? [box.y, box.y + box.height] : [box.x, box.x + box.width];
  return Math.min(Math.abs(at - from), Math.abs(at - to));
}

function inside({ x, y, width, height }: Box, place: Place): boolean {
  return place.x > x - 2 && place.x < x + width + 2 && place.y > y - 2 && place.y < y + height + 2;
}

function same(a: Box, b: Box): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

function isBox(d: string | undefined): boolean {
  return /^M[^MLAC]*h[^MLAC]*v[^MLAC]*h[^MLAC]*Z$/.test(d ?? '');
}

function numbersIn(d: string): number[] {
  return [...d.matchAll(/-?[\d.]+(?:e-?\d+)?/g)].map(([number]) => Number(number));
}

/** Every element, itself first. */
export function flat(element: Element): Element[] {
  return [element, ...element.children.flatMap(flat)];
}

/** The tree of elements; `transform` is added up, as far as it shifts. */
export function readSvg(svg: string): Element {
  interface Open extends Omit<Element, 'children' | 'text'> {
    text: string;
    readonly children: Open[];
  }
  const root: Open = { tag: '', x: 0, y: 0, attributes: {}, text: '', children: [] };
  const stack: Open[] = [root];
  for (const [, closing, tag, rest, selfClosing, text] of svg.matchAll(
    /<(\/?)([a-z]+)([^>]*?)(\/?)>([^<]*)/gi,
  )) {
    if (closing !== '') stack.pop();
    else {
      const attributes = Object.fromEntries(
        [...rest.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
      );
      const [, dx = '0', dy = '0'] =
        /translate\((-?[\d.e-]+),(-?[\d.e-]+)\)/.exec(attributes['transform'] ?? '') ?? [];
      const parent = stack[stack.length - 1];
      const element: Open = {
        tag,
        x: parent.x + Number(dx),
        y: parent.y + Number(dy),
        attributes,
        text: '',
        children: [],
      };
      parent.children.push(element);
      if (selfClosing === '') stack.push(element);
      if (selfClosing === '') element.text += unescaped(text);
    }
  }
  return root;
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
