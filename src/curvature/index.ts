/** @file Curvature of the mean loss: exact and approximate, applied, inverted and compared. */
export { blockGgn, blockGgnMatrices, type CurvatureBlock } from './block-ggn.ts';
export { BlockSamples, blockSamples, fromHalfVector, halfVector } from './block-samples.ts';
export { blockTridiagonal, blockTridiagonalInverse, chainInverse } from './block-tridiagonal.ts';
export {
  crossLayerMass,
  errorShares,
  type InverseErrors,
  inverseError,
  inverseErrors,
  LADDER_STEPS,
  type LadderErrors,
  type LadderStep,
  residualMass,
} from './compare.ts';
export { type ConjugateStep, conjugateSteps } from './conjugate-steps.ts';
export type { CostModel, Curvature, CurvatureText } from './curvature.ts';
export { type DecomposeOptions, decompose } from './decompose.ts';
export { ggnDiagonal, hessianDiagonal } from './diagonal.ts';
export { DiscardedShare } from './discarded-share.ts';
export {
  EigenOperator,
  type EigenOperatorOptions,
  type FactorSpectra,
  type SpectrumReport,
} from './eigen-operator.ts';
export { ekfac, ekfacInBasis } from './ekfac.ts';
export { exampleTraces } from './example-traces.ts';
export { type FisherType, TYPE_2 } from './fisher.ts';
export { ggn, ggnBandMatrix, ggnMatrix } from './ggn.ts';
export { hessian, hessianMatrix } from './hessian.ts';
export {
  checkInverseRule,
  type FactorMode,
  type InverseRule,
  PAPER_RULE,
  spectralInverse,
} from './inverse-rule.ts';
export {
  type DiagonalCriterion,
  type JointDiagonal,
  type JointDiagonalOptions,
  jointDiagonal,
} from './joint-diagonal.ts';
export { kfac } from './kfac.ts';
export {
  ekfacSearched,
  type KroneckerBasisBlock,
  type KroneckerBasisOptions,
  kroneckerBasisSearch,
} from './kronecker-basis-search.ts';
export { eigenOfFactors, type KroneckerEigen } from './kronecker-eigen.ts';
export { type KroneckerFactors, kroneckerFactors } from './kronecker-factors.ts';
export {
  type KroneckerSumBlock,
  type KroneckerSumOptions,
  kroneckerSum,
  kroneckerSumOperator,
  kroneckerSumProducts,
} from './kronecker-sum.ts';
export { LADDER, type LadderKind } from './ladder.ts';
export {
  dampFactors,
  dampModules,
  type FactorDamping,
  type ModuleDamping,
  moduleDampings,
} from './module-damping.ts';
export {
  type ModuleCurvature,
  type ModuleSelection,
  moduleCurvature,
  moduleNames,
} from './module-subset.ts';
export {
  type NearestKroneckerOptions,
  nearestKronecker,
  nearestKroneckerFactors,
} from './nearest-kronecker.ts';
export { ggnOperator, hessianOperator } from './operators.ts';
export { basisOverlap, eigenvalueOverlap, TOP_FRACTION } from './overlap.ts';
export {
  assembleBlocks,
  extractBlock,
  type ParameterBlock,
  type PartitionKind,
  partition,
} from './partition.ts';
export {
  asProblem,
  type ChunkOptions,
  type CurvatureOptions,
  type KfacForm,
  type Problem,
  type ProblemInput,
} from './problem.ts';
export { CURVATURE_KINDS, CURVATURES, type CurvatureKind } from './registry.ts';
