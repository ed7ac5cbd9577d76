/** @file Files of pictures as small grey ones, in a worker. */
import { breathe, type Control } from '../core/control.ts';
import { ExplorerError } from '../core/examples.ts';
import type { DroppedPicture } from '../core/picture-examples.ts';

/** A file, with the folder in front of its name where there is one. */
export interface NamedFile {
  readonly path: string;
  readonly file: Blob;
}

/** Pictures of one size. */
export interface Pictured {
  readonly side: number;
  readonly pictures: readonly DroppedPicture[];
}

/** Pixels of a side at most: with more, dense curvatures of the usual network no longer fit. */
const MOST_SIDE = 12;

/** Decodes and shrinks; transparent is white. @throws {ExplorerError} a file that is no picture. */
export async function decodePictures(
  { files }: { files: readonly NamedFile[] },
  control: Control,
): Promise<Pictured> {
  const pictures: DroppedPicture[] = [];
  let side = 0;
  let canvas = new OffscreenCanvas(1, 1);
  for (const { path, file } of files) {
    let bitmap: ImageBitmap;
    try {
      bitmap = await createImageBitmap(file);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      throw new ExplorerError(`${path} is no picture that this browser can read.`);
    }
    if (side === 0) {
      side = Math.min(MOST_SIDE, Math.max(bitmap.width, bitmap.height));
      canvas = new OffscreenCanvas(side, side);
    }
    pictures.push({ path, pixels: greyOf(canvas, bitmap, side) });
    bitmap.close();
    control.progress(pictures.length / files.length);
    await breathe(control);
  }
  return { side, pictures };
}

function greyOf(canvas: OffscreenCanvas, bitmap: ImageBitmap, side: number): Uint8Array {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new ExplorerError('this browser cannot draw in a worker.');
  context.fillStyle = 'white';
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  return Uint8Array.from({ length: side * side }, (_, i) =>
    Math.round(255 - (0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2])),
  );
}
