/** @file One array of a recorded program and how it comes about. */
import type { Op } from './rule.ts';

/** An array of the program, shape [rows, cols], one example per column. Made by a {@link Tape}, never by hand. */
export interface TapeNode {
  /** Position in the recording. */
  readonly id: number;
  readonly kind: 'input' | 'variable' | 'labels' | Op;
  readonly rows: number;
  readonly cols: number;
  readonly operands: readonly TapeNode[];
  /** affine: where its block [rows, width] begins in θ; else 0. */
  readonly offset: number;
  /** affine: columns of its block; else 0. */
  readonly width: number;
  /** affine: the column of the bias in the block, undefined without one; undefined for everything else. */
  readonly bias: number | undefined;
  /** scale: the constant; labels: the number of classes; else 0. */
  readonly factor: number;
}
