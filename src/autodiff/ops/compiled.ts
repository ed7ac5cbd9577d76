/** @file Ops of every tape with kernels of the second module, for networks with outputs at many positions: the same bits in less time. */
import { networkKernels } from '../../linalg/kernels/network/in-arena.ts';
import { affine } from './affine.ts';
import { gelu } from './gelu.ts';
import { margin } from './margin.ts';
import { relu } from './relu.ts';

/** Products that pack columns. */
export const packedAffine: typeof affine = { ...affine, kernels: networkKernels };

/** The exact form, compiled. */
export const compiledGelu: typeof gelu = { ...gelu, kernels: networkKernels };

/** Its second derivative compiled. */
export const compiledMargin: typeof margin = { ...margin, kernels: networkKernels };

/** Without a jump that depends on the sign: a fifth of the time. */
export const compiledRelu: typeof relu = { ...relu, kernels: networkKernels };
