/** @file Kernels of networks other than an Mlp, in an arena: windows over images and sequences, normalisation, softmax, products of one example each. */
import type { ActivationKernel, NOT_WANTED } from '../arena.ts';

/**
 * Further kernels of an arena, with the conventions of ArenaKernels. Columns are positions × examples, position-major: column s·B + n is position s of
 * example n, so that the B numbers of a position lie side by side. The elements of a sum are added in the order that is stated.
 */
export interface NetworkKernels {
  /**
   * y[(c, i, j), (p, q), n] ← x[c, (p, q)·stride − padding + (i, j)·dilation, n], 0 outside the image. x is [xRows, xCols], rows c; y is
   * [yRows, yCols]; sizes of image, kernel and steps at `windows` as {@link WINDOW_NUMBERS} says.
   */
  unfold(
    xRows: number,
    xCols: number,
    yRows: number,
    yCols: number,
    windows: number,
    x: number,
    y: number,
  ): void;
  /** The adjoint: x ← 0, then x += y where unfold reads; rows and columns of y ascending. */
  fold(
    xRows: number,
    xCols: number,
    yRows: number,
    yCols: number,
    windows: number,
    y: number,
    x: number,
  ): void;

  /**
   * y ← the greatest element of x in each window, outside of the image −∞; index ← where in x it lies. Of equal ones the first, rows before columns; NaN
   * counts as greatest.
   */
  maxPool(
    xRows: number,
    xCols: number,
    yRows: number,
    yCols: number,
    windows: number,
    x: number,
    y: number,
    index: number,
  ): void;
  /** out[k] ← x[index[k]], k < n; x has xSize elements. */
  gather(xSize: number, n: number, index: number, x: number, out: number): void;
  /** x ← 0, then x[index[k]] += y[k], k ascending. */
  scatter(xSize: number, n: number, index: number, y: number, x: number): void;
  /** y ← the mean of x in each window: rows before columns, divided by the elements of the kernel, or by those inside the image. */
  averagePool(
    xRows: number,
    xCols: number,
    yRows: number,
    yCols: number,
    windows: number,
    x: number,
    y: number,
  ): void;
  /** The adjoint: x ← 0, then x += y / count under each window; windows ascending. */
  spreadPool(
    xRows: number,
    xCols: number,
    yRows: number,
    yCols: number,
    windows: number,
    y: number,
    x: number,
  ): void;

  /**
   * Columns of `blocks` arrays [rows, batch], one behind the other. y ← (x − m) r and scale ← r, one for each block and column: r = 1/√(v + ε), v the mean of
   * (x − m)², m the mean of x, or 0 unless `centred` is 1. Sums ascend over the rows. ε lies at `epsilon`.
   */
  normalise(
    blocks: number,
    rows: number,
    batch: number,
    centred: number,
    epsilon: number,
    x: number,
    y: number,
    scale: number,
  ): void;
  /** With y and r from there, out ← r (v − mean v − y mean(y v)): the Jacobian, which is symmetric, times v. Without the mean of v unless centred. */
  normaliseSlope(
    blocks: number,
    rows: number,
    batch: number,
    centred: number,
    y: number,
    scale: number,
    v: number,
    out: number,
  ): void;
  /**
   * out ← out − r² (b (g − mean g) + a (v − mean v) + y (mean(v g) − mean v mean g − 3 a b)), a = mean(y g), b = mean(y v): the second derivative along v of
   * ⟨y, g⟩. Without means of v and g unless centred.
   */
  normaliseCurve(
    blocks: number,
    rows: number,
    batch: number,
    centred: number,
    y: number,
    scale: number,
    v: number,
    g: number,
    out: number,
  ): void;

  /**
   * Columns of `blocks` arrays [rows, batch]. y ← softmax of f x, f at `factor`. Where `causal` is 1 the first t + 1 rows of block t count, else all; where `mask`
   * [rows, batch] is wanted, those of which it is above 0. Rows that do not count are 0, and so is a column in which none does.
   */
  softmax(
    blocks: number,
    rows: number,
    batch: number,
    causal: number,
    factor: number,
    mask: number,
    x: number,
    y: number,
  ): void;
  /** With p from there, out ← f p (v − Σ p v): the Jacobian, which is symmetric, times v. */
  softmaxSlope(
    blocks: number,
    rows: number,
    batch: number,
    causal: number,
    factor: number,
    p: number,
    v: number,
    out: number,
  ): void;
  /**
   * With ṗ the tangent of p, r = Σ p g and ṙ = Σ (ṗ g + p ġ): outDot ← ṗ (f (g − r)) + f p (ġ − ṙ), the tangent of out ← f p (g − r), which need not be
   * wanted. out may be g, and outDot ġ.
   */
  softmaxCurve(
    blocks: number,
    rows: number,
    batch: number,
    causal: number,
    factor: number,
    p: number,
    pDot: number,
    g: number,
    gDot: number,
    out: number,
    outDot: number,
  ): void;

