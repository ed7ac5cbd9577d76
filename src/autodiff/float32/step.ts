/** @file One step of training an Mlp in float32 on a batch of one size. */
import { float32Arena } from '../../linalg/kernels/float32/arena.ts';
import {
  ABSENT,
  type Float32Activation,
  type Float32Arena,
  type Float32Loss,
} from '../../linalg/kernels/float32/kernels.ts';
import type { Vec } from '../../linalg/matrix.ts';
import type { Dataset } from '../dataset.ts';
import type { Mlp } from '../mlp.ts';
import type { BatchStep } from '../training-step.ts';
import {
  type Float32Layer,
  fours,
  layOutParameters,
  type ParameterLayout,
  packParameters,
  unpackParameters,
} from './layout.ts';
import type { Float32Descent, Float32StepArrays } from './optimiser.ts';

/** Names of kernels. */
export interface Float32Functions {
  /** Undefined: the identity. */
  readonly activation: 'tanh' | 'sigmoid' | 'relu' | undefined;
  readonly loss: 'crossEntropy' | 'squaredError';
}

/** Offsets of what a layer works on, beside its parameters. */
interface LayerArrays extends Float32Layer {
  /** Its input, [width, lanes], and that transposed, [lanes, width]. */
  readonly x: number;
  readonly rows: number;
  /** The slope of the activation that gave the input, [inputs, lanes]. */
  readonly slope: number;
  /** Its output before the activation, and the cotangent of that, [outputs, lanes]. */
  readonly s: number;
  readonly bar: number;
}

/** Numbers of a batch, and of the whole. */
interface Offsets {
  readonly theta: number;
  readonly gradient: number;
  readonly states: readonly number[];
  readonly settings: number;
  readonly loss: number;
  readonly chosen: number;
  readonly weights: number;
  readonly answers: number;
  readonly inputs: number;
}

/**
 * An Mlp's step with θ, gradient and states in float32: forward and backward as products with one example per lane, the weights' gradients with one
 * input per lane. Batches are padded to whole vectors with examples of weight 0.
 */
export class Float32Step implements BatchStep {
  readonly size: number;
  readonly meanLoss: Vec = new Float64Array(1);
  readonly settings: Vec;
  private readonly lanes: number;
  private readonly layout: ParameterLayout;
  private readonly layers: readonly LayerArrays[];
  private readonly offsets: Offsets;
  private readonly arrays: Float32StepArrays;
  private readonly arena: Float32Arena;
  private readonly descent: Float32Descent;
  private readonly activation: Float32Activation | undefined;
  private readonly loss: Float32Loss;

  /** @param tier - Of the kernels; default: the one in use. */
  constructor(
    model: Mlp,
    functions: Float32Functions,
    size: number,
    descent: Float32Descent,
    data: Dataset,
    tier?: 'scalar' | 'simd',
  ) {
    this.size = size;
    this.lanes = fours(size);
    this.layout = layOutParameters(model);
    this.descent = descent;
    this.settings = new Float64Array(descent.settings);
    const { layers, offsets, length } = layOutStep(this.layout, this.lanes, descent, data.inputs.rows);
    this.layers = layers;
    this.offsets = offsets;
    this.arrays = { ...offsets, count: this.layout.size };
    this.arena = float32Arena(length, tier);
    const { kernels } = this.arena;
    this.activation = functions.activation && kernels[functions.activation];
    this.loss = kernels[functions.loss];
    this.keepInputs(data);
  }

  get theta(): Vec {
    return unpackParameters(this.layout, this.arena.memory, this.offsets.theta);
  }

  get states(): readonly Vec[] {
    return this.offsets.states.map((at) => unpackParameters(this.layout, this.arena.memory, at));
  }

  start(theta: Vec): void {
    const { memory } = this.arena;
    packParameters(this.layout, theta, memory, this.offsets.theta);
    for (const at of this.offsets.states) memory.fill(0, at, at + this.layout.size);
    this.descent.start(this.settings);
  }

  takeOver(other: Float32Step): this {
    const { size } = this.layout;
    const copy = (to: number, from: number): void =>
      this.arena.memory.set(other.arena.memory.subarray(from, from + size), to);
    copy(this.offsets.theta, other.offsets.theta);
    for (const [k, at] of this.offsets.states.entries()) copy(at, other.offsets.states[k]);
    this.settings.set(other.settings);
    return this;
  }

