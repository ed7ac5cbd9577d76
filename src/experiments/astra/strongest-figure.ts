/** @file Queries with the training pictures that helped and harmed them most, under each method. */
import { escapeXml } from '../pages/escape.ts';
import { pngUri } from '../pages/png.ts';
import type { Figure } from '../pages/render.ts';
import { svgDocument, text } from '../pages/svg.ts';
import { MUTED } from '../pages/theme.ts';
import { EMOJI_COLOURS, EMOJI_PIXELS, EMOJI_SIDE, type Emoji, loadEmoji } from '../protocol/data/emoji.ts';
import type { SettingAstra, ShownExample, Strongest } from './astra-results.ts';

const IMAGE = 40;
const CELL = 48;
const ROW = 50;
const LEFT = 300;
const GAP = 28;
const TOP = 34;
const BETWEEN = 22;

/** None without pictures. @param folder - Of the drawings, where they are not the repository's. */
export function strongestFigure({ name, strongest }: SettingAstra, folder?: string): Figure[] {
  if (strongest === undefined) return [];
  const caption =
    'The first query of each category, with the training drawings whose presence raised its margin most (left), and lowered it most (right), by the scores averaged over base models.';
  const svg = drawn(strongest, loadEmoji(folder));
  return [{ name: `${name}-astra-strongest`, caption, alt: caption, svg }];
}

function drawn({ methods, queries }: Strongest, emoji: Emoji): string {
  const perSide = Math.max(1, ...queries.flatMap(({ shown }) => shown.map(({ helped }) => helped.length)));
  const right = LEFT + perSide * CELL + GAP;
  const block = methods.length * ROW + BETWEEN;
  const parts = [
    text(LEFT, 18, 'helped most', { bold: true }),
    text(right, 18, 'harmed most', { bold: true }),
    ...queries.flatMap(({ query, shown }, k) => {
      const top = TOP + k * block;
      return [
        picture(emoji, query.position, 0, top, 2 * IMAGE, query.name),
        text(0, top + 2 * IMAGE + 14, shortened(query.name), { size: 11, colour: MUTED }),
        ...methods.flatMap(({ label }, m) => {
          const y = top + m * ROW;
          const { helped, harmed } = shown[m];
          return [
            text(2 * IMAGE + 12, y + 25, label, {}),
            ...strip(emoji, helped, LEFT, y),
            ...strip(emoji, harmed, right, y),
          ];
        }),
      ];
    }),
  ];
  return svgDocument(right + perSide * CELL + 4, TOP + queries.length * block, parts);
}

function strip(emoji: Emoji, examples: readonly ShownExample[], x: number, y: number): string[] {
  return examples.map(({ position, name, score }, k) =>
    picture(emoji, position, x + k * CELL, y, IMAGE, `${name}, score ${score.toPrecision(3)}`),
  );
}

function picture(
  { pixels }: Emoji,
  position: number,
  x: number,
  y: number,
  size: number,
  title: string,
): string {
  const own = pixels.subarray(position * EMOJI_PIXELS, (position + 1) * EMOJI_PIXELS);
  // colour by colour in the data, pixel by pixel in the picture
  const plane = EMOJI_SIDE ** 2;
  const interleaved = own.map((_, i) => own[(i % EMOJI_COLOURS) * plane + Math.floor(i / EMOJI_COLOURS)]);
  return (
    `<g><title>${escapeXml(title)}</title><image x="${x}" y="${y}" width="${size}" height="${size}" ` +
    `style="image-rendering:pixelated" href="${pngUri(EMOJI_SIDE, EMOJI_SIDE, interleaved, 3)}"/>` +
    `<rect x="${x}" y="${y}" width="${size}" height="${size}" fill="none" stroke="#BBBBBB"/></g>`
  );
}

function shortened(name: string): string {
  return name.length <= 40 ? name : `${name.slice(0, 38)} …`;
}
