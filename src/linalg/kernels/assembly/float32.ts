/** @file What the module of float32 kernels exports (AssemblyScript). */
export { relu, sigmoid, tanh } from './float32/activations';
export { gatherRows, rowSums, transpose } from './float32/layout';
export { crossEntropy, squaredError } from './float32/losses';
export { adamw, sgd } from './float32/optimisers';
export { products } from './float32/products';
