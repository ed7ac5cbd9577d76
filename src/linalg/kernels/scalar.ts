/** @file The scalar tier: pure TypeScript, always available. */
import { blockedKernels } from './blocked.ts';
import type { Kernels } from './kernels.ts';
import { gemm } from './scalar-gemm.ts';
import { pairGemm } from './scalar-pair-gemm.ts';
import { loewner, quotients, secularScales, secularSums } from './scalar-secular.ts';
import { axpy, dot, gemv, gemvT, ger, rotate, rowProducts, symv } from './scalar-vector.ts';

export const scalarKernels: Kernels = /* @__PURE__ */ assemble();

/** A call, so that a bundler may leave the kernels out where nothing computes with matrices. */
function assemble(): Kernels {
  return {
    tier: 'scalar',
    workspace: (length) => new Float64Array(length),
    dot,
    axpy,
    rotate,
    gemv,
    gemvT,
    ger,
    symv,
    gemm,
    pairGemm,
    rowProducts,
    secularSums,
    loewner,
    secularScales,
    quotients,
    ...blockedKernels(gemm),
  };
}
