/** @file What training in float32 needs of kernels, in a memory of float32 numbers. */

/** In place of an array that there is not. */
export const ABSENT = -1;

/** y ← φ(x) and slope ← φ′(x), n a multiple of 4. */
export type Float32Activation = (n: number, x: number, y: number, slope: number) => void;

/** The mean loss and its gradient in the outputs, [rows, lanes], one example per lane; `lanes` a multiple of 4. */
export type Float32Loss = (
  rows: number,
  lanes: number,
  u: number,
  answers: number,
  weights: number,
  out: number,
  loss: number,
) => void;

/**
 * Kernels on one memory. Every argument that names an array is the offset of its first element; sizes come first, the array written last. Nothing is
 * checked and nothing is allocated. Every operation rounds to float32, products and sums by themselves, and the order of additions is part of each
 * contract: the scalar and the compiled kernels give the same bits.
 */
export interface Float32Kernels {
  /**
   * out[r, j] ← (start[r] + Σ_d W[r, d] x[d, j]) factor[r, j], d ascending; x and out are [·, lanes], `lanes` a multiple of 4. W[r, d] lies at
   * w + r·rowStep + d·depthStep. Without `bias` sums start at 0; without `factor` nothing is multiplied.
   */
  products(
    rows: number,
    depth: number,
    lanes: number,
    w: number,
    rowStep: number,
    depthStep: number,
    bias: number,
    x: number,
    factor: number,
    out: number,
  ): void;
  /** out[c, r] ← x[r, c]; rows and columns multiples of 4. */
  transpose(rows: number, cols: number, x: number, out: number): void;
  /** out[b, ·] ← x[rows[b], ·], of `cols` elements, a multiple of 4; `rows` are whole numbers of 32 bits. */
  gatherRows(cols: number, batch: number, rows: number, x: number, out: number): void;
  /** out[r] ← Σ_c x[r, c], partial sums s_j over c ≡ j (mod 4), combined as (s₀ + s₂) + (s₁ + s₃); columns a multiple of 4. */
  rowSums(rows: number, cols: number, x: number, out: number): void;

  readonly tanh: Float32Activation;
  readonly sigmoid: Float32Activation;
  readonly relu: Float32Activation;

  /** out ← weight[b] (p − e_y), p = softmax(u), at y by −Σ_{c≠y} p_c; loss ← Σ_b weight[b] (−log p_y), lanes summed as in `rowSums`. */
  readonly crossEntropy: Float32Loss;
  /** out ← weight[b] (u − t); loss ← Σ_b weight[b] ½‖u − t‖². `answers` are t, [rows, lanes]. */
  readonly squaredError: Float32Loss;

  /** v ← μ v + (g + decay θ); θ ← θ − rate v; rate, μ and decay at `settings`; n a multiple of 4. */
  sgd(n: number, settings: number, gradient: number, velocity: number, theta: number): void;
  /** As NetworkKernels.adamw; n a multiple of 4. */
  adamw(n: number, settings: number, gradient: number, first: number, second: number, theta: number): void;
}

/** A memory with the kernels that work in it. */
export interface Float32Arena {
  readonly memory: Float32Array;
  /** The same memory as whole numbers of 32 bits. */
  readonly integers: Int32Array;
  readonly kernels: Float32Kernels;
}
