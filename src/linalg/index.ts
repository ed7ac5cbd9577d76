/** @file Dense linear algebra, structured operators, random streams: the layer below everything. */
export * from './errors.ts';
export { Matrix, type MatrixLike, type Vec } from './matrix.ts';
