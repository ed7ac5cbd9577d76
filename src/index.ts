/**
 * @file The library from data to scores, with the linear algebra that its results are made of. The rest of the numerical toolkit
 * (factorisations, iterative methods, elementary functions) is in `eigenfluence/linalg`; formats are in `eigenfluence/io`.
 */
export * from './autodiff/index.ts';
export * from './curvature/index.ts';
export * from './influence/index.ts';
export * from './linalg/errors.ts';
export {
  type BasisBlock,
  BlockBasis,
  Cholesky,
  type ConjugateGradientOptions,
  type ConjugateGradientStats,
  cholesky,
  conjugateGradient,
  DenseBasis,
  dot,
  type EigenMethod,
  frobenius,
  KroneckerBasis,
  kernelTier,
  Matrix,
  type MatrixLike,
  matmul,
  matvec,
  norm2,
  type OrthogonalBasis,
  Rng,
  rng,
  type SymmetricEigen,
  type SymmetricEigenOptions,
  symmetricEigen,
  syrk,
  transpose,
  type Vec,
} from './linalg/index.ts';
export * from './linalg/operator.ts';
