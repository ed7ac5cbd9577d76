/** @file The algebra of linear operators: sums, multiples, products, shifts, submatrices and direct sums of any of them. */
import { checkInteger } from './checks.ts';
import { scaleMatrix } from './elementwise.ts';
import { DomainError, ShapeError } from './errors.ts';
import { type LinearOperator, RowOperator, type Structure } from './linear-operator.ts';
import { Matrix } from './matrix.ts';

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
 * @param terms - At least one, all of one shape. Kept by reference.
 * @returns 'psd' if every term is, else 'symmetric' if every term is symmetric, else 'general'.
 * @throws {DomainError} no terms. @throws {ShapeError} shapes differ.
 * @example sumOperator([identityOperator(2), identityOperator(2)]).matvec(Float64Array.of(1, 2)); // Float64Array [2, 4]
 */
export function sumOperator(terms: readonly LinearOperator[]): LinearOperator {
  const [first, ...others] = nonEmpty('sumOperator', 'terms', terms);
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
 * @param op - Kept by reference. @param alpha - Finite.
 * @returns the structure of A, but 'symmetric' for a negative multiple of a 'psd' operator.
 * @throws {DomainError} alpha is not finite.
 * @example scaledOperator(identityOperator(1), -2).matvec(Float64Array.of(3)); // Float64Array [-6]
 */
export function scaledOperator(op: LinearOperator, alpha: number): LinearOperator {
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
 * @param factors - At least one; the columns of each are the rows of the next. Kept by reference.
 * @returns 'general', however symmetric the factors are; one factor alone keeps its structure.
 * @throws {DomainError} no factors. @throws {ShapeError} they do not fit.
 * @example productOperator([a, b]).matvec(x); // a.matvec(b.matvec(x))
 */
export function productOperator(factors: readonly LinearOperator[]): LinearOperator {
  const [first, ...others] = nonEmpty('productOperator', 'factors', factors);
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
 * @param op - Square. Kept by reference. @param lambda - Finite; carries the units of A.
 * @returns 'psd' when A is and λ ≥ 0; 'symmetric' when A is symmetric otherwise.
 * @throws {ShapeError} A is not square. @throws {DomainError} lambda is not finite.
 * @example shiftedOperator(identityOperator(1), 0.5).matvec(Float64Array.of(2)); // Float64Array [3]
 */
export function shiftedOperator(op: LinearOperator, lambda: number): LinearOperator {
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
 * @param op - Kept by reference. @param rowIndices - In 0..rows−1, in any order, repetitions allowed.
 * @param colIndices - In 0..cols−1, likewise; the same list as rowIndices when absent.
 * @returns the structure of A when both lists are the same, else 'general'.
 * @throws {DomainError} an index outside the matrix.
 * @example submatrixOperator(op, Int32Array.of(2, 0)).toDense(); // [[a22, a20], [a02, a00]]
 */
export function submatrixOperator(
  op: LinearOperator,
  rowIndices: Int32Array,
  colIndices: Int32Array = rowIndices,
): LinearOperator {
  checkIndices('submatrixOperator', 'rowIndices', rowIndices, op.rows);
  checkIndices('submatrixOperator', 'colIndices', colIndices, op.cols);
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
 * @param blocks - Kept by reference; none gives the 0 × 0 operator.
 * @returns 'psd' if every block is, else 'symmetric' if every block is symmetric, else 'general'.
 * @example directSumOperator([identityOperator(1), scaledOperator(identityOperator(1), 2)]).toDense(); // diag(1, 2)
 */
export function directSumOperator(blocks: readonly LinearOperator[]): LinearOperator {
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

function nonEmpty<T>(where: string, argument: string, list: readonly T[]): readonly [T, ...T[]] {
  const [first, ...others] = list;
  if (first === undefined) throw new DomainError(where, argument, 'a list of at least one operator', 'none');
  return [first, ...others];
}

function checkIndices(where: string, argument: string, indices: Int32Array, size: number): void {
  for (let i = 0; i < indices.length; i++) checkInteger(where, `${argument}[${i}]`, indices[i], 0, size - 1);
}

function checkFiniteNumber(where: string, argument: string, value: number): void {
  if (!Number.isFinite(value)) throw new DomainError(where, argument, 'finite', value);
}

function shapeOf(op: LinearOperator): string {
  return `[${op.rows}, ${op.cols}]`;
}
