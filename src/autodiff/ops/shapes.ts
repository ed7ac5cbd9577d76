/** @file Shapes of operands and results that several ops have in common. */
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import type { Operand, OpResult, Recording, Shape } from '../op.ts';

/** The result has the shape of the operands, which have the same. @throws {ShapeError} they do not. */
export function ofOneShape(operands: readonly Operand[], _: undefined, at: Recording): OpResult {
  const [{ rows, cols }, second] = operands;
  if (second !== undefined) checkSame(second, { rows, cols }, at);
  return { rows, cols };
}

/** One number per example of the outputs u and targets of the same shape. @throws as {@link ofOneShape}, and as the targets are no input. */
export function perExampleOfTargets(operands: readonly Operand[], _: undefined, at: Recording): OpResult {
  const [u, targets] = operands;
  inputOf(at.where, 'targets', targets);
  checkSame(targets, u, at);
  return { rows: 1, cols: u.cols };
}

/** @throws {DomainError} an operand that has no derivative is no input, nor what says where an input is not some number. */
export function inputOf(where: string, argument: string, { kind }: Operand): void {
  if (kind !== 'input' && kind !== 'not-equal')
    throw new DomainError(where, argument, 'an input: it has no derivative', kind);
}

/** rows · cols of the result. */
export function sizeOfResult(_: Shape, { rows, cols }: Shape): number {
  return rows * cols;
}

/** rows · cols of the first operand. */
export function sizeOfOperand({ rows, cols }: Shape): number {
  return rows * cols;
}

function checkSame(z: Operand, { rows, cols }: Shape, { where }: Recording): void {
  if (z.rows !== rows || z.cols !== cols)
    throw new ShapeError(where, 'second operand', `[${rows}, ${cols}]`, `[${z.rows}, ${z.cols}]`);
}
