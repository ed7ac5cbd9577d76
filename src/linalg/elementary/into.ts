/** @file The elementary functions of whole arrays, with their arguments checked: what callers use in place of bare kernels. */
import { asOutput, asVector, type VectorInput } from '../border/vector.ts';
import { checkInteger } from '../checks.ts';
import { erfInto as erfKernel } from './erf.ts';
import { expInto as expKernel, expm1Into as expm1Kernel } from './exp.ts';
import { log1pInto as log1pKernel, logInto as logKernel } from './log.ts';
import { sigmoidInto as sigmoidKernel } from './sigmoid.ts';
import { tanhInto as tanhKernel } from './tanh.ts';

/**
 * out[o + i] ← f(x[s + i]) for 0 ≤ i < n; `out` may be `x` with o = s. The bits are those of f.
 *
 * @param out - Written to. @param x - Not modified. @param n - How many. @param o - Where in `out`, default 0. @param s - Where in `x`,
 * default 0. @throws {DomainError} not vectors, or n, o and s lead outside them.
 */
export type FunctionInto = (out: Float64Array, x: VectorInput, n: number, o?: number, s?: number) => void;

type Kernel = (out: Float64Array, x: Float64Array, n: number, o: number, s: number) => void;

function checked(where: string, kernel: Kernel): FunctionInto {
  return (out, x, n, o = 0, s = 0) => {
    asOutput(where, 'out', out);
    const source = asVector(where, 'x', x);
    checkInteger(where, 'o', o, 0, out.length);
    checkInteger(where, 's', s, 0, source.length);
    checkInteger(where, 'n', n, 0, Math.min(out.length - o, source.length - s));
    kernel(out, source, n, o, s);
  };
}

/** eˣ of n elements: {@link FunctionInto}. */
export const expInto: FunctionInto = /* @__PURE__ */ checked('expInto', expKernel);
/** eˣ − 1 of n elements: {@link FunctionInto}. */
export const expm1Into: FunctionInto = /* @__PURE__ */ checked('expm1Into', expm1Kernel);
/** log x of n elements: {@link FunctionInto}. */
export const logInto: FunctionInto = /* @__PURE__ */ checked('logInto', logKernel);
/** log(1 + x) of n elements: {@link FunctionInto}. */
export const log1pInto: FunctionInto = /* @__PURE__ */ checked('log1pInto', log1pKernel);
/** 1 / (1 + e⁻ˣ) of n elements: {@link FunctionInto}. */
export const sigmoidInto: FunctionInto = /* @__PURE__ */ checked('sigmoidInto', sigmoidKernel);
/** tanh x of n elements: {@link FunctionInto}. */
export const tanhInto: FunctionInto = /* @__PURE__ */ checked('tanhInto', tanhKernel);
/** erf x of n elements: {@link FunctionInto}. */
export const erfInto: FunctionInto = /* @__PURE__ */ checked('erfInto', erfKernel);
