/** @file The scalar tier of the kernels of other networks than an Mlp. */
import type { Vec } from '../../matrix.ts';
import type { NetworkKernels } from './kernels.ts';
import { foldKernel, unfoldKernel } from './scalar-windows.ts';

/** The kernels on any memory. */
export function scalarNetworkKernels(m: Vec): NetworkKernels {
  return {
    unfold: (_, xCols, yRows, _cols, windows, x, y) => unfoldKernel(m, xCols, yRows, windows, x, y),
    fold: (xRows, xCols, yRows, _, windows, y, x) => foldKernel(m, xRows, xCols, yRows, windows, y, x),
  };
}
