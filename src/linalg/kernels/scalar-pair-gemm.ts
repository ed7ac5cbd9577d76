/** @file The product with pairs of rows of the scalar tier. */
import { withScratch } from '../scratch.ts';
import type { Kernels } from './kernels.ts';
import { gemm } from './scalar-gemm.ts';

/** A row of ones, with strides 0. */
const ONE = Float64Array.of(1);

export const pairGemm: Kernels['pairGemm'] = (units, m, q, p, count, a, x, u, t, v, c, step, ones) => {
  withScratch([p * count], (w) => {
    for (let r = 0; r < units; r++)
      for (let k = 0; k < q; k++) {
        for (let i = 0, xk = k * count, tk = (r * q + k) * count, l = r * p * count; i < p * count; i++)
          w[i] = x[xk + (i % count)] * u[l + i] + t[tk + (i % count)] * v[i];
        const to = r * step + k * p;
        gemm(m, p, count, 1, a, 0, count, 1, w, 0, 1, count, c, to, q * p);
        if (ones >= 0) gemm(1, p, count, 1, ONE, 0, 0, 0, w, 0, 1, count, c, to + ones * q * p, q * p);
      }
  });
};
