/** @file A folder of PNG images, one folder a class, as examples: scaled to one size, in grey or in colour. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { decode } from 'fast-png';
import { Matrix } from '../../../linalg/index.ts';
import { CommandError } from '../../files/command-error.ts';
import { readInput } from '../../files/read-input.ts';
import { FEWEST } from '../../tables/answers.ts';
import type { TableRequest } from '../../tables/read-table.ts';
import type { AuditData } from '../audit-data.ts';

/** Sides are at most this long: larger images are averaged down. */
const LARGEST_SIDE = 32;
/** Sides of an image that is read. */
const MOST_PIXELS = 2 ** 26;

/** Pixels 0..255, row-major, channels last. */
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly colours: boolean;
  /** Red, green, blue of a pixel, on white where it is transparent. */
  readonly at: (x: number, y: number) => readonly [number, number, number];
}

/** @throws {CommandError} no classes, an image that cannot be read; the message names it. */
export function readImageData({ file: folder, target, task, id }: TableRequest): AuditData {
  if (task === 'regression')
    throw new CommandError('--task regression is for tables: a folder of images has classes.');
  if (id !== undefined) throw new CommandError('--id is for tables: images go by their files.');
  const classes = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
  const files = classes.flatMap((name, label) =>
    readdirSync(path.join(folder, name))
      .filter((file) => /\.png$/i.test(file))
      .sort()
      .map((file) => ({ file: path.join(name, file), label })),
  );
  const filled = classes.filter((_, label) => files.some((one) => one.label === label));
  if (filled.length < 2)
    throw new CommandError(
      `${folder}: a folder of PNG images for each class is expected; ${filled.length === 0 ? 'none' : 'only one'} has any.`,
    );
  if (files.length < FEWEST)
    throw new CommandError(`${folder}: ${files.length} images; at least ${FEWEST} are needed for an audit.`);
  const pictures = files.map(({ file }) => pictureOf(path.join(folder, file)));
  const [width, height] = [
    median(pictures.map((one) => one.width)),
    median(pictures.map((one) => one.height)),
  ].map((side) => Math.min(side, LARGEST_SIDE));
  const channels = pictures.some(({ colours }) => colours) ? 3 : 1;
  const size = width * height * channels;
  const inputs = new Matrix(files.length, size);
  for (const [i, picture] of pictures.entries()) inputs.row(i).set(scaled(picture, width, height, channels));
  const sizes = new Set(pictures.map((one) => `${one.width}×${one.height}`));
  const label = new Map(filled.map((name, k) => [classes.indexOf(name), k]));
  return {
    source: folder,
    target: target ?? 'class',
    task: 'classification',
    rows: files.length,
    used: Int32Array.from(files.keys()),
    features: Array.from({ length: size }, (_, k) => `pixel ${k}`),
    inputs,
    answers: Float64Array.from(files, (one) => label.get(one.label) ?? 0),
    classes: filled,
    understood: [
      `${files.length} PNG images in ${filled.length} classes: ${filled
        .slice(0, 8)
        .map((name) => JSON.stringify(name))
        .join(', ')}${filled.length > 8 ? ', …' : ''}.`,
      `${sizes.size === 1 ? `All are ${[...sizes][0]}` : `They have ${sizes.size} sizes`}; seen as ${width}×${height} in ${channels === 3 ? 'colour' : 'grey'}.`,
      ...(filled.length < classes.length
        ? [`${classes.length - filled.length} folders have no PNG image.`]
        : []),
    ],
    warnings: [],
    shown: [{ name: 'file', cell: (position) => files[position].file }],
    images: {
      width,
      height,
      channels,
      pixels: (position) => Uint8Array.from(inputs.row(position), Math.round),
    },
  };
}

function pictureOf(file: string): Picture {
  if (statSync(file).isDirectory()) throw new CommandError(`cannot read ${file}: it is a folder.`);
  let png: ReturnType<typeof decode>;
  try {
    png = decode(readInput(file));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`cannot read ${file}: it is no PNG image, or damaged.`);
  }
  const { width, height, channels, data, depth, palette } = png;
  if (width * height > MOST_PIXELS)
    throw new CommandError(`cannot read ${file}: ${width}×${height} pixels are too many.`);
  const most = palette === undefined ? 2 ** depth - 1 : 255;
  const at = (x: number, y: number): readonly [number, number, number] => {
    const pixel = y * width + x;
    const part = (c: number): number => (255 * data[pixel * channels + c]) / most;
    const seen = palette === undefined ? undefined : palette[data[pixel]];
    const alpha =
      seen !== undefined
        ? (seen[3] ?? 255) / 255
        : channels === 2 || channels === 4
          ? part(channels - 1) / 255
          : 1;
    const own = seen ?? (channels >= 3 ? [part(0), part(1), part(2)] : [part(0), part(0), part(0)]);
    const shown = (c: number): number => alpha * own[c] + 255 * (1 - alpha);
    return [shown(0), shown(1), shown(2)];
  };
  return { width, height, colours: palette !== undefined || channels >= 3, at };
}

/** Means over the pixels that fall into each. */
function scaled(
  { width, height, at }: Picture,
  columns: number,
  rows: number,
  channels: 1 | 3,
): Float64Array {
  const out = new Float64Array(columns * rows * channels);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const [x0, y0] = [Math.floor((c * width) / columns), Math.floor((r * height) / rows)];
      const [x1, y1] = [
        Math.max(x0 + 1, Math.floor(((c + 1) * width) / columns)),
        Math.max(y0 + 1, Math.floor(((r + 1) * height) / rows)),
      ];
      const sum = [0, 0, 0];
      for (let y = y0; y < y1; y++)
        for (let x = x0; x < x1; x++) for (const [k, value] of at(x, y).entries()) sum[k] += value;
      const mean = sum.map((total) => total / ((x1 - x0) * (y1 - y0)));
      const place = (r * columns + c) * channels;
      if (channels === 1) out[place] = (mean[0] + mean[1] + mean[2]) / 3;
      else out.set(mean, place);
    }
  return out;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
