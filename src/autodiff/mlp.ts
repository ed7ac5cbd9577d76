/** @file The shape of a fully connected network and where its parameters lie in θ. */
import { checkInteger } from '../linalg/checks.ts';
import { DomainError, ShapeError } from '../linalg/errors.ts';
import { ACTIVATIONS, type Activation } from './functions.ts';

/** One linear layer: its block of θ is [outputs, inputs + 1], row-major, the bias as last column. */
export interface MlpLayer {
  /** Position in the network, from 0 (reads the data) to depth (writes the logits). */
  readonly index: number;
  readonly inputs: number;
  readonly outputs: number;
  /** First element of the block in θ. */
  readonly offset: number;
  /** outputs · (inputs + 1). */
  readonly size: number;
}

/**
 * A multilayer perceptron s_l = W_l a_{l−1} + b_l, a_l = φ(s_l), logits u = s_L (no activation after the last layer).
 * Holds shapes only; the parameters are a plain vector θ of length `parameterCount`: layer by layer, each
 * [outputs, inputs + 1] row-major with the bias as last column.
 *
 * @param sizes - Widths from the input features to the outputs, e.g. [64, 16, 10]: one hidden layer of 16.
 * @param activation - φ, after every layer but the last.
 * @throws {ShapeError} fewer than two sizes. @throws {DomainError} a size is not an integer ≥ 1, or φ is unknown.
 * @example new Mlp([64, 16, 10], 'tanh').parameterCount; // 16·65 + 10·17 = 1210
 */
export class Mlp {
  readonly sizes: readonly number[];
  readonly activation: Activation;
  readonly layers: readonly MlpLayer[];
  readonly parameterCount: number;

  constructor(sizes: readonly number[], activation: Activation) {
    if (sizes.length < 2)
      throw new ShapeError('Mlp', 'sizes', 'of length ≥ 2 (features, …, outputs)', `length ${sizes.length}`);
    for (const [i, size] of sizes.entries())
      checkInteger('Mlp', `sizes[${i}]`, size, 1, Number.POSITIVE_INFINITY);
    if (!ACTIVATIONS.includes(activation))
      throw new DomainError('Mlp', 'activation', `one of ${ACTIVATIONS.join(', ')}`, activation);
    const layers: MlpLayer[] = [];
    let offset = 0;
    for (let index = 0; index + 1 < sizes.length; index++) {
      const inputs = sizes[index];
      const outputs = sizes[index + 1];
      const size = outputs * (inputs + 1);
      layers.push({ index, inputs, outputs, offset, size });
      offset += size;
    }
    this.sizes = [...sizes];
    this.activation = activation;
    this.layers = layers;
    this.parameterCount = offset;
  }

  /** Number of input features. */
  get inputs(): number {
    return this.sizes[0];
  }

  /** Number of outputs: classes, or target dimensions. */
  get outputs(): number {
    return this.sizes[this.sizes.length - 1];
  }
}
