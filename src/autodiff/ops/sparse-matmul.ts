/** @file A constant sparse matrix times the rows: padding, resampling, averages over windows that do not divide. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { asVector, type VectorInput } from '../../linalg/border/vector.ts';
import { checkFinite, checkInteger, checkLength } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import { type ArenaKernels, START_PRESENT, START_ZERO } from '../../linalg/kernels/arena.ts';
import type { Frame, OpDefinition } from '../op.ts';
import { linear } from './linear.ts';

/** M [rows, rows of the operand] by its elements (row, column, value): those not named are 0. */
export interface SparseMatmulGiven {
  readonly rows: number;
  /** Row and column of each element, one behind the other; sorted by rows, no element twice. */
  readonly indices: VectorInput;
  readonly values: VectorInput;
}

/** Elements in both orders: of the result's rows, and of the operand's. */
interface Elements {
  readonly byRow: Int32Array;
  readonly byColumn: Int32Array;
}

/** How many elements there are; then rows and columns; then values. */
const HEAD = 1;
const KNOWN = new WeakMap<readonly number[], Elements>();

function elementsOf(constants: readonly number[]): Elements {
  let known = KNOWN.get(constants);
  if (known === undefined) {
    const byRow = Int32Array.from({ length: constants[0] }, (_, k) => k);
    const byColumn = byRow
      .slice()
      .sort((a, b) => constants[HEAD + 2 * a + 1] - constants[HEAD + 2 * b + 1] || a - b);
    known = { byRow, byColumn };
    KNOWN.set(constants, known);
  }
  return known;
}

/**
 * y = M x, M constant and sparse: y[r, :] = Σ M[r, c] x[c, :], columns ascending; the adjoint adds rows ascending.
 */
export const sparseMatmul: OpDefinition<SparseMatmulGiven> = {
  operands: ['reals'],
  result([x], given, { where }) {
    checkObject(where, 'given', given);
    const { rows } = given;
    checkInteger(where, 'rows', rows, 1, Number.POSITIVE_INFINITY);
    const values = asVector(where, 'values', given.values);
    const indices = asVector(where, 'indices', given.indices);
    checkLength(where, 'indices', indices, 2 * values.length);
    checkFinite(where, 'values', values);
    let last = -1;
    for (let k = 0; k < values.length; k++) {
      checkInteger(where, `row of element ${k}`, indices[2 * k], 0, rows - 1);
      checkInteger(where, `column of element ${k}`, indices[2 * k + 1], 0, x.rows - 1);
      const place = indices[2 * k] * x.rows + indices[2 * k + 1];
      if (place <= last)
        throw new DomainError(where, 'indices', 'sorted by rows and columns, none twice', `element ${k}`);
      last = place;
    }
    return { rows, cols: x.cols, constants: [values.length, ...indices, ...values] };
  },
  keeps: { aux: (_, { constants }) => constants.length },
  ...linear<ArenaKernels>(
    (f, from, to) => product(f, elementsOf(f.constants).byRow, 0, f.y.rows, from, to),
    (f, from, to) => product(f, elementsOf(f.constants).byColumn, 1, f.x.rows, from, to),
    ['aux'],
  ),
  trials: ({ rows }) => [
    // the second and the last row twice as much, a row of zeros between
    {
      rows: 3,
      indices: [0, 0, 2, 0, ...(rows > 1 ? [2, rows - 1] : [])],
      values: [2, -1, ...(rows > 1 ? [0.5] : [])],
    },
    {
      rows: rows + 1,
      indices: Array.from({ length: rows }, (_, c) => [c + 1, c]).flat(),
      values: Array.from({ length: rows }, (_, c) => c + 0.5),
    },
  ],
};

/** to ← M from (`side` 0) or Mᵀ from (1): a row at a time, in the order of the elements. */
function product(
  { kernels, y, aux, constants }: Frame,
  order: Int32Array,
  side: 0 | 1,
  rows: number,
  from: number,
  to: number,
): void {
  const { cols } = y;
  const values = aux + HEAD + 2 * constants[0];
  let next = 0;
  for (let k = 0; k < order.length; k++) {
    const at = HEAD + 2 * order[k];
    const row = constants[at + side];
    const start = row < next ? START_PRESENT : START_ZERO;
    for (; next < row; next++) kernels.fill(cols, 0, to + next * cols);
    next = row + 1;
    const value = values + order[k];
    kernels.affine(
      1,
      1,
      1,
      cols,
      start,
      value,
      value,
      from + constants[at + 1 - side] * cols,
      to + row * cols,
    );
  }
  for (; next < rows; next++) kernels.fill(cols, 0, to + next * cols);
}
