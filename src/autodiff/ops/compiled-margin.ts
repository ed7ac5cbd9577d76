/** @file The log-odds of the labelled class, with its second derivative compiled: outputs at many positions make it hot. */
import { networkKernels } from '../../linalg/kernels/network/in-arena.ts';
import { margin } from './margin.ts';

/** As {@link margin}, with the same bits. */
export const compiledMargin: typeof margin = { ...margin, kernels: networkKernels };
