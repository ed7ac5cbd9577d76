/** @file What is audited, whatever file it came from: numbers for a network, and what a person should see of each row. */
import type { Matrix } from '../../linalg/index.ts';
import type { AuditTask } from './reading/answers.ts';

/** A table of examples. Positions 0..n−1 are those of the rows that are used. */
export interface AuditData {
  /** Path of the file or folder, as it was given. */
  readonly source: string;
  readonly target: string;
  readonly task: AuditTask;
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
  /** Where rows are images: their pixels, 0..255, row-major, channels last. */
  readonly images?: {
    readonly width: number;
    readonly height: number;
    readonly channels: 1 | 3;
    readonly pixels: (position: number) => Uint8Array;
  };
}
