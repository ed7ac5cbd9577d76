/** @file One block of memory and the kernels that work inside it: what a compiled tape program runs on. */
import type { Vec } from '../matrix.ts';
import type { WebAssemblyMemory } from './wasm.ts';

/** In place of an array that a kernel need not write. */
export const NOT_WANTED = -1;

/** A function of one number by formulas: y = φ(x), φ′ and φ″. */
export interface ScalarFunction {
  value(x: number): number;
  slope(x: number): number;
  curvature(x: number): number;
}

/** y = φ(x) with its slope φ′(x) and, unless it is {@link NOT_WANTED}, its curvature φ″(x): different arrays of length n. */
export type ActivationKernel = (n: number, x: number, y: number, slope: number, curvature: number) => void;

/**
 * The kernels of one arena. Every argument that names an array is the offset of its first element in the arena;
 * sizes come first, the array written last. Arrays are row-major [rows, batch], one example per column. Nothing is
 * checked and nothing is allocated.
 *
 * The order of additions is part of each contract, so that another tier can give the same bits: no fused
 * multiply-add anywhere; elements that are not summed over the batch are independent lanes.
 */
export interface ArenaKernels {
  /** out ← value. */
  fill(n: number, value: number, out: number): void;
  /** out ← x. */
  copy(n: number, x: number, out: number): void;
  /** out ← out + x. */
  add(n: number, x: number, out: number): void;
  /** out ← x − z. */
  subtract(n: number, x: number, z: number, out: number): void;
  /** out ← c x. */
  scale(n: number, c: number, x: number, out: number): void;
  /** out ← c x with c the element at the offset `factor`: nothing is boxed on the way into WebAssembly. */
  scaleBy(n: number, factor: number, x: number, out: number): void;
  /** out ← x ⊙ z. */
  multiply(n: number, x: number, z: number, out: number): void;
  /** out ← out + x ⊙ z. */
  multiplyAdd(n: number, x: number, z: number, out: number): void;
  /** out ← out + (a ⊙ b) ⊙ c. */
  multiplyAdd3(n: number, a: number, b: number, c: number, out: number): void;

  /** `slope` may be x. */
  readonly tanh: ActivationKernel;
  readonly relu: ActivationKernel;
  readonly gelu: ActivationKernel;
  readonly sigmoid: ActivationKernel;
  readonly logSigmoid: ActivationKernel;
  /** The same for a function given by formulas. */
  map(n: number, phi: ScalarFunction, x: number, y: number, slope: number, curvature: number): void;

  /** out[b] ← Σ_r x[r, b] z[r, b]; r ascending from 0. */
  columnDot(rows: number, batch: number, x: number, z: number, out: number): void;
  /** out[r, b] ← x[r, b] g[b]. */
  scaleColumns(rows: number, batch: number, x: number, g: number, out: number): void;
  /** out[r, b] ← out[r, b] + x[r, b] g[b]. */
  scaleColumnsAdd(rows: number, batch: number, x: number, g: number, out: number): void;
  /** out[r] ← Σ_b x[r, b]; b ascending, Neumaier's compensated sum. */
  sumColumns(rows: number, batch: number, x: number, out: number): void;
  /** out[c, b] ← x[rows[b], c]: rows of a row-major matrix x of `cols` columns become columns. */
  gatherColumns(cols: number, batch: number, rows: number, x: number, out: number): void;
  /** out[r, b] ← x[r]. */
  spreadColumns(rows: number, batch: number, x: number, out: number): void;
  /**
   * Correct-class log-odds y[b] ← u[t] − log Σ_{c≠t} e^{u[c]} with t = labels[b], and its gradient
   * out[c, b] ← [c = t] − q[c, b], where q is the softmax over the classes c ≠ t. Sums ascend in c from 0, after
   * subtracting the greatest u[c], c ≠ t.
   */
  margin(classes: number, batch: number, u: number, labels: number, y: number, out: number): void;
  /**
   * With n the gradient above, k the class of its least entry (the first such) and w[c, b] = v[c, b] − v[k, b]:
   * m[b] = Σ_{c≠t,k} n[c, b] w[c, b], then out[c, b] ← out + (n[c, b] (w[c, b] + m[b])) g[b], c ≠ t.
   */
  marginCurve(
    classes: number,
    batch: number,
    n: number,
    labels: number,
    v: number,
    g: number,
    out: number,
  ): void;

  /**
   * y[i, b] ← start + Σ_k W[i, k] x[k, b], k < inputs. W = w has rows of `width` ≥ inputs elements. `start` selects where
   * the sum begins: 0 zero, 1 the bias at bias + i·width, 2 the present y[i, b]. k ascending. `bias` is read for start 1 only.
   */
  affine(
    outputs: number,
    inputs: number,
    width: number,
    batch: number,
    start: number,
    w: number,
    bias: number,
    x: number,
    y: number,
  ): void;
  /** xBar[k, b] ← start + Σ_i W[i, k] yBar[i, b], k < inputs; i ascending; `start` 0 zero or 2 the present xBar[k, b]. */
  affineInput(
    outputs: number,
    inputs: number,
    width: number,
    batch: number,
    start: number,
    w: number,
    yBar: number,
    xBar: number,
  ): void;
  /**
   * wBar[i, k] ← Σ_b yBar[i, b] x[k, b], k < inputs, in rows of `width` elements; the others are left alone. Four partial
   * sums from 0, s_j over the examples b ≡ j (mod 4) in ascending order, combined as (s₀ + s₂) + (s₁ + s₃). With `start`
   * 2 the result is the present wBar[i, k] + that sum; with 0 the sum.
   */
  affineWeight(
    outputs: number,
    inputs: number,
    width: number,
    batch: number,
    start: number,
    yBar: number,
    x: number,
    wBar: number,
  ): void;
  /** The element at biasBar + i·width ← Σ_b yBar[i, b], in the four-lane order of affineWeight. */
  affineBias(outputs: number, width: number, batch: number, yBar: number, biasBar: number): void;

  /**
   * SGD, PyTorch's form: v ← μ v + (g + decay θ); θ ← θ − rate v. In place on v and θ. `settings` is the offset of rate, μ and
   * decay: a fraction handed over from JavaScript at every step would be boxed at every step.
   */
  sgd(n: number, settings: number, gradient: number, velocity: number, theta: number): void;
}

/** Memory of a fixed size and the kernels bound to it. */
export interface Arena {
  readonly memory: Vec;
  readonly kernels: ArenaKernels;
  /** What further compiled kernels import to work in this memory; none in the scalar tier. */
  readonly wasm?: WebAssemblyMemory;
}

/** Where sums of the affine kernels begin. */
export const START_ZERO = 0;
export const START_BIAS = 1;
export const START_PRESENT = 2;
