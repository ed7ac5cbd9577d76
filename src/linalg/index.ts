/** @file Dense linear algebra, structured operators, random streams: the layer below everything. */
export * from './errors.ts';
export { Matrix, type MatrixLike, type Vec } from './matrix.ts';
export { multiplyHigh, philox4x32 } from './philox.ts';
export { Rng, type RngState, rng } from './random.ts';
export { streamName } from './stream-name.ts';
export { normalQuantile } from './normal-quantile.ts';
