/** @file Pooling: the greatest element of a window, or its mean. */
import { checkBoolean, checkObject } from '../../linalg/border/arguments.ts';
import { ShapeError } from '../../linalg/errors.ts';
import { type AllKernels, networkKernels } from '../../linalg/kernels/network/in-arena.ts';
import { WINDOW_NUMBERS } from '../../linalg/kernels/network/kernels.ts';
import type { Frame, OpDefinition, Shape } from '../op.ts';
import { linear } from './linear.ts';
import { examplesOf, type Windows, type WindowsGiven, windowsOf } from './windows.ts';

/** Where averages of windows and images lie in common. */
const AVERAGE = {
  operands: ['reals'] as const,
  kernels: networkKernels,
  keeps: { aux: (): number => WINDOW_NUMBERS },
  ...linear<AllKernels>(
    ({ kernels, x, y, aux }, from, to) => kernels.averagePool(x.rows, x.cols, y.rows, y.cols, aux, from, to),
    ({ kernels, x, y, aux }, from, to) => kernels.spreadPool(x.rows, x.cols, y.rows, y.cols, aux, from, to),
    ['aux'],
  ),
};

const TRIAL_SHAPES: readonly Shape[] = [
  { rows: 2, cols: 24 },
  { rows: 1, cols: 36 },
];

/**
 * The greatest element of each window, [C, H·W·B] → [C, windows · B], outside the image −∞: PyTorch's max_pool2d. Of equal elements the first counts, rows
 * before columns: its derivative goes there, as PyTorch's does. `aux` holds where the greatest lie.
 */
export const maxPool: OpDefinition<WindowsGiven, AllKernels> = {
  operands: ['reals'],
  result([x], given, { where }) {
    const { numbers, cols } = poolOf(where, x, given);
    return { rows: x.rows, cols, constants: [...numbers, 0] };
  },
  kernels: networkKernels,
  keeps: { aux: (_, y) => WINDOW_NUMBERS + y.rows * y.cols },
  uses: {
    value: { reads: ['x.value'], writes: ['y.value', 'aux'] },
    jvp: { reads: ['aux', 'x.dot'], writes: ['y.dot'] },
    vjp: { reads: ['aux', 'y.bar'], writes: ['x.bar'] },
    vjpDot: { reads: ['aux', 'y.barDot'], writes: ['x.barDot'] },
  },
  rule: {
    // y = x[k], k where the greatest of the window is
    value: ({ kernels, x, y, aux }) =>
      kernels.maxPool(x.rows, x.cols, y.rows, y.cols, aux, x.value, y.value, aux + WINDOW_NUMBERS),
    // ẏ = ẋ[k]
    jvp: ({ kernels, x, y, aux }) => kernels.gather(x.size, y.size, aux + WINDOW_NUMBERS, x.dot, y.dot),
    // x̄[k] += ȳ
    vjp: (f) => pass(f, f.y.bar, f.x.bar),
    // (x̄)˙[k] += (ȳ)˙
    vjpDot: (f) => pass(f, f.y.barDot, f.x.barDot),
  },
  examples: (x, { height, width }) => x.cols / (height * width),
  trialShapes: TRIAL_SHAPES,
  trials: () => [
    { height: 3, width: 4, kernel: 2 },
    { height: 3, width: 4, kernel: [3, 2], stride: [1, 2], padding: 1 },
    { height: 1, width: 12, kernel: [1, 3], stride: [1, 2], padding: [0, 1], dilation: [1, 2] },
  ],
};

function pass({ kernels, x, y, aux }: Frame<AllKernels>, from: number, to: number): void {
  kernels.scatter(x.size, y.size, aux + WINDOW_NUMBERS, from, to);
}

/** Windows, and whether an average counts the padding. */
export interface AveragePoolGiven extends WindowsGiven {
  /** Whether elements in the padding count in the divisor. Default true, as PyTorch's. */
  readonly countPadding?: boolean;
}

/** The mean of each window, [C, H·W·B] → [C, windows · B], 0 in the padding: PyTorch's avg_pool2d. */
export const averagePool: OpDefinition<AveragePoolGiven, AllKernels> = {
  ...AVERAGE,
  result([x], given, { where }) {
    const { numbers, cols } = poolOf(where, x, given);
    const { countPadding = true } = given;
    checkBoolean(where, 'countPadding', countPadding);
    return { rows: x.rows, cols, constants: [...numbers, countPadding ? 1 : 0] };
  },
  examples: (x, { height, width }) => x.cols / (height * width),
  trialShapes: TRIAL_SHAPES,
  trials: () => [
    { height: 3, width: 4, kernel: [3, 2], stride: [1, 2], padding: 1 },
    { height: 3, width: 4, kernel: 2, padding: 1, countPadding: false },
  ],
};

/** The mean of each channel over the positions of an image, [C, H·W·B] → [C, B]. */
export const globalAveragePool: OpDefinition<{ readonly positions: number }, AllKernels> = {
  ...AVERAGE,
  result([x], given, { where }) {
    checkObject(where, 'given', given);
    const { positions } = given;
    const cols = examplesOf(where, x, 1, positions);
    const { numbers } = windowsOf(where, x, { height: 1, width: positions, kernel: [1, positions] });
    return { rows: x.rows, cols, constants: [...numbers, 1] };
  },
  examples: (x, { positions }) => x.cols / positions,
  trialShapes: TRIAL_SHAPES,
  trials: () => [{ positions: 12 }, { positions: 4 }],
};

/** Windows of which each has an element inside the image. @throws {ShapeError} the padding is more than half the kernel. */
function poolOf(where: string, x: Shape, given: WindowsGiven): Windows {
  const windows = windowsOf(where, x, given);
  const [, , rows, cols, , , down, across] = windows.numbers;
  if (2 * down > rows || 2 * across > cols)
    throw new ShapeError(where, 'padding', 'at most half the kernel', `${down} and ${across}`);
  return windows;
}
