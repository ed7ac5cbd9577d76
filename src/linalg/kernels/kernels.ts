/** @file The contract of the numerical kernels: what each computes and in which order it adds. */
import type { Vec } from '../matrix.ts';

/** Inner dimensions are cut into blocks of this many products; part of the contract of {@link Kernels.gemm}. */
export const GEMM_DEPTH = 256;

/** Rows that a triangular solve treats element by element between two matrix products; part of its contract. */
export const SOLVE_BLOCK = 32;

/** Rows of A that {@link Kernels.symv} reads together; part of its contract. */
export const SYMV_ROWS = 4;

/**
 * `scalar`: pure TypeScript. `simd`: WebAssembly, two doubles at a time. `wide`: the same, four at a time where V8 can. These
 * give the same bits. `fused`: products and sums rounded once, other last bits.
 */
export type KernelTier = 'scalar' | 'simd' | 'wide' | 'fused';

/**
 * Bare loops on flat arrays. Nothing is checked and nothing but packing scratch is allocated. A vector is (array, offset);
 * a matrix is (array, offset, row stride) with unit column stride, or (array, offset, row stride, column stride)
 * where both are free, so that a transpose is an exchange of strides. Outputs may not overlap inputs unless said.
 *
 * **The order of additions is part of the contract.** Every tier of kernels gives the same bits: each product is rounded,
 * then each sum (no fused multiply-add), in the order written here. Accumulators start at +0. What a tier may choose
 * freely is the order in which independent elements are computed.
 */
export interface Kernels {
  readonly tier: KernelTier;

  /**
   * Zeros in the memory that this tier works in fastest, for matrices that a long factorisation keeps coming back to.
   * Every kernel takes any array; only the speed differs: in the simd tier a kernel is fastest when all its operands lie in one
   * workspace. Throws a RangeError where such memory cannot be had, as beyond 4 GiB.
   */
  workspace(length: number): Vec;

  /** Σ xᵢ yᵢ. Element i is added to lane i mod 4; the result is (s₀ + s₂) + (s₁ + s₃). */
  dot(n: number, x: Vec, x0: number, y: Vec, y0: number): number;

  /** y ← y + α x. */
  axpy(n: number, alpha: number, x: Vec, x0: number, y: Vec, y0: number): void;

  /** The rows x and y rotated in place: (xᵢ, yᵢ) ← (c xᵢ + s yᵢ, c yᵢ − s xᵢ). */
  rotate(n: number, x: Vec, x0: number, y: Vec, y0: number, c: number, s: number): void;

  /** y ← y + α A x, A of shape [m, n]: each yᵢ receives α · {@link dot}(row i, x). */
  gemv(
    m: number,
    n: number,
    alpha: number,
    a: Vec,
    a0: number,
    lda: number,
    x: Vec,
    x0: number,
    y: Vec,
    y0: number,
  ): void;

  /** y ← y + α Aᵀ x, A of shape [m, n]: each yⱼ receives (α xᵢ) aᵢⱼ for i = 0, 1, …, m − 1 in turn. */
  gemvT(
    m: number,
    n: number,
    alpha: number,
    a: Vec,
    a0: number,
    lda: number,
    x: Vec,
    x0: number,
    y: Vec,
    y0: number,
  ): void;

  /** A ← A + α x yᵀ, A of shape [m, n]: aᵢⱼ receives (α xᵢ) yⱼ. */
  ger(
    m: number,
    n: number,
    alpha: number,
    x: Vec,
    x0: number,
    y: Vec,
    y0: number,
    a: Vec,
    a0: number,
    lda: number,
  ): void;

  /**
   * y ← y + α A x for symmetric A of order n, of which only the upper triangle (j ≥ i) is read.
   * Rows are taken in groups of 4, from i₀ = 0, 4, 8, …. For row i of a group, with e = i₀ + 4:
   * 1. t = s₀ + s₁, where aᵢⱼ xⱼ is added to lane (j − e) mod 2 for j = e, …, n − 1;
   * 2. t ← t + aᵢⱼ xⱼ for the columns j = i₀, …, e − 1 of the group in turn (those below n; left of i by symmetry);
   * 3. yᵢ ← yᵢ + α t.
   * Then each yⱼ, j ≥ e, receives aᵢⱼ (α xᵢ) for the rows i of the group in turn.
   */
  symv(
    n: number,
    alpha: number,
    a: Vec,
    a0: number,
    lda: number,
    x: Vec,
    x0: number,
    y: Vec,
    y0: number,
  ): void;

  /**
   * C ← C + α A B for A [m, k], B [k, n], C [m, n]. For each block of {@link GEMM_DEPTH} consecutive inner indices,
   * in ascending order: s = Σ aᵢₚ bₚⱼ with p ascending, then cᵢⱼ ← cᵢⱼ + α s. This holds for every shape, so an element of a
   * product does not depend on how the product was cut into rows and columns.
   */
  gemm(
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: Vec,
    a0: number,
    aRow: number,
    aCol: number,
    b: Vec,
    b0: number,
    bRow: number,
    bCol: number,
    c: Vec,
    c0: number,
    ldc: number,
  ): void;

