/** @file Inner products with the gradients of examples, which are never formed: a layer's gradient is an outer product. */
import type { Dataset } from '../autodiff/dataset.ts';
import type { Loss } from '../autodiff/functions.ts';
import type { Mlp } from '../autodiff/mlp.ts';
import { sweepExamples } from '../autodiff/sweep-examples.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { matmul } from '../linalg/products.ts';

/**
 * v_q · ∇L(z_i, θ) for some vectors v_q and all examples, as Σ_l δ_lᵀ V_l ā_l with V_l the layer's share of v_q as a matrix, δ_l the
 * gradient at its pre-activations and ā_l its input with a 1.
 *
 * @param v - One vector per row, [k, D]. Copied.
 * Cost: per θ one forward and reverse sweep and 2·k·D·n flops, in products of [k·outputs, inputs + 1] with 128 examples; memory for v
 * and k·outputs·128 numbers.
 */
export class GradientProducts {
  private readonly model: Mlp;
  private readonly count: number;
  /** Per layer V of every vector, one under the other: [k·outputs, inputs + 1]. */
  private readonly stacks: readonly Matrix[];

  constructor(model: Mlp, v: Matrix) {
    this.model = model;
    this.count = v.rows;
    this.stacks = model.layers.map(({ inputs, outputs, offset, size }) => {
      const stack = new Matrix(v.rows * outputs, inputs + 1);
      for (let q = 0; q < v.rows; q++) stack.data.set(v.row(q).subarray(offset, offset + size), q * size);
      return stack;
    });
  }

  /**
   * Adds scale · (the share of layer l in v_q · ∇L(z_i, θ)) to out(l)[row + q, i].
   *
   * @param out - Per layer, at least [row + k, n]; may be the same matrix for all.
   */
  add(
    loss: Loss,
    theta: Vec,
    data: Dataset,
    scale: number,
    out: (layer: number) => Matrix,
    row: number,
  ): void {
    sweepExamples(this.model, loss, theta, data, {}, (sweep, start, batch) => {
      sweep.forward();
      sweep.backward();
      for (const { index, outputs } of this.model.layers) {
        const delta = sweep.delta(index).data;
        const moved = matmul(this.stacks[index], extended(sweep.input(index))).data;
        const to = out(index);
        for (let q = 0, at = 0; q < this.count; q++) {
          const sums = to.row(row + q).subarray(start, start + batch);
          for (let r = 0, k = 0; r < outputs; r++)
            for (let b = 0; b < batch; b++) sums[b] += scale * moved[at++] * delta[k++];
        }
      }
    });
  }
}

/** ‖∇L(z_i, θ)‖, shape [n], by ‖δ āᵀ‖ = ‖δ‖ ‖ā‖ per layer. */
export function gradientNorms(model: Mlp, loss: Loss, theta: Vec, data: Dataset): Vec {
  const squares = new Float64Array(data.inputs.rows);
  sweepExamples(model, loss, theta, data, {}, (sweep, start, batch) => {
    sweep.forward();
    sweep.backward();
    for (const { index } of model.layers) {
      const delta = columnSquares(sweep.delta(index));
      const input = columnSquares(sweep.input(index));
      for (let b = 0; b < batch; b++) squares[start + b] += delta[b] * (input[b] + 1);
    }
  });
  return squares.map(Math.sqrt);
}

/** ā: the inputs with a last row of ones. */
function extended(inputs: Matrix): Matrix {
  const out = new Matrix(inputs.rows + 1, inputs.cols);
  out.data.set(inputs.data);
  out.row(inputs.rows).fill(1);
  return out;
}

function columnSquares(a: Matrix): Vec {
  const out = new Float64Array(a.cols);
  for (let r = 0, k = 0; r < a.rows; r++) for (let b = 0; b < a.cols; b++, k++) out[b] += a.data[k] ** 2;
  return out;
}
