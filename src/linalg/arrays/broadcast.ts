/** @file Arithmetic element by element, of matrices, rows, columns, vectors and numbers. */
import { asMatrix, asVectorOrMatrix, type MatrixInput } from '../border/matrix.ts';
import { checkNoMore } from '../border/no-more.ts';
import type { VectorInput } from '../border/vector.ts';
import { ShapeError } from '../errors.ts';
import { Matrix, type Vec } from '../matrix.ts';

/** A number, a vector or a matrix. */
export type Operand = number | VectorInput | MatrixInput;

/** out[o … o+n−1] ← x ∘ y, each read with its own step: 0 repeats an element. */
type Rule = (
  n: number,
  x: Vec,
  x0: number,
  xs: number,
  y: Vec,
  y0: number,
  ys: number,
  out: Vec,
  o: number,
) => void;

const sumRule: Rule = (n, x, x0, xs, y, y0, ys, out, o) => {
  for (let k = 0; k < n; k++) out[o + k] = x[x0 + k * xs] + y[y0 + k * ys];
};
const differenceRule: Rule = (n, x, x0, xs, y, y0, ys, out, o) => {
  for (let k = 0; k < n; k++) out[o + k] = x[x0 + k * xs] - y[y0 + k * ys];
};
const productRule: Rule = (n, x, x0, xs, y, y0, ys, out, o) => {
  for (let k = 0; k < n; k++) out[o + k] = x[x0 + k * xs] * y[y0 + k * ys];
};
const quotientRule: Rule = (n, x, x0, xs, y, y0, ys, out, o) => {
  for (let k = 0; k < n; k++) out[o + k] = x[x0 + k * xs] / y[y0 + k * ys];
};

/**
 * A + B, element by element. A side of length 1 is repeated to the length of the other: a matrix [1, n] is added to every row, one of
 * shape [m, 1] to every column, a number to every element.
 *
 * @param a - A number, a vector or a matrix. @param b - Likewise. Neither is modified. A vector is a row: it is added to every row.
 * @returns a new matrix; of vectors and numbers alone a new vector.
 * @throws {ShapeError} lengths that differ and are not 1; also a vector beside a matrix of one column, which NumPy takes for a table of
 * all pairs without a word: say [1, n] or [n, 1] with {@link reshape}. @throws {DomainError} neither number, vector nor matrix; two numbers.
 * Not checked: NaN and ±∞, here and in the other functions of this file. Cost: one pass.
 * @example add([[1, 2], [3, 4]], [10, 20]).toArray(); // [[11, 22], [13, 24]]
 */
export function add(a: VectorInput, b: number | VectorInput): Vec;
export function add(a: number, b: VectorInput): Vec;
export function add(a: Matrix | readonly VectorInput[], b: Operand): Matrix;
export function add(a: Operand, b: Matrix | readonly VectorInput[]): Matrix;
export function add(a: Operand, b: Operand): Vec | Matrix;
export function add(a: Operand, b: Operand, more?: unknown, list?: unknown): Vec | Matrix {
  checkNoMore('add', INTO, undefined, more, list);
  return combine('add', sumRule, a, b);
}

/** A − B, as {@link add}. @example subtract([[1, 2], [3, 4]], [[1], [2]]).toArray(); // [[0, 1], [1, 2]] */
export function subtract(a: VectorInput, b: number | VectorInput): Vec;
export function subtract(a: number, b: VectorInput): Vec;
export function subtract(a: Matrix | readonly VectorInput[], b: Operand): Matrix;
export function subtract(a: Operand, b: Matrix | readonly VectorInput[]): Matrix;
export function subtract(a: Operand, b: Operand): Vec | Matrix;
export function subtract(a: Operand, b: Operand, more?: unknown, list?: unknown): Vec | Matrix {
  checkNoMore('subtract', INTO, undefined, more, list);
  return combine('subtract', differenceRule, a, b);
}

