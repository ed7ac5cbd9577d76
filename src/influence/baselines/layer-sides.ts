/** @file The two sides of every layer's gradient, one example per row: ∇_W f = δ āᵀ is kept as δ and ā. */
import type { Dataset } from '../../autodiff/dataset.ts';
import type { ExampleFunction } from '../../autodiff/functions.ts';
import type { Mlp } from '../../autodiff/mlp.ts';
import { homogeneous } from '../../autodiff/outer-products.ts';
import { sweepExamples } from '../../autodiff/sweep-examples.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';

/** What is differentiated: a function of each example, or one of its logits. */
export type Differentiated = ExampleFunction | { readonly logit: number };

/** The sides of `count` examples; the gradient of example n at layer l is vec(deltas[l][n] inputs[l][n]ᵀ), row-major; tied layers add theirs up. */
export interface LayerSides {
  readonly count: number;
  /** Per layer ā = [a; 1], or a where there is no bias, shape [count, width]. */
  readonly inputs: readonly Matrix[];
  /** Per layer δ = ∂f/∂s, shape [count, out]. */
  readonly deltas: readonly Matrix[];
}

/**
 * The sides of examples start..end−1.
 *
 * @param of - The function, or the index of a logit; not checked. @param theta - Shape [D].
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ, data or range do not fit.
 * Cost: one forward and one reverse sweep; Σ (width + out) doubles per example, against Σ width·out for its gradient.
 */
export function layerSides(
  model: Mlp,
  of: Differentiated,
  theta: Vec,
  data: Dataset,
  start: number,
  end: number,
): LayerSides {
  const count = end - start;
  const inputs = model.layers.map((layer) => new Matrix(count, layer.width));
  const deltas = model.layers.map((layer) => new Matrix(count, layer.outputs));
  const output = typeof of === 'string' ? of : 'logits';
  sweepExamples(model, output, theta, data, { start, end }, (sweep, first, batch) => {
    sweep.forward();
    if (typeof of === 'string') sweep.backward();
    else sweep.backward(unitSeed(model.outputs, of.logit, batch));
    for (const layer of model.layers) {
      const { index } = layer;
      turn(homogeneous(layer, sweep.input(index)), inputs[index], first - start);
      turn(sweep.delta(index), deltas[index], first - start);
    }
  });
  return { count, inputs, deltas };
}

/**
 * Row n is vec of delta[n, first..first+units−1] input[n]ᵀ, row-major: the gradients with respect to some units of a layer.
 *
 * @param delta - Shape [count, p]. @param input - Shape [count, q]. Neither is modified.
 * @returns shape [count, units · q]. Indices are not checked.
 */
export function outerRows(delta: Matrix, input: Matrix, first = 0, units: number = delta.cols): Matrix {
  const q = input.cols;
  const out = new Matrix(delta.rows, units * q);
  for (let n = 0, to = 0; n < delta.rows; n++)
    for (let r = 0; r < units; r++) {
      const d = delta.data[n * delta.cols + first + r];
      for (let k = 0, from = n * q; k < q; k++) out.data[to++] = d * input.data[from++];
    }
  return out;
}

/** Examples whose sides fit in 16 MiB. */
export function sidesPerChunk(model: Mlp): number {
  const numbers = model.layers.reduce((total, { width, outputs }) => total + width + outputs, 0);
  return Math.max(1, Math.floor(2 ** 21 / numbers));
}

/** out[first + b, r] ← a[r, b]. */
function turn(a: Matrix, out: Matrix, first: number): void {
  for (let r = 0; r < a.rows; r++)
    for (let b = 0; b < a.cols; b++) out.data[(first + b) * out.cols + r] = a.data[r * a.cols + b];
}

/** Cotangent of the logits that picks one of them, shape [C, batch]. */
function unitSeed(outputs: number, logit: number, batch: number): Matrix {
  const seed = new Matrix(outputs, batch);
  seed.row(logit).fill(1);
  return seed;
}
