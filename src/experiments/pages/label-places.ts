/** @file Names beside points of a crowded figure: each where it covers no other name and no point; in a crowd farther away, for a line to lead to it. */

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
  /** Not beside its point: a line should lead there. */
  readonly far: boolean;
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
 * Places names greedily, in the order given: first all that find room beside their point, then the others farther away.
 *
 * @param points - All points are kept free; those with an empty text get no name. @param width, height - Of the panel.
 * @returns the names that found a place, in the order of their points.
 */
export function placeLabels(points: readonly Labelled[], width: number, height: number): Place[] {
  const taken: Box[] = points.map(({ x, y }) => around(x, y));
  const found = new Map<number, Place>();
  for (const positions of [BESIDE, APART])
    for (const [index, { x, y, text }] of points.entries()) {
      if (text === '' || found.has(index)) continue;
      for (const [side, dx, dy] of positions) {
        const at = { x: x + side * dx, y: y + dy };
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
        found.set(index, { index, ...at, align: side === 1 ? 'left' : 'right', far: positions === APART });
        break;
      }
    }
  return [...found.values()].sort((a, b) => a.index - b.index);
}

/** Right or left of the point, how far aside, and how far below it. */
type Position = readonly [side: 1 | -1, dx: number, dy: number];

const BESIDE: readonly Position[] = [-6, 7, 0, -16, 17].flatMap((dy): Position[] => [
  [1, GAP, dy],
  [-1, GAP, dy],
]);

/** The nearest first. */
const APART: readonly Position[] = [28, 40, 52, 66, 80, 100, 120].flatMap((dy) =>
  [GAP, 30, 60].flatMap((dx) =>
    [-dy, dy].flatMap((signed): Position[] => [
      [1, dx, signed],
      [-1, dx, signed],
    ]),
  ),
);

function around(x: number, y: number): Box {
  return { left: x - RADIUS, right: x + RADIUS, top: y - RADIUS, bottom: y + RADIUS };
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
