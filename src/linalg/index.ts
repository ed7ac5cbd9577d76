/** @file Dense linear algebra, structured operators, random streams: the layer below everything. */

export { add, divide, multiply, type Operand, subtract } from './arrays/broadcast.ts';
export { correlation, covariance } from './arrays/covariance.ts';
export type { Axis } from './arrays/lines.ts';
export { allClose, type NormOrder, norm, type ToleranceOptions, trace } from './arrays/norm.ts';
export {
  argmax,
  argmin,
  maxima,
  maximum,
  means,
  minima,
  minimum,
  type SpreadOptions,
  standardDeviation,
  standardDeviations,
  sums,
  variance,
  variances,
} from './arrays/reductions.ts';
export { diagonal, type IndexRange, type Selection, slice, tril, triu } from './arrays/selection.ts';
export { cumulativeSum, linspace, type Unique, unique } from './arrays/sequences.ts';
export { argsort, quantile, type SortOptions, sort } from './arrays/sorting.ts';
export { hstack, outer, reshape, vstack } from './arrays/stacking.ts';
export { frobenius, maxAbs, mean, norm2, sum } from './arrays/totals.ts';
export type { IntegersInput } from './border/integers.ts';
export type { ElementsInput, MatrixInput } from './border/matrix.ts';
export type { VectorInput, VectorLike } from './border/vector.ts';
export { devtoolsFormatter } from './devtools-formatter.ts';
export {
  type EigenMethod,
  type SymmetricEigen,
  type SymmetricEigenOptions,
  symmetricEigen,
} from './eigen/symmetric-eigen.ts';
export * from './elementary.ts';
export { addMatrices, scaleMatrix, subtractMatrices } from './elementwise.ts';
export * from './errors.ts';
export {
  type DiagonalEstimate,
  type DiagonalMethod,
  type DiagonalOptions,
  estimateDiagonal,
} from './estimators/diagonal.ts';
export {
  type GaussRule,
  LanczosQuadrature,
  lanczosQuadrature,
  type QuadratureOptions,
  type SpectralDensity,
  type SpectralSum,
} from './estimators/lanczos-quadrature.ts';
export {
  estimateLogDeterminant,
  type LogDeterminantEstimate,
  type LogDeterminantOptions,
} from './estimators/log-determinant.ts';
export type { EstimateOptions, EstimateStats, EstimateStatus } from './estimators/stages.ts';
export {
  estimateTrace,
  type TraceEstimate,
  type TraceMethod,
  type TraceOptions,
} from './estimators/trace.ts';
export { type BandedOptions, solveBanded } from './factorisations/banded.ts';
export { Cholesky, cholesky } from './factorisations/cholesky.ts';
export { type Inertia, type Ldlt, ldlt } from './factorisations/ldlt.ts';
export {
  type ConditionOptions,
  conditionNumber,
  type LeastSquares,
  leastSquares,
  matrixRank,
  pseudoInverse,
  type RankOptions,
} from './factorisations/least-squares.ts';
export { Lu, lu } from './factorisations/lu.ts';
export { nullSpace, rangeBasis } from './factorisations/null-space.ts';
export { Qr, type QrOptions, qr } from './factorisations/qr.ts';
export {
  type LuPivoting,
  type RectangularLu,
  type RectangularLuOptions,
  rectangularLu,
} from './factorisations/rectangular-lu.ts';
export { determinant, inverse, logDeterminant, type SolveOptions, solve } from './factorisations/solve.ts';
export { Svd, type SvdOptions, svd } from './factorisations/svd.ts';
export { solveTriangular, type TriangularOptions } from './factorisations/triangular.ts';
export type { KernelTier } from './kernels/kernels.ts';
export { kernelTier } from './kernels/select.ts';
export { useKernels } from './kernels/use-kernels.ts';
export { Matrix, type MatrixJson, type MatrixLike, type Vec } from './matrix.ts';
export { type BasisBlock, DenseBasis, KroneckerBasis, type OrthogonalBasis } from './operators/basis.ts';
export { CheckedBlockBasis as BlockBasis } from './operators/block-basis.ts';
export type { OperatorInput } from './operators/checked-operator.ts';
export {
  type ConjugateGradientOptions,
  type ConjugateGradientRowsOptions,
  conjugateGradient,
  conjugateGradientRows,
} from './operators/conjugate-gradient.ts';
export type {
  ConjugateGradientStats,
  ConjugateGradientStatus,
} from './operators/conjugate-gradient-stats.ts';
export { IdentityBasis } from './operators/identity-basis.ts';
export {
  KroneckerOperator,
  type KroneckerOptions,
  kron,
  kroneckerApplyRows,
  kroneckerMatvec,
} from './operators/kronecker.ts';
export {
  type LanczosOptions,
  type LanczosPairs,
  type LanczosStats,
  type LanczosStatus,
  type LanczosTarget,
  lanczos,
} from './operators/lanczos.ts';
export { type MinresOptions, type MinresRowsOptions, minres, minresRows } from './operators/minres.ts';
export type { MinresStats, MinresStatus } from './operators/minres-stats.ts';
export * from './operators/operator.ts';
export {
  type PowerIteration,
  type PowerIterationOptions,
  type PowerIterationStats,
  type PowerIterationStatus,
  powerIteration,
} from './operators/power-iteration.ts';
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
export { normalQuantile } from './random/normal-quantile.ts';
export { multiplyHigh, philox4x32 } from './random/philox.ts';
export { Rng, type RngState, rng } from './random/random.ts';
export { streamName } from './random/stream-name.ts';
export { withScratch } from './scratch.ts';
export { type BandedEigenOptions, bandedEigen } from './spectral/banded-eigen.ts';
export { type ComplexMatrix, type Eigen, type EigenOptions, eigen } from './spectral/eigen.ts';
export { expm, matrixPower } from './spectral/expm.ts';
export { type GeneralisedEigenOptions, generalisedSymmetricEigen } from './spectral/generalised.ts';
export { type ComplexVector, type Schur, schur } from './spectral/schur.ts';
export { kernelThreads, useThreads } from './threads/use-threads.ts';
