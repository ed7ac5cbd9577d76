/** @file The algebra of linear operators: sums, multiples, products, shifts, submatrices and direct sums of any of them. */
import { checkFiniteNumber } from '../border/arguments.ts';
import { describe, isArray } from '../border/describe.ts';
import { asIntegers, type IntegersInput } from '../border/integers.ts';
import { scaleMatrix } from '../elementwise.ts';
import { DomainError, ShapeError } from '../errors.ts';
import { Matrix } from '../matrix.ts';
import { asOperator, type OperatorInput } from './checked-operator.ts';
import { type LinearOperator, RowOperator, type Structure } from './linear-operator.ts';

/** What is known of a sum: the least that is known of its terms. */
function weakest(structures: readonly Structure[]): Structure {
  if (structures.includes('general')) return 'general';
  return structures.includes('symmetric') ? 'symmetric' : 'psd';
}

/** α x + β y, as a new matrix. */
function combine(alpha: number, x: Matrix, beta: number, y: Matrix): Matrix {
  const out = new Matrix(x.rows, x.cols);
  for (let i = 0; i < out.data.length; i++) out.data[i] = alpha * x.data[i] + beta * y.data[i];
  return out;
}

/**
 * Σ Aᵢ, added in the order given.
 *
 * @param operators - The terms, at least one, all of one shape. Kept by reference.
 * @returns 'psd' if every term is, else 'symmetric' if every term is symmetric, else 'general'.
 * @throws {DomainError} no terms. @throws {ShapeError} shapes differ.
 * @example sumOperator([identityOperator(2), identityOperator(2)]).matvec(Float64Array.of(1, 2)); // Float64Array [2, 4]
 */
export function sumOperator(operators: readonly OperatorInput[]): LinearOperator {
  const terms = nonEmpty('sumOperator', 'terms', operators);
  const [first, ...others] = terms;
  for (const [i, term] of others.entries())
    if (term.rows !== first.rows || term.cols !== first.cols)
      throw new ShapeError('sumOperator', `terms[${i + 1}]`, shapeOf(first), shapeOf(term));
  return new RowOperator({
    rows: first.rows,
    cols: first.cols,
    structure: weakest(terms.map((term) => term.structure)),
    applyRows: (x) => others.reduce((y, term) => combine(1, y, 1, term.applyRows(x)), first.applyRows(x)),
    transposed: () => sumOperator(terms.map((term) => term.transpose())),
  });
}

/**
 * α A.
 *
 * @param operator - A. Kept by reference. @param alpha - Finite.
 * @returns the structure of A, but 'symmetric' for a negative multiple of a 'psd' operator.
 * @throws {DomainError} alpha is not finite.
 * @example scaledOperator(identityOperator(1), -2).matvec(Float64Array.of(3)); // Float64Array [-6]
 */
export function scaledOperator(operator: OperatorInput, alpha: number): LinearOperator {
  const op = asOperator('scaledOperator', 'op', operator);
  checkFiniteNumber('scaledOperator', 'alpha', alpha);
  return new RowOperator({
    rows: op.rows,
    cols: op.cols,
    structure: op.structure === 'psd' && alpha < 0 ? 'symmetric' : op.structure,
    applyRows: (x) => scaleMatrix(alpha, op.applyRows(x)),
    transposed: () => scaledOperator(op.transpose(), alpha),
  });
}

/**
 * A₁ A₂ … Aₘ: the last factor acts first.
 *
 * @param operators - The factors, at least one; the columns of each are the rows of the next. Kept by reference.
 * @returns 'general', however symmetric the factors are; one factor alone keeps its structure.
 * @throws {DomainError} no factors. @throws {ShapeError} they do not fit.
 * @example productOperator([a, b]).matvec(x); // a.matvec(b.matvec(x))
 */
export function productOperator(operators: readonly OperatorInput[]): LinearOperator {
  const factors = nonEmpty('productOperator', 'factors', operators);
  const [first, ...others] = factors;
  let inner = first.cols;
  for (const [i, factor] of others.entries()) {
    if (factor.rows !== inner)
      throw new ShapeError('productOperator', `factors[${i + 1}]`, `[${inner}, …]`, shapeOf(factor));
    inner = factor.cols;
  }
  if (others.length === 0) return first;
  return new RowOperator({
    rows: first.rows,
    cols: inner,
    structure: 'general',
    applyRows: (x) => factors.reduceRight((y, factor) => factor.applyRows(y), x),
    transposed: () => productOperator(factors.map((factor) => factor.transpose()).reverse()),
  });
}

/**
 * A + λI.
 *
 * @param operator - A, square. Kept by reference. @param lambda - Finite; carries the units of A.
 * @returns 'psd' when A is and λ ≥ 0; 'symmetric' when A is symmetric otherwise.
 * @throws {ShapeError} A is not square. @throws {DomainError} lambda is not finite.
 * @example shiftedOperator(identityOperator(1), 0.5).matvec(Float64Array.of(2)); // Float64Array [3]
 */
