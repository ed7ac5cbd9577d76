/** @file What the module of other networks than an Mlp exports (AssemblyScript). */
export { adamw } from './adamw';
export { affineWeightTangent } from './added-weights';
export { heapBase } from './address';
export { adjointStep } from './adjoint';
export { multiplyExamples } from './batched';
export { geluInner, geluOuter, leakyRelu, silu, softplus } from './curves';
export { gelu } from './gelu';
export { marginCurve } from './margin-curve';
export { normalise, normaliseCurve, normaliseSlope } from './normalise';
export { affine, affineInput } from './packed-affine';
export { pair } from './paired';
export { relu } from './rectified';
export { averagePool, gather, maxPool, scatter, spreadPool } from './pools';
export { softmax, softmaxCurve, softmaxSlope } from './softmax';
export { affineInputTangent, affineTangent } from './two-products';
export { select, transposeExamples } from './slices';
export { lookUp, lookUpAdjoint } from './tables';
export { fold, unfold } from './windows';
