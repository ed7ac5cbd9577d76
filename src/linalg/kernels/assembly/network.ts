/** @file What the module of other networks than an Mlp exports (AssemblyScript). */
export { heapBase } from './address';
export { fold, unfold } from './windows';
