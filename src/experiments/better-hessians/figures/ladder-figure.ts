/** @file The ladder of approximations as a row of matrices: what each step forgets. */
import { LADDER, type LadderKind } from '../../../curvature/index.ts';
import { arrow, rect, svgDocument, text } from '../../pages/svg.ts';
import { INK, MUTED } from '../../pages/theme.ts';
import { methodLabel } from '../results/setting-table.ts';
import { METHOD_LOOKS } from './method-marks.ts';

const SIDE = 96;
const GAP = 54;
const LEFT = 8;
const TOP = 34;
const CELLS = 12;
/** Cells of three layers along the diagonal. */
const BLOCKS = [5, 4, 3];

/** What stands below a matrix, and below the arrow that leads to it: what is taken for the truth there. */
const WORDS: Readonly<Record<LadderKind, { is: readonly string[]; assumes: readonly string[] }>> = {
  hessian: { is: ['all second', 'derivatives'], assumes: [] },
  ggn: { is: ['curvature of', 'the loss alone'], assumes: ['network', 'taken as', 'linear'] },
  'block-ggn': { is: ['each layer', 'on its own'], assumes: ['layers', 'taken as', 'apart'] },
  ekfac: { is: ['true diagonal in', 'K-FAC’s basis'], assumes: ['Kronecker', 'eigen-', 'vectors'] },
  kfac: { is: ['G ⊗ A', 'for each layer'], assumes: ['Kronecker', 'eigen-', 'values'] },
};

/** Five squares joined by arrows; the texture of a square is a picture of its structure, not data. */
export function ladderFigure(): string {
  const width = LEFT * 2 + LADDER.length * SIDE + (LADDER.length - 1) * GAP;
  const parts = LADDER.flatMap((kind, k) => {
    const x = LEFT + k * (SIDE + GAP);
    const { is, assumes } = WORDS[kind];
    const middle = x + SIDE / 2;
    return [
      text(middle, TOP - 14, methodLabel(kind), { bold: true, middle: true, size: 14 }),
      matrix(kind, x, TOP),
      ...is.map((words, i) => text(middle, TOP + SIDE + 18 + 15 * i, words, { middle: true, size: 12 })),
      ...(k === 0 ? [] : [arrow(x - GAP + 7, x - 7, TOP + SIDE / 2, INK)]),
      ...assumes.map((words, i) =>
        text(x - GAP / 2, TOP + SIDE / 2 + 17 + 12 * i, words, { middle: true, size: 10, colour: MUTED }),
      ),
    ];
  });
  return svgDocument(width, TOP + SIDE + 42, parts);
}

function matrix(kind: LadderKind, x: number, y: number): string {
  const { colour } = METHOD_LOOKS[kind];
  const cell = SIDE / CELLS;
  const cells: string[] = [rect(x, y, SIDE, SIDE, '#F4F4F4')];
  for (let i = 0; i < CELLS; i++)
    for (let j = 0; j < CELLS; j++) {
      const strength = opacity(kind, i, j);
      if (strength > 0)
        cells.push(
          `<rect x="${x + j * cell}" y="${y + i * cell}" width="${cell}" height="${cell}" fill="${colour}" fill-opacity="${strength.toFixed(2)}"/>`,
        );
    }
  return `<g>${cells.join('')}${rect(x, y, SIDE, SIDE, 'none', '#9A9A9A')}</g>`;
}

/** A symmetric texture: full for Hessian and GGN, blocks for the rest, a Kronecker pattern for the factored ones. */
function opacity(kind: LadderKind, i: number, j: number): number {
  const base = 0.3 + 0.35 * texture(Math.min(i, j), Math.max(i, j)) + (i === j ? 0.3 : 0);
  switch (kind) {
    case 'hessian':
      return base;
    case 'ggn':
      return 0.85 * base + (i === j ? 0.1 : 0);
    case 'block-ggn':
      return blockOf(i) === blockOf(j) ? base : 0;
    case 'ekfac':
      return blockOf(i) === blockOf(j) ? factored(i, j) * (i === j ? 0.55 + 0.4 * texture(i, i) : 0.8) : 0;
    case 'kfac':
      return blockOf(i) === blockOf(j) ? factored(i, j) : 0;
  }
}

/** Regular within a block: rows alternate as in a product of two small matrices. */
function factored(i: number, j: number): number {
  return i === j ? 0.9 : (i + j) % 2 === 0 ? 0.6 : 0.28;
}

function texture(i: number, j: number): number {
  return ((i * 7 + j * 13 + i * j * 3) % 11) / 10;
}

function blockOf(i: number): number {
  return i < BLOCKS[0] ? 0 : i < BLOCKS[0] + BLOCKS[1] ? 1 : 2;
}