  /**
   * Of every column of u [classes, batch] with q of the same shape, t its greatest element (of equal ones the first), e_c = e^(u_c − u_t), r = Σ_{c≠t} e_c and
   * s = Σ q_c, each sum ascending: y ← s log(1 + r) + Σ q_c (u_t − u_c); and at `kept`, one behind the other, g, p = e/(1 + r) and s, where
   * g_c = s p_c − q_c as p_c Σ_{k≠c} q_k − q_c Σ_{k≠c} p_k: the part of k < c first, sums ascending, then that of k > c, descending.
   */
  softCrossEntropy(classes: number, batch: number, u: number, q: number, y: number, kept: number): void;

  /**
   * m ← m + a (g − m) at `first`, v ← β₂ v + (b g) g at `second`, θ ← keep θ − rate (m / (√v / root + ε)); keep, a, β₂, b, rate, root and ε at
   * `settings`.
   */
  adamw(n: number, settings: number, gradient: number, first: number, second: number, theta: number): void;

  /**
   * y[i, b] ← (start + Σ_k U[i, k] x[k, b]) + Σ_k W[i, k] z[k, b], k < inputs ascending in both, `start` 0 zero or 1 the bias at bias + i·width: the bits of
   * `affine` from there and then from what is present. U and W have rows of `width` elements.
   */
  affineTangent(
    outputs: number,
    inputs: number,
    width: number,
    batch: number,
    start: number,
    u: number,
    bias: number,
    x: number,
    w: number,
    z: number,
    y: number,
  ): void;
  /** xBar[k, b] ← (0 + Σ_i W[i, k] y[i, b]) + Σ_i U[i, k] z[i, b], i ascending in both: the bits of `affineInput` twice. */
  affineInputTangent(
    outputs: number,
    inputs: number,
    width: number,
    batch: number,
    w: number,
    y: number,
    u: number,
    z: number,
    xBar: number,
  ): void;
  /**
   * wBar[i, k] ← (wBar + Σ_b yDot[i, b] x[k, b]) + Σ_b y[i, b] xDot[k, b], each sum as in `affineWeight`; the second is left out where y is
   * {@link NOT_WANTED}. The element at biasBar + i·width ← itself + Σ_b yDot[i, b], in the same order, unless biasBar is {@link NOT_WANTED}.
   */
  affineWeightTangent(
    outputs: number,
    inputs: number,
    width: number,
    batch: number,
    yDot: number,
    x: number,
    y: number,
    xDot: number,
    biasBar: number,
    wBar: number,
  ): void;
  /**
   * What SGD owes to its gradient one step further back: u ← μ u + r p with μ and r at `settings`; squares[j] ← Σ_i p[8 i + j]², j < 8, i ascending
   * from 0. n is a multiple of 8.
   */
  adjointStep(n: number, settings: number, p: number, u: number, squares: number): void;

  /**
   * A product of matrices for each of `batch` examples, which lie side by side: out[i, j, n] ← start + Σ_k a[i, k, n] b[k, j, n], k ascending, `start` 0 zero or 2
   * the present. Elements are so many doubles apart as the strides say. `triangle`: 1, a is lower triangular: the sum ends with k = i | 1; 2, so is the
   * result: j ends with i | 1, what lies beyond is left alone; 3, a is upper triangular: the sum begins with k = i & ~1; 0, none is.
   */
  multiplyExamples(
    rows: number,
    cols: number,
    depth: number,
    batch: number,
    triangle: number,
    start: number,
    a: number,
    aRow: number,
    aDepth: number,
    b: number,
    bDepth: number,
    bCol: number,
    out: number,
    outRow: number,
    outCol: number,
  ): void;

  /** Rows of a table [tableRows, width]: out[r, c] ← table[tokens[c], r] for r < rows ≤ width; tokens are integers in 0..tableRows−1. */
  lookUp(
    tableRows: number,
    rows: number,
    cols: number,
    width: number,
    tokens: number,
    table: number,
    out: number,
  ): void;
  /** The adjoint: table[t, r] ← 0 for r < rows, then table[tokens[c], r] += y[r, c], c ascending; further columns are left alone. */
  lookUpAdjoint(
    tableRows: number,
    rows: number,
    cols: number,
    width: number,
    tokens: number,
    y: number,
    table: number,
  ): void;
  /** out[j, i, n] ← x[i, j, n], x [rows, cols, batch]. */
  transposeExamples(rows: number, cols: number, batch: number, x: number, out: number): void;
  /** out ← x where the mask is above 0, elsewhere the element at `otherwise`. */
  select(n: number, mask: number, otherwise: number, x: number, out: number): void;

  /** x σ(x). */
  readonly silu: ActivationKernel;
  /** log(1 + eˣ). */
  readonly softplus: ActivationKernel;
  /** y ← x for x > 0, else α x with α at `alpha`; slope ← 1 or α. */
  leakyRelu(n: number, alpha: number, x: number, y: number, slope: number): void;
  /** out ← √(2/π) (x + 0.044715 x³); out may be x. */
  geluInner(n: number, x: number, out: number): void;
  /** With t = tanh u of that u at y and 1 − t² at `slope`: y ← ½ x (1 + t), its slope and, if wanted, its curvature. */
  readonly geluOuter: ActivationKernel;
}

/**
 * What lies at `windows`: height and width of the image, of the kernel, of the stride, of the padding, of the dilation and of the result; then 1 if
 * an average counts the padding.
 */
export const WINDOW_NUMBERS = 13;
