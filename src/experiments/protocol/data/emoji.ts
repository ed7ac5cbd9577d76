/** @file Drawings of emoji in six categories, 16 × 16 RGB, from the repository's data/emoji or a folder made alike. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError } from '../../files/command-error.ts';
import { parseInput } from '../../files/read-input.ts';
import { readIdxFile, unzipped } from './idx-file.ts';

/** Height and width of a drawing, and its colours. */
export const EMOJI_SIDE = 16;
export const EMOJI_COLOURS = 3;
export const EMOJI_PIXELS: number = EMOJI_COLOURS * EMOJI_SIDE ** 2;

/** The categories, by label. Hands are those of Unicode's People & Body whose subcategory is a hand, in every skin tone. */
export const EMOJI_CATEGORIES: readonly string[] = [
  'Flags',
  'Objects',
  'Hands',
  'Symbols',
  'Travel & Places',
  'Smileys & Emotion',
];

/** All drawings, in the order of Unicode's list. */
export interface Emoji {
  readonly count: number;
  /** 0..255, [count, 3, 16, 16] row-major. */
  readonly pixels: Uint8Array;
  /** Positions in {@link EMOJI_CATEGORIES}. */
  readonly labels: Uint8Array;
  /** "waving hand sign, tone 3". */
  readonly names: readonly string[];
}

const FOLDER = fileURLToPath(new URL('../../../../data/emoji', import.meta.url));

const FILES = {
  images: 'images-idx4-ubyte.gz',
  labels: 'labels-idx1-ubyte.gz',
  names: 'names.txt.gz',
} as const;

/**
 * The files of data/make-emoji.py. The folder lies in the repository, not in the package.
 *
 * @throws {CommandError} a file is missing, damaged, of another shape, or they differ in number; the message names the file.
 */
export function loadEmoji(folder: string = FOLDER): Emoji {
  const [imagesFile, labelsFile, namesFile] = Object.values(FILES).map((name) => path.join(folder, name));
  for (const file of [imagesFile, labelsFile, namesFile])
    if (!existsSync(file))
      throw new CommandError(
        `${file} is not there: the drawings lie in data/emoji of the repository, and data/make-emoji.py makes them from the npm package emoji-datasource-google; --data names their folder.`,
      );
  const { shape, data: pixels } = readIdxFile(imagesFile);
  const [count] = shape;
  if (shape.join() !== [count, EMOJI_COLOURS, EMOJI_SIDE, EMOJI_SIDE].join() || count === 0)
    throw new CommandError(
      `${imagesFile}: shape [${shape.join(', ')}], expected images of ${EMOJI_COLOURS} × ${EMOJI_SIDE} × ${EMOJI_SIDE}.`,
    );
  const { shape: labelled, data: labels } = readIdxFile(labelsFile);
  if (labelled.join() !== String(count))
    throw new CommandError(`${labelsFile}: shape [${labelled.join(', ')}], expected ${count} labels.`);
  const wrong = labels.findIndex((label) => label >= EMOJI_CATEGORIES.length);
  if (wrong >= 0)
    throw new CommandError(
      `${labelsFile}: label ${wrong} is ${labels[wrong]}, expected 0..${EMOJI_CATEGORIES.length - 1}.`,
    );
  const names = parseInput(namesFile, (bytes) => new TextDecoder().decode(unzipped(bytes)).trimEnd().split('\n')); // biome-ignore format: one line
  if (names.length !== count)
    throw new CommandError(`${namesFile}: ${names.length} lines, expected ${count} names.`);
  return { count, pixels, labels, names };
}
