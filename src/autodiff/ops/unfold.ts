/** @file Windows as columns: what makes a convolution a linear layer. */
import { type AllKernels, networkKernels } from '../../linalg/kernels/network/in-arena.ts';
import { WINDOW_NUMBERS } from '../../linalg/kernels/network/kernels.ts';
import type { OpDefinition } from '../op.ts';
import { linear } from './linear.ts';
import { type WindowsGiven, windowsOf } from './windows.ts';

/**
 * y[(c, i, j), (p, q), n] = x[c, (p, q)·stride − padding + (i, j)·dilation, n], 0 outside: [C, H·W·B] becomes [C · kernel, windows · B]. A linear layer on it is
 * PyTorch's conv2d, its weight [out, C, kernel rows, kernel cols] read as [out, C · kernel].
 */
export const unfold: OpDefinition<WindowsGiven, AllKernels> = {
  operands: ['reals'],
  result([x], given, { where }) {
    const { numbers, elements, cols } = windowsOf(where, x, given);
    return { rows: x.rows * elements, cols, constants: [...numbers, 0] };
  },
  kernels: networkKernels,
  keeps: { aux: () => WINDOW_NUMBERS },
  ...linear<AllKernels>(
    ({ kernels, x, y, aux }, from, to) => kernels.unfold(x.rows, x.cols, y.rows, y.cols, aux, from, to),
    ({ kernels, x, y, aux }, from, to) => kernels.fold(x.rows, x.cols, y.rows, y.cols, aux, from, to),
    ['aux'],
  ),
  examples: (x, { height, width }) => x.cols / (height * width),
  trialShapes: [
    { rows: 2, cols: 24 },
    { rows: 1, cols: 36 },
  ],
  trials: () => [
    { height: 3, width: 4, kernel: 3, padding: 1 },
    { height: 3, width: 4, kernel: [2, 3], stride: 2, padding: [1, 2], dilation: [2, 1] },
    { height: 1, width: 12, kernel: [1, 3], padding: [0, 4], dilation: [1, 2] },
  ],
};
