/** @file The cross-entropy of independent binary outputs, and their log-odds. */
import { NOT_WANTED } from '../../linalg/kernels/arena.ts';
import { type AllKernels, networkKernels } from '../../linalg/kernels/network/in-arena.ts';
import { ABSENT, type OpDefinition } from '../op.ts';
import { linearPart } from './linear-part.ts';
import { pointwiseLoss } from './pointwise-loss.ts';
import { perExampleOfTargets } from './shapes.ts';

/**
 * ℓ = Σ_c t_c log(1 + e^(−u_c)) + (1 − t_c) log(1 + e^(u_c)) per column: of targets 0 and 1 the terms that count are computed without a difference, so that
 * value and slope keep their digits at both ends. φ′ = (1 − t) σ(u) − t σ(−u), φ″ = σ(u) σ(−u).
 */
export const binaryCrossEntropy: OpDefinition<undefined, AllKernels> = {
  operands: ['reals', 'targets'],
  result: perExampleOfTargets,
  kernels: networkKernels,
  ...pointwiseLoss<AllKernels>(({ kernels, x, z, y, aux: slope, curvature }) => {
    const n = x.size;
    const t = z.value;
    const [ones, ofOne, slopeOfOne, ofZero, rest] = [1, 2, 3, 4, 5].map((k) => slope + k * n);
    kernels.scale(n, -1, x.value, ones);
    kernels.softplus(n, ones, ofOne, slopeOfOne, NOT_WANTED);
    kernels.softplus(n, x.value, ofZero, slope, curvature === ABSENT ? NOT_WANTED : curvature);
    kernels.fill(n, 1, ones);
    kernels.subtract(n, ones, t, rest);
    // t log(1 + e^−u) + (1 − t) log(1 + e^u)
    kernels.multiply(n, t, ofOne, ofOne);
    kernels.multiplyAdd(n, rest, ofZero, ofOne);
    kernels.columnDot(x.rows, x.cols, ofOne, ones, y.value);
    // (1 − t) σ(u) − t σ(−u)
    kernels.multiply(n, rest, slope, slope);
    kernels.multiply(n, t, slopeOfOne, slopeOfOne);
    kernels.subtract(n, slope, slopeOfOne, slope);
  }, 6),
};

/** m = Σ_c (2 t_c − 1) u_c per column: the log-odds of the labels, those of 1 for t = 1 and of 0 for t = 0, added up. Linear in u. */
export const binaryMargin: OpDefinition = linearPart(2, ({ kernels, x, z, y, aux: signs }) => {
  // m = s·u, s = 2t − 1
  const ones = signs + x.size;
  kernels.fill(x.size, 1, ones);
  kernels.scale(x.size, 2, z.value, signs);
  kernels.subtract(x.size, signs, ones, signs);
  kernels.columnDot(x.rows, x.cols, signs, x.value, y.value);
});
