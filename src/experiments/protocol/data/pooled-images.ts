/** @file Images made smaller: the mean of each square of pixels. */
import { Matrix } from '../../../linalg/index.ts';
import { CommandError } from '../../files/command-error.ts';

/**
 * Square images [n, side²], row-major, as [n, (side/block)²]: each pixel is the mean of block × block.
 *
 * @throws {CommandError} the images are not square, or `block` does not divide their side.
 */
export function pooledImages(images: Matrix, block: number): Matrix {
  const side = Math.sqrt(images.cols);
  const small = side / block;
  if (!Number.isInteger(side) || !Number.isInteger(small) || small < 1)
    throw new CommandError(
      `images of ${images.cols} pixels cannot be pooled by ${block}: expected squares whose side ${block} divides.`,
    );
  if (block === 1) return images;
  const out = new Matrix(images.rows, small * small);
  for (let i = 0; i < images.rows; i++) {
    const [from, to] = [images.row(i), out.row(i)];
    for (let p = 0; p < from.length; p++)
      to[Math.floor(p / side / block) * small + Math.floor((p % side) / block)] += from[p];
    for (let p = 0; p < to.length; p++) to[p] /= block * block;
  }
  return out;
}
