/** @file What every module of the core kernels exports (AssemblyScript). */
export { heapBase } from './address';
export { affine, affineBias, affineInput, affineWeight } from './affine';
export { columnDot, gatherColumns, scaleColumns, scaleColumnsAdd, spreadColumns, sumColumns } from './columns';
export { add, copy, fill, multiply, multiplyAdd, multiplyAdd3, relu, scale, scaleBy, sgd, subtract } from './elementwise';
export { gemm, syr2k } from './resident-gemm';
export { margin } from './margin';
export { pairGemm } from './pair-gemm';
export { rowProducts } from './pairs';
export { loewner, quotients, secularScales, secularSums } from './secular';
export { logSigmoid } from './log-sigmoid';
export { sigmoid } from './sigmoid';
export { tanh } from './tanh';
export { symv } from './symv';
export { axpy, dot, gemv, gemvT, ger, rotate } from './vector';
