/** @file Curvature of the mean loss: exact and approximate, applied, inverted and compared. */
export { blockGgn, blockGgnMatrices, type CurvatureBlock } from './block-ggn.ts';
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
export { type DecomposeOptions, decompose } from './decompose.ts';
export {
  EigenOperator,
  type EigenOperatorOptions,
  type FactorSpectra,
  type SpectrumReport,
} from './eigen-operator.ts';
export { ekfac } from './ekfac.ts';
export { type FisherType, TYPE_2 } from './fisher.ts';
export { ggn, ggnMatrix } from './ggn.ts';
export { hessian, hessianMatrix } from './hessian.ts';
export {
  checkInverseRule,
  type FactorMode,
  type InverseRule,
  PAPER_RULE,
  spectralInverse,
} from './inverse-rule.ts';
export { kfac } from './kfac.ts';
export { type KroneckerFactors, kroneckerFactors } from './kronecker-factors.ts';
export { ggnOperator, hessianOperator } from './operators.ts';
export { basisOverlap, eigenvalueOverlap, TOP_FRACTION } from './overlap.ts';
export {
  assembleBlocks,
  extractBlock,
  type ParameterBlock,
  type PartitionKind,
  partition,
} from './partition.ts';
export { type ChunkOptions, type CurvatureOptions, checkProblem, type Problem } from './problem.ts';
export { CURVATURE_KINDS, CURVATURES, type Curvature, type CurvatureKind } from './registry.ts';
