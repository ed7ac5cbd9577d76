/** @file Operators at the public border: those of others are believed in nothing but their mathematics. */
import { describe } from '../border/describe.ts';
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { asVector, convert, isMatrixShaped } from '../border/vector.ts';
import { checkInteger, checkLength, checkShape } from '../checks.ts';
import { DomainError } from '../errors.ts';
import type { Matrix, Vec } from '../matrix.ts';
import { KroneckerOperator } from './kronecker.ts';
import {
  checkStructure,
  DenseOperator,
  denseOperator,
  type LinearOperator,
  RowOperator,
  type Structure,
} from './linear-operator.ts';

/** What stands for an operator: a {@link LinearOperator}, or a matrix, about which nothing is promised. */
export type OperatorInput = LinearOperator | MatrixInput;

const METHODS = ['matvec', 'applyRows', 'matmat', 'transpose', 'toDense'] as const;

/**
 * The operator that `op` stands for: one of ours as it is; a matrix by {@link denseOperator}; one that somebody else has implemented
 * with its results checked: plain arrays are converted, a wrong shape is refused.
 *
 * @throws {DomainError} neither a matrix nor an object with sizes, structure and the five methods; names what is missing.
 * Cost: a few comparisons, and per product again a few.
 */
export function asOperator(where: string, argument: string, op: unknown): LinearOperator {
  return convert(where, argument, () => {
    if (op instanceof RowOperator || op instanceof DenseOperator || op instanceof KroneckerOperator)
      return op;
    if (op instanceof CheckedOperator) return op;
    if (Array.isArray(op) || isMatrixShaped(op)) return denseOperator(asMatrix(where, argument, op));
    if (typeof op !== 'object' || op === null)
      throw new DomainError(where, argument, 'a linear operator or a matrix', op, describe(op));
    return new CheckedOperator(where, argument, op as LinearOperator);
  });
}

class CheckedOperator implements LinearOperator {
  readonly rows: number;
  readonly cols: number;
  readonly structure: Structure;
  private readonly where: string;
  private readonly argument: string;
  private readonly inner: LinearOperator;

  constructor(where: string, argument: string, inner: LinearOperator) {
    const { rows, cols, structure } = inner;
    checkInteger(where, `${argument}.rows`, rows, 0, Number.MAX_SAFE_INTEGER);
    checkInteger(where, `${argument}.cols`, cols, 0, Number.MAX_SAFE_INTEGER);
    checkStructure(where, structure, `${argument}.structure`);
    for (const name of METHODS)
      if (typeof inner[name] !== 'function')
        throw new DomainError(
          where,
          `${argument}.${name}`,
          'a function (functionOperator makes an operator of one function)',
          inner[name],
          describe(inner[name]),
        );
    this.rows = rows;
    this.cols = cols;
    this.structure = structure;
    this.where = where;
    this.argument = argument;
    this.inner = inner;
  }

  matvec(x: Vec): Vec {
    const name = this.resultOf('matvec');
    const y = asVector(this.where, name, this.inner.matvec(x));
    checkLength(this.where, name, y, this.rows);
    return y;
  }

  applyRows(x: Matrix): Matrix {
    return this.checked('applyRows', this.inner.applyRows(x), x.rows, this.rows);
  }

  matmat(x: Matrix): Matrix {
    return this.checked('matmat', this.inner.matmat(x), this.rows, x.cols);
  }

  transpose(): LinearOperator {
    return asOperator(this.where, this.resultOf('transpose'), this.inner.transpose());
  }

  toDense(): Matrix {
    return this.checked('toDense', this.inner.toDense(), this.rows, this.cols);
  }

  private checked(method: string, result: unknown, rows: number, cols: number): Matrix {
    const name = this.resultOf(method);
    const y = asMatrix(this.where, name, result);
    checkShape(this.where, name, y, rows, cols);
    return y;
  }

  private resultOf(method: string): string {
    return `${this.argument}.${method}'s result`;
  }
}
