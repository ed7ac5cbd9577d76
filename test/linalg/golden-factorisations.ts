/** @file The cases of test/reference/factorisations.json as matrices. */
import { readFileSync } from 'node:fs';
import { Matrix } from '../../src/linalg/matrix.ts';
import { matvec } from '../../src/linalg/products.ts';
import { norm2 } from '../../src/linalg/sum.ts';

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

/**
 * How much a relative change of A moves its shortest least-squares solution, relative: κ + κ² ‖r‖ / (‖A‖ ‖x‖).
 * Reference: Golub and Van Loan, Matrix Computations (4th ed., 2013), §5.3.7.
 */
export function amplification({ a, b, minimumNorm, values }: GoldenCase): number {
  const condition = values[0] / values[values.length - 1];
  const residual = matvec(a, Float64Array.from(minimumNorm)).map((x, i) => x - b[i]);
  return condition + (condition ** 2 * norm2(residual)) / (values[0] * norm2(Float64Array.from(minimumNorm)));
}