  lossNow(): number {
    this.forward();
    return this.meanLoss[0];
  }

  run(data: Dataset, order: Int32Array, start: number): void {
    this.load(data, order, start);
    this.forward();
    this.backward();
    this.descent.step(this.arena, this.settings, this.arrays);
  }

  private keepInputs({ inputs }: Dataset): void {
    const [{ width }] = this.layers;
    const { rows, cols, data } = inputs;
    const to = this.offsets.inputs;
    for (let i = 0; i < rows; i++)
      for (let c = 0; c < cols; c++) this.arena.memory[to + i * width + c] = data[i * cols + c];
  }

  /** Examples, answers and weights over the size of the batch; the loss is their sum. */
  private load(data: Dataset, order: Int32Array, start: number): void {
    const { size, lanes, offsets, arena } = this;
    const { memory, integers, kernels } = arena;
    for (let b = 0; b < size; b++) {
      const example = order[start + b];
      const weight = data.weights?.at(example, 0) ?? 1;
      integers[offsets.chosen + b] = example;
      memory[offsets.weights + b] = weight / size;
      if ('labels' in data) memory[offsets.answers + b] = weight === 0 ? 0 : data.labels[example];
      else {
        const { cols, data: targets } = data.targets;
        for (let c = 0; c < cols; c++) memory[offsets.answers + c * lanes + b] = targets[example * cols + c];
      }
    }
    const [{ width, rows, x }] = this.layers;
    kernels.gatherRows(width, size, offsets.chosen, offsets.inputs, rows);
    kernels.transpose(lanes, width, rows, x);
  }

  private forward(): void {
    const { layers, lanes, offsets, activation } = this;
    const { kernels, memory } = this.arena;
    const last = layers[layers.length - 1];
    for (let l = 0; l < layers.length; l++) {
      const { inputs, outputs, width, weight, bias, x, rows, s } = layers[l];
      if (l > 0) kernels.transpose(width, lanes, x, rows);
      const at = bias < 0 ? ABSENT : offsets.theta + bias;
      kernels.products(outputs, inputs, lanes, offsets.theta + weight, width, 1, at, x, ABSENT, s);
      if (l + 1 < layers.length && activation !== undefined)
        activation(outputs * lanes, s, s, layers[l + 1].slope);
    }
    this.loss(last.outputs, lanes, last.s, offsets.answers, offsets.weights, last.bar, offsets.loss);
    this.meanLoss[0] = memory[offsets.loss];
  }

  private backward(): void {
    const { layers, lanes, size, offsets, activation } = this;
    const { kernels } = this.arena;
    for (let l = layers.length - 1; l >= 0; l--) {
      const { inputs, outputs, width, weight, bias, rows, slope, bar } = layers[l];
      kernels.products(outputs, size, width, bar, lanes, 1, ABSENT, rows, ABSENT, offsets.gradient + weight);
      if (bias >= 0) kernels.rowSums(outputs, lanes, bar, offsets.gradient + bias);
      if (l === 0) continue;
      const factor = activation === undefined ? ABSENT : slope;
      const w = offsets.theta + weight;
      kernels.products(inputs, outputs, lanes, w, 1, width, ABSENT, bar, factor, layers[l - 1].bar);
    }
  }
}

function layOutStep(
  { layers, size }: ParameterLayout,
  lanes: number,
  descent: Float32Descent,
  examples: number,
): { layers: LayerArrays[]; offsets: Offsets; length: number } {
  let length = 0;
  const room = (n: number): number => {
    const at = length;
    length += fours(n);
    return at;
  };
  const offsets: Offsets = {
    theta: room(size),
    gradient: room(size),
    states: Array.from({ length: descent.states }, () => room(size)),
    settings: room(descent.settings),
    loss: room(1),
    chosen: room(lanes),
    weights: room(lanes),
    answers: room(lanes * layers[layers.length - 1].outputs),
    inputs: room(examples * layers[0].width),
  };
  let x = room(layers[0].width * lanes);
  const placed = layers.map((layer): LayerArrays => {
    const s = room(fours(layer.outputs) * lanes);
    const rows = room(layer.width * lanes);
    const arrays = {
      ...layer,
      x,
      rows,
      slope: room(layer.width * lanes),
      s,
      bar: room(layer.outputs * lanes),
    };
    x = s;
    return arrays;
  });
  return { layers: placed, offsets, length };
}
