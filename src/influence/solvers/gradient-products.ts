/** @file Inner products with the gradients of examples, which are never formed: a layer's gradient is an outer product. */
import type { Dataset } from '../../autodiff/dataset.ts';
import type { ExampleFunction, Loss } from '../../autodiff/functions.ts';
import { isPlain, type Network } from '../../autodiff/network.ts';
import { sweepSides } from '../../autodiff/site-sides.ts';
import { eachSquare } from '../../autodiff/squared-norms.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { matmul } from '../../linalg/products.ts';

/**
 * v_q · ∇L(z_i, θ) for some vectors v_q and all examples, as Σ_l δ_lᵀ V_l ā_l with V_l the layer's share of v_q as a matrix, δ_l the
 * gradient at its pre-activations and ā_l its input with a 1.
 *
 * @param v - One vector per row, [k, D]. Copied.
 * Cost: per θ one forward and reverse sweep and 2·k·D·n flops, in products of [k·outputs, width] with 128 examples; memory for v
 * and k·outputs·128 numbers.
 */
export class GradientProducts {
  private readonly model: Network;
  private readonly count: number;
  /** Per layer V of every vector, one under the other: [k·rows, width]. */
  private readonly stacks: readonly Matrix[];

  constructor(model: Network, v: Matrix) {
    this.model = model;
    this.count = v.rows;
    this.stacks = model.sites.map(({ width, rows, offset, size }) => {
      const stack = new Matrix(v.rows * rows, width);
      for (let q = 0; q < v.rows; q++) stack.data.set(v.row(q).subarray(offset, offset + size), q * size);
      return stack;
    });
  }

  /**
   * Adds scale · (the share of block b in v_q · ∇L(z_i, θ)) to out(b)[row + q, i]. A block is a layer, or layers that are tied.
   *
   * @param out - Per block, at least [row + k, n]; may be the same matrix for all.
   */
  add(
    loss: Loss,
    theta: Vec,
    data: Dataset,
    scale: number,
    out: (block: number) => Matrix,
    row: number,
  ): void {
    const { sites, shared } = this.model;
    sweepSides(this.model, loss, theta, data, {}, ({ count: batch, inputs, deltas }, start) => {
      for (const site of sites) {
        const { index, outputs, block } = site;
        const to = out(block);
        const stack = this.stacks[index];
        if (shared !== undefined && !isPlain(site)) {
          const gradients = shared.siteGradients(site, inputs[index], deltas[index], batch);
          const products = matmul(new Matrix(this.count, site.size, stack.data), gradients, {
            transposeB: true,
          });
          for (let q = 0; q < this.count; q++) {
            const sums = to.row(row + q).subarray(start, start + batch);
            for (let b = 0; b < batch; b++) sums[b] += scale * products.at(q, b);
          }
          continue;
        }
        const delta = deltas[index].data;
        const moved = matmul(stack, inputs[index]).data;
        for (let q = 0, at = 0; q < this.count; q++) {
          const sums = to.row(row + q).subarray(start, start + batch);
          for (let r = 0, k = 0; r < outputs; r++)
            for (let b = 0; b < batch; b++) sums[b] += scale * moved[at++] * delta[k++];
        }
      }
    });
  }
}

/** ‖∇f(z_i, θ)‖, shape [n], by ‖δ āᵀ‖ = ‖δ‖ ‖ā‖ per layer; tied layers have (δ_u·δ_v)(ā_u·ā_v) besides. */
export function gradientNorms(model: Network, f: ExampleFunction, theta: Vec, data: Dataset): Vec {
  const squares = new Float64Array(data.inputs.rows);
  sweepSides(model, f, theta, data, {}, ({ count, inputs, deltas }, start) => {
    eachSquare(model, inputs, deltas, count, (b, term) => {
      squares[start + b] += term;
    });
  });
  return squares.map(Math.sqrt);
}
