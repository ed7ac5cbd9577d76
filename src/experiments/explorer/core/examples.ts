/** @file Examples as they come from a file, before they are split and scaled. */
import type { Matrix } from '../../../linalg/index.ts';

/** What is to be predicted. */
export type Answers =
  | { readonly kind: 'classes'; readonly labels: Int32Array; readonly names: readonly string[] }
  | { readonly kind: 'numbers'; readonly values: Float64Array; readonly name: string };

/** Grey pictures of one size, 0 (white) to 255 (black), row by row. */
export interface Pictures {
  readonly width: number;
  readonly height: number;
  /** [examples, height × width]. */
  readonly pixels: Uint8Array;
}

/** Examples, all that is known of them. */
export interface Examples {
  /** Of the file, or Digits. */
  readonly name: string;
  /** [examples, features], unscaled; of a table NaN where a number is missing. */
  readonly inputs: Matrix;
  readonly answers: Answers;
  /** How each example is called: "row 17", the name of a picture. */
  readonly titles: (index: number) => string;
  readonly pictures?: Pictures;
  /** Cells as they stand in the table, without the target, and the names of the columns. */
  readonly cells?: { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };
  /** What was understood of the file, in sentences. */
  readonly told: readonly string[];
}

/** A refusal that a person can act on. */
export class ExplorerError extends Error {
  override name = 'ExplorerError';
}
