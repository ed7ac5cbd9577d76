/** @file Linear operators, in one place: the interface with its makers, and the algebra. */
export {
  denseOperator,
  diagonalOperator,
  functionOperator,
  identityOperator,
  type LinearOperator,
  RowOperator,
  type RowOperatorParts,
  type Structure,
} from './linear-operator.ts';
export {
  directSumOperator,
  productOperator,
  scaledOperator,
  shiftedOperator,
  submatrixOperator,
  sumOperator,
} from './operator-algebra.ts';
