/** @file The whole library but the ndarray bridge and the file formats: `eigenfluence/ndarray`, `eigenfluence/io`. */
export * from './autodiff/index.ts';
export * from './curvature/index.ts';
export * from './influence/index.ts';
export * from './linalg/index.ts';
