/** @file Pictures that a person drops, labelled by their folder or by their name. */
import { Matrix } from '../../../linalg/index.ts';
import { type Examples, ExplorerError } from './examples.ts';

/** A picture, decoded and shrunk: grey values 0 (white) to 255 (black), row by row. */
export interface DroppedPicture {
  /** With the folder in front where there is one: "cat/17.png". */
  readonly path: string;
  readonly pixels: Uint8Array;
}

const LEAST = 20;

/**
 * The class of a picture: the name of its folder; without one, the letters before the first digit, blank, "-", "_" or "." of its name.
 *
 * @example pictureClass('pets/cat/1.png'); // 'cat'
 * @example pictureClass('cat-17.png'); // 'cat'
 */
export function pictureClass(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.length > 1) return parts[parts.length - 2];
  return /^[^\d\s._-]+/.exec(parts[0] ?? '')?.[0] ?? '';
}

/**
 * Pictures as examples; a feature is a pixel, 0..1.
 *
 * @throws {ExplorerError} fewer than 20, a picture without a class, fewer than two classes.
 */
export function pictureExamples(pictures: readonly DroppedPicture[], side: number): Examples {
  if (pictures.length < LEAST)
    throw new ExplorerError(`${pictures.length} pictures are too few: drop at least ${LEAST}.`);
  const classes = pictures.map(({ path }) => pictureClass(path));
  const unnamed = classes.indexOf('');
  if (unnamed >= 0)
    throw new ExplorerError(
      `${pictures[unnamed].path}: no class. Put the pictures of each class into a folder, or name them class-number.png.`,
    );
  const names = [...new Set(classes)].sort();
  if (names.length < 2)
    throw new ExplorerError(`all pictures are of one class, ${names[0]}: two are needed at least.`);
  const size = side * side;
  const pixels = new Uint8Array(pictures.length * size);
  for (const [i, picture] of pictures.entries()) pixels.set(picture.pixels, i * size);
  return {
    name: `${pictures.length} pictures`,
    inputs: new Matrix(
      pictures.length,
      size,
      Float64Array.from(pixels, (value) => value / 255),
    ),
    answers: {
      kind: 'classes',
      labels: Int32Array.from(classes, (name) => names.indexOf(name)),
      names,
    },
    titles: (index) => pictures[index].path,
    pictures: { width: side, height: side, pixels },
    told: [
      `${pictures.length} pictures of ${names.length} classes: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}.`,
      `Each was shrunk to ${side} × ${side} grey pixels.`,
    ],
  };
}
