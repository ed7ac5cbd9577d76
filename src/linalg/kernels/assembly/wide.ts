/** @file What a module exports that can take the loops of pairs and work among threads: the kernels, and what both need (AssemblyScript). */
export * from './index';
export { wideBlock } from './gemm';
export { pair } from './paired';
export { step } from './steps';
export { moveSums } from './sums';