export function shiftedOperator(operator: OperatorInput, lambda: number): LinearOperator {
  const op = asOperator('shiftedOperator', 'op', operator);
  checkFiniteNumber('shiftedOperator', 'lambda', lambda);
  if (op.rows !== op.cols) throw new ShapeError('shiftedOperator', 'op', 'square', shapeOf(op));
  return new RowOperator({
    rows: op.rows,
    cols: op.cols,
    structure: op.structure === 'psd' && lambda < 0 ? 'symmetric' : op.structure,
    applyRows: (x) => combine(1, op.applyRows(x), lambda, x),
    transposed: () => shiftedOperator(op.transpose(), lambda),
  });
}

/**
 * The submatrix A[rowIndices, colIndices], by one product of A with vectors that are 0 outside colIndices.
 *
 * @param operator - A. Kept by reference. @param rows - In 0..rows−1, in any order, repetitions allowed.
 * @param cols - In 0..cols−1, likewise; the same list as `rows` when absent.
 * @returns the structure of A when both lists are the same, else 'general'.
 * @throws {DomainError} an index outside the matrix.
 * @example submatrixOperator(op, Int32Array.of(2, 0)).toDense(); // [[a22, a20], [a02, a00]]
 */
export function submatrixOperator(
  operator: OperatorInput,
  rows: IntegersInput,
  cols: IntegersInput = rows,
): LinearOperator {
  const op = asOperator('submatrixOperator', 'op', operator);
  const rowIndices = asIntegers('submatrixOperator', 'rowIndices', rows, 0, op.rows - 1);
  const colIndices = asIntegers('submatrixOperator', 'colIndices', cols, 0, op.cols - 1);
  const principal =
    rowIndices.length === colIndices.length && rowIndices.every((index, i) => index === colIndices[i]);
  return new RowOperator({
    rows: rowIndices.length,
    cols: colIndices.length,
    structure: principal ? op.structure : 'general',
    applyRows: (x) => {
      const wide = new Matrix(x.rows, op.cols);
      for (let i = 0; i < x.rows; i++)
        for (let j = 0; j < x.cols; j++) wide.data[i * op.cols + colIndices[j]] += x.data[i * x.cols + j];
      return gatherColumns(op.applyRows(wide), rowIndices);
    },
    transposed: () => submatrixOperator(op.transpose(), colIndices, rowIndices),
  });
}

/**
 * The direct sum A₁ ⊕ A₂ ⊕ …: block-diagonal, blocks in the order given. Blocks need not be square.
 *
 * @param operators - The blocks. Kept by reference; none gives the 0 × 0 operator.
 * @returns 'psd' if every block is, else 'symmetric' if every block is symmetric, else 'general'.
 * @example directSumOperator([identityOperator(1), scaledOperator(identityOperator(1), 2)]).toDense(); // diag(1, 2)
 */
export function directSumOperator(operators: readonly OperatorInput[]): LinearOperator {
  const blocks = listOf('directSumOperator', 'blocks', operators);
  const total = (size: (block: LinearOperator) => number): number =>
    blocks.reduce((n, block) => n + size(block), 0);
  const rows = total((block) => block.rows);
  const cols = total((block) => block.cols);
  return new RowOperator({
    rows,
    cols,
    structure: weakest(blocks.map((block) => block.structure)),
    applyRows: (x) => {
      const out = new Matrix(x.rows, rows);
      let row = 0;
      let col = 0;
      for (const block of blocks) {
        const part = new Matrix(x.rows, block.cols);
        for (let i = 0; i < x.rows; i++)
          part.row(i).set(x.data.subarray(i * cols + col, i * cols + col + block.cols));
        const image = block.applyRows(part);
        for (let i = 0; i < x.rows; i++) out.data.set(image.row(i), i * rows + row);
        row += block.rows;
        col += block.cols;
      }
      return out;
    },
    transposed: () => directSumOperator(blocks.map((block) => block.transpose())),
  });
}

/** out[i, j] = x[i, indices[j]]. */
function gatherColumns(x: Matrix, indices: Int32Array): Matrix {
  const out = new Matrix(x.rows, indices.length);
  for (let i = 0, k = 0; i < x.rows; i++)
    for (let j = 0; j < indices.length; j++, k++) out.data[k] = x.data[i * x.cols + indices[j]];
  return out;
}

function listOf(where: string, argument: string, list: readonly OperatorInput[]): LinearOperator[] {
  if (!isArray(list)) throw new DomainError(where, argument, 'a list of operators', list, describe(list));
  return Array.from(list, (op, i) => asOperator(where, `${argument}[${i}]`, op));
}

function nonEmpty(
  where: string,
  argument: string,
  list: readonly OperatorInput[],
): readonly [LinearOperator, ...LinearOperator[]] {
  const [first, ...others] = listOf(where, argument, list);
  if (first === undefined) throw new DomainError(where, argument, 'a list of at least one operator', 'none');
  return [first, ...others];
}

function shapeOf(op: LinearOperator): string {
  return `[${op.rows}, ${op.cols}]`;
}
