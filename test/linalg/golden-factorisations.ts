/** @file The cases of test/reference/factorisations.json as matrices. */
import { readFileSync } from 'node:fs';
import { Matrix } from '../../src/linalg/matrix.ts';

interface Stored {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly data: number[];
  readonly b: number[];
  readonly values: number[];
  readonly minimumNorm: number[];
  readonly r?: number[];
  readonly logDeterminant?: { sign: number; logAbsolute: number };
  readonly condition1?: number;
  readonly lu?: { permutation: number[]; lower: number[]; upper: number[] };
}

export interface GoldenCase extends Stored {
  readonly a: Matrix;
}

const file = new URL('../reference/factorisations.json', import.meta.url);

export const GOLDEN: readonly GoldenCase[] = (
  JSON.parse(readFileSync(file, 'utf8')) as { cases: Stored[] }
).cases.map((stored) => ({
  ...stored,
  a: new Matrix(stored.rows, stored.cols, Float64Array.from(stored.data)),
}));
