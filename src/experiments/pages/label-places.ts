/** @file Names beside points of a crowded figure: each where it covers no other name and no point, or not at all. */

/** A point in pixels, y downwards. */
export interface Labelled {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** Where a name goes: its left or right end, at half its height. */
export interface Place {
  /** Which point, by position. */
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly align: 'left' | 'right';
}

/** Pixels of an average letter at the figure's font size of 10, and of a line. */
const LETTER = 6.5;
const LINE = 10;
/** Half the side of a point's square. */
const RADIUS = 4;
const GAP = 6;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/**
 * Places names greedily, in the order given; a name finds its place in one of some positions around its point.
 *
 * @param points - All points are kept free; those with an empty text get no name. @param width, height - Of the panel.
 * @returns the names that found a place.
 */
export function placeLabels(points: readonly Labelled[], width: number, height: number): Place[] {
  const taken: Box[] = points.map(({ x, y }) => around(x, y));
  const places: Place[] = [];
  for (const [index, { x, y, text }] of points.entries()) {
    if (text === '') continue;
    for (const [side, dy] of POSITIONS) {
      const at = { x: x + side * GAP, y: y + dy };
      const end = at.x + side * LETTER * text.length;
      const box = {
        left: Math.min(at.x, end),
        right: Math.max(at.x, end),
        top: at.y - LINE / 2,
        bottom: at.y + LINE / 2,
      };
      const inside = box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= height;
      if (!inside || taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      places.push({ index, ...at, align: side === 1 ? 'left' : 'right' });
      break;
    }
  }
  return places;
}

/** Right or left of the point, and how far below it. */
const POSITIONS: readonly (readonly [side: 1 | -1, dy: number])[] = [
  [1, -6],
  [-1, -6],
  [1, 7],
  [-1, 7],
  [1, 0],
  [-1, 0],
  [1, -16],
  [-1, -16],
  [1, 17],
  [-1, 17],
  [1, -26],
  [-1, -26],
  [1, 27],
  [-1, 27],
];

function around(x: number, y: number): Box {
  return { left: x - RADIUS, right: x + RADIUS, top: y - RADIUS, bottom: y + RADIUS };
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