  /**
   * C ← C + α A Aᵀ for A [n, k] and symmetric C [n, n]: the lower triangle (j ≤ i) in the order of {@link gemm}, then copied
   * to the upper one. What the upper triangle of C held before is ignored.
   */
  syrk(
    n: number,
    k: number,
    alpha: number,
    a: Vec,
    a0: number,
    aRow: number,
    aCol: number,
    c: Vec,
    c0: number,
    ldc: number,
  ): void;

  /**
   * C ← C + α (V Wᵀ + W Vᵀ), upper triangle (j ≥ i) only, for V, W [n, k]: as the {@link gemm} of [V W] with [W V]ᵀ, inner
   * dimension 2k. The strictly lower triangle of C is left undefined.
   */
  syr2k(
    n: number,
    k: number,
    alpha: number,
    v: Vec,
    v0: number,
    vRow: number,
    vCol: number,
    w: Vec,
    w0: number,
    wRow: number,
    wCol: number,
    c: Vec,
    c0: number,
    ldc: number,
  ): void;

  /**
   * outⱼₙ ← Σ_s x[s·count + n] · yⱼ[s·count + n], s ascending, for the rows j of y [rows, samples·count] and n < count; out [rows, count].
   */
  rowProducts(
    rows: number,
    count: number,
    samples: number,
    x: Vec,
    x0: number,
    y: Vec,
    y0: number,
    out: Vec,
    out0: number,
  ): void;

  /**
   * C_r ← C_r + Ā W_rᵀ for units r = 0 … units−1, with W_r[(k,j), n] = x[k,n] u_r[j,n] + t_r[k,n] v[j,n], both products rounded, then their
   * sum. In the order of {@link gemm}, whose inner index is n < count ≤ {@link GEMM_DEPTH}. Ā is A [m, count], and where `ones` ≥ 0 a row of
   * ones that goes to row `ones` of C. x and t_r [q, count], u_r and v [p, count], C_r [rows, q·p], of which others than m + 1 rows stay.
   *
   * @param step - From C_r to C_{r+1}. t_r, and u_r, lie one behind the other; all begin with the vector given.
   */
  pairGemm(
    units: number,
    m: number,
    q: number,
    p: number,
    count: number,
    a: Vec,
    x: Vec,
    u: Vec,
    t: Vec,
    v: Vec,
    c: Vec,
    step: number,
    ones: number,
  ): void;

  /**
   * The sums of the secular equation at λ = origin + τ, with qᵢ = zᵢ / ((dᵢ − origin) − τ): ψ = Σ zᵢ qᵢ and ψ′ = Σ qᵢ² over i ≤ left,
   * ascending, φ and φ′ over i > left, descending, and a sum of the |partial sums|. Terms alternate between two lanes; the result
   * is lane 0 + lane 1. Each lane of the last sum loses its partial sum after every term of ψ and gains it after every term of φ;
   * the lanes of ψ are added up first, then those of φ. Written to out[out0 …]: ψ, ψ′, φ, φ′, sum. 0 ≤ left ≤ k − 2.
   */
  secularSums(
    k: number,
    left: number,
    d: Vec,
    d0: number,
    z: Vec,
    z0: number,
    origin: number,
    tau: number,
    out: Vec,
    out0: number,
  ): void;

  /**
   * Löwner's formula: wᵢ ← −((dᵢ − oᵢ) − τᵢ) · Π_{j≠i} ((dᵢ − oⱼ) − τⱼ) / (dᵢ − dⱼ), one factor after the other, j ascending; each
   * quotient is rounded before it multiplies. o and τ: `origins` and `offsets`.
   */
  loewner(
    k: number,
    d: Vec,
    d0: number,
    origins: Vec,
    origins0: number,
    offsets: Vec,
    offsets0: number,
    w: Vec,
    w0: number,
  ): void;

  /** outⱼ ← 1 / √Σᵢ qᵢ² with qᵢ = zᵢ / ((dᵢ − oⱼ) − τⱼ), summed as in {@link dot}. */
  secularScales(
    k: number,
    z: Vec,
    z0: number,
    d: Vec,
    d0: number,
    origins: Vec,
    origins0: number,
    offsets: Vec,
    offsets0: number,
    out: Vec,
    out0: number,
  ): void;

  /** outᵢ ← (α zᵢ) / ((dᵢ − origin) − τ) for i < n: an eigenvector of diag(d) + z zᵀ. */
  quotients(
    n: number,
    alpha: number,
    z: Vec,
    z0: number,
    d: Vec,
    d0: number,
    origin: number,
    tau: number,
    out: Vec,
    out0: number,
  ): void;
}