/** A ⊙ B, the product element by element, as {@link add}; that of matrices is `matmul`. @example multiply([[1, 2]], 3).toArray(); // [[3, 6]] */
export function multiply(a: VectorInput, b: number | VectorInput): Vec;
export function multiply(a: number, b: VectorInput): Vec;
export function multiply(a: Matrix | readonly VectorInput[], b: Operand): Matrix;
export function multiply(a: Operand, b: Matrix | readonly VectorInput[]): Matrix;
export function multiply(a: Operand, b: Operand): Vec | Matrix;
export function multiply(a: Operand, b: Operand, more?: unknown, list?: unknown): Vec | Matrix {
  checkNoMore('multiply', INTO, undefined, more, list);
  return combine('multiply', productRule, a, b);
}

/** A ⊘ B, the quotient element by element, as {@link add}: 1 / 0 is ∞ and 0 / 0 is NaN. @example divide(1, [[2, 4]]).toArray(); // [[0.5, 0.25]] */
export function divide(a: VectorInput, b: number | VectorInput): Vec;
export function divide(a: number, b: VectorInput): Vec;
export function divide(a: Matrix | readonly VectorInput[], b: Operand): Matrix;
export function divide(a: Operand, b: Matrix | readonly VectorInput[]): Matrix;
export function divide(a: Operand, b: Operand): Vec | Matrix;
export function divide(a: Operand, b: Operand, more?: unknown, list?: unknown): Vec | Matrix {
  checkNoMore('divide', INTO, undefined, more, list);
  return combine('divide', quotientRule, a, b);
}

/** For messages. */
const INTO = 'two operands, of more [a, b, c].reduce(add); eigenfluence/ndarray writes into an array';

/** One operand with the step from row to row and from column to column. */
interface Side {
  readonly matrix: Matrix;
  readonly vector: boolean;
  readonly number: boolean;
}

function side(where: string, argument: string, operand: Operand): Side {
  if (typeof operand === 'number')
    return { matrix: new Matrix(1, 1, Float64Array.of(operand)), vector: false, number: true };
  const value = asVectorOrMatrix(where, argument, operand);
  if (value instanceof Matrix) return { matrix: value, vector: false, number: false };
  return { matrix: new Matrix(1, value.length, value), vector: true, number: false };
}

function combine(where: string, rule: Rule, a: Operand, b: Operand): Vec | Matrix {
  const [x, y] = [side(where, 'a', a), side(where, 'b', b)];
  if (x.number && y.number) asMatrix(where, 'a', a); // refuses it
  for (const [one, other] of [[x, y], [y, x]]) // biome-ignore format: two pairs
    if (one.vector && !other.vector && !other.number && other.matrix.cols === 1 && one.matrix.cols !== 1)
      throw new ShapeError(
        where,
        one === x ? 'a' : 'b',
        `a matrix [1, ${one.matrix.cols}] or [${one.matrix.cols}, 1] beside one of a single column`,
        `a vector of length ${one.matrix.cols}`,
      );
  const rows = length(where, 'rows', x.matrix.rows, y.matrix.rows);
  const cols = length(where, 'columns', x.matrix.cols, y.matrix.cols);
  const out = new Matrix(rows, cols);
  const [p, q] = [x.matrix, y.matrix];
  const steps = [p, q].map((m) => [m.rows === 1 ? 0 : m.cols, m.cols === 1 ? 0 : 1]);
  const flat = p.rows === rows && q.rows === rows && p.cols === cols && q.cols === cols;
  if (flat) rule(rows * cols, p.data, 0, 1, q.data, 0, 1, out.data, 0);
  else
    for (let i = 0; i < rows; i++)
      rule(
        cols,
        p.data,
        i * steps[0][0],
        steps[0][1],
        q.data,
        i * steps[1][0],
        steps[1][1],
        out.data,
        i * cols,
      );
  return (x.vector || x.number) && (y.vector || y.number) ? out.data : out;
}

function length(where: string, of: string, m: number, n: number): number {
  if (m !== n && m !== 1 && n !== 1) throw new ShapeError(where, 'b', `of ${m} ${of}, or of one`, `${n}`);
  return m === 1 ? n : m;
}
