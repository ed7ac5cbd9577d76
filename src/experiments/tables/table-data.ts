/** @file A table as it was understood: numbers for a network, and what a person should see of each row. */
import type { Matrix } from '../../linalg/index.ts';
import type { TableTask } from './answers.ts';

/** A table of examples. Positions 0..n−1 are those of the rows that are used. */
export interface TableData {
  /** Path of the file or folder, as it was given. */
  readonly source: string;
  readonly target: string;
  readonly task: TableTask;
  /** Data rows of the file. */
  readonly rows: number;
  /** Of each position its row in the file, from 0, ascending. */
  readonly used: Int32Array;
  /** Names of the columns of `inputs`. */
  readonly features: readonly string[];
  /** [n, features]; NaN where a number is missing. */
  readonly inputs: Matrix;
  /** [n]: numbers of classes, or target values. */
  readonly answers: Float64Array;
  /** Empty for regression. */
  readonly classes: readonly string[];
  /** What was understood of the file, in sentences. */
  readonly understood: readonly string[];
  readonly warnings: readonly string[];
  /** What a person sees of a row: columns by name, the cell of each position as text. */
  readonly shown: readonly { readonly name: string; readonly cell: (position: number) => string }[];
}
