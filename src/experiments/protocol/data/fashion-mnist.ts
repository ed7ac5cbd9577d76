/** @file Fashion-MNIST, or any data set in its four IDX files, plain or gzipped, from a folder. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { CommandError } from '../../files/command-error.ts';
import { readIdxFile } from './idx-file.ts';

/** Grey images, row-major [count, 784], pixels 0..255, and their classes 0..9. */
export interface Images {
  readonly count: number;
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

export interface FashionMnist {
  readonly train: Images;
  readonly test: Images;
}

/** Pixels of an image. */
export const IMAGE_PIXELS: number = 28 * 28;
export const IMAGE_CLASSES = 10;

/**
 * Reads train-images-idx3-ubyte, train-labels-idx1-ubyte and both t10k files, each as it is or with `.gz`.
 *
 * @throws {CommandError} a file is missing, damaged, of another shape, or images and labels differ in number; the message
 * names the file.
 */
export function loadFashionMnist(folder: string): FashionMnist {
  return { train: loadImages(folder, 'train'), test: loadImages(folder, 't10k') };
}

function loadImages(folder: string, part: 'train' | 't10k'): Images {
  const imagesFile = present(folder, `${part}-images-idx3-ubyte`);
  const labelsFile = present(folder, `${part}-labels-idx1-ubyte`);
  const images = readIdxFile(imagesFile);
  const labels = readIdxFile(labelsFile);
  const [count, height, width] = images.shape;
  if (images.shape.length !== 3 || height !== 28 || width !== 28 || count === 0)
    throw new CommandError(`${imagesFile}: shape [${images.shape.join(', ')}], expected images of 28 × 28.`);
  if (labels.shape.length !== 1 || labels.shape[0] !== count)
    throw new CommandError(`${labelsFile}: shape [${labels.shape.join(', ')}], expected ${count} labels.`);
  const wrong = labels.data.findIndex((label) => label >= IMAGE_CLASSES);
  if (wrong >= 0)
    throw new CommandError(`${labelsFile}: label ${wrong} is ${labels.data[wrong]}, expected 0..9.`);
  return { count, pixels: images.data, labels: labels.data };
}

function present(folder: string, name: string): string {
  const plain = path.join(folder, name);
  const found = [plain, `${plain}.gz`].find((file) => existsSync(file));
  if (found === undefined)
    throw new CommandError(
      `${folder} has neither ${name} nor ${name}.gz: --data names the folder of the IDX files of Fashion-MNIST (Debian: /usr/share/datasets/fashion-mnist of the package dataset-fashion-mnist).`,
    );
  return found;
}
