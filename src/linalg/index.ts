/** @file Dense linear algebra, structured operators, random streams: the layer below everything. */

export { type BasisBlock, BlockBasis, DenseBasis, KroneckerBasis, type OrthogonalBasis } from './basis.ts';
export type { IntegersInput } from './border/integers.ts';
export type { ElementsInput, MatrixInput } from './border/matrix.ts';
export type { VectorInput, VectorLike } from './border/vector.ts';
export type { OperatorInput } from './checked-operator.ts';
export { Cholesky, cholesky } from './cholesky.ts';
export {
  type ConjugateGradientOptions,
  type ConjugateGradientRowsOptions,
  conjugateGradient,
  conjugateGradientRows,
} from './conjugate-gradient.ts';
export type { ConjugateGradientStats, ConjugateGradientStatus } from './conjugate-gradient-stats.ts';
export * from './elementary.ts';
export { addMatrices, scaleMatrix, subtractMatrices } from './elementwise.ts';
export * from './errors.ts';
export { kernelTier } from './kernels/select.ts';
export {
  KroneckerOperator,
  type KroneckerOptions,
  kron,
  kroneckerApplyRows,
  kroneckerMatvec,
} from './kronecker.ts';
export {
  type LanczosOptions,
  type LanczosPairs,
  type LanczosStats,
  type LanczosStatus,
  type LanczosTarget,
  lanczos,
} from './lanczos.ts';
export {
  type ConditionOptions,
  conditionNumber,
  type LeastSquares,
  leastSquares,
  matrixRank,
  pseudoInverse,
  type RankOptions,
} from './least-squares.ts';
export { Lu, lu } from './lu.ts';
export { Matrix, type MatrixLike, type Vec } from './matrix.ts';
export { type MinresOptions, type MinresStats, type MinresStatus, minres } from './minres.ts';
export { normalQuantile } from './normal-quantile.ts';
export * from './operator.ts';
export { multiplyHigh, philox4x32 } from './philox.ts';
export {
  type PowerIteration,
  type PowerIterationOptions,
  type PowerIterationStats,
  type PowerIterationStatus,
  powerIteration,
} from './power-iteration.ts';
export {
  axpy,
  dot,
  type MatmulOptions,
  type MatvecOptions,
  matmul,
  matvec,
  type SyrkOptions,
  syrk,
  transpose,
} from './products.ts';
export { Qr, type QrOptions, qr } from './qr.ts';
export { Rng, type RngState, rng } from './random.ts';
export { withScratch } from './scratch.ts';
export { determinant, logDeterminant, type SolveOptions, solve } from './solve.ts';
export { streamName } from './stream-name.ts';
export { frobenius, maxAbs, mean, norm2, sum } from './sum.ts';
export { Svd, type SvdOptions, svd } from './svd.ts';
export {
  type EigenMethod,
  type SymmetricEigen,
  type SymmetricEigenOptions,
  symmetricEigen,
} from './symmetric-eigen.ts';
export { solveTriangular, type TriangularOptions } from './triangular.ts';
