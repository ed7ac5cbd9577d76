/** @file The sum of absolute distances to targets. */
import { NOT_WANTED } from '../../linalg/kernels/arena.ts';
import type { OpDefinition } from '../op.ts';
import { linearPart } from './linear-part.ts';

/**
 * ℓ = Σ |u − t| per column; `aux` begins with s = sign(u − t), 0 where u = t, and goes on with three arrays of scratch. Targets have no
 * derivative, s has none either: at a kink the derivatives are those of the subgradient of least length.
 */
export const absoluteError: OpDefinition = {
  // ℓ = s·d, d = u − t, s = [d > 0] − [−d > 0]
  ...linearPart(4, ({ kernels, x, z, y, aux: sign }) => {
    const n = x.size;
    const [below, scratch, d] = [sign + n, sign + 2 * n, sign + 3 * n];
    kernels.subtract(n, z.value, x.value, d);
    kernels.relu(n, d, scratch, below, NOT_WANTED);
    kernels.subtract(n, x.value, z.value, d);
    kernels.relu(n, d, scratch, sign, NOT_WANTED);
    kernels.subtract(n, sign, below, sign);
    kernels.columnDot(x.rows, x.cols, sign, d, y.value);
  }),
  kink: 0.1,
};
