/** @file How a window slides over an image or a sequence: what convolutions and pooling are told. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import type { Shape } from '../op.ts';

/** Of rows and columns, or the same for both. */
export type Pair = number | readonly [rows: number, cols: number];

/**
 * Windows over images [channels, height · width · B], position-major. A sequence of T positions is an image of height 1 and width T, and its kernel
 * [1, k], its padding [0, p].
 */
export interface WindowsGiven {
  readonly height: number;
  readonly width: number;
  /** Rows and columns of a window. */
  readonly kernel: Pair;
  /** From one window to the next. Default 1. */
  readonly stride?: Pair;
  /** Rows above and below, and columns on either side, that count as part of the image. Default 0. */
  readonly padding?: Pair;
  /** From one element of a window to the next. Default 1. */
  readonly dilation?: Pair;
}

/** A checked description: the numbers that kernels read (WINDOW_NUMBERS without the last), the elements of a window and the columns of the result. */
export interface Windows {
  readonly numbers: readonly number[];
  readonly elements: number;
  readonly cols: number;
}

/** @throws {DomainError} no sizes. @throws {ShapeError} the columns are not those of such images, or no window fits. */
export function windowsOf(where: string, x: Shape, given: WindowsGiven): Windows {
  checkObject(where, 'given', given);
  const { height, width, kernel, stride = 1, padding = 0, dilation = 1 } = given;
  const batch = examplesOf(where, x, height, width);
  const [kernelPair, stridePair, dilationPair] = (
    [
      ['kernel', kernel],
      ['stride', stride],
      ['dilation', dilation],
    ] as const
  ).map(([name, value]) => pairOf(where, name, value, 1));
  const pad = pairOf(where, 'padding', padding, 0);
  const result = [height, width].map((size, axis) => {
    const span = (kernelPair[axis] - 1) * dilationPair[axis] + 1;
    const room = size + 2 * pad[axis] - span;
    if (room < 0)
      throw new ShapeError(where, 'kernel', `windows within ${size + 2 * pad[axis]}`, `a span of ${span}`);
    return Math.floor(room / stridePair[axis]) + 1;
  });
  return {
    numbers: [height, width, ...kernelPair, ...stridePair, ...pad, ...dilationPair, ...result],
    elements: kernelPair[0] * kernelPair[1],
    cols: result[0] * result[1] * batch,
  };
}

/** B of images [channels, height · width · B]. */
export function examplesOf(where: string, x: Shape, height: number, width: number): number {
  checkInteger(where, 'height', height, 1, Number.POSITIVE_INFINITY);
  checkInteger(where, 'width', width, 1, Number.POSITIVE_INFINITY);
  const batch = x.cols / (height * width);
  if (!Number.isInteger(batch))
    throw new ShapeError(
      where,
      'operand',
      `columns for ${height} × ${width} positions`,
      `[${x.rows}, ${x.cols}]`,
    );
  return batch;
}

/** P of matrices [R, P · B] of B examples. */
export function positionsOf(where: string, x: Shape, examples: number): number {
  checkInteger(where, 'examples', examples, 1, Number.POSITIVE_INFINITY);
  const positions = x.cols / examples;
  if (!Number.isInteger(positions))
    throw new ShapeError(where, 'operand', `columns of ${examples} examples`, `[${x.rows}, ${x.cols}]`);
  return positions;
}

function pairOf(where: string, name: string, given: Pair, least: number): readonly [number, number] {
  const pair = typeof given === 'number' ? [given, given] : given;
  if (!Array.isArray(pair) || pair.length !== 2)
    throw new DomainError(where, name, 'an integer, or one for rows and one for columns', given);
  for (const value of pair) checkInteger(where, name, value, least, 2 ** 31);
  return pair as [number, number];
}
